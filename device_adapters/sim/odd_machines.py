"""Odd treadmills by name: one line per oddity, with its public source. Pure data.

`ftms.md` is in docs/sources; it names the issue, capture or manual that each fact is from.
"""

import random
from dataclasses import dataclass, replace

from device_adapters.codecs.ftms.control_point import OpCode
from device_adapters.sim.oddities import Oddity, OddityError
from device_adapters.sim.oddities import named as oddities_named
from device_adapters.sim.traits import POLITE, Traits, both


@dataclass(frozen=True, slots=True)
class OddMachine:
    """A treadmill with one oddity (or the usual company of one), in words, and who reported it."""

    name: str
    traits: Traits
    words: str
    source: str


def _odd(name: str, words: str, source: str, **traits: object) -> OddMachine:
    return OddMachine(name, replace(POLITE, **traits), words, source)  # type: ignore[arg-type]


SPEED, STOP, START = OpCode.SET_TARGET_SPEED, OpCode.STOP_OR_PAUSE, OpCode.START_OR_RESUME

NOBODY = "no public report is known: assumed, since nothing forbids it"
URE = "ftms.md §1.4 (Urevo E1L, captured)"

MACHINES: tuple[OddMachine, ...] = (
    OddMachine("polite", POLITE, "does as FTMS v1.0.1 says", "FTMS v1.0.1 §4.16"),
    _odd("resumes_on_speed", "Set Target Speed starts a standing belt", "ftms.md §1.4 (qdomyos-zwift)",
         resumes_on_speed=True, count_down_ms=1_000),
    _odd("resumes_untold", "the same, and it never tells Machine Status", "ftms.md §1.4, §9.7",
         resumes_on_speed=True, no_status=True, count_down_ms=1_000),
    _odd("remembers_speed", "Start goes to the speed it had before", "ftms.md §1.2 (Urevo: pause semantics, captured)",
         remembers_speed=True),
    _odd("counts_long", "counts down for 10 s before it moves", "ftms.md §1.4 (Omega Z: 4.4 to 6.2 s)",
         count_down_ms=10_000),
    _odd("counts_refusing", "refuses a speed with 05 while it counts down", "ftms.md §9.6 (ph4-walkingpad PR 25)",
         count_down_ms=3_000, refuses_speed=5),
    _odd("counts_failing", "refuses a speed with 04 while it counts down", "FTMS v1.0.1 §4.16.2.22",
         count_down_ms=5_000, refuses_speed=4),
    _odd("counts_on", "takes a Stop in its count-down, and runs all the same", NOBODY, count_down_ms=4_000,
         counts_on=True),
    _odd("pause_before_stop", "refuses Stop with 04 while it moves",
         "ftms.md §1.4 (KingSmith R3, walkingpad-controller)",
         pause_before_stop=True),
    _odd("stop_always_taken", "answers Stop with Success when it stands", URE, stop_at_rest="success"),
    _odd("no_status", "never tells Machine Status", "ftms.md §1.5, §9.3", no_status=True),
    _odd("bare", "tells its speed and nothing else", "ftms.md §9.7 (data flags 0)",
         no_status=True, no_incline=True, no_elapsed=True, no_distance=True),
    _odd("silent_at_rest", "its data end when it comes to rest", "ftms.md §9.3, §1.2 (Urevo 5L)",
         silent_at_rest=True),
    _odd("silent_untold", "the same, without Machine Status, and it starts by speed", "ftms.md §9.3",
         silent_at_rest=True, no_status=True, resumes_on_speed=True),
    _odd("repeats", "repeats its last speed while it stands", "ftms.md §9.3 (paragon)", repeats=True, no_status=True),
    _odd("repeats_resumes", "the same, and it starts by speed", "ftms.md §9.3 (paragon)",
         repeats=True, no_status=True, resumes_on_speed=True),
    _odd("answers_1s", "answers 1 s after the write", "ftms.md §1.4 (Omega Z: 1.4 s)", answer_ms=1_000),
    _odd("answers_30s", "obeys at once and answers after 30 s", "ftms.md §1.4 (the ATT limit)", answer_ms=30_000),
    _odd("never_answers", "obeys and never answers", "ftms.md §1.4 (Omega Z, to Request Control)", answer_ms=None),
    _odd("hangs_up", "drops the link at each write", NOBODY, hangs_up=True),
    _odd("restarts", "its computer restarts under way, the belt goes on", NOBODY, restarts_ms=9_000),
    _odd("restarts_faster", "the same, and the belt goes on faster", NOBODY,
         restarts_ms=9_000, restarts_moving=True, no_status=True),
    _odd("speeds_up", "is faster by 0.5 km/h after each lower speed", "ftms.md §1.9 (h/p/cosmos notice, 2019)",
         speeds_up=50),
    _odd("ignores_stop", "answers Stop with Success and goes on", URE, ignores_stop=True),
    _odd("goes_on", "goes on by itself 4 s after it stopped", NOBODY, goes_on_after_ms=4_000),
    _odd("starts_itself", "starts by itself 6 s after it came to rest", NOBODY, self_start_ms=6_000, no_status=True),
    _odd("lies_speed", "answers a speed with Success and does nothing",
         "ftms.md §1.3 (Urevo E1L, of incline, captured)",
         lies=frozenset({SPEED})),
    _odd("lies_stop", "answers Stop and Pause with Success and does nothing", NOBODY, lies=frozenset({STOP})),
    _odd("lies_start", "answers Start with Success and does nothing", NOBODY, lies=frozenset({START})),
    _odd("miles", "takes km/h for mph", "qdomyos-zwift PR 4904 (Horizon T202)", miles=True),
)  # fmt: skip

BY_NAME = {machine.name: machine for machine in MACHINES}


def combined(seed: int) -> OddMachine:
    """A machine with two or three oddities, the same for the same seed."""
    chance = random.Random(seed)
    parts = chance.sample(MACHINES[1:], chance.choice((2, 2, 3)))
    traits = POLITE
    for part in parts:
        traits = both(traits, part.traits)
    name = "+".join(part.name for part in parts)
    return OddMachine(name, traits, "; ".join(p.words for p in parts), "; ".join(p.source for p in parts))


def named(names: tuple[str, ...]) -> tuple[Traits, tuple[Oddity, ...]]:
    """What is odd about one treadmill: names of machines, and steps that go wrong. Raises OddityError."""
    traits, oddities = POLITE, []
    for name in names:
        if name in BY_NAME:
            traits = both(traits, BY_NAME[name].traits)
        elif ":" in name:
            oddities.append(oddities_named(name))
        else:
            raise OddityError(f"no odd machine is called {name[:40]!r}; there are {', '.join(BY_NAME)}")
    return traits, tuple(oddities)
