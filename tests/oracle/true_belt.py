"""The true belt, watched: promises of SAFETY.md that need nothing of the code under test.

An oracle sees what an onlooker with a speedometer sees: the belt's true speed, who pressed what, what a person
ordered, and the bytes that reached the treadmill. It knows no state of the envelope and no limit table. A machine
that moves against its orders cannot keep the first two promises for us; for it they read "halted in time".
"""

from collections import Counter, deque
from dataclasses import dataclass
from enum import StrEnum

from device_adapters.codecs.ftms.control_point import OpCode

TOLERANCE_CKMH = 30
"""Two writes of the steepest rise there is (1.0 km/h per second, each 200 ms), less the part done, and a step of the
machine's grid of 0.1 km/h: what a rise that was lawful before the press may still be under way to."""

REACH_MS = 300
"""A write that left before the press arrives, and the one that follows the press: two ways of the radio and a tick."""

FIRST_MS = 700
HALT_SLACK_MS = 2_000
HALT_MAX_MS = 8_000
STANDING_MS = 1_500
UNORDERED_MS = 2_000
FASTER_MS = 5_000
"""A machine that is faster by itself under way: 2 s off what it was told, a stop that is watched for 1 s, frames."""

HALTED_MS = 1_000
"""A halt is asked for again each second: one that was written so lately is the answer to a press, too."""

PLUS_MS = 8_000
FALL_MS = 20
"""+ at the console raises a belt until that is written back: kept for 2 s, a frame, a tick, its way down; and a belt is
given so long for each 0.01 km/h that it was told to lose at the press before.
"""

LINKED_MS = 2_500
REST_MS = 3_000
BROKEN_KEPT = 12

MOVES = (
    OpCode.SET_TARGET_SPEED,
    OpCode.SET_TARGET_INCLINE,
    OpCode.START_OR_RESUME,
    OpCode.STOP_OR_PAUSE,
)


class Promise(StrEnum):
    """What is held on the true belt."""

    NEVER_FASTER = "after a stop, pause, slower or lower limit it is never faster than at the press"
    NEVER_STARTS = "at rest it never moves without the start of a person's order"
    ENDS_WITH_STOP = "every stop writes 08 and ends with it; after it nothing rises on the wire"
    STOP_IN_TIME = "a stop is on the wire within its bound while a link stands"
    UNORDERED = (
        "unordered motion under a lease or a lock is told 08 within 2 s, a belt faster by itself in 5 s"
    )
    CLEARABLE = "a belt at rest can be cleared by a person"


@dataclass(slots=True)
class Stopping:
    """A stop that somebody asked for, until it is over."""

    pressed_ms: int
    first_by_ms: int | None
    halt_by_ms: int
    halted: bool = False
    last_op: int | None = None

    @property
    def answered(self) -> bool:
        """It is on its way: 08 or a lower speed was written; a second press has nothing more to wait for first."""
        return self.halted or (self.first_by_ms is None and self.last_op is not None)


class TrueBelt:
    """Watches one belt. `obeys`: does this machine move only as it is told? `frame_ms`: how often it tells its speed.

    `decel_ckmh_s` is the controlled stop of the session under test, `accel_ckmh_s` what the motor can do, `reach_ms`
    how long a write of before a press may still arrive: longer where the machine is asked what was pressed there.
    """

    def __init__(
        self,
        *,
        obeys: bool,
        frame_ms: int,
        decel_ckmh_s: int,
        accel_ckmh_s: int = 150,
        reach_ms: int = REACH_MS,
    ) -> None:
        self.broken: list[tuple[Promise, str]] = []
        self.held: Counter[Promise] = Counter()
        self.rest_ms: int | None = 0
        self.speed = 0
        self.told = 0
        self.leased = self.locked = False
        self.obeys, self._frame_ms = obeys, frame_ms
        self._decel, self._accel, self._reach_ms = decel_ckmh_s, accel_ckmh_s, reach_ms
        self._lately: deque[tuple[int, int]] = deque()
        self._linked_ms: int | None = 0
        self._ceiling: tuple[int, int, int] | None = None
        self._plus_until_ms: int | None = None
        self._fell_from = 0
        self._permit = False
        self._stopping: Stopping | None = None
        self._unordered_by_ms: int | None = None
        self._loose = self._unseen = False
        self._loose_ms = UNORDERED_MS
        self._halt_ms = -HALTED_MS

    def breaks(self, promise: Promise, now: int, text: str) -> None:
        """It is broken; the first few are kept in words."""
        if len(self.broken) < BROKEN_KEPT:
            self.broken.append((promise, f"{now / 1000:.2f} s: {text}"))

    @property
    def promises_broken(self) -> tuple[Promise, ...]:
        """Each once, as first seen."""
        return tuple(dict.fromkeys(promise for promise, _ in self.broken))

    # What people do.

    def pressed(self, now: int, *, stops: bool = True, abrupt: bool = False, locks: bool = False) -> None:
        """Stop or pause (`stops`), or slower, or a lower limit. `abrupt`: no ramp is owed. `locks`: until a clear."""
        highest = max((speed for _, speed in self._lately), default=self.speed)
        grace = self._accel * REACH_MS // 1000 if self.told > self.speed + TOLERANCE_CKMH else 0
        bound = highest + TOLERANCE_CKMH
        if self._ceiling is not None:
            bound = min(bound, self._ceiling[1])
        self._ceiling, self._plus_until_ms = (now, bound, grace), None
        self._fell_from = max(self.told, highest)
        self.locked |= locks
        if not stops and (self._permit or (self.rest_ms is None and not self.speed)):
            self._ceiling = None  # told to start and not moving yet: it may still come up to its lower target
            return
        self.held[Promise.NEVER_FASTER] += 1
        if not stops:
            return
        self._permit = False
        ramp_ms = 0 if abrupt or not self.speed else self.speed * 1000 // self._decel
        slack_ms = HALT_SLACK_MS if self.speed else STANDING_MS
        halt_by = now + min(ramp_ms + slack_ms, HALT_MAX_MS)
        first_by = now + FIRST_MS if self.speed else None
        halted = answered = now - self._halt_ms <= HALTED_MS
        going_on = self._stopping
        if going_on is not None:
            halted, answered = halted or going_on.halted, answered or going_on.answered
            if not going_on.halted:
                halt_by = min(halt_by, going_on.halt_by_ms)
            if first_by is not None and going_on.first_by_ms is not None:
                first_by = min(first_by, going_on.first_by_ms)
        self._stopping = Stopping(now, None if answered else first_by, halt_by, halted=halted)
        self.held[Promise.STOP_IN_TIME] += 1

    def started(self, now: int) -> None:
        """A person's order to start was taken, or somebody pressed Start at the console."""
        self._stop_over(now)
        self._permit = True
        self._ceiling = None

    def start_refused(self) -> None:
        """The order to start came to nothing."""
        self._permit = False

    def raised(self) -> None:
        """A person's order to go faster was taken."""
        self._ceiling = None

    def plus(self, now: int) -> None:
        """Somebody pressed + at the console in a session: soon the belt is no faster than before again."""
        self._plus_until_ms = now + PLUS_MS + self._frame_ms + FALL_MS * max(0, self._fell_from - self.told)

    def cleared(self) -> None:
        """A person cleared it: a belt that stands, or stood in its last frame, is free from now on, whatever it counts
        down to.
        """
        self.locked = False
        if not min((speed for _, speed in self._lately), default=0):
            self._loose = self._unseen = False
            self._unordered_by_ms = None

    # What the belt does.

    def saw(self, now: int, speed: int, *, under_way: bool) -> None:
        """The true speed, often. `under_way`: the motor runs or counts down to run."""
        was, self.speed = self.speed, speed
        self._lately.append((now, speed))
        while self._lately[0][0] < now - self._frame_ms - REACH_MS:
            self._lately.popleft()
        if not speed and not under_way:
            if self.rest_ms is None:
                self.rest_ms = now
                self._loose = self._unseen = False
                self._unordered_by_ms = None
        elif self.rest_ms is not None:
            self.rest_ms = None
            self._departs(now)
        if self.rest_ms is None:
            self._faster(now, was)
            self._seen_loose(now)
        self._due(now)

    def _departs(self, now: int) -> None:
        self.held[Promise.NEVER_STARTS] += 1
        if self._permit:
            self._permit = False
            return
        if self.obeys:
            self.breaks(Promise.NEVER_STARTS, now, "it leaves its rest, and nobody ordered it")
        self._against_orders(UNORDERED_MS)

    def _faster(self, now: int, was: int) -> None:
        if self._ceiling is None:
            return
        pressed_ms, bound, grace = self._ceiling
        allowed = bound + (grace if now - pressed_ms <= REACH_MS + 200 else 0)
        if grace and now - pressed_ms <= REACH_MS:
            self._ceiling = (pressed_ms, max(bound, min(self.speed, bound + grace)), grace)
        if self._plus_until_ms is not None:
            if now < self._plus_until_ms:
                return
            was, self._plus_until_ms = 0, None
        if self.speed <= allowed or self.speed <= was:
            return
        if self.obeys:
            self.breaks(
                Promise.NEVER_FASTER,
                now,
                f"{self.speed} after at most {allowed} (pressed {pressed_ms / 1000:.2f} s)",
            )
        self._against_orders(FASTER_MS)

    def _against_orders(self, within_ms: int) -> None:
        """It moves as nobody wants: what is owed is 08, once it can be seen to move. A free belt that nobody leased or
        locked is left alone.
        """
        if (self.leased or self.locked or self._stopping) and not self._loose:
            self._loose = self._unseen = True
            self._loose_ms = within_ms
            self.held[Promise.UNORDERED] += 1

    def _seen_loose(self, now: int) -> None:
        if self._unseen and self.speed:
            self._unseen = False
            self._unordered_by_ms = now + self._loose_ms + (self._frame_ms if self._frame_ms > 500 else 0)

    # What reaches the treadmill.

    def linked(self, now: int, *, up: bool) -> None:
        """The unit's link to it; without one nothing can be owed."""
        self._linked_ms = now if up else None
        stop = self._stopping
        if up and stop is not None:
            stop.first_by_ms = None if stop.first_by_ms is None else max(stop.first_by_ms, now + LINKED_MS)
            stop.halt_by_ms = max(stop.halt_by_ms, now + LINKED_MS)
        if up and self._unordered_by_ms is not None:
            self._unordered_by_ms = max(self._unordered_by_ms, now + LINKED_MS)

    def wrote(self, now: int, data: bytes) -> None:
        """These bytes reached the control point."""
        op, stop = data[0], self._stopping
        value = int.from_bytes(data[1:3], "little") if op == OpCode.SET_TARGET_SPEED else 0
        if op == OpCode.STOP_OR_PAUSE:
            self._halt_ms = now
            self._unordered_by_ms = None
            if self.speed:
                self._loose = self._unseen = False
        if stop is not None and op in MOVES:
            self._while_stopping(now, stop, op, value)
        if op == OpCode.SET_TARGET_SPEED:
            self._told(now, value)
            self.told = value
        elif op == OpCode.STOP_OR_PAUSE:
            self.told = 0

    def _told(self, now: int, ckmh: int) -> None:
        """After slower or a lower limit no speed rises on the wire either, however slow the belt has become."""
        bound = self._ceiling
        rises = (
            bound is not None
            and self._stopping is None
            and now - bound[0] > self._reach_ms
            and 0 < self.told < ckmh
        )
        if rises:
            self.breaks(
                Promise.NEVER_FASTER, now, f"{ckmh} written after {self.told}, and nobody asked for it"
            )

    def _while_stopping(self, now: int, stop: Stopping, op: int, value: int) -> None:
        if op == OpCode.STOP_OR_PAUSE:
            stop.halted = True
            stop.first_by_ms = None
        elif op == OpCode.SET_TARGET_SPEED and value <= self._may_be_told(stop):
            stop.first_by_ms = None
        elif now > stop.pressed_ms + REACH_MS:
            where = "after 08" if stop.halted else "in a stop"
            self.breaks(
                Promise.ENDS_WITH_STOP, now, f"{op:02x} {value} written {where} to a belt at {self.speed}"
            )
        stop.last_op = op

    def _may_be_told(self, stop: Stopping) -> int:
        """The highest speed that may be written in a stop: not above what the belt did within a frame; after 08 only
        a belt that still moves may be told one, a lower one.
        """
        highest = max(speed for _, speed in self._lately) if self._lately else 0
        if not highest:
            return -1
        return highest if stop.halted else highest + TOLERANCE_CKMH

    def _due(self, now: int) -> None:
        if self._linked_ms is None:
            return
        if self._unordered_by_ms is not None and now > self._unordered_by_ms:
            self._unordered_by_ms = None
            self.breaks(
                Promise.UNORDERED, now, f"it moves against its orders at {self.speed}, and no 08 was written"
            )
        stop = self._stopping
        if stop is None:
            return
        if stop.first_by_ms is not None and now > stop.first_by_ms:
            stop.first_by_ms = None
            if self.speed:
                self.breaks(
                    Promise.STOP_IN_TIME, now, f"nothing lower was written {FIRST_MS} ms after the press"
                )
        if not stop.halted and now > stop.halt_by_ms:
            stop.halted = True
            took = stop.halt_by_ms - stop.pressed_ms
            self.breaks(Promise.STOP_IN_TIME, now, f"no 08 was written within {took} ms of the press")
        elif stop.halted and self.rest_ms is not None and now - max(self.rest_ms, stop.pressed_ms) >= REST_MS:
            self._stop_over(now)

    def _stop_over(self, now: int) -> None:
        stop, self._stopping = self._stopping, None
        if stop is None or stop.last_op is None:
            return
        self.held[Promise.ENDS_WITH_STOP] += 1
        if stop.last_op != OpCode.STOP_OR_PAUSE:
            self.breaks(Promise.ENDS_WITH_STOP, now, f"a stop ended with {stop.last_op:02x}, not with 08")
