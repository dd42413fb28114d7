"""What a machine on a serial line tells of its belt, step by step: on the way to a start, and while it runs."""

import pytest
from serial_steps import (
    A0,
    A3,
    AA,
    C0,
    C1,
    C2,
    C3,
    DUE,
    NOW,
    Case,
    backward,
    forward,
    heard,
    hold,
    sends,
    told,
    waiting,
)

from device_adapters.safety.admit import Verb
from device_adapters.safety.hazards import Cause
from device_adapters.serial.events import Asked, BytesHeard, Feared, SendBytes, Taken, Told
from device_adapters.serial.state import StartProgress

CASES = {
    # How a start goes.
    "its stop was taken": Case(
        waiting(AA, start=StartProgress.CLEARED, wanted=(A3,)),
        BytesHeard(b"\xba"),
        {**heard(b"\xba"), **sends(C0), "start": StartProgress.TAKEN, "wanted": (A3,)},
        (SendBytes(C0),),
    ),
    "it says that it is stopped": Case(
        waiting(C0, start=StartProgress.TAKEN, wanted=(A3,), halting=True, started_ms=5, ours=True, ran=True),
        BytesHeard(b"\xd01"),
        {
            **heard(b"\xd01"),
            **sends(C1),
            "start": StartProgress.STOPPED,
            "halting": False,
            "started_ms": None,
        },
        (SendBytes(C1),),
    ),
    "it does not say so yet": Case(
        waiting(C0, start=StartProgress.TAKEN, start_ms=NOW - 999, wanted=(A3,)),
        BytesHeard(b"\xd03"),
        {**heard(b"\xd03"), **sends(C0)},
        (SendBytes(C0),),
    ),
    "it has not said so for a second": Case(
        waiting(C0, start=StartProgress.TAKEN, start_ms=NOW - 1_000, wanted=(A3,), polls=(C1,), first=6),
        BytesHeard(b"\xd03"),
        heard(b"\xd03", start=StartProgress.NONE, wanted=(), polls=(), first=None),
        (Feared(Cause.CONTROL_FAILED, "it does not rest before its start"),),
    ),
    "it stands": Case(
        waiting(C1, start=StartProgress.STOPPED, wanted=(A3,)),
        BytesHeard(b"\xd10000"),
        {**heard(b"\xd10000"), **sends(C2), "start": StartProgress.STANDS},
        (Told(0, None), SendBytes(C2)),
    ),
    "it does not stand yet": Case(
        waiting(C1, start=StartProgress.STOPPED, start_ms=NOW - 999),
        BytesHeard(b"\xd13005"),
        {**heard(b"\xd13005"), **sends(C1), "moves": True},
        (Told(81, None, True), SendBytes(C1)),
    ),
    "it has moved on for a second": Case(
        waiting(C1, start=StartProgress.STOPPED, start_ms=NOW - 1_000),
        BytesHeard(b"\xd13005"),
        heard(b"\xd13005", start=StartProgress.NONE, moves=True),
        (Told(81, None, True), Feared(Cause.CONTROL_FAILED, "it does not rest before its start")),
    ),
    "one that goes forward is ready once it stands": Case(
        told(C1, start=StartProgress.STOPPED),
        BytesHeard(b"\xd10000"),
        heard(b"\xd10000", start=StartProgress.ARMED, start_ms=NOW),
        (Told(0, None), Taken(Verb.BEGIN)),
    ),
    "its deck is level": Case(
        waiting(C2, start=StartProgress.STANDS),
        BytesHeard(b"\xd20000"),
        heard(b"\xd20000", start=StartProgress.ARMED, start_ms=NOW, deck_dpct=0),
        (Taken(Verb.BEGIN),),
    ),
    "its deck is not level yet": Case(
        waiting(C2, start=StartProgress.STANDS, start_ms=NOW - 999),
        BytesHeard(b"\xd20005"),
        {**heard(b"\xd20005"), **sends(C2), "deck_dpct": 5},
        (SendBytes(C2),),
    ),
    "it is ready, and its first speed was asked for": Case(
        waiting(C2, start=StartProgress.STANDS, first=12),
        BytesHeard(b"\xd20000"),
        {
            **heard(b"\xd20000"),
            **sends(A3),
            "start": StartProgress.GIVEN,
            "start_ms": NOW,
            "deck_dpct": 0,
            "first": None,
            "wanted": (A0,),
        },
        (Taken(Verb.BEGIN), SendBytes(A3)),
    ),
    "the first speed of one that is ready": Case(
        backward(start=StartProgress.ARMED, start_ms=NOW - 1_500),
        Asked(Verb.SPEED, 12),
        {**sends(A3), "start": StartProgress.GIVEN, "wanted": (A0,)},
        (SendBytes(A3),),
    ),
    "the first speed of one that was ready too long ago": Case(
        backward(start=StartProgress.ARMED, start_ms=NOW - 1_501, flying=C0, deadline_ms=DUE, wanted=(C1,)),
        Asked(Verb.SPEED, 12),
        {"start": StartProgress.NONE, "wanted": (C1, A3)},
    ),
    "the first speed of one that waits for what is in flight": Case(
        backward(start=StartProgress.ARMED, start_ms=NOW, flying=C0, deadline_ms=DUE, wanted=(C1,)),
        Asked(Verb.SPEED, 12),
        {"start": StartProgress.GIVEN, "wanted": (C1, A3, A0)},
    ),
    "the first speed of one that is not ready": Case(
        backward(start=StartProgress.TAKEN, flying=C0), Asked(Verb.SPEED, 12), {"first": 12}
    ),
    # What they tell of themselves.
    "it is stopped and was not running": Case(
        waiting(C0, halting=True, started_ms=7, ours=True),
        BytesHeard(b"\xd01"),
        heard(b"\xd01", halting=False, started_ms=None),
    ),
    "it is stopped and had said that it runs": Case(
        waiting(C0, ours=True, ran=True),
        BytesHeard(b"\xd01"),
        heard(b"\xd01", ours=False, ran=False),
        (Feared(Cause.WATCHDOG_TRIPPED, "it says that it is stopped"),),
    ),
    "it is stopped and moves": Case(
        waiting(C0, ours=True, moves=True),
        BytesHeard(b"\xd01"),
        heard(b"\xd01", ours=False),
        (Feared(Cause.WATCHDOG_TRIPPED, "it says that it is stopped"),),
    ),
    "it runs without its timer": Case(
        told(C0, ours=True, ran=True),
        BytesHeard(b"\xd03"),
        heard(b"\xd03", ours=False, ran=False),
        (Feared(Cause.WATCHDOG_OFF, "it runs without its communication timer"),),
    ),
    "somebody else's runs without its timer": Case(
        told(C0, ran=True), BytesHeard(b"\xd03"), heard(b"\xd03", ran=False)
    ),
    "it runs": Case(
        waiting(C0, ours=True, moves=True, started_ms=5),
        BytesHeard(b"\xd03"),
        heard(b"\xd03", ran=True, started_ms=None),
    ),
    "it is started": Case(
        waiting(C0, ours=True, moves=True), BytesHeard(b"\xd02"), heard(b"\xd02", ran=True, started_ms=NOW)
    ),
    "it is started and stands": Case(
        waiting(C0, ours=True, started_ms=5), BytesHeard(b"\xd02"), heard(b"\xd02", ran=True, started_ms=None)
    ),
    "somebody else's is started": Case(
        waiting(C0, moves=True, started_ms=5), BytesHeard(b"\xd02"), heard(b"\xd02", started_ms=None)
    ),
    "it moves and has not said for 5 s that it runs": Case(
        waiting(C0, ours=True, moves=True, ran=True, started_ms=NOW - 5_000),
        BytesHeard(b"\xd02"),
        heard(b"\xd02", garbled_ms=NOW),
        (Feared(Cause.LINE_GARBLED, "it moves and never says that it runs: another dialect"),),
    ),
    "it moves and has not said so for almost 5 s": Case(
        waiting(C0, ours=True, moves=True, ran=True, started_ms=NOW - 4_999),
        BytesHeard(b"\xd02"),
        heard(b"\xd02"),
    ),
    "the other way": Case(
        waiting(C1, deck_dpct=3),
        BytesHeard(b"\xd10012"),
        heard(b"\xd10012", wrong=True, moves=True, deck_dpct=None),
        (Told(194, 3, False), Feared(Cause.WRONG_DIRECTION, "1.2 mph the other way")),
    ),
    "the other way, however slow": Case(
        waiting(C1),
        BytesHeard(b"\xd10001"),
        heard(b"\xd10001", wrong=True, moves=True),
        (Told(17, None, False), Feared(Cause.WRONG_DIRECTION, "0.1 mph the other way")),
    ),
    "the other way, as before": Case(
        waiting(C1, wrong=True, moves=True),
        BytesHeard(b"\xd10012"),
        heard(b"\xd10012"),
        (Told(194, None, False),),
    ),
    "the right way again": Case(
        waiting(C1, wrong=True),
        BytesHeard(b"\xd13012"),
        heard(b"\xd13012", wrong=False, moves=True),
        (Told(194, None, True),),
    ),
    "forward, as it should": Case(
        forward(flying=C1, deadline_ms=DUE, met=True),
        BytesHeard(b"\xd10001"),
        heard(b"\xd10001", moves=True),
        (Told(17, None, False),),
    ),
    "0 of no way": Case(
        waiting(C1, moves=True, wrong=True),
        BytesHeard(b"\xd10000"),
        heard(b"\xd10000", moves=False, wrong=False),
        (Told(0, None),),
    ),
    "0 before it says that it is stopped": Case(
        waiting(C1, halting=True, moves=True, deck_dpct=3),
        BytesHeard(b"\xd13000"),
        heard(b"\xd13000", moves=False),
    ),
    "it is set faster than it was told": Case(
        told(C3, ours=True, given=10),
        BytesHeard(b"\xd30015"),
        heard(b"\xd30015"),
        (Feared(Cause.SET_DIFFERS, "set to 1.5 mph, and told 1.0"),),
    ),
    "it is set a little faster": Case(
        told(C3, ours=True, given=10), BytesHeard(b"\xd30014"), heard(b"\xd30014")
    ),
    "somebody else's is set faster": Case(told(C3, given=10), BytesHeard(b"\xd30030"), heard(b"\xd30030")),
    "a deck off level under a reversed belt": Case(
        waiting(C2, ours=True),
        BytesHeard(b"\xd20005"),
        heard(b"\xd20005", deck_dpct=5),
        (Feared(Cause.DECK_MOVED, "0.5 %"),),
    ),
    "a deck off level under somebody else's": Case(
        waiting(C2), BytesHeard(b"\xd20005"), heard(b"\xd20005", deck_dpct=5)
    ),
    "a deck off level under a forward belt": Case(
        told(C2, ours=True), BytesHeard(b"\xd20005"), heard(b"\xd20005", deck_dpct=5)
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_step(name: str) -> None:
    hold(CASES[name])
