"""One treadmill on a cable, the real gate and the real conversation, and people: `OddWorld` with a serial line.

What reaches the machine is told to the oracle in the words of a control point; every byte that was ever on the line is
kept, for the recorder (line_recorder.py) to hold to the allowed ones.
"""

from dataclasses import replace

from cable_console import CableConsole
from odd_world import RADIO_MS, TICK_MS, OddWorld
from true_belt import TrueBelt

from device_adapters.codecs import serial_frames
from device_adapters.codecs.ftms import control_point, treadmill_data
from device_adapters.contract import boundary
from device_adapters.safety.limits import Arrangement, limits_for
from device_adapters.serial import conversation, events, words
from device_adapters.serial.makes import make_of
from device_adapters.serial.state import LineState
from device_adapters.sim.reversible_belt import ReversibleBelt
from device_adapters.sim.traits import POLITE
from device_adapters.sim.woodway import Dialect, Woodway, WoodwayQuirks

CABLES = {
    "woodway backward": ("woodway", Arrangement.BELT_REVERSED),
    "woodway forward": ("woodway", Arrangement.MEMBER_TURNED),
    "trackmaster": ("trackmaster", Arrangement.MEMBER_TURNED),
}
LINE_BACK_MS = 1_000
ASKED_MS = 900
"""What is pressed at its console is known once its speed or status was asked, each third of a second in turn: two turns
of that, a tick, and the way of a write."""


class CableWorld(OddWorld):
    """A gym of one treadmill on a cable."""

    def __init__(self, name: str, quirks: WoodwayQuirks | None = None) -> None:
        protocol, self.arrangement = CABLES[name]
        self.tongue = make_of(protocol, self.arrangement).tongue
        self.talk = LineState(tongue=self.tongue)
        self.sent = bytearray()
        super().__init__(POLITE)
        dialect: Dialect = "trackmaster" if protocol == "trackmaster" else "woodway"
        self.line = Woodway(ReversibleBelt(), replace(quirks or WoodwayQuirks(), dialect=dialect))
        self.computer = self.belt = CableConsole(self.line, self.line_time)  # type: ignore[assignment]
        self.oracle = TrueBelt(
            obeys=True,
            frame_ms=self.frame_ms,
            decel_ckmh_s=limits_for(self.goal, self.level).decel_stop_ckmh_s,
            accel_ckmh_s=self.line.belt.spec.accel_ckmh_s,
            reach_ms=ASKED_MS,
        )
        speeds = words.SPEEDS
        self.machine = replace(
            self.machine,
            speed_min_ckmh=speeds.min_ckmh,
            speed_max_ckmh=speeds.max_ckmh,
            speed_step_ckmh=speeds.step_ckmh,
            incline_min_dpct=0,
            incline_max_dpct=0,
            arrangement=self.arrangement,
        )
        self.gate.linked(self.machine)

    def _connect(self) -> None:
        super()._connect()
        self.talk = LineState(tongue=self.tongue)

    def line_time(self) -> None:
        """Time passes on the line, too; the tick that judges the belt polls it."""
        self._do(events.LineTick())
        if self.now % TICK_MS == 0:
            self._do(events.BeltJudged())

    def _send(self, data: bytes) -> None:
        asked = words.asked(data)
        if isinstance(asked, bytes):
            self.later(0, lambda: self.gate.indicated(asked))
        else:
            self._on_link(0, lambda: self._do(asked))

    def _tell(self) -> None:
        """It speaks only when it is asked."""

    def _do(self, event: events.Event) -> None:
        if not self.linked:
            return
        self.talk, effects = conversation.step(self.talk, event, self.now)
        for effect in effects:
            match effect:
                case events.SendBytes(data):
                    self._on_link(RADIO_MS, lambda data=data: self._reaches(data))  # type: ignore[misc]
                case events.Taken():
                    self.gate.indicated(words.taken(effect))
                case events.Told():
                    record = treadmill_data.decode(words.told(effect))
                    self.gate.measured(boundary.measured_from(record, effect.speed_ckmh))
                case events.Feared(cause, why):
                    self.gate.stop(cause, why)
                case events.Gone():
                    self.later(0, lambda: self.drop_link(LINE_BACK_MS))
                case events.Known():
                    pass

    def _reaches(self, data: bytes) -> None:
        self.sent += data
        self.wire.append((self.now, data.hex()))
        match data[0]:
            case 0xAA:
                self.oracle.wrote(self.now, control_point.stop())
            case 0xA2:
                self.oracle.wrote(self.now, control_point.pause())
            case 0xA3:
                ckmh = int(data[-3:]) * serial_frames.MPH_E7 // 100_000
                self.oracle.wrote(self.now, control_point.set_target_speed(ckmh))
        answer = self.line.take(data) + self.line.said()
        self._on_link(RADIO_MS, lambda: self._do(events.BytesHeard(answer)))
