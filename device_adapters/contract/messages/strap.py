"""What a unit says of heart-rate straps."""

from msgspec import Struct

from device_adapters.contract.messages.vocabulary import Count, Id, Link


class StrapState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a heart-rate strap is; `treadmill` is where it is usually worn. Radio and signal as of a treadmill.

    `odd`: keys of what is odd about it now (contract/oddities.py has the words).
    """

    strap: Id
    unit: Id
    boot: str
    at_ms: int
    link: Link
    model: str = ""
    battery_pct: int | None = None
    radio: str = ""
    rssi_dbm: int | None = None
    treadmill: str = ""
    frames: Count = 0
    odd: tuple[str, ...] = ()


class NearbyStrap(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A strap that is heard, by its pseudonym: signal in dBm, since when (it was put on, or came), its model if that
    is known and no name of one strap, and the treadmill whose session reads it.
    """

    strap: Id
    rssi_dbm: int
    since_ms: int
    model: str = ""
    treadmill: str = ""


class Nearby(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The straps without a place of their own that a unit hears, the loudest first; a session may wear any of them."""

    unit: Id
    boot: str
    at_ms: int
    straps: tuple[NearbyStrap, ...] = ()


class StrapTelemetry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One Heart Rate Measurement. Key: (strap, boot, seq). `contact` is absent where the strap cannot tell.

    `age_ms`: for how long, by the unit's monotonic clock, it had waited when it was sent.
    """

    strap: Id
    boot: str
    seq: int
    at_ms: int
    hr_bpm: int | None = None
    contact: bool | None = None
    rr_ms: tuple[float, ...] = ()
    energy_kj: int | None = None
    age_ms: Count = 0
