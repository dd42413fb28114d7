"""The floor's picture: who belongs together, what is kept, what is bounded."""

from pathlib import Path

import msgspec

from device_adapters.config import HubConfig
from device_adapters.contract import messages as m
from device_adapters.safety.limits import Goal, Level
from services.console.live.incidents import INCIDENTS_MAX
from services.console.live.live_state import INCIDENTS_SHOWN, LiveState
from services.metrics import points
from services.metrics.history import history_of
from services.metrics.sqlite import SqliteSink
from services.rules.site import DEVICES_MAX


def state(treadmill: str = "tm-01", **more: object) -> m.TreadmillState:
    values: dict[str, object] = {"link": "connected", "belt": "still", **more}
    return m.TreadmillState(treadmill=treadmill, unit="unit-01", boot="b", at_ms=0, **values)  # type: ignore[arg-type]


def frame(
    seq: int, speed_kmh: float | None, treadmill: str = "tm-01", at_ms: int = 0, age_ms: int = 0
) -> m.TreadmillTelemetry:
    return m.TreadmillTelemetry(
        treadmill=treadmill, boot="b", seq=seq, at_ms=at_ms, speed_kmh=speed_kmh, age_ms=age_ms
    )


def strap_state(strap: str, treadmill: str) -> m.StrapState:
    return m.StrapState(strap=strap, unit="unit-01", boot="b", at_ms=0, link="connected", treadmill=treadmill)


def heart(strap: str, hr_bpm: int) -> m.StrapTelemetry:
    return m.StrapTelemetry(strap=strap, boot="b", seq=1, at_ms=0, hr_bpm=hr_bpm)


def event(id_: str, severity: str = "warning", **more: object) -> m.Event:
    return m.Event(id=id_, at_ms=5, source="unit-01", kind="clock_jump", severity=severity, **more)  # type: ignore[arg-type]


def test_treadmills_come_in_order_of_their_ids() -> None:
    floor = LiveState("gym")
    for name in ("tm-03", "tm-01", "tm-02"):
        floor.treadmill_state(name, state(name), 0)
    assert [t.id for t in floor.view(0).tiles] == ["tm-01", "tm-02", "tm-03"]


def test_a_unit_announces_treadmills_and_takes_them_along_when_it_vanishes() -> None:
    floor = LiveState("gym")
    floor.unit_status(
        "unit-01", m.UnitStatus(unit="unit-01", online=True, boot="b", at_ms=0, treadmills=("tm-01",)), 0
    )
    assert [t.state for t in floor.view(0).tiles] == ["waiting"]
    floor.treadmill_state("tm-01", state(), 0)
    floor.treadmill_telemetry("tm-01", frame(1, 0.0), 0)
    assert [t.state for t in floor.view(0).tiles] == ["ready"]
    floor.unit_status("unit-01", m.UnitStatus(unit="unit-01", online=False, boot="b", at_ms=0), 0)
    (tile,) = floor.view(0).tiles
    assert tile.state == "offline"
    assert "unit-01" in tile.note


def test_the_usual_strap_is_read_unless_the_session_names_another() -> None:
    floor = LiveState("gym")
    floor.treadmill_state("tm-01", state(), 0)
    for strap, hr_bpm in (("hr-01", 101), ("hr-09", 109)):
        floor.strap_telemetry(strap, heart(strap, hr_bpm), 0)
    floor.strap_state("hr-01", strap_state("hr-01", "tm-01"))
    floor.strap_state("hr-09", strap_state("hr-09", ""))
    assert floor.view(0).tiles[0].hr == "101"
    session = m.SessionView(
        session="s", treadmill="tm-01", at_ms=0, phase="running", goal=Goal.MOBILITY, level=Level.NOVICE,
        programme="p", strap="hr-09",
    )  # fmt: skip
    floor.session_view("tm-01", session, 0)
    assert floor.view(0).tiles[0].hr == "109"


def test_frames_without_speed_keep_the_last_speed_and_its_age() -> None:
    floor = LiveState("gym")
    floor.treadmill_state("tm-01", state(belt="moving"), 0)
    floor.treadmill_telemetry("tm-01", frame(1, 3.2, at_ms=0), 0)
    floor.treadmill_telemetry("tm-01", frame(2, None, at_ms=2_900), 2_900)
    assert floor.view(2_900).tiles[0].speed == "3.2"
    assert floor.view(3_001).tiles[0].state == "silent"


def test_a_backlog_after_an_outage_never_looks_like_now() -> None:
    floor = LiveState("gym")
    floor.treadmill_state("tm-01", state(belt="moving"), 0)
    for second in range(3):
        floor.treadmill_telemetry("tm-01", frame(second, 4.0, at_ms=second * 1_000), second * 1_000)
    for second in range(3, 20):
        kept = frame(second, 4.0, at_ms=second * 1_000, age_ms=60_000 - second * 1_000)
        floor.treadmill_telemetry("tm-01", kept, 60_000)
    (tile,) = floor.view(60_000).tiles
    assert (tile.state, tile.age_s) == ("silent", 58)
    floor.treadmill_telemetry("tm-01", frame(60, 0.0, at_ms=60_000), 60_010)
    assert floor.view(60_010).tiles[0].speed == "0.0"


def test_incidents_are_warnings_and_alarms_once_each_newest_first() -> None:
    floor = LiveState("gym")
    floor.incidents.add(event("a", text="Safety cord pulled.", treadmill="tm-02"))
    floor.incidents.add(event("a", text="Safety cord pulled.", treadmill="tm-02"))
    floor.incidents.add(event("b", severity="info"))
    floor.incidents.add(event("c", severity="alarm", cause="ntp"))
    view = floor.view(0)
    assert view.incident_count == 2
    assert [(i.where, i.text) for i in view.incidents] == [
        ("unit-01", "Clock jump ntp."),
        ("tm-02", "Safety cord pulled."),
    ]


def test_nothing_grows_without_bound() -> None:
    floor = LiveState("gym")
    for n in range(DEVICES_MAX + 10):
        floor.treadmill_state(f"tm-{n}", state(f"tm-{n}"), 0)
        floor.treadmill_telemetry(f"tm-{n}", frame(1, 1.0, f"tm-{n}"), 0)
        floor.strap_telemetry(f"hr-{n}", heart(f"hr-{n}", 100), 0)
        floor.incidents.add(event(f"e-{n}"))
    view = floor.view(0)
    assert len(view.tiles) == len(floor.strap_ids()) == DEVICES_MAX
    assert view.incident_count == INCIDENTS_MAX
    assert len(view.incidents) == INCIDENTS_SHOWN


def test_belts_in_motion_are_counted_only_while_they_are_heard() -> None:
    floor = LiveState("gym")
    floor.treadmill_state("tm-01", state(belt="moving"), 0)
    floor.treadmill_telemetry("tm-01", frame(1, 3.0), 0)
    assert floor.view(0).moving == 1
    assert floor.view(10_000).moving == 0


def test_a_console_that_was_restarted_has_the_incidents_of_the_day(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "metrics.db")
    told = [
        event("old", severity="alarm", text="Safety cord pulled.", treadmill="tm-02"),
        event("both", severity="warning", text="Clock."),
        event("info", severity="info"),
    ]
    for at_ms, one in enumerate(told, 1_000):
        sink.write(points.event("", msgspec.structs.replace(one, at_ms=at_ms)))
    sink.close()
    history = history_of(HubConfig(data=str(tmp_path)))
    floor = LiveState("gym")
    floor.incidents.add(event("both", severity="warning", text="Clock."))
    floor.incidents.add(event("new", severity="alarm", text="Stop.", treadmill="tm-01"))
    floor.incidents.remembered(history.happened(0, 10_000))
    assert [(one.id, one.where) for one in floor.incidents.latest_first()] == [
        ("new", "tm-01"), ("both", "unit-01"), ("old", "tm-02")
    ]  # fmt: skip
    assert history.happened(2_000, 10_000) == ()
