"""One treadmill of a unit: its gate, what the bus asks of it, and what is said of it. Its link is `treadmill_link.py`.

The control point is written only through the gate, and the gate writes only under a lease or to stop.
"""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import structlog

from device_adapters.ble.radio import Air
from device_adapters.clock import Clock
from device_adapters.config import Treadmill
from device_adapters.contract import boundary, messages
from device_adapters.contract.oddities import Odd
from device_adapters.gate import Gate, Outlets
from device_adapters.safety.envelope_state import Phase
from device_adapters.safety.events import Measured, Note
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Arrangement
from device_adapters.serial.port import OpenLine, open_port
from device_adapters.unit.acquaintance import Acquaintance
from device_adapters.unit.belt_sensors import BeltPod, BeltSensor, sensor_of
from device_adapters.unit.cable import Cable
from device_adapters.unit.commissioned import Commissioned
from device_adapters.unit.control_writes import ControlWrites
from device_adapters.unit.idle_lock import IdleLock
from device_adapters.unit.kept import cause, keep_at_work
from device_adapters.unit.moving_mark import MovingMark
from device_adapters.unit.oddities import Oddities
from device_adapters.unit.reporter import Reporter
from device_adapters.unit.time_to_rest import TimeToRest
from device_adapters.unit.treadmill_frames import TreadmillFrames
from device_adapters.unit.treadmill_link import TreadmillLink
from device_adapters.unit.treadmill_voice import LONG_AGO_MS, TreadmillVoice, first_state

PART_WAIT_S = 1.0
"""A part of a treadmill that failed begins again within this: a belt may be moving."""

FAILS_AGAIN_MS = 2_000
"""A gate that fails so soon after the one before it has not had the time to stop its belt."""

SETTLE_S = 2.0
"""The end of a unit waits so long for the disk to know that a belt is free."""

Hand = Callable[[], bool | None]
"""Does a hand hold a treadmill's button? None: it has none."""

log = structlog.get_logger()


class TreadmillAdapter:
    """The adapter of one treadmill of a unit; a `Judge` ticks its gate. `proving`: it is being commissioned;
    `speed_alone`: without Start. `open_line` opens the cable of one that has one. `counted`: where the count of its
    belt's sensor is kept, if that is not in `data`.
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
        open_line: OpenLine = open_port,
        counted: Path | None = None,
    ) -> None:
        self.id = config.id
        self._config = config
        self._boot = boot
        self._counted = counted or data
        self._air = air
        self._reporter = reporter
        self._clock = clock
        self._mark = MovingMark(data, config.id)
        self._commissioned = Commissioned(
            data, config.id, config.known_by, clock, lambda: self.voice.state.radio
        )
        self.voice: TreadmillVoice = TreadmillVoice(
            first_state(config, boot, reporter.unit, self._commissioned.record), self, reporter, clock
        )
        self._writes = ControlWrites(config.id, self._write_failed)
        self._odd = Oddities(
            clock, lambda note: reporter.event(note, treadmill=config.id), self.voice.say_soon
        )
        self._frames = TreadmillFrames(
            config,
            boot,
            air,
            reporter,
            clock,
            self._odd,
            measured=self._measured,
            pod_linked=self._footpod_linked,
        )
        acquaintance = Acquaintance(
            Arrangement(config.arrangement),
            self._commissioned,
            clock,
            self._odd,
            proving=proving,
            speed_alone=speed_alone,
        )
        self._link = TreadmillLink(self, self._frames, acquaintance, self._writes, self._odd, clock)
        self._cable = Cable(config, clock, open_line, self.stop, self._observing) if config.link else None
        self.gate = self._new_gate(was_moving=self._mark.is_set)
        self._anew_ms = LONG_AGO_MS
        self.wake_judge = self.voice.say_soon
        self._time_to_rest = TimeToRest()
        self._idle_lock = IdleLock(lock_after_s, clock)
        self._sensor: BeltSensor | None = None
        self.held: Hand = lambda: None

    def _new_gate(self, *, was_moving: bool) -> Gate:
        outlets = Outlets(
            send=self._writes.put,
            answer=self.voice.answer,
            note=self._note,
            relink=self._link.give_up,
            resubscribe=self._link.deaf,
            forget=self._writes.clear,
        )
        return Gate(self._boot, self._clock, outlets, was_moving=was_moving, marks=True)

    async def run(self) -> None:
        """Serve the treadmill until cancelled. What ends one of its parts is told, and that part begins again."""
        self._sensor = sensor_of(
            self._config, self._counted, self._air, self._clock, self._odd, self.voice.tell
        )
        unreadable = self._commissioned.unreadable
        self._odd.judge(Odd.RECORD_UNREADABLE, bool(unreadable), unreadable)
        self.voice.say_soon()
        parts = {"mark": self._keep_mark_written, "link": self._keep_linked}
        if self._config.footpod:
            parts["footpod"] = self._frames.footpod.run
        if isinstance(self._sensor, BeltPod):
            parts["belt_pod"] = self._sensor.run
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

    async def _keep_linked(self) -> None:
        await self._link.keep(self._air, self._config.address, self._cable)

    def _part_failed(self, why: str) -> None:
        self._odd.seen(Odd.ADAPTER_FAILED, why)

    # The gate: judged by the unit's `Judge`, asked by the bus.

    def tick(self) -> bool:
        """Judge the belt now; is it to be judged again soon? What fails beside the gate stops the belt by the gate."""
        try:
            self._judge_beside_the_gate()
        except Exception as e:
            log.exception("not judged", treadmill=self.id)
            if self.phase in (Phase.READY, Phase.MOVING):
                self.gate.stop(Cause.UNIT_RESTARTED, cause(e))
        self.gate.tick()
        self._keep_mark()
        self.voice.say_soon()
        return self.gate.busy

    def _judge_beside_the_gate(self) -> None:
        self.gate.holds(self.held())
        if self._sensor is not None and (found := self._sensor.judged(self.gate.envelope)) is not None:
            self.gate.stop(found, "belt sensor")
        if self._idle_lock.due(self.gate.envelope):
            self.gate.stop(Cause.LEFT_FREE, self._reporter.unit)
        if self._cable is not None:
            self._cable.judged()

    def begin_anew(self, why: BaseException) -> None:
        """The gate failed: another takes its place, which begins by bringing the belt to rest; by Stop at once, where
        that one fails soon as well.
        """
        now_ms = self._clock.now_ms()
        self.gate = self.gate.successor(at_once=now_ms - self._anew_ms < FAILS_AGAIN_MS)
        self._anew_ms = now_ms
        self.gate.marked(self._mark.is_set)
        if self._link.is_there:
            self.gate.reachable()
        self.voice.tell(
            Note(kind="gate_restarted", cause=type(why).__name__, text=cause(why), severity="alarm")
        )

    def _keep_mark(self) -> None:
        """Set once the belt is leased, before it can move; removed when it is free and unlocked."""
        state = self.gate.envelope
        self._mark.want(state.phase is not Phase.OBSERVING or bool(state.latched))

    async def _keep_mark_written(self) -> None:
        await self._mark.run(self._marked)

    def _marked(self, on_disk: bool) -> None:
        self.gate.marked(on_disk)
        self.voice.say_soon()

    async def settled(self) -> None:
        """Wait, for a bounded time, until the disk knows that the belt is free."""
        self._keep_mark()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                await self._mark.settled()

    def lease(self, lease: messages.Lease) -> None:
        """A lease message for this belt."""
        self.gate.proven(self._commissioned.good() is not None)
        said_ms = None if lease.nonce is None else self.voice.said_ms(lease.nonce)
        self.gate.claim(boundary.claim_from(lease, said_ms))
        self.changed()

    def is_leased_by(self, lease: messages.Lease) -> bool:
        """Did the gate take this lease?"""
        claim = self.gate.envelope.lease.claim
        return claim is not None and (claim.session, claim.beat) == (lease.session, lease.beat)

    def command(self, command: messages.Command) -> None:
        """A command for this belt; UnitError if it holds a quantity that no wire unit can."""
        self.gate.order(boundary.order_from(command))
        self.changed()

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
        self.changed()

    def slower(self, who: str) -> None:
        """Slow this belt down a little, if it is ours and moves."""
        self.gate.slower(who)
        self.changed()

    @property
    def phase(self) -> Phase:
        """Where its gate is."""
        return self.gate.envelope.phase

    @property
    def linked(self) -> bool:
        """Is it connected now?"""
        return self._link.stands

    @property
    def link_losses(self) -> int:
        """How often a link that stood was lost."""
        return self._link.losses

    @property
    def odd(self) -> tuple[str, ...]:
        """Keys of what is odd about it now."""
        return self._odd.keys

    @property
    def frames(self) -> int:
        """Records read since the unit started."""
        return self._frames.count

    @property
    def at_rest(self) -> bool:
        """Is nothing of ours moving (or beyond our reach)?"""
        state = self.gate.envelope
        return state.phase in (Phase.OBSERVING, Phase.READY) or state.machine is None

    @property
    def seen_ckmh(self) -> int | None:
        """The belt's speed by its own sensor now, 0.01 km/h; None without one, or while it sees nothing."""
        return None if self._sensor is None else self._sensor.seen_ckmh(self._clock.now_ms())

    @property
    def contradicted(self) -> tuple[int, int] | None:
        """What was told and what its own sensor saw, 0.01 km/h each, when that last found something wrong."""
        return None if self._sensor is None else self._sensor.contradicted

    def _observing(self) -> bool:
        return self.phase is Phase.OBSERVING

    def _measured(self, measured: Measured) -> None:
        self.gate.measured(measured)
        self.changed()

    def _write_failed(self, data: bytes, att_error: int | None) -> None:
        self.gate.write_failed(data, att_error)

    def _note(self, note: Note) -> None:
        note = self._time_to_rest.timed(note, self._clock.now_ms())
        if note.kind == "hazard":
            self._commissioned.did(note.cause)
        self.voice.tell(note)

    def _footpod_linked(self, link: messages.Link) -> None:
        self.voice.changed(footpod=link)
        self.voice.say_soon()

    def changed(self) -> None:
        """The gate was told something: judge it soon, if it is busy, and say what has become of it."""
        if self.gate.busy:
            self.wake_judge()
        self._keep_mark()
        self.voice.say_soon()
