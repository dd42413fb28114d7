"""What one treadmill does that no specification forbids: the oddities of belts, as data. Pure.

Each trait is one public report; `odd_machines.py` names them with their sources. The initial value is a polite
machine: what `belt.py` and `computer.py` do by themselves.
"""

from dataclasses import dataclass, fields, replace
from typing import Literal

from device_adapters.codecs.ftms.control_point import OpCode

MOVES_BY_ITSELF = frozenset(
    {"speeds_up", "self_start_ms", "goes_on_after_ms", "ignores_stop", "counts_on", "restarts_moving"}
)
"""Traits with which a belt is faster or moves against its orders, whatever is written to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """One machine's oddities. Times are milliseconds; 0 is never, but for `answer_ms`.

    Starting: `resumes_on_speed` (Set Target Speed starts a standing belt), `remembers_speed` (Start goes to the speed
    it last had), `count_down_ms` before it moves, with `refuses_speed` in it (a result code), `counts_on` after a
    Stop in it. `self_start_ms` after it came to rest it starts by itself, once.
    Stopping: `pause_before_stop` (04 to Stop while it moves), `ignores_stop` (Success, and goes on),
    `goes_on_after_ms` after it came to rest by Stop it goes on, `stop_at_rest` what a standing one answers.
    Moving: `speeds_up` by so much on each lower target, `restarts_ms` after it began to move its computer begins
    anew (clock and control lost), with `restarts_moving` at the speed it remembers from its first start,
    `miles` (takes km/h for mph).
    Telling: `no_status`, `no_incline`, `no_elapsed`, `no_distance`; `silent_at_rest`; `repeats` its last speed at
    rest. Answering: `answer_ms` after the write (None: never), `lies` to these (Success, and does nothing),
    `hangs_up` at each write.
    """

    resumes_on_speed: bool = False
    remembers_speed: bool = False
    count_down_ms: int = 2_000
    refuses_speed: int = 0
    counts_on: bool = False
    self_start_ms: int = 0
    pause_before_stop: bool = False
    ignores_stop: bool = False
    goes_on_after_ms: int = 0
    stop_at_rest: Literal["failed", "success"] = "failed"
    speeds_up: int = 0
    restarts_ms: int = 0
    restarts_moving: bool = False
    miles: bool = False
    no_status: bool = False
    no_incline: bool = False
    no_elapsed: bool = False
    no_distance: bool = False
    silent_at_rest: bool = False
    repeats: bool = False
    answer_ms: int | None = 45
    lies: frozenset[OpCode] = frozenset()
    hangs_up: bool = False

    @property
    def obeys(self) -> bool:
        """Does the belt move only as it is told? One that does not can be judged by how soon it is halted."""
        moves = any(getattr(self, name) != getattr(POLITE, name) for name in MOVES_BY_ITSELF)
        return not moves and not self.lies

    @property
    def odd(self) -> tuple[str, ...]:
        """The names of what is odd about it."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) != getattr(POLITE, f.name))


POLITE = Traits()


def both(one: Traits, other: Traits) -> Traits:
    """A machine with the oddities of both; where both have the same one, it is the second's."""
    return replace(one, **{name: getattr(other, name) for name in other.odd})
