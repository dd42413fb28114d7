"""One treadmill: its link, its gate, and what it says on the bus.

It connects and observes. The control point is written only through the gate, and the gate writes only under a lease
or to stop. A lost link ends whatever ran; nothing is resumed when it returns.
"""

import asyncio
import contextlib
from collections import deque
from pathlib import Path

import structlog
from msgspec.structs import replace

from device_adapters import commissioning
from device_adapters.arrivals import Arrivals
from device_adapters.ble.keep import keep_connected
from device_adapters.ble.link import Link
from device_adapters.ble.radio import Air
from device_adapters.clock import Clock
from device_adapters.codecs import uuids
from device_adapters.codecs.ftms import machine_status, treadmill_data
from device_adapters.config import Treadmill
from device_adapters.contract import boundary, messages, registry
from device_adapters.control_writes import ControlWrites
from device_adapters.errors import LinkError
from device_adapters.footpod import FootpodAdapter
from device_adapters.gate import Gate, Outlets
from device_adapters.introduce import Introduction, abilities, introduced
from device_adapters.machine import machine_of
from device_adapters.moving_mark import MovingMark
from device_adapters.reporter import Reporter
from device_adapters.safety.envelope_state import Machine, Phase
from device_adapters.safety.events import Answer, Note
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Arrangement
from device_adapters.time_to_rest import TimeToRest

FRAMES_WAITING = 256
STATE_EVERY_MS = 5_000
"""The state is said at least this often, so that its frame count is never old."""

LEASED_STATE_EVERY_MS = 500
"""... and this often under a lease, whose holder answers with the nonce of what was said."""

NONCES_KEPT = 16
LONG_AGO_MS = -1_000_000
VIRTUAL = "virtual"
SPOILING = (Cause.MPH_FIRMWARE, Cause.OFF_RAMP, Cause.OVERSPEED)
"""What a machine does that its commissioning record denies."""

SETTLE_S = 2.0

log = structlog.get_logger()


class TreadmillAdapter:
    """The adapter of one treadmill of a unit. `proving`: it is being commissioned; `speed_alone`: without Start."""

    def __init__(
        self,
        config: Treadmill,
        boot: str,
        air: Air,
        reporter: Reporter,
        clock: Clock,
        data: Path,
        *,
        proving: bool = False,
        speed_alone: bool = False,
    ) -> None:
        self.id = config.id
        self._proving = proving
        self._speed_alone = speed_alone
        self._config = config
        self._boot = boot
        self._air = air
        self._reporter = reporter
        self._clock = clock
        self._data = data
        self._mark = MovingMark(data, config.id)
        self._record = commissioning.read(data, config.id, config.address)
        self._writes = ControlWrites(config.id, self._write_failed)
        self.gate = self._new_gate(was_moving=self._mark.is_set)
        self._link: Link | None = None
        self._quirks = treadmill_data.AS_SPECIFIED
        self._joiner = treadmill_data.Joiner()
        self._arrivals = Arrivals(clock, FRAMES_WAITING)
        self._deaf = asyncio.Event()
        self.wake_judge = self._say
        self._nonces: deque[tuple[int, int]] = deque(maxlen=NONCES_KEPT)
        self._seq = 0
        self._said_ms = LONG_AGO_MS
        self._footpod = FootpodAdapter(config.footpod, air, clock, self._footpod_linked)
        self.link_losses = 0
        self._time_to_rest = TimeToRest()
        self._state = messages.TreadmillState(
            treadmill=config.id,
            unit=reporter.unit,
            boot=boot,
            at_ms=0,
            link="absent",
            arrangement=Arrangement(config.arrangement).value,
            commissioned="" if self._record is None else self._record.date,
        )

    def _new_gate(self, *, was_moving: bool) -> Gate:
        outlets = Outlets(
            send=self._writes.put,
            answer=self._answer,
            note=self._note,
            relink=self._relink,
            resubscribe=self._resubscribe,
            forget=self._writes.clear,
        )
        return Gate(self._boot, self._clock, outlets, was_moving=was_moving, marks=True)

    async def run(self) -> None:
        """Serve the treadmill until cancelled. A `Judge` ticks its gate."""
        self._say()
        async with asyncio.TaskGroup() as tasks:
            if self._config.footpod:
                tasks.create_task(self._footpod.run(), name=f"treadmill[{self.id}].footpod")
            tasks.create_task(self._mark.run(self.gate_marked), name=f"treadmill[{self.id}].mark")
            tasks.create_task(
                keep_connected(self._air, self._config.address, self._serve),
                name=f"treadmill[{self.id}].link",
            )

    def gate_marked(self, on_disk: bool) -> None:
        """The disk holds the mark of this belt, or holds it no more."""
        self.gate.marked(on_disk)
        self._say()

    def tick(self) -> bool:
        """Judge the belt now; is it to be judged again soon?"""
        self.gate.tick()
        self._keep_mark()
        self._say()
        return self.gate.busy

    def _keep_mark(self) -> None:
        """Set once the belt is leased, before it can move; removed when it is free and unlocked."""
        state = self.gate.envelope
        self._mark.want(state.phase is not Phase.OBSERVING or bool(state.latched))

    def begin_anew(self, why: BaseException) -> None:
        """The gate failed: another takes its place, which begins by bringing the belt to rest."""
        self.gate = self._new_gate(was_moving=True)
        if self._link is not None:
            self.gate.reachable()
        note = Note(kind="gate_restarted", cause=type(why).__name__, text=str(why)[:200], severity="alarm")
        self._reporter.event(note, treadmill=self.id, session=self._state.session)

    async def settled(self) -> None:
        """Wait, for a bounded time, until the disk knows that the belt is free."""
        self._keep_mark()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                await self._mark.settled()

    def lease(self, lease: messages.Lease) -> None:
        """A lease message for this belt."""
        self.gate.proven(self._is_proven())
        said_ms = None if lease.nonce is None else dict(self._nonces).get(lease.nonce, LONG_AGO_MS)
        self.gate.claim(boundary.claim_from(lease, said_ms))
        self._changed()

    def _is_proven(self) -> bool:
        """Is there a commissioning record that holds for this machine now?"""
        virtual = self._state.radio.startswith(VIRTUAL)
        return self._record is not None and self._record.good(self._clock.wall_ms(), simulated=virtual)

    def is_leased_by(self, lease: messages.Lease) -> bool:
        """Did the gate take this lease?"""
        claim = self.gate.envelope.lease.claim
        return claim is not None and (claim.session, claim.beat) == (lease.session, lease.beat)

    def command(self, command: messages.Command) -> None:
        """A command for this belt; UnitError if it holds a quantity that no wire unit can."""
        self.gate.order(boundary.order_from(command))
        self._changed()

    def freeze(self, for_ms: int) -> None:
        """Let nothing rise for so long."""
        self.gate.freeze(for_ms)

    def stop(self, cause: Cause, who: str) -> None:
        """Stop this belt."""
        self.gate.stop(cause, who)
        self._changed()

    @property
    def linked(self) -> bool:
        """Is it connected now?"""
        return self._state.link == "connected"

    @property
    def frames(self) -> int:
        """Records read since the unit started."""
        return self._seq

    @property
    def at_rest(self) -> bool:
        """Is nothing of ours moving (or beyond our reach)?"""
        state = self.gate.envelope
        return state.phase in (Phase.OBSERVING, Phase.READY) or state.machine is None

    async def _serve(self, link: Link) -> None:
        self._state = replace(self._state, radio=link.radio, rssi_dbm=link.rssi)
        self._linked_as("connecting")
        self._link = link
        try:
            async with asyncio.TaskGroup() as tasks:
                work = [
                    tasks.create_task(self._read_frames()),
                    tasks.create_task(self._writes.write_out(link)),
                    tasks.create_task(self._subscriptions(link)),
                ]
                try:
                    machine = await self._set_up(link)
                    if machine is not None:
                        self.gate.linked(machine)
                    self._linked_as("connected")
                    await link.gone.wait()
                finally:
                    for task in work:
                        task.cancel()
        finally:
            self._link = None
            self._joiner.reset()
            self._writes.clear()
            self.gate.unlinked()
            self.link_losses += self.linked
            self._linked_as("lost")

    async def _set_up(self, link: Link) -> Machine | None:
        """Read what the machine is and subscribe to what it says. None: it has no control point."""
        await link.subscribe(uuids.TREADMILL_DATA, self._arrivals.push)
        if link.has(uuids.FITNESS_MACHINE_CONTROL_POINT):
            # A belt that must be stopped is stopped before its treadmill is asked who it is.
            await link.subscribe(uuids.FITNESS_MACHINE_CONTROL_POINT, self._indicated)
            self.gate.reachable()
        known = await introduced(link)
        self._state = replace(self._state, model=known.model, profile=known.profile.model)
        self._quirks = treadmill_data.Quirks(
            elevation_unavailable=known.profile.elevation_unavailable, pace_width=known.profile.pace_width
        )
        machine = await self._machine(link, known)
        if link.has(uuids.FITNESS_MACHINE_STATUS):
            await link.subscribe(uuids.FITNESS_MACHINE_STATUS, self._status)
        return machine

    async def _machine(self, link: Link, known: Introduction) -> Machine | None:
        said = await abilities(link)
        if said is None:
            return None
        good = self._record if self._is_proven() else None
        machine = machine_of(
            said.speed,
            said.incline,
            said.features,
            known.profile,
            commissioned=good is not None,
            proving=self._proving,
            starts_by_speed=self._speed_alone or (good is not None and good.starts_by_speed),
            arrangement=Arrangement(self._config.arrangement),
        )
        if machine is None:
            log.warning(
                "speed range cannot be", treadmill=self.id, low=said.speed.min_ckmh, high=said.speed.max_ckmh
            )
        return machine

    def _status(self, data: bytes) -> None:
        self.gate.status(machine_status.decode(data))
        self._changed()

    def _indicated(self, data: bytes) -> None:
        self.gate.indicated(data)
        self._changed()

    async def _read_frames(self) -> None:
        while True:
            at_ms, data = await self._arrivals.next()
            record = self._joiner.push(treadmill_data.decode(data, self._quirks))
            if record is None:
                continue
            self._seq += 1
            message = boundary.treadmill_telemetry(
                record, self.id, self._boot, self._seq, at_ms, self._footpod.steps_per_min
            )
            self._reporter.telemetry(registry.TREADMILL_TELEMETRY, message, self.id)
            if record.speed_ckmh is not None:
                self.gate.measured(boundary.measured_from(record, record.speed_ckmh))
                self._changed()

    def _write_failed(self, data: bytes, att_error: int | None) -> None:
        self.gate.write_failed(data, att_error)

    def _relink(self) -> None:
        if self._link is not None:
            self._link.give_up()

    def _resubscribe(self) -> None:
        """Ask for the control point's indications once more."""
        self._deaf.set()

    async def _subscriptions(self, link: Link) -> None:
        while True:
            await self._deaf.wait()
            self._deaf.clear()
            try:
                await link.subscribe(uuids.FITNESS_MACHINE_CONTROL_POINT, self._indicated)
            except LinkError as e:
                log.warning("control point", treadmill=self.id, code=e.code, why=str(e))

    def _answer(self, answer: Answer) -> None:
        message = boundary.result_message(answer, self.id, self._clock.wall_ms())
        self._reporter.decision(registry.RESULT, message, self.id)

    def _note(self, note: Note) -> None:
        note = self._time_to_rest.timed(note, self._clock.now_ms())
        if note.kind == "hazard" and note.cause in SPOILING and self._record is not None:
            self._record = replace(self._record, spoilt=str(note.cause))
            commissioning.write_apart(self._data, self._record)
        self._reporter.event(note, treadmill=self.id, session=self._state.session)
        log.info("safety", treadmill=self.id, kind=note.kind, cause=str(note.cause))

    def _footpod_linked(self, link: messages.Link) -> None:
        self._state = replace(self._state, footpod=link, at_ms=0)
        self._say()

    def _linked_as(self, link: messages.Link) -> None:
        self._state = replace(self._state, link=link, at_ms=0)
        self._say()

    def _changed(self) -> None:
        if self.gate.busy:
            self.wake_judge()
        self._keep_mark()
        self._say()

    def _say(self) -> None:
        """Say the state if it differs from what was said last, or if that was long ago."""
        message = boundary.treadmill_state(
            self._state, self.gate.envelope, self.gate.conversation.held, self._clock.now_ms()
        )
        at_ms, now_ms = self._clock.wall_ms(), self._clock.now_ms()
        every_ms = LEASED_STATE_EVERY_MS if message.lease_holder else STATE_EVERY_MS
        if message == self._state and now_ms - self._said_ms < every_ms:
            return
        self._said_ms, nonce = now_ms, self._state.nonce + 1
        self._nonces.append((nonce, now_ms))
        self._state = replace(message, at_ms=at_ms, frames=self._seq, nonce=nonce)
        self._reporter.state(registry.TREADMILL_STATE, self._state, self.id)
