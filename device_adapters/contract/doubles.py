"""Do two machines speak for one unit? Pure.

A start of a unit that was followed by another never speaks again, unless there are two units of that name whose lines
take turns. What a broker says for one that vanished (its last will) is nobody's voice.
"""

from collections import deque
from dataclasses import dataclass, field

from device_adapters.contract.bounds import UNITS_MAX
from device_adapters.contract.messages import UnitStatus

LEFT_MAX = 8
KEPT_MS = 120_000
"""After the last sign of the double it is told for so long."""


@dataclass(slots=True)
class _Voice:
    boot: str
    left: deque[str] = field(default_factory=lambda: deque(maxlen=LEFT_MAX))
    doubled_ms: int | None = None


class Doubles:
    """Of one site, fed with what units say of themselves. Times are monotonic ms."""

    def __init__(self) -> None:
        self._voices: dict[str, _Voice] = {}

    def heard(self, said: UnitStatus, now_ms: int) -> bool:
        """Has this unit a double, as far as is known now?"""
        voice = self._voices.get(said.unit)
        if voice is None:
            if len(self._voices) >= UNITS_MAX:
                return False
            voice = self._voices[said.unit] = _Voice(said.boot)
        if said.online and said.boot != voice.boot:
            if said.boot in voice.left:
                voice.doubled_ms = now_ms
            voice.left.append(voice.boot)
            voice.boot = said.boot
        return voice.doubled_ms is not None and now_ms - voice.doubled_ms < KEPT_MS

    def gone(self, unit: str) -> None:
        """The unit was retired: its voice counts no more."""
        self._voices.pop(unit, None)
