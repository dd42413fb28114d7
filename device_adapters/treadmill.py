"""One treadmill: its link, its gate, and what it says on the bus.

It connects and observes. The control point is written only through the gate, and the gate writes only under a lease
or to stop. A lost link ends whatever ran; nothing is resumed when it returns.
"""

import asyncio
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
from device_adapters.footpod import FootpodAdapter
from device_adapters.gate import Gate, Outlets
from device_adapters.introduce import Introduction, abilities, introduced
from device_adapters.machine import machine_of
from device_adapters.moving_mark import MovingMark
from device_adapters.reporter import Reporter
from device_adapters.safety.envelope_state import Machine, Phase
from device_adapters.safety.events import Answer, Measured, Note
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Arrangement
from device_adapters.time_to_rest import TimeToRest

FRAMES_WAITING = 256
BUSY_TICK_S = 0.1
IDLE_TICK_S = 1.0
STATE_EVERY_MS = 5_000
"""The state is said at least this often, so that its frame count is never old."""

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
        self._mark = MovingMark(data, config.id)
        self._record = commissioning.read(data, config.id, config.address)
        self._writes = ControlWrites(config.id, self._write_failed)
        self.gate = Gate(
            boot,
            clock,
            Outlets(send=self._writes.put, answer=self._answer, note=self._note, relink=self._relink),
            was_moving=self._mark.is_set,
        )
        self._link: Link | None = None
        self._quirks = treadmill_data.AS_SPECIFIED
        self._joiner = treadmill_data.Joiner()
        self._arrivals = Arrivals(clock, FRAMES_WAITING)
        self._tick_wake = asyncio.Event()
        self._seq = 0
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

    async def run(self) -> None:
        """Until cancelled."""
        self._say()
        async with asyncio.TaskGroup() as tasks:
            if self._config.footpod:
                tasks.create_task(self._footpod.run(), name=f"treadmill[{self.id}].footpod")
            tasks.create_task(self._ticks(), name=f"treadmill[{self.id}].ticks")
            tasks.create_task(
                keep_connected(self._air, self._config.address, self._serve),
                name=f"treadmill[{self.id}].link",
            )

    def lease(self, lease: messages.Lease) -> None:
        """A lease message for this belt."""
        self.gate.claim(boundary.claim_from(lease))
        self._changed()

    def is_leased_by(self, lease: messages.Lease) -> bool:
        """Did the gate take this lease?"""
        claim = self.gate.envelope.lease.claim
        return claim is not None and (claim.session, claim.beat) == (lease.session, lease.beat)

    def command(self, command: messages.Command) -> None:
        """A command for this belt; UnitError if it holds a quantity that no wire unit can."""
        self.gate.order(boundary.order_from(command))
        self._changed()

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
            machine = await self._set_up(link)
            if machine is not None:
                self.gate.linked(machine)
            self._linked_as("connected")
            async with asyncio.TaskGroup() as tasks:
                work = [
                    tasks.create_task(self._read_frames()),
                    tasks.create_task(self._writes.write_out(link)),
                ]
                await link.gone.wait()
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
        known = await introduced(link)
        self._state = replace(self._state, model=known.model, profile=known.profile.model)
        self._quirks = treadmill_data.Quirks(
            elevation_unavailable=known.profile.elevation_unavailable, pace_width=known.profile.pace_width
        )
        machine = await self._machine(link, known)
        await link.subscribe(uuids.TREADMILL_DATA, self._arrivals.push)
        if link.has(uuids.FITNESS_MACHINE_STATUS):
            await link.subscribe(uuids.FITNESS_MACHINE_STATUS, self._status)
        if machine is not None:
            await link.subscribe(uuids.FITNESS_MACHINE_CONTROL_POINT, self._indicated)
        return machine

    async def _machine(self, link: Link, known: Introduction) -> Machine | None:
        said = await abilities(link)
        if said is None:
            return None
        good = self._record if self._record and self._record.good(self._clock.wall_ms()) else None
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
                self.gate.measured(Measured(record.speed_ckmh, record.incline_dpct, record.elapsed_s))
                self._changed()

    def _write_failed(self, data: bytes, att_error: int | None) -> None:
        self.gate.write_failed(data, att_error)

    def _relink(self) -> None:
        if self._link is not None:
            self._link.give_up()

    async def _ticks(self) -> None:
        while True:
            self.gate.tick()
            self._say()
            # Set once the belt is leased, before it can move; removed when it is free.
            await self._mark.keep(self.gate.envelope.phase is not Phase.OBSERVING)
            if self.gate.busy:
                await self._clock.sleep(BUSY_TICK_S)
                continue
            try:
                async with asyncio.timeout(IDLE_TICK_S):
                    await self._tick_wake.wait()
            except TimeoutError:
                continue
            self._tick_wake.clear()

    def _answer(self, answer: Answer) -> None:
        message = boundary.result_message(answer, self.id, self._clock.wall_ms())
        self._reporter.decision(registry.RESULT, message, self.id)

    def _note(self, note: Note) -> None:
        note = self._time_to_rest.timed(note, self._clock.now_ms())
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
            self._tick_wake.set()
        self._say()

    def _say(self) -> None:
        """Say the state if it differs from what was said last, or if that was long ago."""
        message = boundary.treadmill_state(
            self._state, self.gate.envelope, self.gate.conversation.held, self._clock.now_ms()
        )
        at_ms = self._clock.wall_ms()
        if message == self._state and at_ms - message.at_ms < STATE_EVERY_MS:
            return
        self._state = replace(message, at_ms=at_ms, frames=self._seq)
        self._reporter.state(registry.TREADMILL_STATE, self._state, self.id)
