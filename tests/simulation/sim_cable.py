"""A treadmill on a cable as it stands in the gym: the true machine and its line; the conversation is the unit's.

`SimulatedMachine` with a line in the place of its radio. What reaches it is told to the checkers in the words of a
control point, and each byte is held to the allowed ones when the world ends.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / name) for name in ("oracle", "support")]

from cable_console import CableConsole  # noqa: E402
from cable_world import CABLES  # noqa: E402
from line_recorder import LineRecord, Refused, read, report  # noqa: E402
from sim_machine import SimulatedMachine, Watcher  # noqa: E402
from sim_time import Timeline  # noqa: E402

from device_adapters.codecs import serial_frames  # noqa: E402
from device_adapters.codecs.ftms.control_point import OpCode  # noqa: E402
from device_adapters.safety.limits import Arrangement  # noqa: E402
from device_adapters.serial import conversation, events, words  # noqa: E402
from device_adapters.serial.makes import make_of  # noqa: E402
from device_adapters.serial.state import LineState  # noqa: E402
from device_adapters.sim.reversible_belt import ReversibleBelt  # noqa: E402
from device_adapters.sim.woodway import Woodway, WoodwayQuirks  # noqa: E402

__all__ = ["CABLES", "LineRecord", "Refused", "SimulatedCable", "read", "report"]


@dataclass(frozen=True, slots=True)
class CableSpec:
    """What the unit reads of it."""

    speed_min_ckmh: int = words.SPEEDS.min_ckmh
    speed_max_ckmh: int = words.SPEEDS.max_ckmh
    speed_step_ckmh: int = words.SPEEDS.step_ckmh
    incline_min_dpct: int = 0
    incline_max_dpct: int = 0
    incline_step_dpct: int = 5
    start_delay_ms: int = 0
    accel_ckmh_s: int = 100


class SimulatedCable(SimulatedMachine):
    """One treadmill. `protocol` and `arrangement` as in a unit's settings."""

    polled = True

    def __init__(
        self,
        name: str,
        timeline: Timeline,
        watcher: Watcher,
        *,
        commissioned: bool,
        protocol: str,
        arrangement: Arrangement,
    ) -> None:
        super().__init__(name, timeline, watcher, commissioned=commissioned)
        self.name, self.odd, self.obeys, self.frame_ms = name, (), True, 500
        self.arrangement = arrangement
        quirks = WoodwayQuirks(dialect="trackmaster" if protocol == "trackmaster" else "woodway")
        self.machine = Woodway(ReversibleBelt(), quirks)
        both: Any = CableConsole(self.machine)
        self.belt = self.computer = both
        spec: Any = CableSpec()
        self.spec = spec
        self.sent = bytearray()
        self._tongue = make_of(protocol, arrangement).tongue
        self._talk = LineState(tongue=self._tongue)
        self._told_ckmh = 0
        self._there_ms = self._back_ms = 0

    def connected(self, heard: Any) -> None:
        """A unit has opened its line."""
        super().connected(heard)
        self._talk = LineState(tongue=self._tongue)

    def wake(self) -> None:
        """Someone is there: it is asked again."""
        slept = not self.awake
        super().wake()
        if slept and self._heard is not None:
            self._soon(self._heard.look)

    def write(self, data: bytes) -> None:
        """The gate asks for something."""
        asked = words.asked(data)
        if isinstance(asked, bytes):
            self._soon(lambda: self._notify("indicated", asked))
        else:
            self._soon(lambda: self._do(asked))

    def judged(self) -> None:
        """The unit judged the belt just now."""
        self._do(events.BeltJudged())

    def _soon(self, do: Any, ms: int = 0) -> None:
        """In the unit's own process, should it run, and on this line."""
        link = self._link

        def then() -> None:
            heard = self._heard
            if heard is not None and link == self._link:
                heard.run(lambda: do() if link == self._link else None)

        self._timeline.after(ms, then)

    def _do(self, event: events.Event) -> None:
        heard: Any = self._heard
        if heard is None:
            return
        flew = self._talk.flying, self._talk.deadline_ms
        self._talk, effects = conversation.step(self._talk, event, self._timeline.now_ms)
        for effect in effects:
            match effect:
                case events.SendBytes(data):
                    self._sends(data)
                case events.Taken():
                    heard.indicated(words.taken(effect))
                case events.Told():
                    heard.frame(words.told(effect))
                case events.Feared(cause, why):
                    heard.feared(cause, why)
                case events.Gone():
                    heard.gone()
        if self._talk.flying is not None and (self._talk.flying, self._talk.deadline_ms) != flew:
            self._soon(lambda: self._do(events.LineTick()), self._talk.deadline_ms - self._timeline.now_ms)

    def _sends(self, data: bytes) -> None:
        link, chance = self._link, self._timeline.chance
        lost = chance.random() < self.answers_lost

        def arrives() -> None:
            if link != self._link or not self.radio_up:
                return
            self.catch_up()
            self.sent += data
            answer = self.machine.take(data) + self.machine.said()
            self._timeline.trace(self.name, data, answer)
            self._seen(data)
            if data[0] < 0xC0:
                self.wake()
            if not lost and not (self.silent and data[0] == 0xC1):
                self._back_ms = self._in_turn(self._back_ms, chance.randrange(12, 60))
                self._soon(lambda: self._do(events.BytesHeard(answer)), self._back_ms - self._timeline.now_ms)

        self._there_ms = self._in_turn(self._there_ms, chance.randrange(3, 15))
        self._timeline.after(self._there_ms - self._timeline.now_ms, arrives)

    def _in_turn(self, last_ms: int, takes_ms: int) -> int:
        """Nothing overtakes on a line."""
        return max(last_ms + 1, self._timeline.now_ms + takes_ms)

    def _seen(self, data: bytes) -> None:
        match data[0]:
            case 0xAA | 0xA2:
                self._watcher.written(self, OpCode.STOP_OR_PAUSE, 1, True)
            case 0xA0:
                self._watcher.written(self, OpCode.START_OR_RESUME, 0, True)
                self._watcher.written(self, OpCode.SET_TARGET_SPEED, self._told_ckmh, True)
            case 0xA3:
                self._told_ckmh = int(data[-3:]) * serial_frames.MPH_E7 // 100_000
                if self.belt.under_way:
                    self._watcher.written(self, OpCode.SET_TARGET_SPEED, self._told_ckmh, True)
