"""Start and clear at their edges: which old words count, which deck must be seen, what a start forgets."""

from dataclasses import replace

import pytest
from belt_states import ATHLETIC, COMMISSIONED, LEASE, NOW, belt, free, order, ready, refused

from device_adapters.safety import envelope
from device_adapters.safety.envelope_state import Phase
from device_adapters.safety.events import Answer, Note


@pytest.mark.parametrize(("age_ms", "clears"), [(2_999, True), (3_000, True), (3_001, False)])
def test_a_belt_that_is_heard_and_not_reached_is_cleared_by_a_word_of_the_last_3_s(
    age_ms: int, clears: bool
) -> None:
    heard = free(latched="off_ramp", machine=None, measured_ms=NOW - age_ms)
    if clears:
        after, _ = envelope.step(heard, order("clear", by="Kim"), NOW)
        assert (after.phase, after.latched) == (Phase.OBSERVING, "")
    else:
        refused(heard, order("clear", by="Kim"), "link_lost")


def test_a_stop_that_its_speed_shows_to_be_over_is_recorded_without_anybodys_word() -> None:
    rests = belt(
        Phase.STOPPING, latched="stop_pressed", lease=LEASE, measured_ckmh=0, zero_since_ms=NOW - 1_000, halts=1,
        asked_ms=NOW - 5_000, stop_ms=NOW - 5_000, changed_ms=NOW,
    )  # fmt: skip
    after, effects = envelope.step(rests, order("clear", by="Kim"), NOW)
    cleared = Note(
        kind="cleared", cause="stop_pressed", before={"latched": "stop_pressed"}, after={"by": "Kim"}
    )
    stopped = Note(kind="stopped", cause="stop_pressed", after={})
    assert effects == (Answer(id="x", outcome="accepted"), cleared, stopped)
    assert (after.phase, after.latched, after.lease.claim) == (Phase.OBSERVING, "", None)


LEVEL = replace(ATHLETIC, grade_max_dpct=0)
FLAT = replace(COMMISSIONED, incline_max_dpct=0)
LITTLE = replace(COMMISSIONED, incline_max_dpct=1)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"deck_ms": 0, "machine": FLAT, "limits": LEVEL}, ""),
        ({"deck_ms": 0, "machine": LITTLE, "limits": LEVEL}, "deck_unknown"),
        ({"deck_ms": 0, "machine": LITTLE}, ""),
        ({"deck_ms": 1, "machine": FLAT, "limits": LEVEL}, "deck_unknown"),
        ({"deck_ms": 1}, "deck_unknown"),
    ],
)
def test_a_deck_must_be_seen_where_it_tilts_and_must_be_level_or_was_seen_before(
    changes: dict[str, object], cause: str
) -> None:
    _, effects = envelope.step(ready(measured_dpct=None, **changes), order("start"), NOW)
    assert isinstance(effects[0], Answer)
    assert effects[0].cause == cause


def test_a_start_forgets_what_the_belt_and_its_machine_told_before() -> None:
    given = ready(distance_m=30, counted_ms=NOW - 900, zero_since_ms=NOW - 4_000, speed_due=True)
    after, effects = envelope.step(given, order("start"), NOW)
    assert isinstance(effects[0], Answer)
    assert effects[0].outcome == "accepted"
    assert (after.elapsed_s, after.distance_m, after.counted_ms) == (None, None, 0)
    assert (after.zero_since_ms, after.speed_due, after.moving_seen) == (0, False, False)


@pytest.mark.parametrize(("fastest", "first"), [(99, 99), (100, 100), (101, 100), (2_000, 100)])
def test_a_first_movement_is_at_1_0_km_h_at_most(fastest: int, first: int) -> None:
    fine = replace(COMMISSIONED, speed_step_ckmh=1, speed_max_ckmh=fastest)
    after, effects = envelope.step(ready(machine=fine), order("start"), NOW)
    assert effects[0] == Answer(id="x", outcome="accepted", speed_ckmh=first)
    assert after.setpoint_ckmh == first
