"""The computer of a virtual Woodway treadmill on its serial line, by the public command tables. Pure, in virtual time.

It takes bytes one by one, waits for the data of a cut frame and swallows what comes instead, keeps the speed that was
set while it stands, and has a communication timer of its own. As a Trackmaster it gives the same bytes another meaning.
"""

from dataclasses import dataclass, field
from typing import Literal

from device_adapters.sim.reversible_belt import ReversibleBelt

MPH_E7 = 1_609_344
SAMPLE_MS = 100
STEP_MS = 20
SET_MAX = {"woodway": 299, "trackmaster": 150}
DATA = {"woodway": {0xA3: 4, 0xA4: 4}, "trackmaster": {0xA3: 4, 0xA4: 4, 0xA6: 2, 0xA7: 2, 0xA9: 4}}
STOPPED, STARTED, RUNNING = b"1", b"2", b"3"
BAD_DATA, BAD_COMMAND, TIMED_OUT = b"\xbe", b"\xbf", b"\xbd"

Dialect = Literal["woodway", "trackmaster"]


@dataclass(slots=True, kw_only=True)
class WoodwayQuirks:
    """How it is set, and what goes wrong, now. `flips`: bits of the next set speed's tens digit that are flipped on the
    way, once. `starts_unwatched`: A0 does not arm its timer.
    """

    dialect: Dialect = "woodway"
    timer_ms: int = 500
    timer_off: bool = False
    says_timeout: bool = False
    in_kmh: bool = False
    wrong_way: bool = False
    tells_wrong_way: bool = False
    refuses_speed_at_rest: bool = False
    refuses_stop: bool = False
    starts_unwatched: bool = False
    flips: int = 0


@dataclass(slots=True)
class _Reader:
    """The frame that is being taken."""

    op: int = 0
    needs: int = 0
    data: bytearray = field(default_factory=bytearray)


class Woodway:
    """One machine. `take` bytes, `step` time; `said` is what it says unasked."""

    def __init__(
        self,
        belt: ReversibleBelt | None = None,
        quirks: WoodwayQuirks | None = None,
        revision: bytes = b"2.14",
    ) -> None:
        self.belt = belt or ReversibleBelt()
        self.quirks = quirks or WoodwayQuirks()
        self.trips = 0
        self.revision = revision
        self._reader = _Reader()
        self._set = 0
        self._started = False
        self._watched = False
        self._silent_ms = 0
        self._started_ms = 0
        self._sample_ms = 0
        self._sample = (0, 0)
        self._said = b""

    def step(self, dt_ms: int) -> None:
        """Let `dt_ms` pass: belt, communication timer and what it tells."""
        if not self._started and self.belt.rests:
            self._silent_ms += dt_ms
            self._sample = (0, 0)
            return
        while dt_ms > 0:
            part_ms = min(dt_ms, STEP_MS)
            dt_ms -= part_ms
            self._silent_ms += part_ms
            self._started_ms += part_ms if self._started else 0
            if self._watched and self._silent_ms >= self.quirks.timer_ms and not self.quirks.timer_off:
                self._trip()
            self.belt.step(part_ms)
            self._sample_ms += part_ms
            if self._sample_ms >= SAMPLE_MS:
                self._sample_ms, self._sample = 0, (self._sample[1], self.belt.signed_ckmh)

    def said(self) -> bytes:
        """What it has said unasked since the last call."""
        said, self._said = self._said, b""
        return said

    def take(self, data: bytes) -> bytes:
        """Bytes from the line; the answers."""
        return b"".join(self._take(byte) for byte in data)

    def press_stop(self) -> None:
        """Somebody stops it at its console."""
        self._stop()

    def press_speed(self, ckmh: int) -> None:
        """Somebody sets a speed at its console, 0.01 km/h, the way that it runs, or starts it forward; 0: Stop."""
        if not ckmh:
            self._stop()
            return
        self._set = -ckmh if self._started and self._set < 0 else ckmh
        if self._started:
            self._run()
        else:
            self._start(watched=False)

    def _take(self, byte: int) -> bytes:
        reader = self._reader
        if reader.needs:
            reader.data.append(byte)
            reader.needs -= 1
        else:
            reader.op, reader.data = byte, bytearray()
            reader.needs = DATA[self.quirks.dialect].get(byte, 0)
        if reader.needs:
            return b""
        self._silent_ms = 0
        return self._obey(reader.op, bytes(reader.data))

    def _obey(self, op: int, data: bytes) -> bytes:
        match op:
            case 0xA0:
                self._start(watched=not self.quirks.starts_unwatched)
            case 0xA1:
                self._start(watched=False)
            case 0xA9 if self.quirks.dialect == "woodway":
                self._start(watched=False)
            case 0xA2:
                self._stop()
                self.belt.powered = False
            case 0xA3:
                return self._set_speed(data)
            case 0xA4:
                if not data.isdigit():
                    return BAD_DATA
                self.belt.target_dpct = int(data)
            case 0xAA if self.quirks.refuses_stop:
                return BAD_COMMAND
            case 0xAA:
                self._stop()
            case 0xC0:
                return b"\xd0" + self._status()
            case 0xC1:
                return b"\xd1" + self._digits(self._sample[0])
            case 0xC2:
                return b"\xd2%04d" % self.belt.incline_dpct
            case 0xC3:
                return b"\xd3" + (
                    self.revision if self.quirks.dialect == "woodway" else self._digits(self._set)
                )  # fmt: skip
            case 0xC4:
                return b"\xd4%04d" % min(9999, self._started_ms // 1000)
            case 0xA6 | 0xA7 | 0xA8 | 0xA9 | 0xAB | 0xAC:
                pass
            case _:
                return BAD_COMMAND
        return bytes([op + 0x10])

    def _set_speed(self, data: bytes) -> bytes:
        if self.quirks.flips:
            data = bytes([data[0], data[1] ^ self.quirks.flips, *data[2:]])
            self.quirks.flips = 0
        woodway = self.quirks.dialect == "woodway"
        if not data.isdigit() or (woodway and data[:1] not in (b"0", b"3")):
            return BAD_DATA
        tenths = int(data[1:]) if woodway else int(data)
        if tenths > SET_MAX[self.quirks.dialect] or (self.quirks.refuses_speed_at_rest and not self._started):
            return BAD_DATA
        ckmh = tenths * 10 if self.quirks.in_kmh else tenths * MPH_E7 // 100_000
        signed = -ckmh if woodway and data[:1] == b"3" else ckmh
        turns = signed * self.belt.signed_ckmh < 0
        if turns and self._started and self.belt.spec.turns == "refuses":
            return BAD_DATA
        self._set = signed
        if self._started:
            self._run()
        return b"\xb3"

    def _start(self, *, watched: bool) -> None:
        """It runs up to whatever was set last."""
        self._started, self._watched, self._started_ms = True, watched, 0
        self.belt.powered = True
        self._run()

    def _run(self) -> None:
        self.belt.target = -self._set if self.quirks.wrong_way else self._set

    def _stop(self) -> None:
        self._started = self._watched = False
        self.belt.target = self.belt.target_dpct = 0

    def _trip(self) -> None:
        self.trips += 1
        self._stop()
        if self.quirks.says_timeout:
            self._said += TIMED_OUT

    def _status(self) -> bytes:
        """A Trackmaster runs with its timer (2) or without (3); a Woodway is started (2), then runs (3)."""
        if not self._started:
            moving = STARTED if self.quirks.dialect == "trackmaster" else RUNNING
            return moving if self.belt.speed_ckmh else STOPPED
        if self.quirks.dialect == "trackmaster":
            return STARTED if self._watched else RUNNING
        return RUNNING if self.belt.speed_ckmh else STARTED

    def _digits(self, signed_ckmh: int) -> bytes:
        tenths = round(abs(signed_ckmh) / 10) if self.quirks.in_kmh else _tenths(abs(signed_ckmh))
        backward = (signed_ckmh < 0) is not self.quirks.tells_wrong_way and self.quirks.dialect == "woodway"
        return b"%c%03d" % (b"3" if backward else b"0", tenths)


def _tenths(ckmh: int) -> int:
    return (ckmh * 100_000 + MPH_E7 // 2) // MPH_E7
