"""What leases and orders do to the envelope, exactly: the whole next state and all that is written and answered."""

from dataclasses import replace

import pytest
from belt_states import (
    ATHLETIC,
    COMMISSIONED,
    DROPPED,
    HALT,
    LEASE,
    NOW,
    RENEWED,
    belt,
    falling,
    free,
    idle,
    leads,
    lease_claim,
    moving,
    order,
    ramping,
    ready,
    refused,
    seen,
)
from envelope_rig import MACHINE, limits

from device_adapters.safety import envelope
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.events import (
    Answer,
    Claimed,
    Note,
    Write,
)
from device_adapters.safety.lease import Claim, Lease
from device_adapters.safety.limits import Arrangement, Goal, Level
from device_adapters.safety.settling import NEVER_SETTLED

# The lease.


def test_a_new_lease_begins_with_its_own_limits_time_and_no_cap() -> None:
    first = Lease(epoch=2, claim=lease_claim(8, epoch=2), granted_ms=NOW, renewed_ms=NOW, beats=((8, NOW),))
    then = replace(free(), phase=Phase.READY, lease=first, limits=ATHLETIC, cap_ckmh=None, moved_ms=0)
    leads(free(), Claimed(lease_claim(8, epoch=2)), then)
    uncommissioned = replace(then, machine=MACHINE, limits=replace(ATHLETIC, speed_max_ckmh=300))
    leads(free(machine=MACHINE), Claimed(lease_claim(8, epoch=2)), uncommissioned)


def test_a_raised_lease_is_recorded_with_name_and_reason() -> None:
    named = lease_claim(8, epoch=2, raised=limits(), raised_by="Kim", raised_why="trained", spotter=True)
    after, effects = envelope.step(free(), Claimed(named), NOW)
    assert after.limits.speed_max_ckmh == 790
    assert effects == (
        Note(
            kind="limits_raised", cause="staff", text="trained", after={"speed_ckmh": 1_000, "by": "Kim"}
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "claimed", "cause"),
    [
        (free(), lease_claim(8, epoch=2, boot="x"), "wrong_boot"),
        (free(), lease_claim(8, epoch=2, ttl_ms=-1), "bad_ttl"),
        (free(), lease_claim(8, epoch=2, ttl_ms=3_001), "bad_ttl"),
        (free(), lease_claim(8, epoch=1), "old_epoch"),
        (free(measured_ckmh=1), lease_claim(8, epoch=2), "not_free"),
        (free(latched="safety_key"), lease_claim(8, epoch=2), "not_free"),
        (belt(Phase.STOPPING, lease=DROPPED, measured_ckmh=0), lease_claim(8, epoch=2), "not_free"),
        (belt(Phase.READY, lease=DROPPED, measured_ckmh=0), lease_claim(8, epoch=2), "not_free"),
        (free(measured_ms=NOW - 3_001), lease_claim(8, epoch=2), "not_free"),
        (free(machine=None), lease_claim(8, epoch=2), "not_free"),
        (ready(machine=None), lease_claim(), "link_lost"),
        (ready(), lease_claim(7), "old_beat"),
        (ready(), lease_claim(8, session="t"), "other_session"),
        (ready(), lease_claim(8, goal=Goal.MOBILITY), "other_goal"),
        (ready(), lease_claim(8, level=Level.NOVICE), "other_goal"),
        (ready(), lease_claim(8, epoch=2), "lease_taken"),
        (ready(), lease_claim(8, holder="x"), "old_epoch"),
        (ready(lease=replace(LEASE, renewed_ms=NOW - 3_001)), lease_claim(8), "lease_expired"),
    ],
)
def test_a_claim_that_is_refused_changes_nothing(state: State, claimed: Claim, cause: str) -> None:
    note = Note(kind="lease_refused", cause=cause, severity="warning", after={"epoch": claimed.epoch})
    leads(state, Claimed(claimed), state, note)


@pytest.mark.parametrize("state", [ready(), moving(), belt(Phase.STOPPING)])
def test_a_renewal_renews_and_nothing_else(state: State) -> None:
    leads(state, Claimed(lease_claim()), replace(state, lease=RENEWED))
    last = replace(LEASE, renewed_ms=NOW - 3_000)
    leads(replace(state, lease=last), Claimed(lease_claim()), replace(state, lease=RENEWED))


def test_a_lease_that_ran_out_is_taken_over_by_a_higher_epoch_on_a_free_belt() -> None:
    old = free(lease=replace(LEASE, renewed_ms=NOW - 3_001))
    taken = Lease(
        epoch=2, claim=lease_claim(1, epoch=2), granted_ms=NOW, renewed_ms=NOW, beats=((1, NOW),)
    )  # fmt: skip
    then = replace(old, phase=Phase.READY, lease=taken, limits=ATHLETIC, cap_ckmh=None, moved_ms=0)
    leads(old, Claimed(lease_claim(1, epoch=2)), then)


def test_a_release_frees_a_still_belt_and_stops_a_moving_one() -> None:
    release, none = Claimed(lease_claim(ttl_ms=0)), Lease(epoch=1)
    leads(ready(), release, replace(idle(ready()), lease=none))
    stopping = belt(Phase.STOPPING)
    leads(stopping, release, replace(stopping, lease=none))
    after, effects = envelope.step(moving(), release, NOW)
    assert (after.phase, after.latched, after.lease) == (Phase.STOPPING, "lease_expired", none)
    assert effects[1:] == (Write(Admitted(Verb.SPEED, 260)),)


def lowered(speed: int) -> tuple[Claimed, Note]:
    given = lease_claim(limits=limits(speed_max_ckmh=speed))
    note = Note(
        kind="limits_changed", cause="lease", before={"speed_ckmh": 600, "grade_dpct": 80},
        after={"speed_ckmh": speed, "grade_dpct": 80},
    )  # fmt: skip
    return Claimed(given), note


@pytest.mark.parametrize(
    ("highest", "target"), [(21, 20), (20, 20), (19, 15), (15, 15), (14, 10), (4, 0), (0, 0)]
)
def test_a_grade_limit_that_falls_takes_the_deck_with_it_and_leaves_the_speed(
    highest: int, target: int
) -> None:
    given = lease_claim(limits=limits(grade_max_dpct=highest))
    note = Note(
        kind="limits_changed", cause="lease", before={"speed_ckmh": 600, "grade_dpct": 80},
        after={"speed_ckmh": 600, "grade_dpct": highest},
    )  # fmt: skip
    then = replace(RENEWED, claim=given), replace(ATHLETIC, grade_max_dpct=highest)
    tilted = moving(target_dpct=20, setpoint_dpct=20)
    leads(tilted, Claimed(given), replace(tilted, lease=then[0], limits=then[1], target_dpct=target), note)
    standing = ready(target_dpct=20)
    leads(standing, Claimed(given), replace(standing, lease=then[0], limits=then[1]), note)


def test_a_deck_just_at_its_lowered_limit_stays_though_it_is_on_no_step_of_the_machine() -> None:
    given = lease_claim(limits=limits(grade_max_dpct=18))
    left_there = moving(target_dpct=18, setpoint_dpct=18)
    after, _ = envelope.step(left_there, Claimed(given), NOW)
    assert after.target_dpct == 18


def test_a_lowest_grade_that_rises_moves_no_deck() -> None:
    given = lease_claim(limits=limits(grade_min_dpct=10))
    level = moving(target_dpct=0, setpoint_dpct=0)
    after, effects = envelope.step(level, Claimed(given), NOW)
    assert (after.target_dpct, after.setpoint_dpct) == (0, 0), "nothing rises because a message said so"
    assert [effect for effect in effects if isinstance(effect, Write)] == []


@pytest.mark.parametrize(("speed", "target"), [(301, 300), (300, 300), (299, 290), (85, 80), (80, 80)])
def test_limits_that_fall_take_the_target_with_them(speed: int, target: int) -> None:
    claimed, note = lowered(speed)
    lease = replace(RENEWED, claim=claimed.claim)
    now = replace(moving(), lease=lease, limits=replace(ATHLETIC, speed_max_ckmh=speed))
    if target == 300:
        leads(moving(), claimed, now, note)
    else:
        first = max(target, 260)
        leads(moving(), claimed, falling(now, target, first), note, Write(Admitted(Verb.SPEED, first)))
    leads(
        ready(), claimed, replace(ready(), lease=lease, limits=replace(ATHLETIC, speed_max_ckmh=speed)), note
    )


def test_a_limit_below_the_machines_minimum_stops_the_belt() -> None:
    claimed, _ = lowered(79)
    after, effects = envelope.step(moving(), claimed, NOW)
    assert (after.phase, after.latched, after.stop_cause) == (
        Phase.STOPPING,
        "",
        "machine_minimum_over_limit",
    )
    assert after.lease.claim == claimed.claim
    assert effects == (Write(Admitted(Verb.SPEED, 260)),)


@pytest.mark.parametrize(("cap", "speed"), [(250, 250), (601, 600)])
def test_no_renewal_lifts_what_the_member_set(cap: int, speed: int) -> None:
    given = moving(cap_ckmh=cap, target_ckmh=200, limits=replace(ATHLETIC, speed_max_ckmh=speed))
    leads(given, Claimed(lease_claim()), replace(given, lease=RENEWED))


# Orders.


def test_an_order_that_was_seen_is_a_duplicate() -> None:
    again = order("target", id="a", speed_ckmh=200)
    leads(moving(), again, moving(), Answer(id="a", outcome="refused", cause="duplicate"))
    _, effects = envelope.step(moving(), order("stop", id="a"), NOW)
    assert effects[0] == Answer(id="a", outcome="accepted")  # a stop is always taken


@pytest.mark.parametrize("verb", ["start", "target"])
@pytest.mark.parametrize(
    ("changes", "named", "cause"),
    [
        ({"lease": DROPPED}, {}, "no_lease"),
        ({"lease": replace(LEASE, renewed_ms=NOW - 3_001)}, {}, "no_lease"),
        ({}, {"epoch": 2}, "old_epoch"),
        ({}, {"beat": 5}, "stale"),
        ({"lease": replace(LEASE, beats=((7, NOW - 3_001),))}, {}, "stale"),
    ],
)
def test_an_order_needs_its_lease(
    verb: str, changes: dict[str, object], named: dict[str, object], cause: str
) -> None:
    refused(ready(**changes), order(verb, **named), cause)


def test_an_order_of_the_last_3_s_counts() -> None:
    old = ready(lease=replace(LEASE, renewed_ms=NOW - 3_000, beats=((7, NOW - 3_000),)))
    refused(old, order("target"), "not_moving")


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"machine": None}, "link_lost"),
        ({"latched": "off_ramp"}, "latched"),
        ({"measured_ckmh": 1}, "not_still"),
        ({"measured_ms": NOW - 3_001}, "not_still"),
        ({"limits": replace(ATHLETIC, speed_max_ckmh=99)}, "machine_minimum_over_limit"),
        ({"measured_dpct": 81}, "grade_out_of_limits"),
        ({"measured_dpct": -1}, "grade_out_of_limits"),
        ({"measured_dpct": None}, "deck_unknown"),
        ({"deck_ms": NOW - 3_001}, "deck_unknown"),
        (
            {"deck_ms": 0, "measured_dpct": None, "limits": replace(ATHLETIC, grade_max_dpct=0)},
            "deck_unknown",
        ),
        ({"marked": False}, "not_marked"),
        ({"lease": replace(LEASE, answered=False)}, "line_not_proven"),
        ({"machine": replace(COMMISSIONED, speed_step_ckmh=51)}, "machine_step_too_large"),
        ({"machine": replace(COMMISSIONED, speed_min_ckmh=201)}, "machine_minimum_too_fast"),
        ({"lease": replace(LEASE, renewed_ms=NOW - 1_501)}, "no_lease"),
        ({"machine": replace(COMMISSIONED, speed_max_ckmh=75)}, "out_of_range"),
    ],
)
def test_a_start_that_is_refused_says_why_and_changes_nothing(changes: dict[str, object], cause: str) -> None:
    refused(ready(**changes), order("start"), cause)


@pytest.mark.parametrize("phase", [Phase.OBSERVING, Phase.MOVING, Phase.STOPPING])
def test_a_start_is_for_a_ready_belt(phase: Phase) -> None:
    refused(belt(phase, measured_ckmh=0), order("start"), "not_still")


@pytest.mark.parametrize(
    ("changes", "first", "deck"),
    [
        ({"measured_dpct": 30}, 100, 30),
        ({"measured_dpct": 80}, 100, 80),
        ({"measured_dpct": 0}, 100, 0),
        ({"measured_dpct": None, "deck_ms": 0}, 100, 0),
        ({"measured_dpct": None, "deck_ms": 0, "machine": replace(COMMISSIONED, incline_max_dpct=0)}, 100, 0),
        ({"machine": replace(COMMISSIONED, speed_step_ckmh=50)}, 80, 20),
        ({"machine": replace(COMMISSIONED, speed_min_ckmh=200)}, 200, 20),
        ({"limits": replace(ATHLETIC, speed_max_ckmh=100)}, 100, 20),
        ({"machine": replace(COMMISSIONED, speed_min_ckmh=130)}, 130, 20),
        ({"machine": replace(COMMISSIONED, speed_max_ckmh=90)}, 90, 20),
    ],
)
def test_a_start_begins_at_the_first_speed_with_fresh_marks(
    changes: dict[str, object], first: int, deck: int
) -> None:
    given = ready(**changes)
    then = replace(
        seen(given), phase=Phase.MOVING, target_ckmh=first, setpoint_ckmh=first, target_dpct=deck, setpoint_dpct=deck,
        ramp_from_ckmh=first, ramp_ms=NOW, held_until_ms=NOW + 5_000, written_ms=NOW, expected_ckmh=first,
        expected_ms=NOW, above_since_ms=0, below_since_ms=0, grade_since_ms=0, began_ms=NOW, ticked_ms=NOW,
        elapsed_s=None, distance_m=None, counted_ms=0, zero_since_ms=0, moving_seen=False,
        settling=NEVER_SETTLED,
    )  # fmt: skip
    answer = Answer(id="x", outcome="accepted", speed_ckmh=first)
    begin, speed = Write(Admitted(Verb.BEGIN, 0), NOW + 1_000), Write(Admitted(Verb.SPEED, first))
    leads(given, order("start"), then, answer, begin, speed)
    assert given.machine is not None
    by_speed = replace(given.machine, starts_by_speed=True)
    leads(
        replace(given, machine=by_speed),
        order("start"),
        replace(then, machine=by_speed),
        answer,
        replace(speed, until_ms=NOW + 1_000),
    )


@pytest.mark.parametrize("phase", [Phase.OBSERVING, Phase.READY, Phase.STOPPING])
def test_a_target_is_for_a_moving_belt(phase: Phase) -> None:
    refused(belt(phase, measured_ckmh=0), order("target", speed_ckmh=200), "not_moving")


@pytest.mark.parametrize(
    ("speed", "grade", "to_speed", "to_deck", "clamped"),
    [
        (400, None, 400, 20, False),
        (300, None, 300, 20, False),
        (None, 50, 300, 50, False),
        (None, None, 300, 20, False),
        (600, 80, 600, 80, False),
        (609, 80, 600, 80, False),  # less than a step of the machine
        (610, 80, 600, 80, True),
        (400, 81, 400, 80, True),
        (400, -1, 400, 0, True),
        (400, 52, 400, 50, True),  # half a percent a step: the grade below
        (75, 0, 80, 0, False),
        (70, 0, 80, 0, True),
        (80, 0, 80, 0, False),
    ],
)
def test_a_target_is_fitted_to_limits_and_machine(
    speed: int | None, grade: int | None, to_speed: int, to_deck: int, clamped: bool
) -> None:
    then = replace(seen(moving()), target_dpct=to_deck)
    writes: tuple[Write, ...] = ()
    if to_speed > 300:
        then = replace(then, target_ckmh=to_speed, ramp_from_ckmh=300, ramp_ms=NOW)
    elif to_speed < 300:
        then, writes = falling(then, to_speed, 260), (Write(Admitted(Verb.SPEED, 260)),)
    told = None if grade is None else to_deck
    answer = Answer(
        id="x", outcome="clamped" if clamped else "accepted", cause="over_limit" if clamped else "",
        speed_ckmh=to_speed, grade_dpct=told,
    )  # fmt: skip
    note = Note(
        kind="clamped", cause="over_limit",
        before={"speed_ckmh": 300 if speed is None else speed, "grade_dpct": grade},
        after={"speed_ckmh": to_speed, "grade_dpct": told},
    )  # fmt: skip
    notes = (note,) if clamped else ()
    leads(moving(), order("target", speed_ckmh=speed, grade_dpct=grade), then, answer, *notes, *writes)


@pytest.mark.parametrize(
    ("wrote_ms_ago", "began_ms_ago", "first"),
    [(0, 0, None), (199, 199, None), (200, 200, 260), (201, 200, 260), (3_000, 200, 260)],
)
def test_a_lower_target_falls_from_the_last_write_on_and_no_faster_for_being_asked_often(
    wrote_ms_ago: int, began_ms_ago: int, first: int | None
) -> None:
    given = moving(written_ms=NOW - wrote_ms_ago)
    after, effects = envelope.step(given, order("target", speed_ckmh=100), NOW)
    assert after.ramp_ms == NOW - began_ms_ago
    assert effects[1:] == (() if first is None else (Write(Admitted(Verb.SPEED, first)),))
    assert after.setpoint_ckmh == (first or 300)


def test_a_target_just_below_is_written_whole() -> None:
    answer = Answer(id="x", outcome="accepted", speed_ckmh=290)
    write = Write(Admitted(Verb.SPEED, 290))
    leads(moving(), order("target", speed_ckmh=290), falling(seen(moving()), 290, 290), answer, write)


def test_a_belt_on_its_way_down_is_not_hurried_by_the_same_target_again() -> None:
    falls = falling(moving(), 100, 260, ramp_ms=NOW - 2_000, written_ms=NOW - 2_000)
    answer = Answer(id="x", outcome="accepted", speed_ckmh=100)
    leads(falls, order("target", speed_ckmh=100), seen(falls), answer)


@pytest.mark.parametrize("back_to", [400, 300])
def test_a_rise_that_is_taken_back_on_the_way_lowers_nothing(back_to: int) -> None:
    rising = moving(target_ckmh=500, setpoint_ckmh=300)
    then = replace(seen(rising), target_ckmh=back_to, ramp_from_ckmh=300, ramp_ms=NOW)
    answer = Answer(id="x", outcome="accepted", speed_ckmh=back_to)
    leads(rising, order("target", speed_ckmh=back_to), then, answer)


def test_a_lower_target_is_written_also_while_nothing_may_rise() -> None:
    held = moving(held_until_ms=NOW + 2_000)
    _, effects = envelope.step(held, order("target", speed_ckmh=200), NOW)
    assert effects[1:] == (Write(Admitted(Verb.SPEED, 260)),)


@pytest.mark.parametrize(("asked", "told"), [(290, 150), (200, 150), (140, 140)])
def test_a_lower_target_never_speeds_up_a_belt_that_was_slowed_at_its_console(asked: int, told: int) -> None:
    slowed = moving(measured_ckmh=150)
    after, effects = envelope.step(slowed, order("target", speed_ckmh=asked), NOW)
    assert (after.target_ckmh, after.setpoint_ckmh) == (told, told)
    clamped = told != asked
    assert effects[0] == Answer(
        id="x",
        outcome="clamped" if clamped else "accepted",
        cause="over_limit" if clamped else "",
        speed_ckmh=told,
    )
    assert effects[-1] == Write(Admitted(Verb.SPEED, after.setpoint_ckmh))


@pytest.mark.parametrize(
    "changes", [{"measured_ckmh": 0}, {"measured_ms": NOW - 1_501}, {"halt_ms": NOW - 100}]
)
def test_a_lower_target_writes_nothing_to_a_belt_that_is_not_seen_to_move(changes: dict[str, object]) -> None:
    after, effects = envelope.step(moving(**changes), order("target", speed_ckmh=200), NOW)
    assert (after.target_ckmh, after.setpoint_ckmh) == (200, 300)
    assert effects == (Answer(id="x", outcome="accepted", speed_ckmh=200),)


def test_a_deck_that_is_not_seen_is_given_no_target() -> None:
    unseen = moving(deck_ms=NOW - 3_001)
    after, effects = envelope.step(unseen, order("target", grade_dpct=50), NOW)
    assert after.target_dpct == 20
    assert isinstance(effects[0], Answer)
    assert (effects[0].outcome, effects[0].grade_dpct) == ("clamped", 20)


def test_what_is_expected_of_the_belt_is_brought_up_to_now_before_a_lower_speed_is_written() -> None:
    slow = moving(expected_ckmh=340, expected_ms=NOW - 400)
    after, _ = envelope.step(slow, order("target", speed_ckmh=100), NOW)
    assert (after.expected_ckmh, after.expected_ms) == (320, NOW)


@pytest.mark.parametrize(
    ("changes", "speed", "grade", "to_speed", "to_deck"),
    [
        ({"speed_max_ckmh": 550}, 600, None, 550, 20),
        ({"incline_max_dpct": 35}, 300, 60, 300, 35),
        ({"incline_min_dpct": 30}, 300, 10, 300, 30),
        ({"incline_min_dpct": -10, "incline_max_dpct": -10}, 300, 10, 300, -10),
        ({"incline_min_dpct": 3, "incline_step_dpct": 5}, 300, 17, 300, 13),
        ({"incline_min_dpct": 3, "incline_step_dpct": 5}, 300, 18, 300, 18),
        ({"incline_step_dpct": 0}, 300, 17, 300, 17),
        ({"speed_step_ckmh": 0}, 321, None, 321, 20),
        ({"speed_min_ckmh": 85, "speed_step_ckmh": 50}, 300, None, 285, 20),
    ],
)
def test_a_target_is_one_that_the_machine_has(
    changes: dict[str, int], speed: int, grade: int | None, to_speed: int, to_deck: int
) -> None:
    given = moving(machine=replace(COMMISSIONED, **changes))  # type: ignore[arg-type]
    after, _ = envelope.step(given, order("target", speed_ckmh=speed, grade_dpct=grade), NOW)
    assert (after.target_ckmh, after.target_dpct) == (to_speed, to_deck)


def test_a_grade_on_a_reversed_belt_is_a_deck_that_goes_down() -> None:
    reversed_belt = replace(
        COMMISSIONED, incline_min_dpct=-60, incline_max_dpct=30, arrangement=Arrangement.BELT_REVERSED
    )  # fmt: skip
    given = moving(machine=reversed_belt)
    for grade, deck, told in (
        (50, -50, 50),
        (52, -50, 50),
        (54, -50, 50),
        (55, -55, 55),
        (70, -60, 60),
        (-20, 0, 0),
    ):
        after, effects = envelope.step(given, order("target", grade_dpct=grade), NOW)
        assert after.target_dpct == deck
        answer = effects[0]
        assert isinstance(answer, Answer)
        assert answer.grade_dpct == told


@pytest.mark.parametrize("named", [{}, {"epoch": 0, "beat": 0}])
def test_a_stop_that_is_ordered_ramps_at_once_whatever_it_names(named: dict[str, object]) -> None:
    write = Write(Admitted(Verb.SPEED, 260))
    then = ramping(moving(), 260)
    leads(moving(), order("stop", **named), then, Answer(id="x", outcome="accepted"), write)
    unseen = moving(moving_seen=False, measured_ckmh=0)
    after, effects = envelope.step(unseen, order("stop", **named), NOW)
    assert (after.phase, after.held_until_ms, after.halts) == (Phase.STOPPING, NOW + 8_000, 1)
    assert effects == (Answer(id="x", outcome="accepted"), HALT)


@pytest.mark.parametrize(
    "given", [free(), free(lease=DROPPED, measured_ckmh=200), ready(), ready(lease=DROPPED)]
)
def test_a_stop_of_a_belt_that_is_not_moving_is_written_all_the_same_and_locks_nothing(given: State) -> None:
    after, effects = envelope.step(given, order("stop"), NOW)
    assert (after.phase, after.latched) == (Phase.STOPPING, "")
    assert effects[0] == Answer(id="x", outcome="accepted", cause="not_moving")
    assert isinstance(effects[1], Write)
    assert after.held_until_ms == NOW + (1_000 if given.measured_ckmh else 8_000)


def test_a_stop_of_a_belt_that_is_not_linked_or_stops_already_is_taken() -> None:
    gone = free(machine=None)
    after, effects = envelope.step(gone, order("stop"), NOW)
    assert (after.phase, after.halts) == (Phase.STOPPING, 0)
    assert effects == (Answer(id="x", outcome="accepted", cause="link_lost"),)
    answer = Answer(id="x", outcome="accepted", cause="stopping")
    ramps = belt(Phase.STOPPING, halts=0)
    leads(ramps, order("stop"), ramps, answer)
    halts = belt(Phase.STOPPING)
    leads(halts, order("stop"), replace(halts, halt_ms=NOW), answer, HALT)


def test_a_clear_needs_a_name_and_a_still_belt() -> None:
    locked = free(latched="off_ramp")
    refused(locked, order("clear"), "no_person")
    refused(locked, order("clear", by=" "), "no_person")
    soon = {"stop_ms": NOW - 7_999}
    for changes in (
        {"measured_ckmh": 1, "changed_ms": NOW},
        {"measured_ms": NOW - 3_001, **soon},
        {"phase": Phase.STOPPING},
    ):
        refused(replace(locked, **changes), order("clear", by="Kim"), "not_still")
    refused(replace(locked, machine=None, measured_ckmh=None), order("clear", by="Kim"), "link_lost")
    refused(locked, order("clear", by="Kim", latch="safety_key"), "other_latch")
    heard = replace(locked, machine=None, phase=Phase.STOPPING, halts=0)
    assert envelope.step(heard, order("clear", by="Kim"), NOW)[0].phase is Phase.OBSERVING
    for latch in ("", "off_ramp"):
        after, _ = envelope.step(locked, order("clear", by="Kim", latch=latch), NOW)
        assert after.latched == ""


@pytest.mark.parametrize(
    ("changes", "clears"),
    [
        ({}, True),
        ({"zero_since_ms": NOW - 999}, False),
        ({"zero_since_ms": 0}, False),
        ({"halts": 0}, False),
        ({"halt_ms": NOW}, False),
        ({"measured_ckmh": 1}, False),
        ({"moving_seen": False, "began_ms": NOW - 25_000}, False),
        ({"moving_seen": False, "began_ms": NOW - 25_001}, True),
        ({"moving_seen": False, "began_ms": 0}, True),
    ],
)
def test_a_belt_that_is_watched_after_a_stop_is_cleared_once_it_stands(
    changes: dict[str, object], clears: bool
) -> None:
    watched = belt(
        Phase.STOPPING, latched="stop_pressed", lease=DROPPED, measured_ckmh=0, zero_since_ms=NOW - 1_000, halts=1,
        asked_ms=NOW - 5_000, stop_ms=NOW - 5_000, changed_ms=NOW,
    )  # fmt: skip
    after, _ = envelope.step(replace(watched, **changes), order("clear", by="Kim"), NOW)  # type: ignore[arg-type]
    assert (after.latched == "") is clears


def test_a_belt_that_tells_nothing_is_cleared_by_the_word_of_a_person() -> None:
    silent = belt(
        Phase.STOPPING, latched="data_silent", lease=DROPPED, measured_ckmh=None, stop_ms=NOW - 8_000
    )
    after, effects = envelope.step(silent, order("clear", by="Kim"), NOW)
    assert (after.phase, after.latched) == (Phase.OBSERVING, "")
    cleared = Note(
        kind="cleared", cause="data_silent", before={"latched": "data_silent"},
        after={"by": "Kim", "shown_by": "person"},
    )  # fmt: skip
    stopped = Note(kind="stopped", cause="data_silent", after={"shown_by": "person"})
    assert effects == (Answer(id="x", outcome="accepted"), cleared, stopped, HALT)
    answer = Answer(id="x", outcome="accepted", cause="not_latched")
    leads(free(), order("clear", by="Kim", epoch=0, beat=0), seen(free()), answer)
    note = Note(kind="cleared", cause="off_ramp", before={"latched": "off_ramp"}, after={"by": "Kim"})
    held = ready(latched="off_ramp")
    then = replace(idle(seen(held)), latched="", lease=DROPPED)
    leads(held, order("clear", by="Kim"), then, Answer(id="x", outcome="accepted"), note)
