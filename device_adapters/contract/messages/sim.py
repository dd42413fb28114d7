"""The virtual gym: faults asked for, and the truth about its belts."""

from msgspec import Struct

from device_adapters.contract.messages.vocabulary import AtMs, Id, Number, Word


class SimFault(Struct, frozen=True, kw_only=True):
    """A fault for a simulated device: `hr_lost`, ..., `console_speed:4.0`; `none` ends all of them."""

    fault: Word


class SimBelt(Struct, frozen=True, kw_only=True):
    """What a simulated belt really does, whatever its radio says. For proofs; real belts have no such topic."""

    treadmill: Id
    at_ms: AtMs
    speed_kmh: Number
    incline_pct: Number
