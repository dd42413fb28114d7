"""What a unit says of a treadmill, and what the people of the gym say of it."""

from typing import Literal

from msgspec import Struct

from device_adapters.contract.messages.vocabulary import (
    AtMs,
    Belt,
    Bpm,
    Count,
    Figure,
    Id,
    Label,
    Limits,
    Link,
    MachineKmh,
    MeasuredKmh,
    MeasuredPct,
    Text,
    Told,
    Word,
)


class TreadmillState(Struct, frozen=True, kw_only=True):
    """What a treadmill is and what its gate will allow. Sent on every change.

    `profile` is the known model whose quirks are heeded, "generic" for an unknown one, which is handled cautiously.
    `radio` holds its link; `rssi_dbm` was heard there before it was linked. `nonce` grows with what is said while the
    belt is leased; the lease that brings it back proves how old the way to the unit and back is. `latched` is the
    first cause of a stop; `hazard` is the worst that is true now, and `why` has its words. `odd`: keys of what is odd
    about it or its foot pod now (contract/oddities.py has the words).
    """

    treadmill: Id
    unit: Id
    boot: Word
    at_ms: AtMs
    link: Link
    belt: Belt = "unknown"
    control: bool = False
    model: Word = ""
    firmware: Word = ""
    profile: Word = ""
    radio: Word = ""
    rssi_dbm: Figure | None = None
    footpod: Link | Literal[""] = ""
    arrangement: Literal["member_turned", "belt_reversed"] = "member_turned"
    commissioned: Word = ""
    speed_min_kmh: MachineKmh | None = None
    speed_max_kmh: MachineKmh | None = None
    speed_step_kmh: MachineKmh | None = None
    limits: Limits | None = None
    lease_epoch: Count = 0
    lease_holder: Word = ""
    session: Word = ""
    setpoint_kmh: MachineKmh | None = None
    setpoint_pct: MeasuredPct | None = None
    latched: Word = ""
    why: Told = ""
    hazard: Word = ""
    frames: Count = 0
    nonce: Count = 0
    odd: tuple[Word, ...] = ()
    hold: Literal["", "released", "held", "stuck"] = ""
    """The button of hold-to-run; empty: it has none, or none that can be read. stuck: held since its last movement, so
    that it starts none."""


class TreadmillTelemetry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One Treadmill Data record (FTMS v1.0.1 §4.4), zeros included. Key: (treadmill, boot, seq).

    `cadence_spm`: steps per minute of both feet by the foot pod worn there, if one is. `step_cm`: half of the stride
    that the pod tells. `age_ms`: for how long, by the unit's monotonic clock, it had waited when it was sent.
    `speed_kmh` has no direction. `belt_kmh`: the belt's, below 0 while it runs backward, as the machine says or else as
    its `arrangement`; `retro_kmh`: that of whoever walks backward on it, below 0 where they would walk forward.
    """

    treadmill: Id
    boot: Word
    seq: Figure
    at_ms: AtMs
    speed_kmh: MeasuredKmh | None = None
    belt_kmh: MeasuredKmh | None = None
    retro_kmh: MeasuredKmh | None = None
    incline_pct: MeasuredPct | None = None
    distance_m: Count | None = None
    elapsed_s: Count | None = None
    energy_kcal: Count | None = None
    steps: Count | None = None
    cadence_spm: Count | None = None
    step_cm: Count | None = None
    power_w: Figure | None = None
    age_ms: Count = 0


class TreadmillHeart(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The heart rate in a Treadmill Data record, by the machine's grips or receiver. Key and `age_ms` as there."""

    treadmill: Id
    boot: Word
    seq: Figure
    at_ms: AtMs
    hr_bpm: Bpm
    age_ms: Count = 0


class TreadmillLabel(Struct, frozen=True, kw_only=True):
    """What staff call a treadmill, where it stands, and why nobody may start on it; empty: it is in use."""

    treadmill: Id
    at_ms: AtMs
    name: Label = ""
    place: Label = ""
    out_of_use: Text = ""
