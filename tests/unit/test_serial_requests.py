"""Each request on a serial line exactly: what is asked for, what a judged belt is asked, what is not answered."""

import pytest
from serial_steps import (
    A0,
    A2,
    A3,
    AA,
    C0,
    C1,
    C2,
    C3,
    DUE,
    NOTHING,
    NOW,
    Case,
    backward,
    hold,
    sends,
    trackmaster,
)

from device_adapters.safety.admit import Verb
from device_adapters.safety.hazards import Cause
from device_adapters.serial.events import (
    Asked,
    BeltJudged,
    Feared,
    Gone,
    Introduce,
    Known,
    LineTick,
    SendBytes,
)
from device_adapters.serial.state import StartProgress

CASES = {
    # What is asked for.
    "begin": Case(
        backward(wanted=(C0,), polls=(C1,), stops=4, first=9, start=StartProgress.ARMED, garbled_ms=NOW - 10),
        Asked(Verb.BEGIN),
        {
            **sends(AA),
            "wanted": (),
            "polls": (),
            "stops": 1,
            "first": None,
            "start": StartProgress.CLEARED,
            "start_ms": NOW,
            "garbled_ms": -1_000_000,
        },
        (SendBytes(AA),),
    ),
    "a speed while another waits": Case(
        backward(flying=C0, wanted=(C1, A3, A0)),
        Asked(Verb.SPEED, 5),
        {"wanted": (C1, b"\xa33005", A0)},
    ),
    "a speed while other things wait": Case(
        backward(flying=C0, wanted=(C1,)), Asked(Verb.SPEED, 5), {"wanted": (C1, b"\xa33005")}
    ),
    "a speed of one that was given its first": Case(
        backward(flying=A3, wanted=(A0,), start=StartProgress.GIVEN),
        Asked(Verb.SPEED, 5),
        {"wanted": (A0, b"\xa33005")},
    ),
    "halt": Case(
        backward(
            flying=C1,
            deadline_ms=NOW + 9,
            wanted=(A3,),
            polls=(C2,),
            start=StartProgress.ARMED,
            first=6,
            ours=True,
            ran=True,
            started_ms=5,
            stops=4,
        ),
        Asked(Verb.HALT),
        {
            **sends(AA),
            "owed": frozenset({0xC1}),
            "wanted": (),
            "polls": (),
            "start": StartProgress.NONE,
            "first": None,
            "ours": False,
            "ran": False,
            "started_ms": None,
            "stops": 1,
            "halting": True,
        },
        (SendBytes(AA),),
    ),
    "halt while a stop is in flight": Case(
        backward(
            flying=AA, deadline_ms=NOW + 9, stops=3, start=StartProgress.CLEARED, ours=True, wanted=(A3,)
        ),
        Asked(Verb.HALT),
        {"start": StartProgress.NONE, "ours": False, "halting": True, "wanted": ()},
    ),
    "pause": Case(
        backward(flying=C1, owed=frozenset({0xC0}), ours=True, ran=True, started_ms=5, stops=4, wanted=(A3,)),
        Asked(Verb.PAUSE),
        {
            **sends(A2),
            "owed": frozenset({0xC0, 0xC1}),
            "ours": False,
            "ran": False,
            "started_ms": None,
            "stops": 0,
            "wanted": (),
        },
        (SendBytes(A2),),
    ),
    "who are you": Case(backward(), Introduce(), {**sends(C3), "nameless": True}, (SendBytes(C3),)),
    "a Trackmaster is not asked that": Case(trackmaster(), Introduce(), NOTHING, (Known(""),)),
    # What is asked when the belt was judged.
    "judged for the first time": Case(
        backward(),
        BeltJudged(),
        {**sends(C0), "polls": (C2, C1), "polled_ms": NOW, "slow_ms": NOW},
        (SendBytes(C0),),
    ),
    "a Trackmaster judged for the first time": Case(
        trackmaster(),
        BeltJudged(),
        {**sends(C0), "polls": (C3, C2, C1), "polled_ms": NOW, "slow_ms": NOW},
        (SendBytes(C0),),
    ),
    "judged 190 ms after": Case(
        backward(polled_ms=NOW - 190, slow_ms=NOW - 899),
        BeltJudged(),
        {**sends(C1), "polled_ms": NOW},
        (SendBytes(C1),),
    ),
    "judged 189 ms after": Case(backward(polled_ms=NOW - 189, slow_ms=NOW - 899), BeltJudged(), NOTHING),
    "judged 900 ms after all was asked": Case(
        backward(polled_ms=NOW - 190, slow_ms=NOW - 900),
        BeltJudged(),
        {**sends(C0), "polls": (C2, C1), "polled_ms": NOW, "slow_ms": NOW},
        (SendBytes(C0),),
    ),
    "judged while it is ours": Case(
        backward(polled_ms=NOW - 190, slow_ms=NOW - 1, ours=True),
        BeltJudged(),
        {**sends(C0), "polls": (C1,), "polled_ms": NOW},
        (SendBytes(C0),),
    ),
    "judged while it stops": Case(
        backward(polled_ms=NOW - 10, slow_ms=NOW - 1, halting=True),
        BeltJudged(),
        {**sends(C0), "polls": (C1,), "polled_ms": NOW},
        (SendBytes(C0),),
    ),
    "judged while an answer is missing": Case(
        backward(polled_ms=NOW - 10, slow_ms=NOW - 1, missing=1),
        BeltJudged(),
        {**sends(C0), "polls": (C2, C1), "polled_ms": NOW},
        (SendBytes(C0),),
    ),
    "judged while questions wait": Case(
        backward(flying=C0, deadline_ms=DUE, polls=(C2,), polled_ms=NOW - 190, slow_ms=NOW - 1),
        BeltJudged(),
        {"polls": (C2, C1), "polled_ms": NOW},
    ),
    "judged on a line that was given up": Case(
        backward(spent=True), BeltJudged(), NOTHING, (Gone("line_silent"),)
    ),
    "judged on one that may still answer": Case(
        backward(spent=True, flying=AA, polled_ms=NOW - 1), BeltJudged(), NOTHING
    ),
    "what is owed is not asked": Case(
        backward(owed=frozenset({0xC0}), slow_ms=NOW - 1, polled_ms=NOW - 190, ours=True),
        BeltJudged(),
        {**sends(C1), "polls": (C0,), "polled_ms": NOW},
        (SendBytes(C1),),
    ),
    "a line that was given up is asked nothing": Case(
        backward(spent=True, wanted=(C0,)), LineTick(), NOTHING
    ),
    "what is wanted comes first": Case(
        backward(wanted=(A3, A0), polls=(C0,)), LineTick(), {**sends(A3), "wanted": (A0,)}, (SendBytes(A3),)
    ),
    # What is not answered.
    "not late yet": Case(backward(flying=C0, deadline_ms=NOW + 1), LineTick(), NOTHING),
    "one question late": Case(
        backward(flying=C0, deadline_ms=NOW, missed=(0xC1,), owed=frozenset({0xC1})),
        LineTick(),
        {"flying": None, "missing": 1, "missed": (0xC1, 0xC0), "owed": frozenset({0xC0, 0xC1})},
    ),
    "the third late in a row": Case(
        backward(
            flying=C0,
            deadline_ms=NOW,
            missing=2,
            wanted=(A3,),
            polls=(C1,),
            start=StartProgress.ARMED,
            first=6,
        ),
        LineTick(),
        {
            "flying": None,
            "missing": 3,
            "missed": (0xC0,),
            "owed": frozenset({0xC0}),
            "spent": True,
            "wanted": (),
            "polls": (),
            "start": StartProgress.NONE,
            "first": None,
        },
        (Feared(Cause.LINE_SILENT, "3 answers missing"),),
    ),
    "the third time that one question is late": Case(
        backward(flying=C0, deadline_ms=NOW, missed=(0xC0, 0xC1, 0xC0)),
        LineTick(),
        {
            "flying": None,
            "missing": 1,
            "missed": (0xC0, 0xC1, 0xC0, 0xC0),
            "owed": frozenset({0xC0}),
            "spent": True,
        },
        (Feared(Cause.LINE_SILENT, "3 answers missing"),),
    ),
    "a start that is not answered": Case(
        backward(flying=A0, deadline_ms=NOW, start=StartProgress.GIVEN, wanted=(C0,), polls=(C1,)),
        LineTick(),
        {
            "flying": None,
            "missing": 1,
            "missed": (0xA0,),
            "owed": frozenset({0xA0}),
            "start": StartProgress.NONE,
            "wanted": (),
            "polls": (),
        },
        (Feared(Cause.LINE_SILENT, "A0: no answer"),),
    ),
    "a speed that is not answered": Case(
        backward(flying=A3, deadline_ms=NOW),
        LineTick(),
        {"flying": None, "missing": 1, "missed": (0xA3,), "owed": frozenset({0xA3})},
        (Feared(Cause.LINE_SILENT, "A3: no answer"),),
    ),
    "who it is, not answered once": Case(
        backward(flying=C3, deadline_ms=NOW, nameless=True),
        LineTick(),
        {"flying": None, "missing": 1, "missed": (0xC3,), "owed": frozenset({0xC3})},
    ),
    "who it is, not answered twice": Case(
        backward(flying=C3, deadline_ms=NOW, nameless=True, missed=(0xC3,)),
        LineTick(),
        {"flying": None, "missing": 1, "missed": (0xC3, 0xC3), "owed": frozenset({0xC3}), "nameless": False},
        (Known(""),),
    ),
    "who it is, not answered a third time": Case(
        backward(flying=C3, deadline_ms=NOW, missed=(0xC3, 0xC3)),
        LineTick(),
        {
            "flying": None,
            "missing": 1,
            "missed": (0xC3, 0xC3, 0xC3),
            "owed": frozenset({0xC3}),
            "spent": True,
        },
        (Feared(Cause.LINE_SILENT, "3 answers missing"),),
    ),
    "who it is, the last of three": Case(
        backward(flying=C3, deadline_ms=NOW, nameless=True, missed=(0xC3,), missing=2),
        LineTick(),
        {
            "flying": None,
            "missing": 3,
            "missed": (0xC3, 0xC3),
            "owed": frozenset({0xC3}),
            "spent": True,
            "nameless": False,
        },
        (Known(""), Feared(Cause.LINE_SILENT, "3 answers missing")),
    ),
    "a stop that is not answered": Case(
        backward(flying=AA, deadline_ms=NOW, stops=4),
        LineTick(),
        {**sends(AA), "stops": 5, "owed": frozenset({0xAA})},
        (SendBytes(AA),),
    ),
    "the fifth stop that is not answered": Case(
        backward(flying=AA, deadline_ms=NOW, stops=5, wanted=(A3,), polls=(C0,), start=StartProgress.CLEARED),
        LineTick(),
        {
            "flying": None,
            "owed": frozenset({0xAA}),
            "spent": True,
            "wanted": (),
            "polls": (),
            "start": StartProgress.NONE,
        },
        (Gone("stop_not_taken"),),
    ),
    "the cut of a motor's power that is not answered": Case(
        backward(flying=A2, deadline_ms=NOW, stops=6),
        LineTick(),
        {"flying": None, "missing": 1, "missed": (0xA2,), "owed": frozenset({0xA2}), "spent": True},
        (Gone("stop_not_taken"),),
    ),
    "a pause that is not answered": Case(
        backward(flying=A2, deadline_ms=NOW, stops=5),
        LineTick(),
        {"flying": None, "missing": 1, "missed": (0xA2,), "owed": frozenset({0xA2})},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_step(name: str) -> None:
    hold(CASES[name])
