"""Each answer on a serial line exactly: late, twice, of nobody, refused, and what a machine takes."""

import pytest
from serial_steps import (
    A0,
    A2,
    A3,
    AA,
    C0,
    C1,
    C3,
    DUE,
    NOTHING,
    NOW,
    Case,
    backward,
    heard,
    hold,
    sends,
    waiting,
)

from device_adapters.codecs.serial_frames import Frame
from device_adapters.safety.admit import Verb
from device_adapters.safety.hazards import Cause
from device_adapters.serial.events import BytesHeard, Feared, Gone, Known, SendBytes, Taken, Told
from device_adapters.serial.state import StartProgress

CASES = {
    # What machines say unasked.
    "its timer ran out": Case(
        backward(ours=True, ran=True),
        BytesHeard(b"\xbd"),
        {"ours": False, "ran": False},
        (Feared(Cause.WATCHDOG_TRIPPED, "its timer ran out"),),
    ),
    "the timer of one that is not ours": Case(backward(ran=True), BytesHeard(b"\xbd"), NOTHING),
    "no answer at all": Case(
        backward(garbled_ms=NOW - 5_000),
        BytesHeard(b"T\x1b"),
        {"garbled_ms": NOW},
        (Feared(Cause.LINE_GARBLED, "no answer: 541b"),),
    ),
    "nine bytes of none are told in eight": Case(
        backward(),
        BytesHeard(b"TTTTTTTTT"),
        {"garbled_ms": NOW},
        (Feared(Cause.LINE_GARBLED, "no answer: 5454545454545454"),),
    ),
    "garbled not long ago": Case(backward(garbled_ms=NOW - 4_999), BytesHeard(b"T"), {"garbled_ms": NOW}),
    "a status of none": Case(
        waiting(C0, polls=(C1,)),
        BytesHeard(b"\xd07"),
        {**sends(C1), "polls": (), "garbled_ms": NOW},
        (Feared(Cause.LINE_GARBLED, "serial line: an unknown status (got d037)"), SendBytes(C1)),
    ),
    "half an answer": Case(
        waiting(C1, held=b"\xd1"),
        BytesHeard(b"30"),
        {"held": b"\xd130"},
    ),
    "the other half": Case(
        waiting(C1, held=b"\xd130"),
        BytesHeard(b"12"),
        {**heard(b"\xd13012"), "held": b"", "moves": True},
        (Told(194, None, True),),
    ),
    # Answers late, owed, twice, and to nobody.
    "an answer in the moment of its deadline is late": Case(
        waiting(C1, deadline_ms=NOW, owed=frozenset({0xC0})),
        BytesHeard(b"\xd13012"),
        {"flying": None, "missing": 1, "missed": (0xC1,), "last": Frame(0xD1, b"3012")},
    ),
    "a late answer to an order counts": Case(
        waiting(A3, deadline_ms=NOW - 100),
        BytesHeard(b"\xb3"),
        heard(b"\xb3", given=12),
        (Taken(Verb.SPEED),),
    ),
    "an answer forgives what was missed of it alone": Case(
        waiting(C0, missing=2, missed=(0xC0, 0xC1, 0xC0), owed=frozenset({0xC1, 0xAA})),
        BytesHeard(b"\xd02"),
        heard(b"\xd02", missing=0, missed=(0xC1,), owed=frozenset()),
    ),
    "of a stop that was said twice an answer is still owed": Case(
        waiting(AA, stops=2, owed=frozenset({0xAA, 0xC1})),
        BytesHeard(b"\xba"),
        heard(b"\xba", owed=frozenset({0xAA})),
        (Taken(Verb.HALT),),
    ),
    "one that is owed to nobody any more": Case(
        waiting(C0, owed=frozenset({0xC1})),
        BytesHeard(b"\xd13012"),
        {"owed": frozenset(), "last": Frame(0xD1, b"3012")},
    ),
    "one that is said twice": Case(
        backward(met=True, last=Frame(0xD1, b"3012")), BytesHeard(b"\xd13012"), {"last": None}
    ),
    "one of before this line": Case(backward(last=Frame(0xBA)), BytesHeard(b"\xd13012"), {"last": None}),
    "one to somebody else": Case(
        backward(met=True),
        BytesHeard(b"\xd13012"),
        {"garbled_ms": NOW},
        (Feared(Cause.LINE_GARBLED, "an answer that nobody waits for: D1"),),
    ),
    "a line that was given up answers": Case(
        waiting(C0, spent=True, missing=3), BytesHeard(b"\xd02"), heard(b"\xd02", spent=False, missing=0)
    ),
    # What machines refuse.
    "a stop that is refused is said again": Case(
        waiting(AA, stops=1),
        BytesHeard(b"\xbf"),
        {"flying": AA, "deadline_ms": DUE, "owed": frozenset({0xAA}), "stops": 2},
        (SendBytes(AA),),
    ),
    "a stop that is refused five times": Case(
        waiting(AA, stops=5, wanted=(C0,), polls=(C1,), start=StartProgress.CLEARED, first=6),
        BytesHeard(b"\xbe"),
        {
            **sends(A2),
            "owed": frozenset({0xAA}),
            "stops": 6,
            "wanted": (),
            "polls": (),
            "start": StartProgress.NONE,
            "first": None,
        },
        (SendBytes(A2),),
    ),
    "a motor whose power is not cut either": Case(
        waiting(A2, stops=6, wanted=(A3,)),
        BytesHeard(b"\xbf"),
        {"flying": None, "wanted": (), "spent": True},
        (Gone("stop_not_taken"),),
    ),
    "a pause that is refused": Case(
        waiting(A2, stops=5),
        BytesHeard(b"\xbf"),
        {"flying": None, "garbled_ms": NOW},
        (Feared(Cause.LINE_GARBLED, "refused with BF"),),
    ),
    "a question that is refused after many stops": Case(
        waiting(C0, stops=6),
        BytesHeard(b"\xbf"),
        {"flying": None, "garbled_ms": NOW},
        (Feared(Cause.LINE_GARBLED, "refused with BF"),),
    ),
    "a start that is refused": Case(
        waiting(A0, start=StartProgress.GIVEN, wanted=(C0,), polls=(C1,)),
        BytesHeard(b"\xbe"),
        {"flying": None, "start": StartProgress.NONE, "wanted": (), "polls": ()},
        (Feared(Cause.CONTROL_FAILED, "A0: refused with BE"),),
    ),
    "a speed that is refused": Case(
        waiting(A3),
        BytesHeard(b"\xbf"),
        {"flying": None},
        (Feared(Cause.CONTROL_FAILED, "A3: refused with BF"),),
    ),
    "a refusal of nothing": Case(
        backward(), BytesHeard(b"\xbe"), {"garbled_ms": NOW}, (Feared(Cause.LINE_GARBLED, "refused with BE"),)
    ),
    "one that does not say who it is": Case(
        waiting(C3, nameless=True),
        BytesHeard(b"\xbf"),
        {"flying": None, "nameless": False, "garbled_ms": NOW},
        (Known(""), Feared(Cause.LINE_GARBLED, "refused with BF")),
    ),
    "one that need not say who it is": Case(
        waiting(C3),
        BytesHeard(b"\xbf"),
        {"flying": None, "garbled_ms": NOW},
        (Feared(Cause.LINE_GARBLED, "refused with BF"),),
    ),
    "who it is stays asked where another question was refused": Case(
        waiting(C0, nameless=True),
        BytesHeard(b"\xbf"),
        {**sends(C3), "garbled_ms": NOW},
        (Feared(Cause.LINE_GARBLED, "refused with BF"), SendBytes(C3)),
    ),
    # What they take.
    "who it is": Case(
        waiting(C3, nameless=True),
        BytesHeard(b"\xd32.14"),
        heard(b"\xd32.14", nameless=False),
        (Known("2.14"),),
    ),
    "a pause": Case(waiting(A2, stops=3), BytesHeard(b"\xb2"), heard(b"\xb2", stops=0), (Taken(Verb.PAUSE),)),
    "a speed": Case(waiting(A3), BytesHeard(b"\xb3"), heard(b"\xb3", given=12), (Taken(Verb.SPEED),)),
    "a speed is three digits behind its direction": Case(
        waiting(b"\xa33123"), BytesHeard(b"\xb3"), heard(b"\xb3", given=123), (Taken(Verb.SPEED),)
    ),
    "a first speed": Case(
        waiting(A3, start=StartProgress.GIVEN), BytesHeard(b"\xb3"), heard(b"\xb3", given=12)
    ),
    "a start": Case(
        waiting(A0, start=StartProgress.GIVEN, ran=True),
        BytesHeard(b"\xb0"),
        heard(b"\xb0", start=StartProgress.NONE, ours=True, ran=False),
        (Taken(Verb.SPEED),),
    ),
    "a stop": Case(waiting(AA, halting=True), BytesHeard(b"\xba"), heard(b"\xba"), (Taken(Verb.HALT),)),
}


@pytest.mark.parametrize("name", CASES)
def test_a_step(name: str) -> None:
    hold(CASES[name])
