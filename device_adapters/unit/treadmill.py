"""One treadmill: its link, its gate, and what it says on the bus.

It connects and observes. The control point is written only through the gate, and the gate writes only under a lease
or to stop. A lost link ends whatever ran; nothing is resumed when it returns.
"""

import asyncio
import contextlib
from pathlib import Path

import structlog

from device_adapters.ble.keep import keep_connected, until_gone
from device_adapters.ble.radio import Air
from device_adapters.clock import Clock
from device_adapters.codecs import uuids
from device_adapters.codecs.ftms import machine_status
from device_adapters.config import Treadmill
from device_adapters.contract import boundary, messages, registry
from device_adapters.contract.oddities import Odd
from device_adapters.errors import ConfigError, LinkError
from device_adapters.gate import Gate, Outlets
from device_adapters.link import silence
from device_adapters.machine_link import MachineLink
from device_adapters.safety.envelope_state import Machine, Phase
from device_adapters.safety.events import Answer, Note
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Arrangement
from device_adapters.serial.port import OpenLine, Port
from device_adapters.unit.acquaintance import Acquaintance
from device_adapters.unit.arrivals import Arrivals
from device_adapters.unit.belt_sensor import BeltSensor
from device_adapters.unit.cable import Cable
from device_adapters.unit.commissioned import Commissioned
from device_adapters.unit.control_writes import ControlWrites
from device_adapters.unit.footpod import FootpodAdapter
from device_adapters.unit.idle_lock import IdleLock
from device_adapters.unit.kept import cause, keep_at_work
from device_adapters.unit.moving_mark import MovingMark
from device_adapters.unit.oddities import Oddities
from device_adapters.unit.reading import Reading
from device_adapters.unit.reporter import Reporter
from device_adapters.unit.time_to_rest import TimeToRest
from device_adapters.unit.treadmill_voice import TreadmillVoice

FRAMES_WAITING = 256
PART_WAIT_S = 1.0
"""A part of a treadmill that failed begins again within this: a belt may be moving."""

SILENCE_LOOK_S = 5.0
SETTLE_S = 2.0
"""The end of a unit waits so long for the disk to know that a belt is free."""

log = structlog.get_logger()


class TreadmillAdapter:
    """The adapter of one treadmill of a unit; a `Judge` ticks its gate. `proving`: it is being commissioned;
    `speed_alone`: without Start. `open_line` opens the cable of one that has one.
    """

    def __init__(
        self,
        config: Treadmill,
        boot: str,
        air: Air,
        reporter: Reporter,
        clock: Clock,
        data: Path,
        *,
        lock_after_s: int | None = None,
        proving: bool = False,
        speed_alone: bool = False,
        open_line: OpenLine = Port,
    ) -> None:
        self.id = config.id
        self._config = config
        self._boot = boot
        self._data = data
        self._air = air
        self._reporter = reporter
        self._afterwards = reporter.afterwards.do
        self._clock = clock
        self._mark = MovingMark(data, config.id)
        self._commissioned = Commissioned(
            data, config.id, config.known_by, clock, lambda: self._voice.state.radio
        )
        self._writes = ControlWrites(config.id, self._write_failed)
        self.gate = self._new_gate(was_moving=self._mark.is_set)
        self._link: MachineLink | None = None
        self._cable = Cable(config, clock, open_line, self.stop, self._observing) if config.link else None
        self._deaf = asyncio.Event()
        self.wake_judge = self._say
        self._arrivals = Arrivals(clock, FRAMES_WAITING)
        self._seq = 0
        self._odd = Oddities(clock, lambda note: reporter.event(note, treadmill=config.id), self._say)
        self._footpod = FootpodAdapter(config.footpod, air, clock, self._footpod_linked, self._odd)
        self.link_losses = 0
        self._reading = Reading(self._odd)
        self._acquaintance = Acquaintance(
            Arrangement(config.arrangement),
            self._commissioned,
            clock,
            self._odd,
            proving=proving,
            speed_alone=speed_alone,
        )
        self._silence = silence.Silence(since_ms=clock.now_ms())
        self._time_to_rest = TimeToRest()
        self._idle_lock = IdleLock(lock_after_s, clock)
        self._sensor: BeltSensor | None = None
        self._saying = False
        record = self._commissioned.record
        state = messages.TreadmillState(
            treadmill=config.id,
            unit=reporter.unit,
            boot=boot,
            at_ms=0,
            link="absent",
            arrangement=Arrangement(config.arrangement).value,
            commissioned="" if record is None else record.date,
        )
        self._voice = TreadmillVoice(state, reporter, clock)

    def _new_gate(self, *, was_moving: bool) -> Gate:
        outlets = Outlets(
            send=self._writes.put,
            answer=self._answer,
            note=self._note,
            relink=self._relink,
            resubscribe=self._deaf_now,
            forget=self._writes.clear,
        )
        return Gate(self._boot, self._clock, outlets, was_moving=was_moving, marks=True)

    async def run(self) -> None:
        """Serve the treadmill until cancelled. What ends one of its parts is told, and that part begins again."""
        self._sensor = self._own_sensor()
        unreadable = self._commissioned.unreadable
        self._odd.judge(Odd.RECORD_UNREADABLE, bool(unreadable), unreadable)
        self._say()
        parts = {"mark": self._keep_mark_written, "link": self._keep_linked}
        if self._config.footpod:
            parts["footpod"] = self._footpod.run
        try:
            async with asyncio.TaskGroup() as tasks:
                for part, work in parts.items():
                    name = f"treadmill[{self.id}].{part}"
                    kept = keep_at_work(name, work, self._clock, self._part_failed, PART_WAIT_S)
                    tasks.create_task(kept, name=name)
        finally:
            if self._sensor is not None:
                self._sensor.close()
                self._sensor = None

    def _own_sensor(self) -> BeltSensor | None:
        """One that cannot be read is said loudly; the belt is then judged by the machine's word alone."""
        gpio = self._config.belt_sensor_gpio
        if gpio is None:
            return None
        try:
            return BeltSensor(self._config, gpio, self._data, self._clock)
        except ConfigError as e:
            log.error("belt sensor", treadmill=self.id, code=e.code, why=str(e))  # noqa: TRY400
            self._tell(Note(kind="settings", cause="belt_sensor", text=str(e)[:200], severity="alarm"))
            return None

    async def _keep_linked(self) -> None:
        address, moving = self._config.address, lambda: self.gate.envelope.phase >= Phase.MOVING
        if self._cable is not None:
            await self._cable.keep(self._serve, moving)
        else:
            await keep_connected(self._air, address, self._serve, treadmill=True, moving=moving)

    def _part_failed(self, why: str) -> None:
        self._odd.seen(Odd.ADAPTER_FAILED, why)

    # The gate: judged by the unit's `Judge`, asked by the bus.

    def tick(self) -> bool:
        """Judge the belt now; is it to be judged again soon?"""
        self.gate.tick()
        if self._sensor is not None and (cause := self._sensor.judged(self.gate.envelope)) is not None:
            self.gate.stop(cause, "belt sensor")
        if self._idle_lock.due(self.gate.envelope):
            self.gate.stop(Cause.LEFT_FREE, self._reporter.unit)
        self._keep_mark()
        self._say()
        if self._cable is not None:
            self._cable.judged()
        return self.gate.busy

    def begin_anew(self, why: BaseException) -> None:
        """The gate failed: another takes its place, which begins by bringing the belt to rest."""
        self.gate = self._new_gate(was_moving=True)
        self.gate.marked(self._mark.is_set)
        if self._link is not None:
            self.gate.reachable()
        self._tell(Note(kind="gate_restarted", cause=type(why).__name__, text=cause(why), severity="alarm"))

    def _keep_mark(self) -> None:
        """Set once the belt is leased, before it can move; removed when it is free and unlocked."""
        state = self.gate.envelope
        self._mark.want(state.phase is not Phase.OBSERVING or bool(state.latched))

    async def _keep_mark_written(self) -> None:
        await self._mark.run(self._marked)

    def _marked(self, on_disk: bool) -> None:
        self.gate.marked(on_disk)
        self._say()

    async def settled(self) -> None:
        """Wait, for a bounded time, until the disk knows that the belt is free."""
        self._keep_mark()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                await self._mark.settled()

    def lease(self, lease: messages.Lease) -> None:
        """A lease message for this belt."""
        self.gate.proven(self._commissioned.good() is not None)
        said_ms = None if lease.nonce is None else self._voice.said_ms(lease.nonce)
        self.gate.claim(boundary.claim_from(lease, said_ms))
        self._changed()

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
        """Stop this belt. Never raises: a gate that fails at it is followed by one that stops the belt."""
        for _ in range(2):
            try:
                self.gate.stop(cause, who)
                break
            except Exception as e:
                log.exception("gate failed", treadmill=self.id)
                self.begin_anew(e)
        self._changed()

    def slower(self, who: str) -> None:
        """Slow this belt down a little, if it is ours and moves."""
        self.gate.slower(who)
        self._changed()

    @property
    def phase(self) -> Phase:
        """Where its gate is."""
        return self.gate.envelope.phase

    @property
    def linked(self) -> bool:
        """Is it connected now?"""
        return self._voice.state.link == "connected"

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

    # The link.

    def _observing(self) -> bool:
        return self.phase is Phase.OBSERVING

    async def _serve(self, link: MachineLink) -> None:
        self._voice.changed(radio=link.radio, rssi_dbm=link.rssi)
        self._linked_as("connecting")
        self._link = link
        try:
            await until_gone(link, self._writes.write_out(link), self._resubscribe(link), self._speak(link))
        finally:
            self._link = None
            self._arrivals.clear()
            self._reading.reset()
            self._writes.clear()
            self.gate.unlinked()
            self.link_losses += self.linked
            self._linked_as("lost")

    async def _speak(self, link: MachineLink) -> None:
        """Before all else make it possible to stop it; then hear it, then ask who it is; then go on hearing it."""
        controlled = await self._acquaintance.reach(link, self._indicated)
        if controlled:
            self.gate.reachable()
        await until_gone(link, self._read_frames(), self._know(link, controlled=controlled))

    async def _know(self, link: MachineLink, *, controlled: bool) -> None:
        await self._acquaintance.hear(link, self._arrivals.push, self._status)
        self._silence = silence.linked(self._silence, self._clock.now_ms())
        machine = await self._introduce(link, controlled=controlled)
        if machine is not None:
            self.gate.linked(machine)
        self._linked_as("connected")
        await self._heed_silence(link)

    async def _introduce(self, link: MachineLink, *, controlled: bool) -> Machine | None:
        """Ask who it is. None: it can be read, and stopped if it has a control point, but not started."""
        known = await self._acquaintance.who(link)
        firmware = self._acquaintance.firmware
        self._voice.changed(model=known.model, firmware=firmware, profile=known.profile.model)
        self._reading.known(known.profile)
        machine, incline = await self._acquaintance.machine(link, known) if controlled else (None, None)
        self._reading.tilts(incline)
        return machine

    async def _heed_silence(self, link: MachineLink) -> None:
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

    def _deaf_now(self) -> None:
        self._deaf.set()

    async def _resubscribe(self, link: MachineLink) -> None:
        """Ask for the control point's indications once more, whenever it says that it cannot answer."""
        while True:
            await self._deaf.wait()
            self._deaf.clear()
            try:
                await link.resubscribe(uuids.FITNESS_MACHINE_CONTROL_POINT)
            except LinkError as e:
                log.warning("control point", treadmill=self.id, code=e.code, why=str(e))

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
            if self._cable is not None:
                self._cable.heard()
            record = self._reading.record(data)
            if record is None:
                continue
            self._seq += 1
            cadence_spm = self._footpod.judged(record.speed_ckmh)
            message = boundary.treadmill_telemetry(
                record, self.id, self._boot, self._seq, at_ms, cadence_spm,
                Arrangement(self._config.arrangement), None if self._link is None else self._link.backward,
                self._footpod.step_cm if cadence_spm else None,
            )  # fmt: skip
            self._reporter.telemetry(registry.TREADMILL_TELEMETRY, message, self.id)
            if (heart := boundary.treadmill_heart(record, self.id, self._boot, self._seq, at_ms)) is not None:
                self._reporter.telemetry(registry.TREADMILL_HEART, heart, self.id)
            if record.speed_ckmh is not None:
                self.gate.measured(boundary.measured_from(record, record.speed_ckmh))
                self._changed()

    def _write_failed(self, data: bytes, att_error: int | None) -> None:
        self.gate.write_failed(data, att_error)

    def _relink(self) -> None:
        if self._link is not None:
            self._link.give_up()

    # What is said.

    def _answer(self, answer: Answer) -> None:
        message = boundary.result_message(answer, self.id, self._clock.wall_ms())
        self._afterwards(lambda: self._reporter.decision(registry.RESULT, message, self.id))

    def _note(self, note: Note) -> None:
        note = self._time_to_rest.timed(note, self._clock.now_ms())
        if note.kind == "hazard":
            self._commissioned.did(note.cause)
        self._tell(note)

    def _tell(self, note: Note) -> None:
        session, at_ms = self._voice.state.session, self._clock.wall_ms()

        def tell() -> None:
            self._reporter.event(note, treadmill=self.id, session=session, at_ms=at_ms)
            log.info("safety", treadmill=self.id, kind=note.kind, cause=str(note.cause))

        self._afterwards(tell)

    def _footpod_linked(self, link: messages.Link) -> None:
        self._voice.changed(footpod=link)
        self._say()

    def _linked_as(self, link: messages.Link) -> None:
        self._voice.changed(link=link)
        self._say()

    def _changed(self) -> None:
        if self.gate.busy:
            self.wake_judge()
        self._keep_mark()
        self._say()

    def _say(self) -> None:
        if not self._saying:
            self._saying = True
            self._afterwards(self._say_now)

    def _say_now(self) -> None:
        self._saying = False
        self._voice.say(self.gate, frames=self._seq, odd=self._odd.keys)
