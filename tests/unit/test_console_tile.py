"""What a tile says for what is known: one table of states, and the words around them."""

import pytest

from device_adapters.contract import messages as m
from device_adapters.contract.keys import sessions as keys
from device_adapters.contract.standing import KNOWN_STILL
from device_adapters.safety.limits import Goal, Level
from services.console import event_words, phrases, words
from services.console.live.facts import StrapFacts, TreadmillFacts
from services.console.live.tile import NOWHERE, Tile, tile
from services.console.live.tile_heart import LIMIT_AT, limit_zone
from services.texts.languages import speaking

NOW_MS = 100_000
LIMITS = m.Limits(
    speed_max_kmh=4.0, accel_max_kmh_s=0.3, decel_stop_kmh_s=1, grade_min_pct=0, grade_max_pct=2, session_max_s=900,
    bout_max_s=300, hr_max_pct=76,
)  # fmt: skip


def state(link: m.Link = "connected", belt: m.Belt = "still", **more: object) -> m.TreadmillState:
    values: dict[str, object] = {"treadmill": "tm-01", "unit": "unit-01", "boot": "b", "at_ms": 0, **more}
    return m.TreadmillState(link=link, belt=belt, **values)  # type: ignore[arg-type]


def session(phase: m.SessionPhase = "running", **more: object) -> m.SessionView:
    values: dict[str, object] = {
        "session": "s-1", "treadmill": "tm-01", "at_ms": 0, "goal": Goal.MOBILITY, "level": Level.NOVICE,
        "programme": "Slow", "target_kmh": 2.0, "step": 2, "steps": 5, "step_kind": "active", "limits": LIMITS,
        **more,
    }  # fmt: skip
    return m.SessionView(phase=phase, **values)  # type: ignore[arg-type]


def facts(
    said: m.TreadmillState | None,
    *,
    speed_kmh: float | None = 0.0,
    age_ms: int = 500,
    view: m.SessionView | None = None,
    view_age_ms: int = 500,
    incline_pct: float | None = None,
) -> TreadmillFacts:
    return TreadmillFacts(
        id="tm-01",
        seen_ms=NOW_MS - 60_000,
        state=said,
        unit="unit-01",
        speed_kmh=speed_kmh,
        incline_pct=incline_pct,
        measured_ms=None if speed_kmh is None else NOW_MS - age_ms,
        session=view,
        session_ms=NOW_MS - view_age_ms,
    )


def unit(online: bool) -> m.UnitStatus:
    return m.UnitStatus(unit="unit-01", online=online, boot="b", at_ms=0)


def shown(known: TreadmillFacts, status: m.UnitStatus | None = None, strap: StrapFacts | None = None) -> Tile:
    return tile(known, status or unit(online=True), strap, NOW_MS)


@pytest.mark.parametrize(
    ("known", "online", "expected"),
    [
        (facts(state()), True, "ready"),
        (facts(state(belt="moving"), speed_kmh=3.0), True, "moving"),
        (facts(state(), speed_kmh=0.4), True, "moving"),
        (facts(state(belt="unknown")), True, "waiting"),
        (facts(state(belt="moving"), speed_kmh=3.0, view=session("running")), True, "running"),
        (facts(state(), view=session("starting")), True, "starting"),
        (facts(state(belt="moving"), speed_kmh=1.0, view=session("pausing")), True, "pausing"),
        (facts(state(), view=session("paused")), True, "paused"),
        (facts(state(belt="moving"), speed_kmh=1.0, view=session("paused")), True, "moving"),
        (facts(state(belt="moving"), speed_kmh=1.0, view=session("stopping")), True, "stopping"),
        (facts(state(), view=session("ended", outcome="completed")), True, "ready"),
        (facts(state(belt="moving", latched="overspeed"), speed_kmh=2.0), True, "stopping"),
        (facts(state(latched="stop_pressed"), view=session("running")), True, "stopped"),
        (facts(state(belt="moving"), speed_kmh=4.0, age_ms=3_001, view=session("running")), True, "silent"),
        (facts(state(belt="moving"), speed_kmh=4.0, age_ms=3_000, view=session("running")), True, "running"),
        (facts(state(), speed_kmh=None), True, "silent"),
        (facts(state(link="lost", belt="moving"), speed_kmh=4.0, view=session("running")), True, "lost"),
        (facts(state(link="absent")), True, "absent"),
        (facts(state(link="connecting")), True, "connecting"),
        (facts(state(belt="moving"), speed_kmh=4.0, view=session("running")), False, "offline"),
        (facts(None, speed_kmh=None), True, "waiting"),
    ],
)
def test_state(known: TreadmillFacts, online: bool, expected: str) -> None:
    made = shown(known, unit(online))
    assert (made.state, made.word) == (expected, phrases.STATES[expected])
    assert made.may_move is (expected not in KNOWN_STILL)


@pytest.mark.parametrize(
    ("known", "online"),
    [
        (facts(state(belt="moving"), speed_kmh=4.0, age_ms=12_400, view=session("running")), True),
        (facts(state(link="lost"), speed_kmh=4.0, age_ms=12_400, view=session("running")), True),
        (facts(state(belt="moving"), speed_kmh=4.0, age_ms=12_400, view=session("running")), False),
    ],
)
def test_old_speed_is_told_as_old(known: TreadmillFacts, online: bool) -> None:
    made = shown(known, unit(online))
    assert made.speed == words.NO_VALUE
    assert made.last == "Last reading 4.0 km/h"
    assert made.age_s == 12
    assert made.note
    assert not any((made.can_start, made.can_pause, made.can_resume, made.can_end, made.can_clear))


def test_a_speed_told_by_a_lost_link_is_not_of_now() -> None:
    made = shown(facts(state(link="lost", belt="moving"), speed_kmh=4.0, age_ms=100))
    assert (made.speed, made.fresh, made.age_s) == (words.NO_VALUE, False, 0)


def test_bars_end_at_the_limit_in_force() -> None:
    made = shown(facts(state(belt="moving"), speed_kmh=4.0, view=session(target_kmh=2.0)))
    assert made.speed_bar == LIMIT_AT
    assert made.target_bar == round(LIMIT_AT / 2)
    assert (made.speed_limit, made.over) == ("limit 4.0", False)
    faster = shown(facts(state(belt="moving"), speed_kmh=4.1, view=session()))
    assert (faster.speed_limit, faster.over) == ("over limit 4.0", True)
    assert shown(facts(state())).target_bar == NOWHERE


@pytest.mark.parametrize(
    ("arrangement", "incline_pct", "expected"),
    [
        ("member_turned", 5.0, "+5.0 %"),
        ("belt_reversed", 5.0, "-5.0 %"),
        ("belt_reversed", 0.0, "0.0 %"),
        ("member_turned", None, words.NO_VALUE),
    ],
)
def test_grade_is_along_travel(arrangement: str, incline_pct: float | None, expected: str) -> None:
    made = shown(facts(state(arrangement=arrangement), incline_pct=incline_pct))
    assert made.grade == expected
    assert made.way == ("runs backward" if arrangement == "belt_reversed" else "")


@pytest.mark.parametrize(
    ("bpm", "zone"),
    [(74, "easy"), (75, "working"), (89, "working"), (90, "near"), (100, "near"), (101, "over")],
)
def test_zone_is_told_against_the_members_limit(bpm: int, zone: str) -> None:
    assert limit_zone(bpm, 100) == zone
    assert limit_zone(bpm, None) == "none"


def strap(bpm: int | None = 120, age_ms: int = 500, **more: object) -> StrapFacts:
    return StrapFacts(hr_bpm=bpm, measured_ms=NOW_MS - age_ms, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("worn", "value", "word"),
    [
        (None, words.NO_VALUE, "No strap"),
        (strap(), "120", "Near limit"),
        (strap(age_ms=5_001), words.NO_VALUE, "No reading for 5 s"),
        (strap(contact=False), words.NO_VALUE, "No skin contact"),
        (StrapFacts(), words.NO_VALUE, "No reading yet"),
        (
            strap(
                age_ms=9_000,
                state=m.StrapState(strap="hr-01", unit="u", boot="b", at_ms=0, link="lost"),
            ),
            words.NO_VALUE,
            "Strap: Link lost",
        ),
    ],
)
def test_heart_rate(worn: StrapFacts | None, value: str, word: str) -> None:
    made = shown(facts(state(belt="moving"), speed_kmh=2.0, view=session(hr_limit_bpm=130)), strap=worn)
    assert (made.hr, made.zone_word, made.hr_limit) == (value, word, "limit 130")
    assert (made.zone == "none") is (value == words.NO_VALUE)


def test_programme_and_its_end() -> None:
    view = session(elapsed_s=30.0, total_s=120.0, why="", cue="Hips back", alias="Heron")
    made = shown(facts(state(belt="moving"), speed_kmh=2.0, view=view))
    assert (made.step, made.left, made.progress) == ("Step 2 of 5 · Walk", "1:30 left", 25)
    assert (made.note, made.who, made.plan) == ("Hips back", "Heron", "Mobility · Novice")
    over = session("ended", outcome="stopped", why="Stop was pressed.", alias="Heron")
    free = shown(facts(state(), view=over))
    assert (free.who, free.note) == ("", "Last session was stopped. Stop was pressed.")
    assert shown(facts(state(latched="stop_pressed"), view=over)).who == "Heron"


def test_a_silent_session_service_is_told_and_its_plan_is_not_shown() -> None:
    made = shown(facts(state(belt="moving"), speed_kmh=2.0, view=session(), view_age_ms=7_000))
    assert made.state == "moving"
    assert made.step == ""
    assert made.note == "The session service has been silent for 7 s."


@pytest.mark.parametrize(
    ("known", "buttons"),
    [
        (facts(state()), {"can_start"}),
        (facts(state(belt="moving"), speed_kmh=2.0, view=session("running")), {"can_pause"}),
        (facts(state(), view=session("paused")), {"can_resume", "can_end"}),
        (facts(state(latched="stop_pressed")), {"can_clear"}),
        (facts(state(belt="moving", latched="stop_pressed"), speed_kmh=1.0), set()),
        (facts(state(belt="moving"), speed_kmh=2.0), set()),
    ],
)
def test_only_fitting_buttons_are_offered(known: TreadmillFacts, buttons: set[str]) -> None:
    made = shown(known)
    names = ("can_start", "can_pause", "can_resume", "can_end", "can_clear")
    assert {name for name in names if getattr(made, name)} == buttons


def test_what_is_left_of_a_countdown_is_on_the_tile() -> None:
    waiting = session("starting", waits_for="countdown", starts_in_s=3.4)
    assert shown(facts(state(), view=waiting)).count == "4"
    assert shown(facts(state(), view=session("running", waits_for="", starts_in_s=3.4))).count == ""


def test_hold_to_run_is_told_on_the_tile_and_what_it_waits_for() -> None:
    plain = tile(facts(state(), view=session()), unit(True), None, NOW_MS)
    assert (plain.plan, plain.holds) == ("Mobility · Novice", False)
    waits = session("paused", hold=True, waits_for="hold")
    held = tile(facts(state(hold="released"), view=waits), unit(True), None, NOW_MS)
    assert (held.plan, held.holds) == ("Mobility · Novice · Hold to run", True)
    assert held.waits == "Hold to run: the member holds the button; then press Resume"


@pytest.mark.parametrize(("language", "told"), [("en", "Paused by staff."), ("de", "Angehalten von Team.")])
def test_whoever_did_it_is_told_by_the_role(language: str, told: str) -> None:
    with speaking(language):
        assert (
            shown(facts(state(), view=session("paused", why=keys.paused_by("staff u-5a0be4cf")))).why == told
        )


def test_an_order_that_was_not_carried_out_is_told_in_words() -> None:
    text = "stop_or_pause: operation_failed"
    said = event_words.sentence("control_point", "operation_failed", text)
    assert said == "The treadmill did not carry out an order."
