"""A site as the hub hears it, with something that goes wrong in the midst of an hour: what lands in the database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from device_adapters.contract import messages as m
from device_adapters.safety.hazards import Cause
from device_adapters.units import DAY_MS
from services.metrics import points
from services.metrics.points import Point
from services.metrics.roll_call import RollCall
from services.metrics.roll_rows import WriterHealth

BEGIN_MS = 20_000 * DAY_MS + 9 * 3_600_000
TOLD_EVERY_S = 10
FROM_S, UNTIL_S = 600, 900
"""When the cause is there."""

LONG_UNTIL_S = 1500
OFFSET_MS = 3_700
"""Nothing comes just at the start of a minute."""

UNITS = {"unit-01": ("tm-01", "tm-02"), "unit-02": ("tm-03",)}


@dataclass(slots=True)
class SceneMoment:
    """One look at the site: what each part says, to be changed by a cause."""

    at_s: int
    unit: dict[str, Any] = field(default_factory=dict)
    unit_speaks: bool = True
    treadmill: dict[str, Any] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    losses: int = 0
    stored: bool = True

    @property
    def during(self) -> bool:
        """Is the cause there?"""
        return FROM_S <= self.at_s < UNTIL_S

    @property
    def begins(self) -> bool:
        """Does it come now?"""
        return self.at_s == FROM_S


@dataclass(frozen=True, slots=True)
class AlertScene:
    """`fires`: the rule that it raises, for whom; `raised_s`: at the latest, after its begin; `cleared_s`: after its
    end.
    """

    name: str
    fires: str
    whom: str
    change: Callable[[SceneMoment], None]
    raised_s: int
    cleared_s: int
    lasts_s: int = 1800
    until_s: int = UNTIL_S


def _treadmill(**said: Any) -> Callable[[SceneMoment], None]:
    def change(moment: SceneMoment) -> None:
        if moment.during:
            moment.treadmill |= said

    return change


def _unit(**said: Any) -> Callable[[SceneMoment], None]:
    def change(moment: SceneMoment) -> None:
        if moment.during:
            moment.unit |= said

    return change


def _own(**said: Any) -> Callable[[SceneMoment], None]:
    def change(moment: SceneMoment) -> None:
        if moment.during:
            moment.own |= said

    return change


def _event(**said: Any) -> Callable[[SceneMoment], None]:
    def change(moment: SceneMoment) -> None:
        if moment.begins:
            moment.events.append(said)

    return change


def _silent_unit(moment: SceneMoment) -> None:
    moment.unit_speaks = not moment.during


def _nothing_stored(moment: SceneMoment) -> None:
    moment.stored = not FROM_S <= moment.at_s < LONG_UNTIL_S


def _deaf(moment: SceneMoment) -> None:
    if moment.during:
        moment.own["lost_ms"] = (moment.at_s - FROM_S) * 1000


def _outbox(moment: SceneMoment) -> None:
    if moment.during:
        moment.unit["outbox_behind_s"] = 500 + moment.at_s - FROM_S


def _losses(moment: SceneMoment) -> None:
    moment.losses = 1 if FROM_S <= moment.at_s < FROM_S + 60 else 0


MINUTE, WINDOW, HOUR = 60, 300, 3600
SLACK = TOLD_EVERY_S + MINUTE
MOVES = {"belt": "moving"}
SCENES = (
    AlertScene("stop not obeyed", "disobeys", "tm-01", _treadmill(latched=Cause.STOP_NOT_OBEYED, **MOVES), SLACK,
          WINDOW + SLACK),
    AlertScene("stop not obeyed behind another stop", "disobeys", "tm-01",
          _treadmill(latched=Cause.STOP_PRESSED, hazard=Cause.STOP_NOT_OBEYED, **MOVES), SLACK, WINDOW + SLACK),
    AlertScene("moved unordered", "unordered", "tm-01", _treadmill(latched=Cause.MOVED_UNORDERED, **MOVES), SLACK,
          WINDOW + SLACK),
    AlertScene("moved while latched", "unordered", "tm-01", _treadmill(latched=Cause.MOVED_WHILE_LATCHED, **MOVES),
          SLACK,
          WINDOW + SLACK),
    AlertScene("link lost under way", "link-lost", "tm-01", _treadmill(link="lost", latched=Cause.LINK_LOST, **MOVES),
          SLACK, WINDOW + SLACK),
    AlertScene("slow to rest", "time-to-rest", "tm-01",
          _event(kind="stopped", cause="safety_key", treadmill="tm-01", after={"took_ms": 16_001}), MINUTE,
          HOUR + SLACK - (UNTIL_S - FROM_S), 4500),
    AlertScene("stop button gone", "stop-button", "unit-01",
          _event(kind="stop_button", cause="not_readable", severity="alarm"), MINUTE,
          HOUR + SLACK - (UNTIL_S - FROM_S), 4500),
    AlertScene("unit silent", "unit-offline", "unit-01", _silent_unit, 60 + 60 + SLACK, SLACK),
    AlertScene("nothing stored", "not-stored", "", _nothing_stored, WINDOW + 60 + SLACK, SLACK, 2100, LONG_UNTIL_S),
    AlertScene("hub hears nothing", "not-stored", "metrics", _deaf, 60 + 60 + SLACK, SLACK),
    AlertScene("links lost often", "link-losses", "tm-01", _losses, SLACK, HOUR + SLACK - (UNTIL_S - FROM_S), 4500),
    AlertScene("outbox waits", "outbox-waits", "unit-01", _outbox, 100 + SLACK, SLACK),
    AlertScene("unit's certificate ends", "certificate", "unit-01", _unit(certificate_days=13), SLACK, SLACK),
    AlertScene("hub's certificate ended", "certificate", "metrics", _own(certificate_days=-1), SLACK, SLACK),
    AlertScene("unit's disk short", "disk", "unit-01", _unit(disk_free_mb=1000), SLACK, SLACK),
    AlertScene("hub's disk short", "disk", "metrics", _own(disk_free_mb=10), SLACK, SLACK),
    AlertScene("never commissioned", "uncommissioned", "tm-01", _treadmill(commissioned=""), SLACK, SLACK),
    AlertScene("commissioned long ago", "uncommissioned", "tm-01", _treadmill(commissioned="2023-01-01"), SLACK, SLACK),
)  # fmt: skip
HEALTHY = AlertScene("healthy", "", "", lambda _: None, 0, 0, 3600)


def told(scene: AlertScene) -> Iterator[Point]:
    """What is stored of the scene, from its begin on."""
    roll, seq = RollCall(), 0
    for at_s in range(0, scene.lasts_s, TOLD_EVERY_S):
        moment = SceneMoment(at_s)
        scene.change(moment)
        now_ms, wall_ms = at_s * 1000, BEGIN_MS + OFFSET_MS + at_s * 1000
        for unit, treadmills in UNITS.items():
            changed = moment.unit if unit == "unit-01" else {}
            if unit == "unit-01" and not moment.unit_speaks:
                continue
            said: dict[str, Any] = {"certificate_days": 300, "disk_free_mb": 20_000, **changed}
            status = m.UnitStatus(
                unit=unit, online=True, boot="b", at_ms=wall_ms, treadmills=treadmills, **said
            )  # fmt: skip
            roll.unit(status, now_ms, wall_ms, retained=False)
            yield from points.unit_status(unit, status)
            for treadmill in treadmills:
                seq += 1
                state = _state(treadmill, unit, wall_ms, moment.treadmill if treadmill == "tm-01" else {})
                roll.treadmill(state, now_ms, wall_ms, retained=False)
                frame = m.TreadmillTelemetry(
                    treadmill=treadmill, boot="b", seq=seq, at_ms=wall_ms, speed_kmh=0.0
                )
                roll.treadmill_measured(frame, now_ms)
        for nth, event in enumerate(moment.events):
            source = m.Event(id=f"{scene.name}-{at_s}-{nth}", at_ms=wall_ms, source="unit-01", **event)
            yield from points.event("", source)
        for _ in range(moment.losses):
            yield from points.treadmill_state("tm-01", _state("tm-01", "unit-01", wall_ms, {"link": "lost"}))
        if moment.stored:
            health = WriterHealth(
                "metrics", **{"certificate_days": 300, "disk_free_mb": 50_000, **moment.own}
            )
            yield from roll.points(health, now_ms, wall_ms)


def _state(treadmill: str, unit: str, wall_ms: int, changed: dict[str, Any]) -> m.TreadmillState:
    day = datetime.fromtimestamp(wall_ms / 1000, UTC).date().isoformat()
    said: dict[str, Any] = {"link": "connected", "belt": "still", "commissioned": day, **changed}
    return m.TreadmillState(treadmill=treadmill, unit=unit, boot="b", at_ms=wall_ms, **said)
