"""Breadth-first exploration of every state that the real envelope can reach on a small machine in coarse time.

Nothing of the envelope is modelled or replaced: each edge is one call of `envelope.step`. Two things make the state
space finite. Limits and machine are small and time moves in coarse steps; and a state is remembered with its
absolute times turned into ages, each capped where the code stops telling ages apart.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from device_adapters.safety import envelope, halts, settling, stop_line, stops, watch
from device_adapters.safety.admit import Verb
from device_adapters.safety.envelope_state import FRESH_MS, Machine, Phase, State
from device_adapters.safety.events import (
    Claimed,
    Effect,
    EnvelopeEvent,
    Hazard,
    Linked,
    Measured,
    Ordered,
    Reachable,
    Tick,
    Unlinked,
    Write,
)
from device_adapters.safety.hazards import Cause
from device_adapters.safety.lease import Claim, Lease, fresh
from device_adapters.safety.limits import Goal, Level, Limits

NOW = 1_000_000
"""Every state is looked at at this moment: what is older is so much earlier."""

MACHINE = Machine(speed_min_ckmh=80, speed_max_ckmh=150, speed_step_ckmh=50)
LIMITS = Limits(
    speed_max_ckmh=130, accel_max_ckmh_s=50, decel_stop_ckmh_s=100, grade_min_dpct=0, grade_max_dpct=0,
    session_max_s=600, bout_max_s=600, hr_max_dpct=700,
)  # fmt: skip


def claim(*, ttl_ms: int = 3_000, epoch: int = 1, beat: int = 1) -> Claim:
    """The lease of the one service in this small world."""
    return Claim(
        epoch=epoch, beat=beat, holder="hub", boot="b", session="s", goal=Goal.KNEE_STRENGTH,
        level=Level.NOVICE, ttl_ms=ttl_ms, limits=LIMITS,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scale:
    """How large this world is: the length of a tick, the outside causes and the speeds a belt may tell."""

    tick_ms: int
    causes: tuple[Cause, ...]
    speeds: tuple[int, ...]


Step = Callable[[State, EnvelopeEvent, int], tuple[State, tuple[Effect, ...]]]


@dataclass(frozen=True, slots=True)
class Edge:
    """One step of the envelope: from where, by what, to where, and what it asked for."""

    before: State
    event: EnvelopeEvent
    after: State
    effects: tuple[Effect, ...]
    now_ms: int
    tick_ms: int


@dataclass
class Found:
    """What an exploration saw. `broken`: the first broken promise with the way to it; '' if all were kept."""

    states: int = 0
    edges: int = 0
    broken: str = ""
    stopping: set[State] = field(default_factory=set)


def explore(scale: Scale, step: Step = envelope.step, states_max: int = 1_000_000) -> Found:
    """Walk every edge from a booted unit, and from one that was moving its belt when it ended.

    `states_max` ends the walk early, nearest states first.
    """
    roots = [normal(State(boot="b")), normal(envelope.boot_state("b", was_moving=True))]
    came_from: dict[State, tuple[State, EnvelopeEvent] | None] = dict.fromkeys(roots)
    queue, found = deque(roots), Found()
    while queue and len(came_from) < states_max:
        before = queue.popleft()
        if before.phase is Phase.STOPPING:
            found.stopping.add(before)
        for event in events(before, scale):
            now = NOW + scale.tick_ms if isinstance(event, Tick) else NOW
            after, effects = step(before, event, now)
            found.edges += 1
            why = broken(Edge(before, event, after, effects, now, scale.tick_ms))
            if why:
                found.broken = f"{why}\n" + _way(came_from, before, event)
                return found
            known = normal(after, now)
            if known not in came_from:
                came_from[known] = (before, event)
                queue.append(known)
    found.states = len(came_from)
    return found


def events(state: State, scale: Scale) -> Iterator[EnvelopeEvent]:
    """Everything that can happen to a unit, whatever state it is in."""
    yield Tick()
    yield Linked(MACHINE)
    yield Reachable()
    yield Unlinked()
    yield from (Measured(speed, 0) for speed in scale.speeds)
    yield from (Hazard(cause) for cause in scale.causes)
    beat = state.lease.claim.beat + 1 if state.lease.claim else 1
    epoch = state.lease.epoch
    for ttl_ms in (0, 3_000):
        yield Claimed(claim(ttl_ms=ttl_ms, epoch=max(1, epoch), beat=beat))
        yield Claimed(claim(ttl_ms=ttl_ms, epoch=epoch + 1))
    for by in ("", "Kim"):
        yield Ordered(id="clear", verb="clear", epoch=epoch, beat=0, by=by)
    for named in (beat - 1, 0):
        yield Ordered(id="start", verb="start", epoch=epoch, beat=named)
        yield Ordered(id="stop", verb="stop", epoch=epoch, beat=named)
        for speed in (80, 900):
            yield Ordered(id="target", verb="target", epoch=epoch, beat=named, speed_ckmh=speed)


def broken(edge: Edge) -> str:
    """Which promise this edge breaks, or ''. The promises are SAFETY.md's, not the code's."""
    before, event, after = edge.before, edge.event, edge.after
    machine = after.machine
    for write in (e.admitted for e in edge.effects if isinstance(e, Write)):
        if machine is None:
            return "a write without a link"
        if write.verb in (Verb.HALT, Verb.PAUSE):
            continue
        if write.verb is Verb.BEGIN and not _may_begin(before, event, edge.now_ms):
            return "a start that nobody may order"
        if write.verb is Verb.SPEED:
            why = _speed_broken(edge, write.value, began=any(_is_begin(e) for e in edge.effects))
            if why:
                return why
    if before.latched and not after.latched and not _may_clear(before, event, edge.now_ms):
        return "unlatched by something else than a named person on a still belt"
    if after.latched and after.lease.claim is not None:
        return "latched with a lease"
    if isinstance(event, Hazard) and before.phase >= Phase.READY and after.phase is not Phase.STOPPING:
        return f"{event.cause} did not lead to a stop"
    if isinstance(event, Hazard) and before.phase >= Phase.READY and not after.latched:
        return f"{event.cause} did not latch"
    if after.phase is Phase.MOVING and before.phase is not Phase.MOVING and not _is_order(event, "start"):
        return "moving without an order to start"
    ended = before.phase is Phase.STOPPING and after.phase is not Phase.STOPPING
    by_word = _may_clear(before, event, edge.now_ms)
    if ended and not by_word and not (event == Measured(0, 0) and before.measured_ckmh == 0):
        return "a stop ended without a belt measured at 0"
    if ended and not by_word and not (before.halts and before.halt_ms <= edge.now_ms):
        return "a stop ended without Stop"
    if after.phase is Phase.MOVING and after.target_ckmh > LIMITS.speed_max_ckmh:
        return "a target above the limit"
    return ""


def _speed_broken(edge: Edge, value: int, *, began: bool) -> str:
    before = edge.before
    told = 0 if began else before.setpoint_ckmh
    # As it is told by the event itself, or was before.
    belt = edge.event.speed_ckmh if isinstance(edge.event, Measured) else before.measured_ckmh
    stops = edge.after.phase is Phase.STOPPING
    if not began and (value < told or stops) and before.moving_seen and value > (belt or 0):
        return "a lower speed that is faster than the belt"
    if value <= told or stops:
        return ""
    if edge.after.latched or before.latched:
        return "a rise while latched"
    if edge.after.phase is not Phase.MOVING:
        return "a rise while not moving"
    if not fresh(before.lease, edge.now_ms):
        return "a rise without a fresh lease"
    if value > LIMITS.speed_max_ckmh:
        return "a speed above the limit"
    if value > edge.after.target_ckmh:
        return "a rise above what was asked for"
    if not began and value - told > LIMITS.accel_max_ckmh_s * edge.tick_ms // 1000:
        return "a rise faster than the ramp"
    return ""


def _may_begin(before: State, event: EnvelopeEvent, now_ms: int) -> bool:
    known = now_ms - before.measured_ms <= FRESH_MS and before.measured_ckmh == 0
    ready = before.phase is Phase.READY and not before.latched and fresh(before.lease, now_ms)
    return _is_order(event, "start") and known and ready


def _may_clear(before: State, event: EnvelopeEvent, now_ms: int) -> bool:
    told = now_ms - before.measured_ms <= FRESH_MS and before.measured_ckmh is not None
    asked_ms = before.asked_ms if before.machine is None else before.stop_ms
    long_ago = now_ms - asked_ms >= stops.UNSEEN_MS and (before.machine is not None or before.halt_ms > 0)
    frozen = now_ms - max(before.changed_ms, asked_ms) >= stops.UNSEEN_MS and before.machine is not None
    known = (before.measured_ckmh == 0 or frozen) if told else long_ago
    return _is_order(event, "clear") and isinstance(event, Ordered) and event.by == "Kim" and known


def _is_order(event: EnvelopeEvent, verb: str) -> bool:
    return isinstance(event, Ordered) and event.verb == verb


def _is_begin(effect: Effect) -> bool:
    return isinstance(effect, Write) and effect.admitted.verb is Verb.BEGIN


def rests(found: Found, step: Step = envelope.step) -> str:
    """From every stopping state, with a link and a belt that obeys: '' if rest is reached within 30 s."""
    for start in found.stopping:
        now, halted = NOW, False
        state, _ = step(start, Linked(MACHINE), now)
        for _ in range(30):
            now += 1_000
            state, effects = step(state, Tick(), now)
            halted = halted or any(_is_halt(e) for e in effects)
            state, _ = step(state, Measured(0 if halted else max(80, state.setpoint_ckmh), 0), now)
            if state.phase is not Phase.STOPPING:
                break
        if state.phase not in (Phase.OBSERVING, Phase.READY):
            return f"does not come to rest: {start}"
    return ""


def _is_halt(effect: Effect) -> bool:
    return isinstance(effect, Write) and effect.admitted.verb in (Verb.HALT, Verb.PAUSE)


def _settling(state: State, now_ms: int) -> settling.Settling:
    known, told = state.settling, state.setpoint_ckmh
    return settling.Settling(
        kept_ckmh=known.kept_ckmh,
        kept_ms=NOW - min(now_ms - known.kept_ms, settling.SETTLED_MS),
        settled_ckmh=told if known.settled_ckmh == told else 0,
        backs=known.backs,
        doubts=known.doubts,
        doubted_ckmh=told if known.doubted_ckmh == told else 0,
    )


def normal(state: State, now_ms: int = NOW) -> State:
    """The state as seen at NOW, with ages capped where the code no longer tells them apart."""

    def at(ms: int, cap_ms: int) -> int:
        return NOW - min(now_ms - ms, cap_ms)

    def due(ms: int) -> int:
        return NOW + max(0, min(ms - now_ms, 8_000))

    def since(ms: int, cap_ms: int) -> int:
        return at(ms, cap_ms) if ms else 0

    lease = state.lease
    if lease.claim is None:
        lease = Lease(epoch=1 if lease.epoch else 0)
    else:
        # Only the newest beat is known to the orders of this world; older ones are told apart by nothing.
        lease = Lease(
            epoch=1,
            claim=replace(lease.claim, beat=1, epoch=1),
            renewed_ms=at(lease.renewed_ms, 5_000),
            beats=((1, at(lease.beats[-1][1], 5_000)),),
        )
    moving, stopping = state.phase is Phase.MOVING, state.phase is Phase.STOPPING
    unseen_ms = stops.UNSEEN_MS + FRESH_MS
    fresher = state.halt_ms and state.measured_ms > state.halt_ms
    return replace(
        state,
        lease=lease,
        seen_ids=(),
        latched="latched" if state.latched else "",
        stop_cause="",
        measured_ms=at(state.measured_ms, FRESH_MS + 1),
        ramp_ms=at(state.ramp_ms, 3_000) if moving or stopping else 0,
        ramp_from_ckmh=state.ramp_from_ckmh if moving or stopping else 0,
        written_ms=at(state.written_ms, 2_000) if moving or stopping else 0,
        held_until_ms=due(state.held_until_ms) if moving or stopping else 0,
        expected_ms=at(state.expected_ms, 3_000) if moving else 0,
        expected_ckmh=state.expected_ckmh if moving else 0,
        above_since_ms=since(state.above_since_ms, watch.OFF_MS) if moving else 0,
        below_since_ms=since(state.below_since_ms, watch.SLOWER_MS) if moving else 0,
        grade_since_ms=0,
        began_ms=at(state.began_ms, 3_000) if moving and not state.moving_seen else 0,
        moved_ms=0,
        ticked_ms=NOW if moving else 0,
        halted_ms=at(state.halted_ms, halts.OBEY_MS) if stopping else 0,
        halt_ms=0 if not state.halt_ms else NOW - FRESH_MS - 2 if fresher else NOW,
        stop_ms=at(state.stop_ms, unseen_ms) if stopping or state.latched else 0,
        asked_ms=at(state.asked_ms, unseen_ms) if stopping or state.latched else 0,
        fell_ms=at(state.fell_ms, 1_000) if stopping else 0,
        changed_ms=at(state.changed_ms, unseen_ms if stopping or state.latched else settling.SETTLED_MS)
        if stopping or moving or state.latched
        else 0,
        settling=_settling(state, now_ms) if moving else settling.NEVER_SETTLED,
        zero_since_ms=since(state.zero_since_ms, envelope.CONSOLE_PAUSE_MS) if moving else 0,
        deck_ms=at(state.deck_ms, FRESH_MS + 1) if state.deck_ms else 0,
        stood_ms=0,
        counted_ms=0,
        told_ckmh=state.measured_ckmh or 0,
        told_ms=0,
        elapsed_s=None,
        distance_m=None,
        halted_ckmh=state.halted_ckmh if stopping else 0,
        halts=min(state.halts, 2 + state.halts % 2) if stopping else 0,
        disobeyed=min(state.disobeyed, stop_line.DISOBEYED) if stopping else 0,
    )


def _way(came_from: dict[State, tuple[State, EnvelopeEvent] | None], at: State, last: EnvelopeEvent) -> str:
    """The events that led here, one a line."""
    way = [str(last)]
    step = came_from[at]
    while step is not None:
        at, event = step
        way.append(str(event))
        step = came_from[at]
    return "\n".join(reversed(way))
