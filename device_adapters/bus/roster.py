"""Which unit serves which device, and whether a message about a device is that unit's. Pure.

The broker lets a unit write only its own `unit/<unit>/status`, so what stands there is the unit's own word: the
devices it serves and its boot, which no other unit can read. A message about a device counts if it is of a unit that
serves it, and of that unit's boot. A unit whose status lists no devices serves those that its states bring, a bounded
number, as long as nobody else serves them.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

import msgspec

from device_adapters.contract.bounds import UNITS_MAX
from device_adapters.contract.messages import (
    Event,
    Nearby,
    Result,
    SessionView,
    StrapState,
    StrapTelemetry,
    TreadmillHeart,
    TreadmillState,
    TreadmillTelemetry,
    UnitStatus,
)

DEVICES_MAX = 20_000
UNLISTED_MAX = 1_000
"""Devices that a unit may bring without listing them."""

BOOTS_MAX = 8
"""Earlier boots of a unit that are remembered: what they left on its disk comes while it sends anew."""

ROAMING = re.compile(r"hr-[0-9a-f]{10}")
"""The pseudonym of a strap without a place: whichever unit serves the treadmill of its session reads it."""


Measured = TreadmillState | StrapState | TreadmillTelemetry | TreadmillHeart | StrapTelemetry | Result
"""What is said of one device."""


class Standing(Enum):
    """What to do with a message: take it, take it later, let it go as old, or refuse it."""

    TAKEN = auto()
    EARLY = auto()
    """Nothing is known yet that would make it somebody's: its unit's status may be on the way."""
    OLD = auto()
    FOREIGN = auto()


@dataclass(frozen=True, slots=True)
class _Unit:
    boot: str
    boots_left: tuple[str, ...]
    online: bool
    devices: frozenset[str]


class Roster:
    """Of one site, fed with what arrives. `past`: for who stores, late frames and devices not yet heard of count."""

    def __init__(self, *, past: bool = False) -> None:
        self._past = past
        self._units: dict[str, _Unit] = {}
        self._serving: dict[str, str] = {}
        self._unlisted: dict[str, int] = {}
        self._strap_at: dict[str, str] = {}
        self._worn_at: dict[str, str] = {}
        self._wearers_told = False
        self._devices_unheard: set[str] = set()

    def expect_wearers(self) -> None:
        """From now on `worn` says which straps are read; one that nobody wears is nobody's."""
        self._wearers_told = True

    def worn(self, treadmill: str, strap: str) -> None:
        """The session on this treadmill reads this strap ('': none)."""
        before = self._strap_at.pop(treadmill, "")
        if self._worn_at.get(before) == treadmill:
            del self._worn_at[before]
        if strap:
            self._strap_at[treadmill], self._worn_at[strap] = strap, treadmill

    def judge(self, device: str, said: msgspec.Struct) -> Standing:
        """The standing of a message on the topic of `device` ('' where the topic names none)."""
        if not self._units and isinstance(said, Measured):
            return self._unheard(device)
        match said:
            case UnitStatus():
                return self._status(said)
            case TreadmillState() | StrapState() | Nearby():
                return self._of_unit(device, said)
            case TreadmillTelemetry() | TreadmillHeart() | StrapTelemetry():
                return self._of_device(device, said.boot)
            case Result():
                return self._of_device(device, None)
            case Event():
                return self._event(said)
            case SessionView():
                self.worn(said.treadmill, said.strap)
        return Standing.TAKEN

    def _unheard(self, device: str) -> Standing:
        """No unit has said anything yet: nothing speaks against a device, and a bounded number may be there."""
        if self._past or device in self._devices_unheard:
            return Standing.TAKEN
        if len(self._devices_unheard) >= UNLISTED_MAX:
            return Standing.EARLY
        self._devices_unheard.add(device)
        return Standing.TAKEN

    def _status(self, said: UnitStatus) -> Standing:
        known = self._units.get(said.unit)
        if known is None and len(self._units) >= UNITS_MAX:
            return Standing.FOREIGN
        straps = (
            strap for strap in said.straps if not ROAMING.fullmatch(strap)
        )  # whoever wears one serves it
        listed = frozenset((*said.treadmills, *straps))
        if not said.online and known is not None:  # a last will lists nothing
            listed = known.devices
        left = known.boots_left if known is not None else ()
        if known is not None and known.boot != said.boot:
            left = (*left, known.boot)[-BOOTS_MAX:]
        self._units[said.unit] = _Unit(said.boot, left, said.online, listed)
        return Standing.TAKEN

    def _event(self, said: Event) -> Standing:
        unit = self._units.get(said.source)
        if unit is None or not said.treadmill:
            return Standing.TAKEN
        listed = not unit.devices or said.treadmill in unit.devices
        foreign = not listed or self._is_anothers(said.treadmill, said.source)
        return Standing.FOREIGN if foreign else Standing.TAKEN

    def _is_anothers(self, device: str, name: str) -> bool:
        """Another unit serves it, is there, and has not left it."""
        holder = self._serving.get(device, "")
        other = self._units.get(holder)
        return (
            holder != name and other is not None and other.online and device in (other.devices or (device,))
        )

    def _of_unit(self, device: str, said: TreadmillState | StrapState | Nearby) -> Standing:
        unit = self._units.get(said.unit)
        if unit is None:
            return Standing.TAKEN if self._past else Standing.EARLY
        if not self._past and said.boot != unit.boot:
            return Standing.OLD if said.boot in unit.boots_left else Standing.EARLY
        match said:
            case Nearby():
                return Standing.TAKEN
            case StrapState() if unit.devices and said.treadmill not in ("", *unit.devices):
                return Standing.FOREIGN
            case StrapState() if ROAMING.fullmatch(device) and device not in unit.devices:
                return self._roaming(device, said.unit)
        return self._bind(device, said.unit, unit)

    def _bind(self, device: str, name: str, unit: _Unit) -> Standing:
        holder = self._serving.get(device, "")
        if holder == name and (device in unit.devices or not unit.devices):
            return Standing.TAKEN
        if unit.devices and device not in unit.devices:
            return Standing.FOREIGN
        if self._is_anothers(device, name):
            return Standing.FOREIGN
        if not unit.devices:
            if any(device in one.devices for one in self._units.values()):
                return Standing.FOREIGN
            if self._unlisted.get(name, 0) >= UNLISTED_MAX:
                return Standing.FOREIGN
            self._unlisted[name] = self._unlisted.get(name, 0) + 1
        if device not in self._serving and len(self._serving) >= DEVICES_MAX:
            return Standing.FOREIGN
        self._serving[device] = name
        return Standing.TAKEN

    def _roaming(self, strap: str, name: str) -> Standing:
        if not self._wearers_told or self._past:
            return Standing.TAKEN
        at = self._worn_at.get(strap)
        holder = "" if at is None else self._serving.get(at, "")
        if not holder:
            return Standing.EARLY
        return Standing.TAKEN if holder == name else Standing.FOREIGN

    def _of_device(self, device: str, boot: str | None) -> Standing:
        if self._past:
            return Standing.TAKEN
        names = self._servers(device)
        if not names:
            return Standing.EARLY
        if boot is None:
            return Standing.TAKEN
        units = [self._units[name] for name in names]
        if any(unit.boot == boot for unit in units):
            return Standing.TAKEN
        return Standing.OLD if any(boot in unit.boots_left for unit in units) else Standing.FOREIGN

    def _servers(self, device: str) -> tuple[str, ...]:
        """The unit that serves it; while none has shown itself, those whose status lists it."""
        if device in self._serving:
            return (self._serving[device],)
        listing = tuple(name for name, unit in self._units.items() if device in unit.devices)
        if listing or not ROAMING.fullmatch(device):
            return listing
        if not self._wearers_told:
            return tuple(self._units)
        at = self._worn_at.get(device)
        return () if at is None else self._servers(at)
