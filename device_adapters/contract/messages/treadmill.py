"""What a unit says of a treadmill."""

from typing import Literal

from msgspec import Struct

from device_adapters.contract.messages.vocabulary import Belt, Count, Id, Limits, Link


class TreadmillState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a treadmill is and what its gate will allow. Sent on every change.

    `profile` is the known model whose quirks are heeded, "generic" for an unknown one, which is handled cautiously.
    `radio` holds its link; `rssi_dbm` was heard there before it was linked. `nonce` grows with what is said while the
    belt is leased; the lease that brings it back proves how old the way to the unit and back is. `latched` is the
    first cause of a stop; `hazard` is the worst that is true now, and `why` has its words. `odd`: keys of what is odd
    about it or its foot pod now (contract/oddities.py has the words).
    """

    treadmill: Id
    unit: Id
    boot: str
    at_ms: int
    link: Link
    belt: Belt = "unknown"
    control: bool = False
    model: str = ""
    profile: str = ""
    radio: str = ""
    rssi_dbm: int | None = None
    footpod: Link | Literal[""] = ""
    arrangement: Literal["member_turned", "belt_reversed"] = "member_turned"
    commissioned: str = ""
    speed_min_kmh: float | None = None
    speed_max_kmh: float | None = None
    speed_step_kmh: float | None = None
    limits: Limits | None = None
    lease_epoch: Count = 0
    lease_holder: str = ""
    session: str = ""
    setpoint_kmh: float | None = None
    setpoint_pct: float | None = None
    latched: str = ""
    why: str = ""
    hazard: str = ""
    frames: Count = 0
    nonce: Count = 0
    odd: tuple[str, ...] = ()


class TreadmillTelemetry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One Treadmill Data record (FTMS v1.0.1 §4.4), zeros included. Key: (treadmill, boot, seq).

    `cadence_spm`: steps per minute of both feet by the foot pod worn there, if one is. `age_ms`: for how long, by the
    unit's monotonic clock, it had waited when it was sent.
    """

    treadmill: Id
    boot: str
    seq: int
    at_ms: int
    speed_kmh: float | None = None
    incline_pct: float | None = None
    distance_m: int | None = None
    elapsed_s: int | None = None
    energy_kcal: int | None = None
    hr_bpm: int | None = None
    steps: int | None = None
    cadence_spm: int | None = None
    power_w: int | None = None
    age_ms: Count = 0
