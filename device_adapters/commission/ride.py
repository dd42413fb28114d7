"""One connection to a treadmill under commissioning: the unit's own adapter and gate, and a lease held right here.

Nothing is written but what the gate admits. Each ride boots anew, observing, as uncommissioned as can be.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from device_adapters.ble.radio import Air
from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.clock import Clock
from device_adapters.commission.findings import FrameSample
from device_adapters.config import Treadmill
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import BackstrideError
from device_adapters.outbox import Outbox
from device_adapters.safety.envelope_state import Machine, Phase, State, speed_now
from device_adapters.safety.hazards import Cause, reaction
from device_adapters.safety.limits import Goal, Level
from device_adapters.serial.port import OpenLine, open_port
from device_adapters.unit.judge import Judge
from device_adapters.unit.reporter import Reporter
from device_adapters.unit.treadmill import TreadmillAdapter

SITE = "commissioning"
LIMITS = m.Limits(
    speed_max_kmh=3.0, accel_max_kmh_s=1.0, decel_stop_kmh_s=2.0, grade_min_pct=0, grade_max_pct=1.0,
    session_max_s=1200, bout_max_s=1200, hr_max_pct=95,
)  # fmt: skip
"""No commissioning goes faster or steeper than this."""

LOOK_S = 0.05
RENEW_S = 1.0
LINK_S = 30.0
ANSWER_S = 5.0
REST_S = 60.0
WARN_S = 6.0
COUNTDOWN_S = 12.0
NOT_STOPPING = "The belt does not come to rest: use the red button or the cord NOW."


class CutShortError(BackstrideError):
    """The commissioning cannot go on; `cause` is a hazard's word, or '' for a reason of its own."""

    code = "COMM-001"

    def __init__(self, text: str, cause: str = "") -> None:
        super().__init__(text)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class RideSetup:
    """Where a ride takes place, and how the belt is started: by `speed_alone`, or by Start and a speed. `scratch` is
    a folder that nobody needs afterwards; `open_line` opens a cable; `counted`: where the unit keeps the count of the
    belt's sensor.
    """

    treadmill: Treadmill
    radio: Air
    clock: Clock
    scratch: Path
    interrupted: asyncio.Event
    speed_alone: bool = False
    open_line: OpenLine = open_port
    counted: Path | None = None


class Ride:
    """The hand on the belt. `said`: the treadmill's state as it was last told."""

    def __init__(self, adapter: TreadmillAdapter, boot: str, place: RideSetup, bus: MemoryBus) -> None:
        self.samples: list[FrameSample] = []
        self._adapter = adapter
        self._boot = boot
        self._place = place
        self._clock = place.clock
        self._results: dict[str, m.Result] = {}
        self.said = m.TreadmillState(treadmill=adapter.id, unit="", boot=boot, at_ms=0, link="absent")
        self._beat = 0
        self._holding = False
        bus.subscribe(registry.RESULT.topic(SITE, adapter.id), lambda i: self._result(i.payload))
        bus.subscribe(registry.TREADMILL_STATE.topic(SITE, adapter.id), lambda i: self._state_said(i.payload))

    def _result(self, payload: bytes) -> None:
        result = registry.RESULT.decode(payload)
        self._results[result.id] = result

    def _state_said(self, payload: bytes) -> None:
        self.said = registry.TREADMILL_STATE.decode(payload)

    @property
    def state(self) -> State:
        """The envelope's state, with what the belt measures."""
        return self._adapter.gate.envelope

    @property
    def machine(self) -> Machine:
        """What the machine says it can do. CutShortError without a link."""
        machine = self.state.machine
        if machine is None:
            raise CutShortError("the link to the treadmill is lost", Cause.LINK_LOST)
        return machine

    @property
    def speed_ckmh(self) -> int | None:
        """The belt's measured speed now, None if it is not known."""
        return speed_now(self.state, self._clock.now_ms())

    @property
    def has_sensor(self) -> bool:
        """Has the belt a sensor of our own?"""
        treadmill = self._place.treadmill
        return treadmill.belt_sensor_gpio is not None or bool(treadmill.belt_sensor_address)

    @property
    def seen_ckmh(self) -> int | None:
        """The belt's speed by its own sensor now; None without one, or while it sees nothing."""
        return self._adapter.seen_ckmh

    @property
    def contradicted(self) -> tuple[int, int] | None:
        """What was told and what the belt's own sensor saw, when that last found something wrong with the belt."""
        return self._adapter.contradicted

    async def linked(self) -> None:
        """Wait until the belt tells its speed, and was asked what it can do."""
        await self.until(self._known, LINK_S, "no word from the treadmill; wake it, and stop "
                         "the unit that holds its link (systemctl stop backstride-unit)")  # fmt: skip

    def _known(self) -> bool:
        return self._adapter.linked and self.speed_ckmh is not None

    async def until(self, condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
        """Wait for a condition; CutShortError with `otherwise` if it does not come, or at any hazard or Ctrl-C."""
        if not await self.within(condition, seconds, self.look):
            raise CutShortError(otherwise)

    async def within(
        self, condition: Callable[[], bool], seconds: float, look: Callable[[], None] = lambda: None
    ) -> bool:
        """Does the condition come true in time?"""
        end_ms = self._clock.now_ms() + round(seconds * 1000)
        while True:
            self._take_sample()
            look()
            if condition():
                return True
            if self._clock.now_ms() >= end_ms:
                return False
            await self._clock.sleep(LOOK_S)

    def _take_sample(self) -> None:
        state = self.state
        new = not self.samples or state.measured_ms > self.samples[-1].at_ms
        if state.measured_ckmh is not None and new:
            self.samples.append(FrameSample(state.measured_ms, state.measured_ckmh, state.measured_dpct))

    def look(self) -> None:
        """CutShortError at any hazard, and at Ctrl-C."""
        if self._place.interrupted.is_set():
            raise CutShortError("interrupted")
        latched = self.state.latched
        if latched:
            raise CutShortError(f"{latched}: {reaction(Cause(latched)).staff}", latched)

    async def start(self) -> int:
        """Take the lease and start the belt; returns the first speed, 0.01 km/h."""
        self._renew()
        if self.state.phase is not Phase.READY:
            raise CutShortError("the gate gives no lease on this belt; look at the treadmill's console")
        await self.until(
            lambda: self.state.marked, LINK_S, "the disk does not take the mark of a moving belt"
        )
        self._holding = True
        return await self._command("start")

    async def go(self, speed_ckmh: int, seconds: float = 20.0) -> int:
        """Bring the belt to a speed; returns what was really asked of it, 0.01 km/h."""
        asked = await self._command("target", speed_kmh=speed_ckmh / 100)
        measured = f"the belt did not come to {asked / 100:.2f} km/h"
        await self.until(lambda: abs((self.speed_ckmh or 0) - asked) <= 10, seconds, measured)
        return asked

    async def tilt(self, grade_dpct: int) -> None:
        """Ask for an effective grade, 0.1 %."""
        await self._command("target", incline_pct=grade_dpct / 10)

    async def _command(self, verb: str, **values: float) -> int:
        id = uuid.uuid4().hex
        self._adapter.command(
            m.Command(id=id, verb=verb, epoch=1, beat=self._beat, **values)  # type: ignore[arg-type]
        )
        await self.until(lambda: id in self._results, ANSWER_S, f"{verb}: no answer from the gate")
        result = self._results[id]
        if result.outcome == "refused":
            raise CutShortError(f"{verb} refused: {result.cause}")
        return round((result.speed_kmh or 0) * 100)

    def halt(self, by: str) -> None:
        """Stop at once, as for a hazard and without our ramp, so that the machine shows its own."""
        self._holding = False
        self._adapter.stop(Cause.CONSOLE_STOP, by)

    async def rest(self, by: str, warn: Callable[[str], None]) -> bool:
        """Bring the belt to rest, whatever happened; False if it is not known to stand still within REST_S."""
        self._holding = False
        if self._rests():
            return True
        if self.state.phase is not Phase.STOPPING:
            self._adapter.stop(Cause.STOP_PRESSED, by)
        # One that stands is watched for as long as it may be counting down.
        if await self.within(self._rests, COUNTDOWN_S if self.speed_ckmh == 0 else WARN_S):
            return True
        warn(NOT_STOPPING)
        return await self.within(self._rests, REST_S)

    async def came_to_nothing(self) -> None:
        """Take back a start of a belt that did not move: it may still be counting down."""
        if self.state.phase is not Phase.STOPPING:
            self.halt("")
        await self.within(self._rests, COUNTDOWN_S)

    def _rests(self) -> bool:
        return self.state.phase is Phase.OBSERVING and self.speed_ckmh == 0

    async def keep_lease(self) -> None:
        """Renew while it is held, until cancelled."""
        while True:
            await self._clock.sleep(RENEW_S)
            if self._holding:
                self._renew()

    def _renew(self) -> None:
        self._beat += 1
        self._adapter.lease(
            m.Lease(
                epoch=1,
                beat=self._beat,
                holder="commissioning",
                boot=self._boot,
                session="commissioning",
                goal=Goal.ATHLETIC,
                level=Level.ADVANCED,
                limits=LIMITS,
            )
        )


@asynccontextmanager
async def riding(place: RideSetup) -> AsyncIterator[Ride]:
    """A ride; leaving it drops the link, moving belt or not."""
    boot = uuid.uuid4().hex[:12]
    bus = MemoryBus(MemoryBroker(), client_id="commissioning")
    outbox = Outbox(place.scratch / f"{boot}.db", bus, place.clock)
    reporter = Reporter(SITE, "commissioning", bus, outbox, place.clock)
    adapter = TreadmillAdapter(
        place.treadmill,
        boot,
        place.radio,
        reporter,
        place.clock,
        place.scratch / boot,
        proving=True,
        speed_alone=place.speed_alone,
        open_line=place.open_line,
        counted=place.counted,
    )
    judge = Judge((adapter,))
    adapter.wake_judge = judge.wake
    ride = Ride(adapter, boot, place, bus)
    cut: CutShortError | None = None
    async with asyncio.TaskGroup() as tasks:
        work = [
            tasks.create_task(job, name=f"commissioning.{name}")
            for name, job in (
                ("bus", bus.run()),
                ("outbox", outbox.run()),
                ("reporter", reporter.run()),
                ("lease", ride.keep_lease()),
                ("judge", judge.run()),
                ("treadmill", adapter.run()),
            )
        ]
        try:
            yield ride
        except CutShortError as e:
            cut = e  # raised below: a task group would wrap it
        finally:
            for task in reversed(work):
                task.cancel()
                await asyncio.wait([task])
    if cut is not None:
        raise cut
