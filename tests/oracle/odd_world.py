"""One odd treadmill, the real gate, and people: in virtual time, from a script. What each oracle needs is told to it.

The machine obeys at the write and answers later; telemetry, indications and writes take 30 ms of radio each way.
"""

import heapq
import itertools
from collections.abc import Callable

from true_belt import Promise, TrueBelt

from device_adapters.clock import ManualClock
from device_adapters.codecs.ftms import control_point, machine_status
from device_adapters.codecs.ftms.control_point import OpCode
from device_adapters.contract import boundary
from device_adapters.gate import Gate, Outlets
from device_adapters.safety.envelope_state import Machine
from device_adapters.safety.events import Answer, Claimed, Note, Ordered
from device_adapters.safety.lease import Claim
from device_adapters.safety.limits import Goal, Level, Limits, limits_for
from device_adapters.sim.computer import Said
from device_adapters.sim.odd_computer import OddComputer, odd_belt
from device_adapters.sim.traits import Traits

STEP_MS = 50
RADIO_MS = 30
RELINK_MS = 800
RENEW_MS = 1_000
TICK_MS = 100
PROCEDURE_IN_PROGRESS = 0xFE
TAKES_MORE_MS = 2_000
"""A machine that answers later than this takes other procedures meanwhile: else it could not be used by anyone."""
CLIENT = "unit"
CLEAR_TRIES_S = 25


class StepClock(ManualClock):
    """A clock that is moved without waking anybody."""

    def step(self, ms: int) -> None:
        self._now_ms += ms


class OddWorld:
    """A gym of one treadmill. `frame_ms`: how often the machine tells its speed. `gate` may be a broken one."""

    def __init__(
        self,
        traits: Traits,
        *,
        frame_ms: int = 250,
        goal: Goal = Goal.ATHLETIC,
        level: Level = Level.ADVANCED,
        gate: type[Gate] = Gate,
        pause_before_stop: bool = False,
    ) -> None:
        self.clock = StepClock(100_000)
        self.computer = OddComputer(traits, odd_belt(traits), "keep")
        self.belt = self.computer.belt
        self.goal, self.level = goal, level
        self.limits: Limits | None = None
        self.frame_ms = frame_ms
        self.oracle = TrueBelt(
            obeys=traits.obeys,
            frame_ms=frame_ms,
            decel_ckmh_s=limits_for(goal, level).decel_stop_ckmh_s,
            accel_ckmh_s=self.belt.spec.accel_ckmh_s,
        )
        self.wire: list[tuple[int, str]] = []
        self.answers: list[Answer] = []
        self.notes: list[Note] = []
        self.renews = False
        self.linked = False
        self._epoch = self._beat = self._orders = 0
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._serial = itertools.count()
        self._link = 0
        self._answering = False
        spec = self.belt.spec
        self.machine = Machine(
            speed_min_ckmh=spec.speed_min_ckmh,
            speed_max_ckmh=spec.speed_max_ckmh,
            speed_step_ckmh=spec.speed_step_ckmh,
            incline_min_dpct=spec.incline_min_dpct,
            incline_max_dpct=spec.incline_max_dpct,
            incline_step_dpct=spec.incline_step_dpct,
            commissioned=True,
            pause_before_stop=pause_before_stop,
        )
        self.gate = gate(
            "b", self.clock, Outlets(self._send, self._answered, self.notes.append, self._relink)
        )
        self._connect()

    @property
    def now(self) -> int:
        return self.clock.now_ms()

    # The radio.

    def later(self, ms: int, do: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now + ms, next(self._serial), do))

    def _on_link(self, ms: int, do: Callable[[], None]) -> None:
        link = self._link

        def arrive() -> None:
            if self.linked and link == self._link:
                do()

        self.later(ms, arrive)

    def _connect(self) -> None:
        if self.linked:
            return
        self.linked, self._answering = True, False
        self._link += 1
        self.oracle.linked(self.now, up=True)
        self.gate.linked(self.machine)

    def drop_link(self, back_ms: int | None = RELINK_MS) -> None:
        """The link is gone; it comes back by itself."""
        if self.linked:
            self.linked = False
            self.computer.left(CLIENT)
            self.oracle.linked(self.now, up=False)
            self.gate.unlinked()
            if back_ms is not None:
                self.later(back_ms, self._connect)

    def _relink(self) -> None:
        self.later(0, self.drop_link)

    def _send(self, data: bytes) -> None:
        self._on_link(RADIO_MS, lambda: self._arrives(data))

    def _arrives(self, data: bytes) -> None:
        self.wire.append((self.now, data.hex()))
        self.oracle.wrote(self.now, data)
        busy = self._answering and (self.computer.answer_ms or 0) < TAKES_MORE_MS
        if busy and data[0] != OpCode.STOP_OR_PAUSE:
            self._on_link(RADIO_MS, lambda: self.gate.write_failed(data, PROCEDURE_IN_PROGRESS))
            return
        response, said = self.computer.request(CLIENT, control_point.decode_request(data))
        self.say(said)
        if self.computer.hung_up:
            self.computer.hung_up = False
            self.later(0, self.drop_link)
        answer_ms = self.computer.answer_ms
        if answer_ms is None:
            return
        self._answering = True
        answer = control_point.encode_response(response)

        def indicate() -> None:
            self._answering = False
            self.gate.indicated(answer)

        self._on_link(answer_ms + RADIO_MS, indicate)

    def say(self, said: tuple[Said, ...]) -> None:
        """Machine Status to the unit."""
        for each in said:
            if each.only in (None, CLIENT) and each.but != CLIENT:
                data = machine_status.encode(each.status)
                self._on_link(RADIO_MS, lambda data=data: self.gate.status(machine_status.decode(data)))  # type: ignore[misc]

    def _tell(self) -> None:
        if self.computer.mute:
            return
        record = self.computer.record()
        if record.speed_ckmh is not None:
            told = boundary.measured_from(record, record.speed_ckmh)
            self._on_link(RADIO_MS, lambda: self.gate.measured(told))

    # Time.

    def run(self, ms: int) -> None:
        """Let time pass."""
        end = self.now + ms
        while self.now < end:
            self.clock.step(STEP_MS)
            self.computer.step(STEP_MS)
            self.oracle.saw(self.now, self.belt.speed_ckmh, under_way=self.belt.under_way)
            while self._due and self._due[0][0] <= self.now:
                heapq.heappop(self._due)[2]()
            if self.now % self.frame_ms == 0:
                self._tell()
            if self.now % TICK_MS == 0:
                self.gate.tick()
            if self.renews and self.now % RENEW_MS == 0:
                self.renew()
            self.oracle.leased = self.gate.envelope.lease.claim is not None

    def until(self, true: Callable[[], bool], max_ms: int = 30_000) -> bool:
        """Let time pass until it is so."""
        end = self.now + max_ms
        while not true():
            if self.now >= end:
                return False
            self.run(STEP_MS)
        return True

    # The session service.

    def renew(self) -> None:
        self._beat += 1
        self.gate.claim(
            Claimed(
                Claim(
                    epoch=self._epoch, beat=self._beat, holder="hub", boot="b", session=f"s{self._epoch}",
                    goal=self.goal, level=self.level, ttl_ms=3_000, limits=self.limits, spotter=True, harness=True,
                )
            )
        )  # fmt: skip

    def lease(self) -> None:
        """A new session takes the belt and keeps renewing."""
        self._epoch, self._beat, self.renews, self.limits = self._epoch + 1, 0, True, None
        self.renew()

    def _answered(self, answer: Answer) -> None:
        self.answers.append(answer)

    def order(self, verb: str, speed: int | None = None, by: str = "") -> Answer:
        self._orders += 1
        self.gate.order(
            Ordered(
                id=f"o{self._orders}", verb=verb, epoch=self._epoch, beat=self._beat, speed_ckmh=speed, by=by  # type: ignore[arg-type]
            )
        )  # fmt: skip
        return self.answers[-1]

    def start(self) -> bool:
        taken = self.order("start").outcome != "refused"
        if taken:
            self.oracle.started(self.now)
        return taken

    @property
    def said(self) -> int:
        """The speed in force, as the unit says; a machine may not have been told it yet."""
        return min(self.oracle.told, self.gate.envelope.setpoint_ckmh)

    def target(self, ckmh: int) -> None:
        """The session's new speed: a rise if it is above what the belt was told, else slower."""
        if ckmh < self.said:
            self.oracle.pressed(self.now, stops=False)
            self.order("target", ckmh)
        elif self.order("target", ckmh).outcome != "refused":
            self.oracle.raised()

    def clear(self) -> bool:
        """A person at the machine clears it, who sees that it stands."""
        cleared = self.order("clear", by="Kim").outcome != "refused"
        if cleared:
            self.oracle.cleared()
        return cleared

    def can_be_cleared(self) -> None:
        """The belt has come to rest: a named person tries for a while, as people do."""
        oracle = self.oracle
        if oracle.rest_ms is None or not self.until(lambda: self.linked, 5_000):
            return
        oracle.held[Promise.CLEARABLE] += 1
        for _ in range(CLEAR_TRIES_S):
            if self.clear() or oracle.rest_ms is None:
                return
            self.run(1_000)
        oracle.breaks(Promise.CLEARABLE, self.now, f"clear is refused: {self.answers[-1].cause}")
