"""What a unit says of heart-rate straps."""

from typing import Annotated

from msgspec import Meta, Struct

from device_adapters.contract.messages.vocabulary import AtMs, Bpm, Count, Figure, Id, Link, Number, Word


class StrapState(Struct, frozen=True, kw_only=True):
    """What a heart-rate strap is; `treadmill` is where it is usually worn. Radio and signal as of a treadmill.

    `odd`: keys of what is odd about it now (contract/oddities.py has the words).
    """

    strap: Id
    unit: Id
    boot: Word
    at_ms: AtMs
    link: Link
    model: Word = ""
    battery_pct: Figure | None = None
    radio: Word = ""
    rssi_dbm: Figure | None = None
    treadmill: Word = ""
    frames: Count = 0
    odd: tuple[Word, ...] = ()


class NearbyStrap(Struct, frozen=True, kw_only=True):
    """A strap that is heard, by its pseudonym: signal in dBm, since when (it was put on, or came), its model if that
    is known and no name of one strap, and the treadmill whose session reads it.
    """

    strap: Id
    rssi_dbm: Figure
    since_ms: AtMs
    model: Word = ""
    treadmill: Word = ""


class Nearby(Struct, frozen=True, kw_only=True):
    """The straps without a place of their own that a unit hears, the loudest first; a session may wear any of them."""

    unit: Id
    boot: Word
    at_ms: AtMs
    straps: Annotated[tuple[NearbyStrap, ...], Meta(max_length=200)] = ()


class StrapTelemetry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One Heart Rate Measurement. Key: (strap, boot, seq). `contact` is absent where the strap cannot tell.

    `age_ms`: for how long, by the unit's monotonic clock, it had waited when it was sent.
    """

    strap: Id
    boot: Word
    seq: Figure
    at_ms: AtMs
    hr_bpm: Bpm | None = None
    contact: bool | None = None
    rr_ms: Annotated[tuple[Number, ...], Meta(max_length=500)] = ()
    energy_kj: Count | None = None
    age_ms: Count = 0
