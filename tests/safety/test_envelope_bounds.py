"""The envelope at its edges: what a first movement is, how hard a cause stops, what is forgotten and what is kept."""

from dataclasses import replace

import pytest
from belt_states import DROPPED, HALT, NOW, belt, free, moving, ready

from device_adapters.safety import envelope
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.events import Hazard, Measured, Unlinked, Untaken, Write
from device_adapters.safety.hazards import Cause


@pytest.mark.parametrize("phase", Phase)
def test_nothing_that_a_machine_counted_outlives_its_link(phase: Phase) -> None:
    after, _ = envelope.step(belt(phase, distance_m=30), Unlinked(), NOW)
    assert (after.machine, after.measured_ckmh, after.measured_dpct) == (None, None, None)
    assert (after.elapsed_s, after.distance_m) == (None, None)


@pytest.mark.parametrize(("speed", "held_until_ms"), [(0, NOW - 1), (1, NOW + 5_000), (2, NOW + 5_000)])
def test_the_slowest_movement_is_the_first_and_standing_is_none(speed: int, held_until_ms: int) -> None:
    waits = moving(moving_seen=False, measured_ckmh=0, began_ms=NOW - 6_000, held_until_ms=NOW - 1)
    after, effects = envelope.step(waits, Measured(speed, 20), NOW)
    assert (after.held_until_ms, after.moving_seen, effects) == (held_until_ms, speed > 0, ())


RAMPS, STOPS = Write(Admitted(Verb.SPEED, 240)), HALT
"""From more than 3.0 km/h a machine that answers is told two or three speeds within 0.6 s; any other Stop at once."""


def fast(measured: int = 360, **changes: object) -> State:
    """At 3.6 km/h and more."""
    return moving(measured_ckmh=measured, setpoint_ckmh=360, target_ckmh=360, expected_ckmh=360, **changes)


@pytest.mark.parametrize(
    ("given", "told", "cause", "write"),
    [
        (fast(), Measured(360, 20, 3), Cause.MACHINE_REBOOT, RAMPS),
        (
            fast(limits=replace(belt(Phase.MOVING).limits, speed_max_ckmh=300)),
            Measured(391, 20),
            Cause.OVERSPEED,
            STOPS,
        ),
        (fast(), Untaken(Verb.SPEED, "why", answered=True), Cause.CONTROL_FAILED, RAMPS),
        (
            fast(above_since_ms=NOW - 1),
            Untaken(Verb.SPEED, "why", answered=False),
            Cause.CONTROL_FAILED,
            STOPS,
        ),
    ],
)
def test_a_machine_that_answers_is_braked_and_any_other_is_stopped_at_once(
    given: State, told: Measured | Untaken, cause: Cause, write: Write
) -> None:
    after, effects = envelope.step(given, told, NOW)
    assert (after.phase, after.latched, after.lease) == (Phase.STOPPING, cause, DROPPED)
    assert effects[1:] == (write,)


def test_a_pause_at_the_console_is_what_its_stop_is_called() -> None:
    paused = moving(measured_ckmh=0, zero_since_ms=NOW - 2_000)
    after, _ = envelope.step(paused, Measured(0, 20), NOW)
    assert after.stop_cause == "console_pause"


@pytest.mark.parametrize(
    ("setpoint", "deck", "latched"),
    [
        (5, 0, ""),
        (6, 0, "control_failed"),
        (-5, 0, ""),
        (-6, 0, "control_failed"),
        (15, 20, ""),
        (14, 20, "control_failed"),
    ],
)
def test_a_deck_that_is_within_half_a_percent_of_what_was_written_is_believed(
    setpoint: int, deck: int, latched: str
) -> None:
    given = moving(setpoint_dpct=setpoint, measured_dpct=deck)
    after, _ = envelope.step(given, Untaken(Verb.INCLINE, "no_answer", answered=False), NOW)
    assert after.latched == latched


@pytest.mark.parametrize(("held", "latched"), [(-1, "control_failed"), (0, "control_failed"), (1, "")])
def test_a_speed_may_be_refused_until_the_first_movement_is_over(held: int, latched: str) -> None:
    given = moving(held_until_ms=NOW + held)
    after, _ = envelope.step(given, Untaken(Verb.SPEED, "operation_failed", answered=True), NOW)
    assert (after.latched, after.speed_due) == (latched, not latched)


@pytest.mark.parametrize(
    "cause", [Cause.CONSOLE_STOP, Cause.SAFETY_KEY, Cause.STOP_PRESSED, Cause.CONTROL_LOST]
)
@pytest.mark.parametrize("given", [moving(), ready(), free(), belt(Phase.STOPPING)])
def test_only_what_the_machine_says_was_done_by_hand_is_kept_as_its_word(given: State, cause: Cause) -> None:
    after, _ = envelope.step(given, Hazard(cause), NOW)
    by_hand = cause in (Cause.CONSOLE_STOP, Cause.SAFETY_KEY)
    assert after.stood_ms == (NOW if by_hand else given.stood_ms)
