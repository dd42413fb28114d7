"""The checkers: they look at the true belt, at what reached the machine and at what people did, never into the code.

One `Watched` per treadmill holds what it owes: a debt begins with a cause, is acted on by a write that lowers the
belt (or by a belt that is not under way any more), and is paid by a true belt at rest.
"""

from collections import Counter, deque

from sim_belts import Belts
from sim_bounds import (
    BOUNDS,
    LOWERED_MS,
    OFF_TOLD_CKMH,
    OFF_TOLD_PERCENT,
    REST_MS,
    STARTED_ON_THE_WIRE_MS,
    TOLERANCE_CKMH,
    envelope_ckmh,
)
from sim_heart import Hearts
from sim_machine import SimulatedMachine
from sim_pace import Paces
from sim_time import Timeline
from sim_unit import Checks
from sim_watched import Debt, Mover, Watched

from device_adapters.codecs.ftms.control_point import OpCode
from device_adapters.contract import messages as m
from device_adapters.safety.events import Note

DISTURBED_MS = 30_000
TOLD_MS = 20_000
START_ACCEPTED_MS = 10_000


class Checkers(Checks):
    """All checkers of one world. `violations` says what broke, with the moment and the treadmill."""

    def __init__(self, timeline: Timeline) -> None:
        self.violations: list[str] = []
        self.watched: dict[str, Watched] = {}
        self.acted: Counter[str] = Counter()
        self.results: Counter[str] = Counter()
        self._timeline = timeline
        self.paces = Paces(self.violated)
        self.belts = Belts(self.violated)
        self.hearts = Hearts(self.violated, self._in_order)

    def _in_order(self, machine: SimulatedMachine) -> bool:
        """Is nothing wrong between the session service and this belt, and nobody at its console?"""
        w, quirks = self.watched[machine.name], machine.belt.quirks
        wrong = quirks.overspeed or quirks.mph_firmware or quirks.ignore_stop or machine.silent
        calm = self._now - max(w.disturbed_ms, w.console_ms) > DISTURBED_MS
        return w.linked and calm and not wrong and not machine.answers_lost

    def add(self, machine: SimulatedMachine) -> None:
        """Watch this treadmill."""
        self.watched[machine.name] = Watched(machine, seen_ms=self._now)
        self.belts.add(machine)

    @property
    def moving_ms(self) -> int:
        """True time of moving belts."""
        return sum(w.moving_ms for w in self.watched.values())

    @property
    def _now(self) -> int:
        return self._timeline.now_ms

    def violated(self, machine: SimulatedMachine, checker: str, text: str) -> None:
        """Record it; only the first few of one world are kept in words."""
        if len(self.violations) < 20:
            self.violations.append(f"{checker}: {machine.name} at {self._now / 1000:.1f} s: {text}")
        self._timeline.trace(checker, machine.name)

    # 1: the true speed and the envelope. 3: rises. 2: debts.

    def belt_seen(self, machine: SimulatedMachine) -> None:
        """The true belt, at each moment at which anything happens to it."""
        w, now = self.watched[machine.name], self._now
        self.belts.seen(machine, now)
        speed, was = machine.belt.speed_ckmh, w.speed
        if was or speed:
            w.moving_ms += now - w.seen_ms
            if w.mover is not None:
                self.paces.moved(machine, now - w.seen_ms)
                self.hearts.seen(machine, now)
        w.speed, w.seen_ms = speed, now
        if speed and not was:
            self._rose(w)
        elif was and not speed:
            w.rest_ms = now
        at_rest = not speed and not machine.belt.under_way
        if at_rest and (w.mover is None or now - w.mover.at_ms > START_ACCEPTED_MS):
            w.mover = None
        if at_rest:
            w.debts.clear()
            w.over_since_ms = w.off_since_ms = w.grade_since_ms = None
        elif w.mover is not None:
            self._envelope(w, w.mover)
            self._grade(w)
            self._told(w)
            self._lease(w, w.mover)
            if machine.silent:
                self._owe(w, "data_silent", w.data_ms)
        if w.debts:
            self._debts(w)

    def _rose(self, w: Watched) -> None:
        now = self._now
        console = w.console_ms > w.rest_ms
        asked = w.permit_ms > w.rest_ms and not w.permit_ms < w.void_ms < now - STARTED_ON_THE_WIRE_MS
        if not console and not asked:
            self.violated(
                w.machine,
                "rise",
                f"moves; last asked at {w.permit_ms / 1000:.1f} s, stopped {w.void_ms / 1000:.1f} s",
            )
        if w.state is not None and w.state.latched and w.linked:
            self._owe(w, "moved_while_latched", now)

    def _envelope(self, w: Watched, mover: Mover) -> None:
        now, machine = self._now, w.machine
        raised = mover.last.raised
        if not (mover.last.raised_by.strip() and mover.last.raised_why.strip()):
            raised = None
        limit = envelope_ckmh(
            mover.first.goal,
            mover.first.level,
            raised_ckmh=None if raised is None else round(raised.speed_max_kmh * 100),
            tightened_ckmh=None
            if mover.last.limits is None
            else round(mover.last.limits.speed_max_kmh * 100),
            commissioned=machine.commissioned,
            spotter=mover.last.spotter,
            harness=mover.last.harness,
        )
        highest = max(_highest(mover.limits, now - LOWERED_MS, limit, now), machine.spec.speed_min_ckmh)
        quirks = machine.belt.quirks
        if quirks.overspeed or quirks.mph_firmware:
            w.disturbed_ms = now
        # What was pressed at the console last stays until the belt is written to again, if it is no hazard.
        pressed = bool(w.told) and w.console_ms > w.told[-1][0] and w.speed <= highest + TOLERANCE_CKMH
        if w.speed > highest + 1 and not pressed and now - w.disturbed_ms > DISTURBED_MS:
            self.violated(machine, "envelope", f"{w.speed} over {highest} with nothing wrong at the machine")
            w.disturbed_ms = now
        if w.speed <= highest + TOLERANCE_CKMH:
            w.over_since_ms = None
            w.debts.pop("over_envelope", None)
            return
        if w.over_since_ms is None:
            w.over_since_ms = now
        if not machine.silent:
            self._owe(w, "over_envelope", w.over_since_ms)

    def _told(self, w: Watched) -> None:
        now = self._now
        while len(w.told) > 1 and w.told[1][0] < now - TOLD_MS:
            w.told.popleft()
        told = max((value for _, value in w.told), default=0)
        off = told > 0 and w.speed > told + max(OFF_TOLD_CKMH, told * OFF_TOLD_PERCENT // 100) + 5
        if not off:
            w.off_since_ms = None
            w.debts.pop("off_told", None)
            return
        if w.off_since_ms is None:
            w.off_since_ms = now
        if not w.machine.silent:
            self._owe(w, "off_told", w.off_since_ms)

    def _grade(self, w: Watched) -> None:
        if not self.paces.grade_out(w.machine):
            w.grade_since_ms = None
            w.debts.pop("grade_out", None)
            return
        if w.grade_since_ms is None:
            w.grade_since_ms = self._now
        if self._now - w.deck_ms > DISTURBED_MS:
            self.violated(w.machine, "grade", f"{w.machine.belt.incline_dpct} with nobody at the console")
            w.deck_ms = self._now
        if not w.machine.silent:
            self._owe(w, "grade_out", w.grade_since_ms)

    def _lease(self, w: Watched, mover: Mover) -> None:
        if self._now - mover.renewed_ms > mover.last.ttl_ms:
            self._owe(w, "lease_expired", mover.renewed_ms)

    def _owe(self, w: Watched, cause: str, since_ms: int) -> None:
        if w.linked and cause not in w.debts and (w.speed or w.machine.belt.under_way):
            self.acted[cause] += 1
            back_ms = w.linked_ms + BOUNDS["link_returned"].act_ms
            w.debts[cause] = Debt(since_ms, max(back_ms, since_ms + BOUNDS[cause].act_ms))

    def _debts(self, w: Watched) -> None:
        now = self._now
        for cause, debt in list(w.debts.items()):
            if debt.rest_by_ms is None:
                if w.lowered_ms >= debt.since_ms or not w.machine.belt.under_way:
                    debt.rest_by_ms = now + REST_MS
                elif now > debt.act_by_ms:
                    del w.debts[cause]
                    late_s = (now - debt.since_ms) / 1000
                    self.violated(w.machine, "bound", f"{cause}: nothing was done for {late_s:.1f} s")
            elif w.machine.belt.quirks.ignore_stop or now - w.console_ms < REST_MS:
                debt.rest_by_ms = now + REST_MS
            elif now > debt.rest_by_ms:
                del w.debts[cause]
                self.violated(w.machine, "bound", f"{cause}: the belt is not at rest ({w.speed})")

    # What reaches the machine and the unit.

    def written(self, machine: SimulatedMachine, op: int, value: int, ok: bool) -> None:
        """A write reached the control point."""
        w = self.watched[machine.name]
        self.belts.wrote(machine, self._now, op, value)
        if op == OpCode.STOP_OR_PAUSE:
            w.lowered_ms = self._now
        elif op == OpCode.SET_TARGET_SPEED and ok:
            if w.told and value < w.told[-1][1]:
                w.lowered_ms = self._now
            w.told.append((self._now, value))
            if w.mover is not None:
                self.paces.told(machine, value, self._now)
        elif op == OpCode.START_OR_RESUME and ok:
            w.told.clear()
            self.paces.begun(machine, self._now)

    def linked(self, machine: SimulatedMachine, up: bool) -> None:
        """The unit has, or has no, link to the machine; without one nothing can be owed."""
        w = self.watched[machine.name]
        machine.catch_up()
        w.debts.clear()
        w.over_since_ms = w.off_since_ms = w.grade_since_ms = None
        w.linked, w.linked_ms = up, self._now
        self.belts.linked(machine, self._now, up=up)
        if up and w.mover is not None and (w.speed or machine.belt.under_way):
            self._owe(w, "link_returned", self._now)
        if not up:
            w.void_ms = self._now + machine.spec.start_delay_ms
            w.awaiting = None

    def stalled(self, machine: SimulatedMachine, *, ends: bool) -> None:
        """The unit's process stands still, or runs again."""
        w = self.watched[machine.name]
        machine.catch_up()
        w.debts.clear()
        w.over_since_ms = w.off_since_ms = w.grade_since_ms = None
        w.linked, w.linked_ms = ends and machine.linked, self._now
        self.belts.linked(machine, self._now, up=w.linked)
        if ends and w.mover is not None:
            self._owe(w, "unit_stalled", self._now)

    def stop_came(self, machine: SimulatedMachine) -> None:
        """A process stop reached a living unit."""
        w = self.watched[machine.name]
        machine.catch_up()
        w.void_ms = self._now
        self.belts.stopped(machine, self._now)
        self._owe(w, "stop_pressed", self._now)

    def taken(self, machine: SimulatedMachine) -> None:
        """The console took control from a moving belt of ours."""
        w = self.watched[machine.name]
        if w.mover is not None and not machine.silent:
            self._owe(w, "control_taken", self._now)

    def data_heard(self, machine: SimulatedMachine) -> None:
        """A frame reached the unit: a silence that ends in time owes nothing."""
        w = self.watched[machine.name]
        w.data_ms = self._now
        w.debts.pop("data_silent", None)

    # 4 and 5: holders, commands and their results.

    def lease_came(self, machine: SimulatedMachine, lease: m.Lease) -> None:
        """A lease reached the unit; it counts if its beat is new."""
        w = self.watched[machine.name]
        key = (lease.epoch, lease.holder, lease.boot, lease.session)
        known = w.leases.get(key)
        if known is not None and (lease.beat <= known[1].beat or _kind(lease) != _kind(known[0])):
            return
        w.leases[key] = (lease if known is None else known[0], lease, self._now)
        mover = w.mover
        if mover is not None and key == (mover.epoch, mover.holder, mover.first.boot, mover.first.session):
            mover.last, mover.renewed_ms = lease, self._now
            self.paces.leased(machine, lease)

    def command_came(self, machine: SimulatedMachine, id_: str, command: m.Command | None) -> None:
        """A command reached the unit: it is owed exactly one result."""
        w = self.watched[machine.name]
        if w.awaiting is not None:
            self.violated(machine, "result", f"command {w.awaiting} got no result")
        w.awaiting, w.command = id_, command

    def result_said(self, machine: SimulatedMachine, result: m.Result) -> None:
        """The result, and who moves the belt by it."""
        w, command = self.watched[machine.name], self.watched[machine.name].command
        self.results[result.outcome] += 1
        self.belts.result(machine, self._now, command, result)
        if w.awaiting != result.id:
            self.violated(machine, "result", f"result for {result.id} where {w.awaiting} was asked")
        w.awaiting = None
        if result.outcome != "accepted" and not result.cause:
            self.violated(machine, "result", f"{result.outcome} without a cause")
        if result.outcome == "refused" or command is None or command.verb not in ("start", "target"):
            return
        mover = w.mover
        if command.verb == "target" and (mover is None or command.epoch != mover.epoch):
            self.violated(machine, "holder", f"epoch {command.epoch} moved the belt of another")
        if command.verb == "start":
            self._moves(w, command)
        elif result.speed_kmh is not None:
            self.paces.ordered(machine, result.speed_kmh, self._now)

    def _moves(self, w: Watched, command: m.Command) -> None:
        holder = w.state.lease_holder if w.state is not None else ""
        boot = w.state.boot if w.state is not None else ""
        session = w.state.session if w.state is not None else ""
        lease = w.leases.get((command.epoch, holder, boot, session))
        if w.speed or (w.mover is not None and w.mover.epoch != command.epoch):
            self.violated(w.machine, "holder", f"epoch {command.epoch} started a belt that was not free")
        if lease is None:
            self.violated(
                w.machine, "holder", f"started by epoch {command.epoch}, which no lease of {holder!r} named"
            )
            return
        w.mover = Mover(holder, command.epoch, lease[0], lease[1], lease[2], self._now)
        w.told.clear()
        for granted in lease[:2]:
            self.paces.leased(w.machine, granted)
        if command.id.startswith("rogue"):
            w.permit_ms = self._now

    def state_said(self, machine: SimulatedMachine, state: m.TreadmillState) -> None:
        """What screens are told."""
        self.watched[machine.name].state = state

    def noted(self, machine: SimulatedMachine, note: Note) -> None:
        """A refusal without a cause is one nobody can act on."""
        if note.kind.endswith("refused") and not note.cause:
            self.violated(machine, "result", f"{note.kind} without a cause")

    # What people do.

    def asked(self, request: m.SessionRequest) -> None:
        """A request reached the session service."""
        if request.verb in ("start", "resume"):
            self.watched[request.treadmill].permit_ms = self._now
        if request.verb == "start":
            self.hearts.asked(request.treadmill, request.hr_max_bpm)

    def replied(self, machine: SimulatedMachine, verb: str, reply: m.SessionReply) -> None:
        """Every refusal has a cause; a pause or stop that was accepted is owed."""
        if not reply.ok and not reply.cause:
            self.violated(machine, "result", f"{verb} refused without a cause")

    def ends(self, request: m.SessionRequest, phase: str) -> None:
        """A running session was asked to pause or stop."""
        w = self.watched[request.treadmill]
        if request.verb in ("pause", "stop") and phase == "running" and w.mover is not None:
            self._owe(w, "asked_to_end", self._now)

    def viewed(self, machine: SimulatedMachine, view: m.SessionView) -> None:
        """What the screens at the treadmill show."""
        self.paces.viewed(machine, view)
        self.hearts.viewed(machine, view, self._now)

    def heart_read(self, machine: SimulatedMachine, bpm: int) -> None:
        """The strap says a true heart rate."""
        self.hearts.read(machine, bpm, self._now)

    def deck_set(self, machine: SimulatedMachine) -> None:
        """Somebody sets the incline at the machine itself."""
        self.watched[machine.name].deck_ms = self._now

    def pressed_console(self, machine: SimulatedMachine) -> None:
        """Somebody sets a speed at the machine itself."""
        w = self.watched[machine.name]
        w.console_ms = w.disturbed_ms = self._now
        self.belts.by_hand(machine, self._now)

    def at_rest_or_live(self, machine: SimulatedMachine, live: bool) -> bool:
        """Liveness: after all faults, is the belt at rest or in a session that runs?"""
        machine.catch_up()
        return machine.belt.speed_ckmh == 0 or live


def _kind(lease: m.Lease) -> tuple[str, str]:
    """What a lease was granted for; a renewal that names something else does not count."""
    return lease.goal, lease.level


def _highest(limits: deque[tuple[int, int]], since_ms: int, limit: int, now_ms: int) -> int:
    """The highest limit since then; `limits` keeps each change."""
    if not limits or limits[-1][1] != limit:
        limits.append((now_ms, limit))
    while len(limits) > 1 and limits[1][0] < since_ms:
        limits.popleft()
    return max(value for _, value in limits)
