"""What a tile and a member's page say of a belt that may go on, and of a heart that stays over its ceiling."""

import msgspec
import pytest

from device_adapters.contract import messages as m
from device_adapters.safety.hazards import MAY_GO_ON, Cause, reaction
from device_adapters.safety.limits import Goal, Level
from services.console.live.facts import StrapFacts, TreadmillFacts
from services.console.live.live_state import LiveState
from services.console.live.member_view import MemberPicture, member_picture
from services.console.live.tile import Tile, tile
from services.texts.languages import LANGUAGES, speaking

NOW = 100_000
UNSURE = [cause for cause in Cause if not reaction(cause).sure and cause is not Cause.NOT_STARTED]
SURE = [Cause.STOP_PRESSED, Cause.SAFETY_KEY, Cause.CONSOLE_STOP, Cause.LEASE_EXPIRED, Cause.GRADE_OUT]


def view(phase: m.SessionPhase = "running") -> m.SessionView:
    return m.SessionView(
        session="s-1", treadmill="tm-01", at_ms=0, phase=phase, goal=Goal.MOBILITY, level=Level.NOVICE,
        programme="Walk", hr_limit_bpm=150, hr_max_bpm=190, strap="hr-01", alias="Heron",
    )  # fmt: skip


def facts(
    *, speed_kmh: float = 3.0, age_ms: int = 200, phase: m.SessionPhase = "running", **said: object
) -> TreadmillFacts:
    values: dict[str, object] = {"link": "connected", "belt": "moving", **said}
    state = m.TreadmillState(treadmill="tm-01", unit="u-1", boot="b", at_ms=0, **values)  # type: ignore[arg-type]
    return TreadmillFacts(
        id="tm-01", seen_ms=0, state=state, unit="u-1", speed_kmh=speed_kmh, measured_ms=NOW - age_ms,
        session=view(phase), session_ms=NOW,
    )  # fmt: skip


def unit(online: bool = True) -> m.UnitStatus:
    return m.UnitStatus(unit="u-1", online=online, boot="b", at_ms=0)


def shown(known: TreadmillFacts, *, online: bool = True, strap: StrapFacts | None = None) -> Tile:
    return tile(known, unit(online), strap, NOW)


def told(known: TreadmillFacts, *, online: bool = True) -> MemberPicture:
    assert known.session is not None
    return member_picture(known, unit(online), None, known.session, NOW)


OUT_OF_REACH = {
    "link lost": (facts(link="lost"), True),
    "link coming back": (facts(link="connecting", latched="link_lost", hazard="link_lost"), True),
    "unit gone": (facts(), False),
    "no speed": (facts(age_ms=4_000), True),
}


@pytest.mark.parametrize("name", OUT_OF_REACH)
def test_a_moving_belt_that_goes_out_of_reach_is_in_danger(name: str) -> None:
    known, online = OUT_OF_REACH[name]
    made = shown(known, online=online)
    assert made.in_danger
    assert "red button" in made.danger.lower()
    warned = told(known, online=online)
    assert warned.warning["en"] == MAY_GO_ON
    assert warned.may_move
    assert "steigen Sie ab, sobald Sie können" in warned.warning["de"]


@pytest.mark.parametrize("latched", ["stop_pressed", "overspeed", "safety_key"])
@pytest.mark.parametrize("hazard", UNSURE)
def test_the_worst_fact_of_now_is_on_the_tile_and_not_the_first(hazard: Cause, latched: str) -> None:
    known = facts(latched=latched, hazard=hazard, why="Stop was pressed. Check the member, then clear.")
    made = shown(known)
    assert (made.state, made.danger, made.note) == (
        "stopping",
        reaction(hazard).staff,
        reaction(hazard).staff,
    )
    assert made.latch == latched
    assert told(known).warning["en"] == MAY_GO_ON
    for language in LANGUAGES:
        with speaking(language):
            assert shown(known).danger


@pytest.mark.parametrize("latched", SURE)
def test_a_belt_that_obeys_is_in_no_danger(latched: Cause) -> None:
    known = facts(latched=latched, hazard=latched, why=reaction(latched).staff)
    assert (shown(known).in_danger, shown(known).note) == (False, reaction(latched).staff)
    assert told(known).warning == {}


@pytest.mark.parametrize("hazard", UNSURE)
def test_it_is_over_once_the_belt_rests(hazard: Cause) -> None:
    known = facts(speed_kmh=0.0, belt="still", latched=hazard, hazard=hazard, why=reaction(hazard).rested)
    made = shown(known)
    assert (made.state, made.in_danger, made.note) == ("stopped", False, reaction(hazard).rested)
    assert (told(known).warning, told(known).may_move) == ({}, False)


def test_a_treadmill_that_is_switched_off_at_rest_is_no_alarm() -> None:
    for known, online in (
        (facts(speed_kmh=0.0, belt="still", link="lost", phase="ended"), True),
        (facts(speed_kmh=0.0, belt="still", age_ms=90_000, phase="ended"), True),
        (facts(speed_kmh=0.0, belt="unknown", link="absent", phase="ended"), False),
    ):
        assert not shown(known, online=online).in_danger
        assert told(known, online=online).warning == {}


def test_the_end_of_a_session_does_not_end_a_warning() -> None:
    known = facts(link="lost", phase="ended")
    assert shown(known).in_danger
    picture = told(known)
    assert (picture.state, picture.warning["en"], picture.may_move) == ("ended", MAY_GO_ON, True)


def test_a_paused_belt_that_moves_by_itself_is_in_danger() -> None:
    assert shown(facts(phase="paused")).in_danger
    assert not shown(facts(phase="paused", speed_kmh=0.0, belt="still")).in_danger


@pytest.mark.parametrize(("bpm", "over"), [(156, True), (151, True), (150, False), (90, False)])
def test_a_heart_over_its_ceiling_is_never_a_plain_ready_tile(bpm: int, over: bool) -> None:
    known = facts(speed_kmh=0.0, belt="still", phase="ended")
    strap = StrapFacts(hr_bpm=bpm, contact=True, measured_ms=NOW - 500)
    made = shown(known, strap=strap)
    assert made.state == "ready"
    assert (made.word != "Ready", made.zone == "over", "over the ceiling of 150" in made.note) == (
        over,
        over,
        over,
    )
    old = shown(known, strap=StrapFacts(hr_bpm=bpm, contact=True, measured_ms=NOW - 9_000))
    assert (old.word, old.zone) == ("Ready", "none")


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_strap_of_the_last_session_is_still_the_member(elsewhere: bool) -> None:
    floor = LiveState("gym")
    floor.treadmill_state("tm-01", facts(belt="still").state, NOW)  # type: ignore[arg-type]
    floor.treadmill_telemetry(
        "tm-01", m.TreadmillTelemetry(treadmill="tm-01", boot="b", seq=1, at_ms=0, speed_kmh=0.0), NOW
    )
    floor.session_view("tm-01", msgspec.structs.replace(view("ended"), outcome="stopped"), NOW)
    place = "tm-02" if elsewhere else ""
    state = m.StrapState(strap="hr-01", unit="u-1", boot="b", at_ms=0, link="connected", treadmill=place)
    floor.strap_state("hr-01", state)
    floor.strap_telemetry("hr-01", m.StrapTelemetry(strap="hr-01", boot="b", seq=1, at_ms=0, hr_bpm=160), NOW)
    made = floor.tile("tm-01", NOW)
    assert made is not None
    assert (made.zone, made.word) == (("none", "Ready") if elsewhere else ("over", "Heart over limit"))
