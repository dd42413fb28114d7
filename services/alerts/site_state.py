"""What the bus tells of a site's machines, and what of it needs somebody. Pure.

A belt that may not stop, one whose link was lost while it was led among them, is told by what its unit says of it; the
state holds until a person clears it.
"""

from collections.abc import Iterable, Iterator

from device_adapters.contract import messages as m
from device_adapters.contract.keys import alerts, hazards
from device_adapters.contract.phrase import Phrase
from device_adapters.contract.served import served
from device_adapters.safety.hazards import Cause as Hazard
from services.alerts.incidents import AlertCause, AlertKind
from services.rules import backups, unit_health
from services.rules.site import DEVICES_MAX, SETTLED_MS

_WORST_FIRST = (
    Hazard.STOP_NOT_OBEYED,
    Hazard.MOVED_WHILE_LATCHED,
    Hazard.MOVED_UNORDERED,
    Hazard.OVERSPEED,
    Hazard.OFF_RAMP,
    Hazard.MPH_FIRMWARE,
    Hazard.GRADE_OUT,
)
DISOBEYS = tuple(
    dict.fromkeys(
        (*_WORST_FIRST, *(cause for cause in Hazard if hazards.member(cause) == hazards.belt_may_go_on))
    )
)
"""Of a led belt that does not do as it is told, or cannot be told; the worst first."""


class SiteState:
    """The newest word of each unit, treadmill, strap and store. More than DEVICES_MAX of a kind are not taken in.

    `known`: what was wrong when somebody last looked, before this process began.
    """

    def __init__(self, known: Iterable[AlertCause] = ()) -> None:
        self._units: dict[str, tuple[m.UnitStatus, int]] = {}
        self._treadmills: dict[str, m.TreadmillState] = {}
        self._straps: dict[str, m.StrapState] = {}
        self._stores: dict[str, m.StoreStatus] = {}
        self._backup: m.BackupStatus | None = None
        self._line_since_ms: int | None = None
        self._known = [cause for cause in known if cause.kind is not AlertKind.BROKER]

    def line(self, up: bool, now_ms: int) -> None:
        """The line to the broker came or went. A unit's silence counts from a line on."""
        self._line_since_ms = now_ms if up else None
        if up:
            self._units = {id_: (said, now_ms) for id_, (said, _) in self._units.items()}

    def unit(self, id_: str, said: m.UnitStatus, now_ms: int) -> None:
        """A unit's status."""
        if id_ in self._units or len(self._units) < DEVICES_MAX:
            self._units[id_] = said, now_ms

    def treadmill(self, id_: str, said: m.TreadmillState) -> None:
        """A treadmill's state."""
        if id_ in self._treadmills or len(self._treadmills) < DEVICES_MAX:
            self._treadmills[id_] = said

    def strap(self, id_: str, said: m.StrapState) -> None:
        """A strap's state."""
        if id_ in self._straps or len(self._straps) < DEVICES_MAX:
            self._straps[id_] = said

    def store(self, id_: str, said: m.StoreStatus) -> None:
        """A metrics writer's status."""
        if id_ in self._stores or len(self._stores) < DEVICES_MAX:
            self._stores[id_] = said

    def backup(self, said: m.BackupStatus | None) -> None:
        """What was last said of the hub's backups; None: they are not told of any more."""
        self._backup = said

    def gone(self, id_: str) -> None:
        """A unit, treadmill, strap or store was taken back."""
        for known in (self._units, self._treadmills, self._straps, self._stores):
            known.pop(id_, None)

    def causes(
        self, now_ms: int, wall_ms: int, disk_free_mb: int | None, certificate_days: int | None
    ) -> list[AlertCause]:
        """What needs somebody now; `disk_free_mb` and `certificate_days` are the hub's own.

        Without a line to the broker, or on one that has only just come, all else is as it was.
        """
        hub = list(_hub(disk_free_mb, certificate_days))
        if self._line_since_ms is None or now_ms - self._line_since_ms < SETTLED_MS:
            return [AlertCause(AlertKind.BROKER, "", alerts.alert_broker_away()), *hub, *self._known]
        self._known = [*self._belts(), *self._batteries()]
        for id_, (said, heard_ms) in self._units.items():
            self._known += _unit(id_, unit_health.by_now(said, now_ms - heard_ms))
        if not any(said.online and not said.fault for said in self._stores.values()):
            self._known.append(AlertCause(AlertKind.STORE, "", alerts.alert_store_away()))
        self._known += _backup(self._backup, wall_ms)
        return [*hub, *self._known]

    def _belts(self) -> Iterator[AlertCause]:
        for id_, said in self._treadmills.items():
            unit = self._units.get(said.unit)
            if not served(said, unit[0] if unit else None):
                continue
            if (hazard := _disobeys(said)) is not None:
                said_of_it = alerts.alert_belt(id_, hazards.staff(hazard))
                yield AlertCause(AlertKind.BELT, id_, said_of_it, DISOBEYS.index(hazard))

    def _batteries(self) -> Iterator[AlertCause]:
        """Of the gym's own straps: what a unit lists. Another's is somebody's own."""
        own = {id_ for said, _ in self._units.values() for id_ in said.straps}
        for id_, said in self._straps.items():
            if id_ in own and unit_health.battery_is_low(said.battery_pct):
                yield AlertCause(AlertKind.BATTERY, id_, alerts.alert_battery(id_, said.battery_pct or 0))


def _backup(said: m.BackupStatus | None, wall_ms: int) -> Iterator[AlertCause]:
    match backups.trouble(said, wall_ms) if said is not None else None:
        case backups.BackupTrouble.OLD if said is not None:
            told = alerts.alert_backup_old(backups.days_old(said, wall_ms))
            yield AlertCause(AlertKind.BACKUP, "sent", told)
        case backups.BackupTrouble.NOT_RESTORED | backups.BackupTrouble.NOT_TRIED:
            yield AlertCause(AlertKind.BACKUP, "tried", alerts.alert_backup_untried())
        case _:
            return


def _hub(disk_free_mb: int | None, certificate_days: int | None) -> Iterator[AlertCause]:
    if disk_free_mb is not None:
        yield from _disk("", disk_free_mb, alerts.alert_hub_disk(disk_free_mb))
    if certificate_days is not None:
        yield from _certificate("", certificate_days, alerts.alert_hub_certificate(certificate_days))


def _disk(who: str, free_mb: int, said: Phrase) -> Iterator[AlertCause]:
    if (worth := unit_health.disk(free_mb)) != "ok":
        yield AlertCause(AlertKind.DISK, who, said, rank=int(worth != "fail"))


def _certificate(who: str, days: int, said: Phrase) -> Iterator[AlertCause]:
    if unit_health.ends_soon(days):
        yield AlertCause(AlertKind.CERTIFICATE, who, said, rank=int(days >= 0))


def _disobeys(said: m.TreadmillState) -> Hazard | None:
    for hazard in DISOBEYS:
        if hazard in (said.hazard, said.latched):
            return hazard
    return None


def _unit(id_: str, said: m.UnitStatus) -> Iterator[AlertCause]:
    if not said.online:
        yield AlertCause(AlertKind.UNIT, id_, alerts.alert_unit_away(id_))
        return
    if said.disk_free_mb is not None:
        yield from _disk(id_, said.disk_free_mb, alerts.alert_unit_disk(id_, said.disk_free_mb))
    if said.certificate_days is not None:
        yield from _certificate(
            id_, said.certificate_days, alerts.alert_unit_certificate(id_, said.certificate_days)
        )
