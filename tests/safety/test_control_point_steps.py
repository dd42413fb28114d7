"""Each transition of the control-point conversation, exactly: the whole next state and all that is sent or told."""

from dataclasses import replace

import pytest

from device_adapters.codecs.ftms.control_point import OpCode, ResultCode
from device_adapters.link.control_point import (
    Answered,
    ControlTaken,
    Dropped,
    Effect,
    Event,
    Failed,
    Procedure,
    Relink,
    Send,
    State,
    Tick,
    Want,
    WriteFailed,
    step,
)

NOW = 50_000
ASK, SPEED, INCLINE, HALT = (
    Procedure(data[0], data) for data in (b"\x00", b"\x02\x64\x00", b"\x03\x0a\x00", b"\x08\x01")
)
FASTER = Procedure(2, b"\x02\xc8\x00")
DUE = NOW + 700
SINCE = NOW - 2_000
SILENT, SPOILT = Relink("no_answer"), Relink("write_failed")
SUCCESS, FAILED, NOT_PERMITTED = (
    ResultCode.SUCCESS,
    ResultCode.OPERATION_FAILED,
    ResultCode.CONTROL_NOT_PERMITTED,
)


def free(*waiting: Procedure, held: bool = True, silent: int | None = None) -> State:
    return State(held=held, queue=waiting, silent_since_ms=silent)


def flies(
    procedure: Procedure, *waiting: Procedure, held: bool = True, due: int = DUE, silent: int | None = SINCE
) -> State:
    return State(held=held, flying=procedure, deadline_ms=due, queue=waiting, silent_since_ms=silent)


def fresh(procedure: Procedure, *waiting: Procedure, held: bool = True, silent: int = NOW) -> State:
    """Sent now: the whole time for its answer is left."""
    return flies(procedure, *waiting, held=held, due=NOW + 3_000, silent=silent)


def said(state: State, event: Event, then: State, *effects: Effect) -> None:
    """The step leads exactly here; a deadline counts only while something flies."""
    after, told = step(state, event, NOW)
    if after.flying is None:
        after, then = replace(after, deadline_ms=0), replace(then, deadline_ms=0)
    assert (after, told) == (then, effects)


def sent(procedure: Procedure) -> Send:
    return Send(procedure.data)


def wanted(procedure: Procedure) -> Want:
    return Want(procedure.data, first=procedure is HALT)


def test_what_is_wanted_goes_out_or_waits() -> None:
    said(State(), wanted(SPEED), fresh(ASK, SPEED, held=False), sent(ASK))
    said(free(), wanted(SPEED), fresh(SPEED), sent(SPEED))
    said(flies(SPEED), wanted(INCLINE), flies(SPEED, INCLINE))
    said(flies(INCLINE, SPEED), wanted(FASTER), flies(INCLINE, FASTER))
    said(flies(HALT, SPEED, INCLINE), wanted(FASTER), flies(HALT, INCLINE, FASTER))


def test_a_full_queue_drops_the_oldest() -> None:
    many = [Procedure(op, bytes([op])) for op in range(0x10, 0x19)]
    said(flies(HALT, *many[:7]), Want(many[7].data), flies(HALT, *many[:8]))
    said(flies(HALT, *many[:8]), Want(many[8].data), flies(HALT, *many[1:]))


def test_a_halt_is_sent_at_once_in_control() -> None:
    said(free(), wanted(HALT), fresh(HALT), sent(HALT))
    said(flies(SPEED, INCLINE), wanted(HALT), fresh(HALT, silent=SINCE), sent(HALT))
    said(flies(HALT, SPEED), wanted(HALT), fresh(HALT, silent=SINCE), sent(HALT))


@pytest.mark.parametrize(
    ("due", "left"), [(700, 700), (999, 999), (1_000, 1_000), (1_001, 1_000), (3_000, 1_000)]
)
def test_a_halt_waits_for_control_for_1_s_at_most(due: int, left: int) -> None:
    asking = flies(ASK, SPEED, held=False, due=NOW + due)
    said(asking, wanted(HALT), flies(ASK, HALT, held=False, due=NOW + left))
    said(State(), wanted(HALT), flies(ASK, HALT, held=False, due=NOW + 1_000, silent=NOW), sent(ASK))
    lost = flies(SPEED, INCLINE, held=False)
    said(lost, wanted(HALT), flies(ASK, HALT, held=False, due=NOW + 1_000), sent(ASK))


def test_an_answer_with_success_sends_the_next() -> None:
    said(flies(SPEED), Answered(2, SUCCESS), free())
    said(flies(SPEED, INCLINE, HALT), Answered(2, SUCCESS), fresh(INCLINE, HALT), sent(INCLINE))
    said(flies(ASK, SPEED, held=False), Answered(0, SUCCESS), fresh(SPEED), sent(SPEED))
    said(replace(flies(SPEED), resend_ms=NOW), Answered(2, SUCCESS), free())
    said(replace(flies(SPEED, INCLINE), resend_ms=NOW), Answered(2, SUCCESS), fresh(INCLINE), sent(INCLINE))


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (Answered(3, FAILED), ()),
        (Answered(0, FAILED), ()),
        (WriteFailed(3, 0xFD), ()),
        (WriteFailed(3, None), (SPOILT,)),
    ],
)
def test_what_is_told_of_something_else_changes_nothing_but_the_silence(
    event: Event, told: tuple[Effect, ...]
) -> None:
    for state in (free(silent=SINCE), free(held=False), flies(SPEED, INCLINE)):
        said(state, event, replace(state, silent_since_ms=None), *told)


def test_a_refused_request_for_control_fails_what_waits_once_each() -> None:
    asking = replace(flies(ASK, SPEED, INCLINE, held=False), resend_ms=NOW + 50)
    refused = (Failed(2, "control_not_permitted"), Failed(3, "control_not_permitted"))
    said(asking, Answered(0, NOT_PERMITTED), free(held=False), *refused)
    said(flies(ASK, held=False), Answered(0, FAILED), free(held=False), Failed(0, "operation_failed"))


def test_lost_control_is_asked_for_once_and_the_write_repeated_first() -> None:
    again = replace(SPEED, retries=1)
    said(flies(SPEED, INCLINE), Answered(2, NOT_PERMITTED), fresh(ASK, again, INCLINE, held=False), sent(ASK))
    said(flies(again), Answered(2, NOT_PERMITTED), free(held=False), Failed(2, "control_not_permitted"))
    told = (Failed(2, "control_not_permitted"), sent(ASK))
    said(flies(again, INCLINE), Answered(2, NOT_PERMITTED), fresh(ASK, INCLINE, held=False), *told)
    many = tuple(Procedure(op, bytes([op])) for op in range(0x10, 0x18))
    said(flies(SPEED, *many), Answered(2, NOT_PERMITTED), fresh(ASK, again, *many[:7], held=False), sent(ASK))


def test_a_failed_procedure_is_told_and_the_next_sent() -> None:
    said(flies(SPEED), Answered(2, FAILED), free(), Failed(2, "operation_failed"))
    told = (Failed(2, "operation_failed"), sent(INCLINE))
    said(flies(SPEED, INCLINE), Answered(2, FAILED), fresh(INCLINE), *told)
    taken = (Failed(2, "operation_failed"), sent(ASK))
    said(flies(SPEED, INCLINE, held=False), Answered(2, FAILED), fresh(ASK, INCLINE, held=False), *taken)
    said(flies(SPEED), Answered(2, 0x1F), free(), Failed(2, "rfu_0x1f"))
    said(flies(SPEED), Answered(2, 0x07), free(), Failed(2, "rfu_0x07"))


def test_a_busy_control_point_is_written_again_after_100_ms() -> None:
    busy = replace(flies(SPEED, INCLINE, silent=None), resend_ms=NOW + 100)
    said(flies(SPEED, INCLINE), WriteFailed(2, 0xFE), busy)
    for at, due in ((NOW, True), (NOW + 1, False), (NOW - 1, True)):
        given = replace(flies(SPEED), resend_ms=at)
        if due:
            said(given, Tick(), flies(SPEED), sent(SPEED))
        else:
            said(given, Tick(), given)


@pytest.mark.parametrize("error", [None, 0xFD, 0xFF])
def test_a_failed_write_is_told_and_what_waits_stays(error: int | None) -> None:
    given = replace(flies(SPEED, INCLINE), resend_ms=NOW + 50)
    spoilt = (SPOILT,) if error is None else ()
    said(given, WriteFailed(2, error), free(INCLINE), Failed(2, "write_failed"), *spoilt)
    said(free(INCLINE), Tick(), fresh(INCLINE), sent(INCLINE))
    asking = flies(ASK, INCLINE, held=False)
    said(asking, WriteFailed(0, error), free(held=False), Failed(3, "write_failed"), *spoilt)


@pytest.mark.parametrize(("late", "due"), [(-1, False), (0, True), (1, True)])
def test_a_missing_answer_fails_at_its_deadline(late: int, due: bool) -> None:
    speed, asking = flies(SPEED, due=NOW - late), flies(ASK, SPEED, held=False, due=NOW - late)
    if due:
        said(speed, Tick(), free(silent=SINCE), Failed(2, "no_answer"))
        said(asking, Tick(), fresh(SPEED, silent=SINCE), sent(SPEED))
        told = (Failed(2, "no_answer"), sent(INCLINE))
        said(flies(SPEED, INCLINE, due=NOW - late), Tick(), fresh(INCLINE, silent=SINCE), *told)
    else:
        said(speed, Tick(), speed)
        said(asking, Tick(), asking)
    said(free(), Tick(), free())


def test_a_control_point_that_is_silent_for_30_s_spoils_the_link_and_holds_nothing_up() -> None:
    last = flies(SPEED, silent=NOW - 29_999)
    said(last, Tick(), last)
    said(flies(SPEED, silent=NOW - 30_000), Tick(), flies(SPEED, silent=None), SILENT)
    late = flies(SPEED, INCLINE, due=NOW, silent=NOW - 30_000)
    said(late, Tick(), fresh(INCLINE), SILENT, Failed(2, "no_answer"), sent(INCLINE))
    said(free(silent=NOW - 30_000), Tick(), free(), SILENT)


def test_control_that_is_taken_and_a_link_that_drops() -> None:
    said(flies(SPEED, INCLINE), ControlTaken(), flies(SPEED, INCLINE, held=False))
    said(flies(SPEED, INCLINE), Dropped(), State())
    assert OpCode(HALT.op) is OpCode.STOP_OR_PAUSE
