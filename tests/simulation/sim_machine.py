"""A treadmill as it stands in the gym: the true belt, its computer, its radio. The software may be dead."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from sim_time import Timeline

from device_adapters.codecs.ftms import control_point, machine_status, treadmill_data
from device_adapters.codecs.ftms.control_point import OpCode, ResultCode
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Arrangement
from device_adapters.sim.computer import Said
from device_adapters.sim.odd_computer import OddComputer, odd_belt
from device_adapters.sim.odd_machines import BY_NAME
from device_adapters.sim.traits import POLITE, both

CLIENT = "unit"
ATT_PROCEDURE_IN_PROGRESS = 0xFE
AWAKE_MS = 60_000
ODD = ("resumes_on_speed", "resumes_untold", "remembers_speed", "stop_always_taken", "no_status")
"""Oddities of machines that do in the end what they are told, by the names of `odd_machines.py`. The others are in
the grid (`odd_grid.py`), which bounds what is owed for a belt that goes its own way.
"""


class HeardWrites(Protocol):
    """The unit's end of the radio link."""

    def frame(self, data: bytes) -> None: ...
    def status(self, data: bytes) -> None: ...
    def indicated(self, data: bytes) -> None: ...
    def write_failed(self, data: bytes, att_error: int | None) -> None: ...
    def run(self, do: Callable[[], object]) -> None: ...
    def feared(self, cause: Cause, why: str) -> None: ...
    def gone(self) -> None: ...
    def look(self) -> None: ...


class Watcher(Protocol):
    """Who looks at the true belt and at what reaches the machine."""

    def belt_seen(self, machine: "SimulatedMachine") -> None: ...
    def written(self, machine: "SimulatedMachine", op: int, value: int, ok: bool) -> None: ...


class SimulatedMachine:
    """One treadmill. The belt is stepped only when something happens to it: between, its motion is known exactly.
    `polled`: it speaks only when it is asked.
    """

    polled = False
    arrangement = Arrangement.MEMBER_TURNED

    def __init__(self, name: str, timeline: Timeline, watcher: Watcher, *, commissioned: bool) -> None:
        chance = timeline.chance
        self.name = name
        self.commissioned = commissioned
        traits = replace(POLITE, count_down_ms=chance.choice((0, 2000, 3000)))
        self.odd = tuple(chance.sample(ODD, chance.choice((0, 0, 1, 2))))
        for name in self.odd:
            traits = both(traits, BY_NAME[name].traits)
        self.obeys = traits.obeys
        self.belt = odd_belt(
            traits,
            speed_min_ckmh=chance.choice((50, 80, 100)),
            speed_max_ckmh=chance.choice((1200, 1600, 2000)),
            accel_ckmh_s=chance.choice((50, 100, 150)),
            decel_ckmh_s=chance.choice((100, 150, 200)),
        )
        self.spec = self.belt.spec
        self.computer = OddComputer(traits, self.belt, chance.choice(("keep", "stop")))
        self.frame_ms = chance.choice((1000, 1000, 1000, 500, 250))
        self.radio_up = True
        self.silent = False
        self.answers_lost = 0.0
        self.in_use = False
        self._timeline = timeline
        self._watcher = watcher
        self._stepped_ms = timeline.now_ms
        self._awake_until_ms = 0
        self._telling = False
        self._answering = False
        self._heard: HeardWrites | None = None
        self._link = 0
        self._reached_ms = 0
        self._write_ms = 0

    def catch_up(self) -> None:
        """Bring the belt to now and let it be looked at."""
        passed_ms = self._timeline.now_ms - self._stepped_ms
        if passed_ms:
            self._stepped_ms = self._timeline.now_ms
            self.computer.step(passed_ms)
        self._watcher.belt_seen(self)

    @property
    def awake(self) -> bool:
        """Is someone at the treadmill, or does it move?"""
        moving = self.belt.under_way or self.belt.speed_ckmh > 0
        return moving or self.in_use or self._timeline.now_ms < self._awake_until_ms

    def judged(self) -> None:
        """The unit judged the belt just now: nothing to a machine that speaks by itself."""

    def wake(self) -> None:
        """Someone is at the treadmill: it tells its speed from now on, zeros too."""
        self._awake_until_ms = self._timeline.now_ms + AWAKE_MS
        if not self._telling:
            self._telling = True
            self._timeline.after(self._timeline.chance.randrange(self.frame_ms), self._tell)

    def _tell(self) -> None:
        self.catch_up()
        if not self.awake:
            self._telling = False
            return
        if self._heard is not None and not self.silent and not self.computer.mute:
            for part in treadmill_data.split(self.computer.record(), 185):
                self._notify("frame", part)
        self._timeline.after(self.frame_ms, self._tell)

    # The radio link, from this end.

    @property
    def linked(self) -> bool:
        """Does a unit hear it?"""
        return self._heard is not None

    def connected(self, heard: HeardWrites) -> None:
        """A unit has connected and subscribed."""
        self._heard = heard
        self._link += 1
        self._answering = False
        self._reached_ms = 0
        self.wake()

    def disconnected(self) -> None:
        """The unit is gone, or seems to be."""
        if self._heard is not None:
            self.catch_up()
            self._heard = None
            self._link += 1
            self.computer.left(CLIENT)
            self.wake()

    def write(self, data: bytes) -> None:
        """The unit writes to the control point."""
        link = self._link
        self._write_ms = max(self._write_ms, self._timeline.now_ms + self._timeline.chance.randrange(10, 50))
        self._timeline.after(self._write_ms - self._timeline.now_ms, lambda: self._written(link, data))

    def _written(self, link: int, data: bytes) -> None:
        heard = self._heard
        if link != self._link or heard is None or not self.radio_up:
            return
        if self._answering:
            self._later(lambda: heard.write_failed(data, ATT_PROCEDURE_IN_PROGRESS))
            return
        self.catch_up()
        request = control_point.decode_request(data)
        response, said = self.computer.request(CLIENT, request)
        value = int(request.numbers[0]) if request.numbers else 0
        self._timeline.trace(self.name, data, response.result)
        self._watcher.written(self, request.op, value, response.result == ResultCode.SUCCESS)
        self.wake()
        self._answering = True
        answer = control_point.encode_response(response)
        lost = self._timeline.chance.random() < self.answers_lost and request.op != OpCode.REQUEST_CONTROL
        answer_ms = self.computer.answer_ms
        if answer_ms is None:
            self._answering = False
        else:
            self._timeline.after(answer_ms, lambda: self._answer(link, answer, lost))
        self.say(said)

    def _answer(self, link: int, answer: bytes, lost: bool) -> None:
        if link == self._link:
            self._answering = False
            if not lost:
                self._notify("indicated", answer)

    def say(self, said: tuple[Said, ...]) -> None:
        """Machine Status to those it concerns."""
        for each in said:
            if each.only in (None, CLIENT) and each.but != CLIENT:
                self._notify("status", machine_status.encode(each.status))

    def _notify(self, what: str, data: bytes) -> None:
        heard = self._heard
        if heard is not None:
            self._later(lambda: getattr(heard, what)(data))

    def _later(self, tell: Callable[[], None]) -> None:
        """Notifications keep their order and are lost only with the link."""
        link = self._link
        at_ms = max(self._timeline.now_ms + self._timeline.chance.randrange(8, 40), self._reached_ms)
        self._reached_ms = at_ms

        def arrive() -> None:
            if link == self._link and self.radio_up:
                tell()

        self._timeline.after(at_ms - self._timeline.now_ms, arrive)
