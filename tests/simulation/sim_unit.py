"""A unit's process in virtual time: the production gate and boundary with the thinnest shell around them.

What a unit's adapter of a treadmill does with asyncio is done here by the timeline; nothing is decided here.
"""

from collections import deque
from collections.abc import Callable

import msgspec
from msgspec.structs import replace
from sim_machine import SimulatedMachine
from sim_network import Network, Peer
from sim_time import ProcessClock, Timeline

from device_adapters.codecs.ftms import machine_status, treadmill_data
from device_adapters.contract import boundary, registry
from device_adapters.contract import messages as m
from device_adapters.errors import MessageError, UnitError
from device_adapters.gate import Gate, Outlets
from device_adapters.safety import envelope_state
from device_adapters.safety.envelope_state import Phase
from device_adapters.safety.events import Answer, Note
from device_adapters.safety.hazards import Cause

SITE = "gym"
TICK_MS = 200
IDLE_MS = 1_000
STATE_EVERY_MS = 5_000
LEASED_STATE_EVERY_MS = 500
NONCES_KEPT = 32
LONG_AGO_MS = -10_000_000
DISK_MS = (5, 60)
SUPERVISION_MS = (700, 4_000)
RECONNECT_MS = (800, 5_000)


class Checks:
    """What a unit lets itself be watched by; the checkers override these."""

    def linked(self, machine: SimulatedMachine, up: bool) -> None: ...
    def lease_came(self, machine: SimulatedMachine, lease: m.Lease) -> None: ...
    def command_came(self, machine: SimulatedMachine, id_: str, command: m.Command | None) -> None: ...
    def stop_came(self, machine: SimulatedMachine) -> None: ...
    def result_said(self, machine: SimulatedMachine, result: m.Result) -> None: ...
    def state_said(self, machine: SimulatedMachine, state: m.TreadmillState) -> None: ...
    def noted(self, machine: SimulatedMachine, note: Note) -> None: ...
    def data_heard(self, machine: SimulatedMachine) -> None: ...


class SimulatedUnit:
    """One Raspberry Pi: its process comes and goes, its disk (the moving marks) and its machines stay."""

    def __init__(
        self,
        name: str,
        machines: list[SimulatedMachine],
        timeline: Timeline,
        network: Network,
        checks: Checks,
        gate: type[Gate] = Gate,
    ) -> None:
        self.name = name
        self.machines = machines
        self.peer = Peer(name)
        self.clock = ProcessClock(timeline, timeline.chance.randrange(-20_000, 20_000))
        self.timeline = timeline
        self.network = network
        self.checks = checks
        self.gate = gate
        self.marks: set[str] = set()
        self.disk_hangs_until_ms = 0
        self.boots = 0
        self.boot = ""
        self.stalled_until_ms = 0
        self.adapters: dict[str, SimulatedAdapter] = {}
        self.start()

    @property
    def alive(self) -> bool:
        """Is the process there?"""
        return bool(self.adapters)

    def start(self) -> None:
        """The process begins: it observes, and connects."""
        self.boots += 1
        self.boot = f"{self.name}-b{self.boots}"
        self.adapters = {machine.name: SimulatedAdapter(self, machine) for machine in self.machines}
        offline = m.UnitStatus(unit=self.name, online=False, boot=self.boot, at_ms=0)
        topic = registry.UNIT_STATUS.topic(SITE, self.name)
        self.peer.will = (topic, registry.UNIT_STATUS.encode(offline))
        online = replace(offline, online=True, at_ms=self.clock.wall_ms())
        self.peer.states = {topic: registry.UNIT_STATUS.encode(online)}
        self.peer.topics.clear()
        for name, adapter in self.adapters.items():
            self._hear(registry.LEASE.topic(SITE, name), adapter.lease)
            self._hear(registry.COMMAND.topic(SITE, name), adapter.command)
            self._hear(registry.STOP_ONE.topic(SITE, name), adapter.stop)
            adapter.say()
            self.timeline.after(self.timeline.chance.randrange(*RECONNECT_MS), adapter.connect)
        everyone = list(self.adapters.values())

        def stop_all(payload: bytes) -> None:
            for adapter in everyone:
                adapter.stop(payload)

        self._hear(registry.STOP_ALL.topic(SITE), stop_all)
        self.network.connect(self.peer)

    def _hear(self, topic: str, handler: Callable[[bytes], object]) -> None:
        boot = self.boot
        self.network.subscribe(self.peer, topic, lambda payload: self.work(boot, lambda: handler(payload)))

    def crash(self) -> None:
        """SIGKILL: nothing is said or written any more."""
        self.network.cut(self.peer, will_after_ms=self.timeline.chance.choice((50, 7_500)))
        self.peer.waiting = [w for w in self.peer.waiting if "/result" in w[2]]  # its outbox is on disk
        for machine in self.machines:
            self.checks.linked(machine, up=False)
            machine.disconnected()
        self.adapters = {}

    def to_disk(self, name: str, moving: bool, kept: Callable[[], None]) -> None:
        """Set or remove the mark of a belt: what is on the disk stays there when the process dies."""
        timeline, boot = self.timeline, self.boot
        takes_ms = timeline.chance.randrange(*DISK_MS) + max(0, self.disk_hangs_until_ms - timeline.now_ms)

        def done() -> None:
            if boot == self.boot and self.alive:
                (self.marks.add if moving else self.marks.discard)(name)
                self.work(boot, kept)

        timeline.after(takes_ms, done)

    def work(self, boot: str, do: Callable[[], object]) -> None:
        """Do it now, or when the process gets to run again; never in another process."""
        if boot != self.boot or not self.alive:
            return
        wait_ms = self.stalled_until_ms - self.timeline.now_ms
        if wait_ms > 0:
            self.timeline.after(wait_ms, lambda: self.work(boot, do))
        else:
            do()


class SimulatedAdapter:
    """One treadmill of a unit's process."""

    def __init__(self, unit: SimulatedUnit, machine: SimulatedMachine) -> None:
        self._unit = unit
        self.machine = machine
        self._boot = unit.boot
        outlets = Outlets(send=machine.write, answer=self._answer, note=self._note, relink=self._relink)
        self._marked = self._wants_mark = machine.name in unit.marks
        self.gate = unit.gate(unit.boot, unit.clock, outlets, was_moving=self._marked, marks=True)
        self._writing = False
        self._nonces: deque[tuple[int, int]] = deque(maxlen=NONCES_KEPT)
        self._said_ms = -STATE_EVERY_MS
        self._joiner = treadmill_data.Joiner()
        self._seq = 0
        self._ticking = False
        self._linked = False
        self._state = m.TreadmillState(
            treadmill=machine.name, unit=unit.name, boot=unit.boot, at_ms=0, link="absent"
        )

    # The link.

    def connect(self) -> None:
        """Try until the machine is there."""
        self._work(self._connect)

    def _connect(self) -> None:
        unit, machine = self._unit, self.machine
        if self._linked:
            return
        if not machine.radio_up:
            unit.timeline.after(unit.timeline.chance.randrange(*RECONNECT_MS), self.connect)
            return
        spec = machine.spec
        self._linked = True
        machine.connected(self)
        self.gate.reachable()
        self.gate.linked(
            envelope_state.Machine(
                speed_min_ckmh=spec.speed_min_ckmh,
                speed_max_ckmh=spec.speed_max_ckmh,
                speed_step_ckmh=spec.speed_step_ckmh,
                incline_min_dpct=spec.incline_min_dpct,
                incline_max_dpct=spec.incline_max_dpct,
                incline_step_dpct=spec.incline_step_dpct,
                commissioned=machine.commissioned,
                arrangement=machine.arrangement,
            )
        )
        unit.checks.linked(machine, up=True)
        self._link_is("connected")

    def radio_lost(self) -> None:
        """The radio is dead: each end notices by its own supervision timeout."""
        timeline = self._unit.timeline
        timeline.after(timeline.chance.randrange(*SUPERVISION_MS), lambda: self._work(self._disconnected))

    def _relink(self) -> None:
        self._unit.timeline.after(0, lambda: self._work(self._disconnected))

    def _disconnected(self) -> None:
        if self._linked:
            self._linked = False
            self._joiner.reset()
            self._unit.checks.linked(self.machine, up=False)
            self.machine.disconnected()
            self.gate.unlinked()
            self._link_is("lost")
            self.connect()

    def _link_is(self, link: m.Link) -> None:
        self._state = replace(self._state, link=link, at_ms=0)
        self._changed()

    # What the machine says.

    def frame(self, data: bytes) -> None:
        at_ms = self._unit.clock.wall_ms()
        self._work(lambda: self._frame(at_ms, data))

    def _frame(self, at_ms: int, data: bytes) -> None:
        record = self._joiner.push(treadmill_data.decode(data))
        if record is None or not self._linked:
            return
        self._seq += 1
        name = self.machine.name
        message = boundary.treadmill_telemetry(record, name, self._boot, self._seq, at_ms)
        self._publish(
            registry.TREADMILL_TELEMETRY.topic(SITE, name), msgspec.json.encode(message), keep_ms=None
        )
        if record.speed_ckmh is not None:
            self._unit.checks.data_heard(self.machine)
            self.gate.measured(boundary.measured_from(record, record.speed_ckmh))
            self._changed()

    def status(self, data: bytes) -> None:
        self._work(lambda: self._do(lambda: self.gate.status(machine_status.decode(data))))

    def indicated(self, data: bytes) -> None:
        self._work(lambda: self._do(lambda: self.gate.indicated(data)))

    def write_failed(self, data: bytes, att_error: int | None) -> None:
        self._work(lambda: self._do(lambda: self.gate.write_failed(data, att_error)))

    # What a machine on a cable needs besides.

    def run(self, do: Callable[[], object]) -> None:
        self._work(do)

    def feared(self, cause: Cause, why: str) -> None:
        self._do(lambda: self.gate.stop(cause, why))

    def gone(self) -> None:
        self._relink()

    def look(self) -> None:
        self._changed()

    # What the bus says.

    def lease(self, payload: bytes) -> None:
        """A lease message."""
        try:
            lease = registry.LEASE.decode(payload)
            said_ms = None if lease.nonce is None else dict(self._nonces).get(lease.nonce, LONG_AGO_MS)
            claim = boundary.claim_from(lease, said_ms)
        except (MessageError, UnitError):
            return
        self._unit.checks.lease_came(self.machine, lease)
        self._do(lambda: self.gate.claim(claim))

    def command(self, payload: bytes) -> None:
        """A command message."""
        try:
            command = registry.COMMAND.decode(payload)
            order = boundary.order_from(command)
        except (MessageError, UnitError) as e:
            self._unit.checks.command_came(self.machine, "?", None)
            self._say_result(
                m.Result(
                    id="?",
                    treadmill=self.machine.name,
                    outcome="refused",
                    at_ms=0,
                    cause="malformed",
                    text=str(e),
                )
            )
            return
        self._unit.checks.command_came(self.machine, command.id, command)
        self._do(lambda: self.gate.order(order))

    def stop(self, payload: bytes) -> None:
        """A stop: any payload counts."""
        self._unit.checks.stop_came(self.machine)
        self._do(lambda: self.gate.stop(Cause.STOP_PRESSED, payload.decode("utf-8", "replace")))

    # What comes out.

    def _answer(self, answer: Answer) -> None:
        self._say_result(boundary.result_message(answer, self.machine.name, self._unit.clock.wall_ms()))

    def _say_result(self, result: m.Result) -> None:
        self._unit.checks.result_said(self.machine, result)
        topic = registry.RESULT.topic(SITE, self.machine.name)
        self._publish(topic, registry.RESULT.encode(result), keep_ms=None)

    def _note(self, note: Note) -> None:
        self._unit.timeline.trace(self.machine.name, note.kind, str(note.cause))
        self._unit.checks.noted(self.machine, note)

    def say(self) -> None:
        """The state, if it changed or was said long ago."""
        gate, clock = self.gate, self._unit.clock
        said = boundary.treadmill_state(self._state, gate.envelope, gate.conversation.held, clock.now_ms())
        now_ms, every_ms = clock.now_ms(), LEASED_STATE_EVERY_MS if said.lease_holder else STATE_EVERY_MS
        if said == self._state and now_ms - self._said_ms < every_ms:
            return
        self._said_ms, nonce = now_ms, self._state.nonce + 1
        self._nonces.append((nonce, now_ms))
        self._state = replace(said, at_ms=clock.wall_ms(), frames=self._seq, nonce=nonce)
        topic = registry.TREADMILL_STATE.topic(SITE, self.machine.name)
        payload = registry.TREADMILL_STATE.encode(self._state)
        self._unit.peer.states[topic] = payload
        self._unit.checks.state_said(self.machine, self._state)
        self._publish(topic, payload, retain=True)

    def _publish(self, topic: str, payload: bytes, *, retain: bool = False, keep_ms: int | None = 0) -> None:
        self._unit.network.publish(self._unit.peer, topic, payload, retain=retain, keep_ms=keep_ms)

    # Time.

    def _tick(self) -> None:
        self._ticking = False
        self.machine.catch_up()
        self.gate.tick()
        if self._linked:
            self.machine.judged()
        self._changed()

    def _changed(self) -> None:
        self.say()
        self._keep_mark()
        looked_at = self.machine.polled and self._linked and self.machine.awake
        if (self.gate.busy or looked_at) and not self._ticking:
            self._ticking = True
            every_ms = TICK_MS if self.gate.busy else IDLE_MS
            self._unit.timeline.after(every_ms, lambda: self._work(self._tick))

    def _keep_mark(self) -> None:
        """As the moving mark: one write at a time, and the newest wish."""
        state = self.gate.envelope
        self._wants_mark = state.phase is not Phase.OBSERVING or bool(state.latched)
        if self._wants_mark is not self._marked and not self._writing:
            self._writing, wanted = True, self._wants_mark
            self._unit.to_disk(self.machine.name, wanted, lambda: self._mark_kept(wanted))

    def _mark_kept(self, moving: bool) -> None:
        self._writing, self._marked = False, moving
        self.gate.marked(moving)
        self._changed()

    def _do(self, do: Callable[[], object]) -> None:
        do()
        self._changed()

    def _work(self, do: Callable[[], object]) -> None:
        self._unit.work(self._boot, do)
