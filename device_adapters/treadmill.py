"""One treadmill: its link, its gate, and what it says on the bus.

It connects and observes. The control point is written only through the gate, and the gate writes only under a lease
or to stop. A lost link ends whatever ran; nothing is resumed when it returns.
"""

import asyncio
from pathlib import Path

import structlog
from msgspec.structs import replace

from device_adapters import commissioning
from device_adapters.acquaintance import Acquaintance
from device_adapters.arrivals import Arrivals
from device_adapters.ble.keep import keep_connected, until_gone
from device_adapters.ble.link import Link
from device_adapters.ble.radio import Air
from device_adapters.clock import Clock
from device_adapters.codecs import uuids
from device_adapters.codecs.ftms import machine_status
from device_adapters.config import Treadmill
from device_adapters.contract import boundary, messages, registry
from device_adapters.contract.oddities import Odd
from device_adapters.control_writes import ControlWrites
from device_adapters.footpod import FootpodAdapter
from device_adapters.gate import Gate, Outlets
from device_adapters.kept import keep_at_work
from device_adapters.link import silence
from device_adapters.moving_mark import MovingMark
from device_adapters.oddities import Oddities
from device_adapters.reading import Reading
from device_adapters.reporter import Reporter
from device_adapters.safety.envelope_state import Machine, Phase
from device_adapters.safety.events import Answer, Measured, Note
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Arrangement
from device_adapters.time_to_rest import TimeToRest

FRAMES_WAITING = 256
BUSY_TICK_S = 0.1
IDLE_TICK_S = 1.0
PART_WAIT_S = 1.0
"""A part of a treadmill that failed begins again within this: a belt may be moving."""

SILENCE_LOOK_S = 5.0
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
        self._arrivals = Arrivals(clock, FRAMES_WAITING)
        self._tick_wake = asyncio.Event()
        self._seq = 0
        self._odd = Oddities(clock, lambda note: reporter.event(note, treadmill=config.id), self._say)
        self._footpod = FootpodAdapter(config.footpod, air, clock, self._footpod_linked, self._odd)
        self.link_losses = 0
        self._reading = Reading(self._odd)
        self._acquaintance = Acquaintance(
            Arrangement(config.arrangement),
            self._record,
            clock,
            self._odd,
            proving=proving,
            speed_alone=speed_alone,
        )
        self._silence = silence.Silence(since_ms=clock.now_ms())
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
        """Until cancelled. What ends one of its parts is told, and that part begins again."""
        self._say()
        parts = {"ticks": self._ticks, "link": self._keep_linked}
        if self._config.footpod:
            parts["footpod"] = self._footpod.run
        async with asyncio.TaskGroup() as tasks:
            for part, work in parts.items():
                name = f"treadmill[{self.id}].{part}"
                kept = keep_at_work(name, work, self._clock, self._part_failed, PART_WAIT_S)
                tasks.create_task(kept, name=name)

    async def _keep_linked(self) -> None:
        address, moving = self._config.address, lambda: self.gate.envelope.phase >= Phase.MOVING
        await keep_connected(self._air, address, self._serve, treadmill=True, moving=moving)

    def _part_failed(self, why: str) -> None:
        self._odd.seen(Odd.ADAPTER_FAILED, why)

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
    def odd(self) -> tuple[str, ...]:
        """Keys of what is odd about it now."""
        return self._odd.keys

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
            await until_gone(link, self._writes.write_out(link), self._speak(link))
        finally:
            self._link = None
            self._reading.reset()
            self._writes.clear()
            self.gate.unlinked()
            self.link_losses += self.linked
            self._linked_as("lost")

    async def _speak(self, link: Link) -> None:
        """Before all else make it possible to stop it; then hear it, then ask who it is; then go on hearing it."""
        controlled = await self._acquaintance.reach(link, self._indicated)
        await self._acquaintance.hear(link, self._arrivals.push, self._status)
        self._silence = silence.linked(self._silence, self._clock.now_ms())
        machine = await self._introduce(link, controlled=controlled)
        if machine is not None:
            self.gate.linked(machine)
        self._linked_as("connected")
        await until_gone(link, self._read_frames(), self._heed_silence(link))

    async def _introduce(self, link: Link, *, controlled: bool) -> Machine | None:
        """Ask who it is. None: it can be read, and stopped if it has a control point, but not started."""
        known = await self._acquaintance.who(link)
        self._state = replace(self._state, model=known.model, profile=known.profile.model)
        self._reading.known(known.profile)
        machine, incline = await self._acquaintance.machine(link, known) if controlled else (None, None)
        self._reading.tilts(incline)
        return machine

    async def _heed_silence(self, link: Link) -> None:
        """Data that end while the link stands. A link of a belt that is ours is the gate's to give up."""
        while True:
            await self._clock.sleep(SILENCE_LOOK_S)
            self._silence, todo = silence.step(self._silence, silence.TREADMILL, self._clock.now_ms())
            if todo:
                self._odd.seen(Odd.SILENT)
            if todo == "resubscribe":
                await link.resubscribe(uuids.TREADMILL_DATA, other=True)
            elif todo == "relink" and self.gate.envelope.phase is Phase.OBSERVING:
                link.give_up()

    def _status(self, data: bytes) -> None:
        self.gate.status(machine_status.decode(data))
        self._changed()

    def _indicated(self, data: bytes) -> None:
        self.gate.indicated(data)
        self._changed()

    async def _read_frames(self) -> None:
        while True:
            at_ms, data = await self._arrivals.next()
            self._silence = silence.heard(self._clock.now_ms())
            self._odd.over(Odd.SILENT)
            record = self._reading.record(data)
            if record is None:
                continue
            self._seq += 1
            message = boundary.treadmill_telemetry(
                record, self.id, self._boot, self._seq, at_ms, self._footpod.judged(record.speed_ckmh)
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
        if (
            message == self._state
            and self._state.odd == self._odd.keys
            and at_ms - message.at_ms < STATE_EVERY_MS
        ):
            return
        self._state = replace(message, at_ms=at_ms, frames=self._seq, odd=self._odd.keys)
        self._reporter.state(registry.TREADMILL_STATE, self._state, self.id)
