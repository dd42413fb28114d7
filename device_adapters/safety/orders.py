"""Orders: start, target, stop and clear, each of them answered. Pure.

Start and target need the lease; a stop needs nothing and is always written, and a clear needs a person.
"""

from device_adapters.frozen import replace
from device_adapters.safety import evidence, hold_to_run, ramp
from device_adapters.safety import lease as leases
from device_adapters.safety.admit import Refused, Verb, Wish, admit
from device_adapters.safety.envelope_state import (
    FRESH_MS,
    Machine,
    Phase,
    State,
    first_speed,
    grade_of,
    idle,
    on_grid,
    still,
)
from device_adapters.safety.events import Answer, Effect, Note, Ordered, Steps, Write
from device_adapters.safety.limits import FIRST_MOVEMENT_MS, MINIMUM_MAX_CKMH, STEP_MAX_CKMH
from device_adapters.safety.setpoints import aim
from device_adapters.safety.settling import NEVER_SETTLED
from device_adapters.safety.stops import ended, halted_again, ramp_down, silent, stood

SEEN_IDS = 64


def ordered(state: State, order: Ordered, now_ms: int) -> Steps:
    """What an order does: it is answered once, and a second one with its id is a duplicate; a stop is always taken."""
    if order.verb == "stop":
        return _stop(state, order, now_ms)
    if order.id in state.seen_ids:
        return state, (_refused(order, "duplicate"),)
    state = replace(state, seen_ids=(*state.seen_ids, order.id)[-SEEN_IDS:])
    if order.verb == "clear":
        return _clear(state, order, now_ms)
    cause = leases.order_refusal(state.lease, order.epoch, order.beat, now_ms)
    if cause:
        return state, (_refused(order, cause),)
    machine = state.machine
    if machine is None:
        return state, (_refused(order, "link_lost"),)
    if order.verb == "start":
        return _start(state, order, machine, now_ms)
    return _target(state, order, machine, now_ms)


def _stop(state: State, order: Ordered, now_ms: int) -> Steps:
    if state.phase is Phase.STOPPING:
        state, effects = halted_again(state, now_ms)
        return state, (Answer(id=order.id, outcome="accepted", cause="stopping"), *effects)
    cause = "link_lost" if state.machine is None else "" if state.phase is Phase.MOVING else "not_moving"
    state, effects = ramp_down(state, now_ms, "ordered")
    return state, (Answer(id=order.id, outcome="accepted", cause=cause), *effects)


def _refused(order: Ordered, cause: str) -> Answer:
    return Answer(id=order.id, outcome="refused", cause=cause)


def _clear(state: State, order: Ordered, now_ms: int) -> Steps:
    """Unlock a belt that stands: by its own speed or, where it tells none since it was stopped, by the word of the
    person who looked at it. One that can be heard and not written to is cleared by its speed, too.
    """
    if not order.by.strip():
        return state, (_refused(order, "no_person"),)
    if state.latched and order.latch and order.latch != state.latched:
        return state, (_refused(order, "other_latch"),)
    word = silent(state, now_ms)
    bare = state.machine is None and state.measured_ckmh == 0 and now_ms - state.measured_ms <= FRESH_MS
    rests = stood(state, now_ms) if state.phase is Phase.STOPPING else still(state, now_ms)
    if not (word or bare or rests):
        return state, (_refused(order, "link_lost" if state.machine is None else "not_still"),)
    if not state.latched:
        return state, (Answer(id=order.id, outcome="accepted", cause="not_latched"),)
    note = Note(
        kind="cleared",
        cause=state.latched,
        before={"latched": state.latched},
        after={"by": order.by, "shown_by": "person"} if word else {"by": order.by},
    )
    ends: tuple[Effect, ...] = ()
    if state.phase is Phase.STOPPING:
        state, ends = ended(state, now_ms, "person" if word else "")
    state = idle(replace(state, latched="", lease=leases.drop(state.lease)))
    return state, (Answer(id=order.id, outcome="accepted"), note, *ends)


def _start_refusal(state: State, machine: Machine, now_ms: int) -> str:
    if state.latched:
        return "latched"
    if state.phase is not Phase.READY or not still(state, now_ms):
        return "not_still"
    if not state.marked:
        return "not_marked"
    if not state.lease.answered:
        return "line_not_proven"
    if machine.speed_step_ckmh > STEP_MAX_CKMH:
        return "machine_step_too_large"
    if machine.speed_min_ckmh > MINIMUM_MAX_CKMH:
        return "machine_minimum_too_fast"
    if first_speed(machine) > state.limits.speed_max_ckmh:
        return "machine_minimum_over_limit"
    if not evidence.deck_seen(state, now_ms) and _deck_matters(state, machine):
        return "deck_unknown"
    grade = grade_of(state.measured_dpct or 0, machine.arrangement)
    if not state.limits.grade_min_dpct <= grade <= state.limits.grade_max_dpct:
        return "grade_out_of_limits"
    return hold_to_run.start_refusal(state)


def _deck_matters(state: State, machine: Machine) -> bool:
    """Must the deck be seen? One that was seen before may stand anywhere; one that never was is tilted by nothing of
    ours, and may be by hand: who needs a level deck does not walk on it.
    """
    tilts = machine.incline_min_dpct < machine.incline_max_dpct
    return state.deck_ms > 0 or (tilts and state.limits.grade_max_dpct == 0)


def _start(state: State, order: Ordered, machine: Machine, now_ms: int) -> Steps:
    cause = _start_refusal(state, machine, now_ms)
    if cause:
        return state, (_refused(order, cause),)
    begin = admit(Wish(Verb.BEGIN), replace(state, phase=Phase.MOVING), now_ms)
    if isinstance(begin, Refused):
        return state, (_refused(order, begin.cause),)
    first = first_speed(machine)
    deck = state.measured_dpct or 0
    started = replace(
        state,
        phase=Phase.MOVING,
        target_ckmh=first,
        target_dpct=deck,
        setpoint_dpct=deck,
        ramp_from_ckmh=first,
        ramp_ms=now_ms,
        held_until_ms=now_ms + FIRST_MOVEMENT_MS,
        written_ms=now_ms,
        expected_ckmh=first,
        expected_ms=now_ms,
        above_since_ms=0,
        below_since_ms=0,
        grade_since_ms=0,
        began_ms=now_ms,
        ticked_ms=now_ms,
        elapsed_s=None,
        distance_m=None,
        counted_ms=0,
        zero_since_ms=0,
        moving_seen=False,
        settling=NEVER_SETTLED,
        speed_due=False,
        let_go=state.let_go and not hold_to_run.asked(state),
    )
    # The belt's own minimum is where it starts; the first speed is written as well, since a belt may remember
    # the speed it had when it was stopped.
    speed = admit(Wish(Verb.SPEED, first), started, now_ms)
    if isinstance(speed, Refused):
        return state, (_refused(order, speed.cause),)
    answer = Answer(id=order.id, outcome="accepted", speed_ckmh=first)
    until_ms = leases.fresh_until(state.lease)
    by_speed = (Write(speed, until_ms),)
    writes = by_speed if machine.starts_by_speed else (Write(begin, until_ms), Write(speed))
    return replace(started, setpoint_ckmh=first), (answer, *writes)


def _target(state: State, order: Ordered, machine: Machine, now_ms: int) -> Steps:
    if state.phase is not Phase.MOVING:
        return state, (_refused(order, "not_moving"),)
    limits = state.limits
    wanted = state.target_ckmh if order.speed_ckmh is None else order.speed_ckmh
    ceiling = min(limits.speed_max_ckmh, machine.speed_max_ckmh)
    speed = on_grid(max(machine.speed_min_ckmh, min(wanted, ceiling)), machine)
    incline, grade_wanted, grade = state.target_dpct, order.grade_dpct, order.grade_dpct
    if grade_wanted is not None and not evidence.deck_seen(state, now_ms):
        grade = grade_of(state.target_dpct, machine.arrangement)
    elif grade_wanted is not None:
        grade = max(limits.grade_min_dpct, min(grade_wanted, limits.grade_max_dpct))
        incline = ramp.incline_for(grade, machine)
        grade = grade_of(incline, machine.arrangement)
    clamped = abs(speed - wanted) >= machine.speed_step_ckmh or grade != grade_wanted
    state, writes = aim(replace(state, target_dpct=incline), machine, speed, now_ms)
    clamped = clamped or state.target_ckmh < speed
    speed = min(speed, state.target_ckmh)
    answer = Answer(
        id=order.id,
        outcome="clamped" if clamped else "accepted",
        cause="over_limit" if clamped else "",
        speed_ckmh=speed,
        grade_dpct=grade,
    )
    if not clamped:
        return state, (answer, *writes)
    note = Note(
        kind="clamped",
        cause="over_limit",
        before={"speed_ckmh": wanted, "grade_dpct": grade_wanted},
        after={"speed_ckmh": speed, "grade_dpct": grade},
    )
    return state, (answer, note, *writes)
