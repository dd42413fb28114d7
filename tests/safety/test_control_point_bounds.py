"""A control point at its edges: patience that is shortened, what is left over by what is over, what came too late."""

from dataclasses import replace

from talk_states import (
    ASK,
    FAILED,
    HALT,
    INCLINE,
    NOT_PERMITTED,
    NOW,
    SINCE,
    SPEED,
    SUCCESS,
    flies,
    free,
    fresh,
    no,
    said,
    sent,
)

from device_adapters.link.talk import (
    ControlPointTick,
    Failed,
    Procedure,
    Responded,
)

PAUSE = Procedure(8, b"\x08\x02")
START = Procedure(7, b"\x07")


def test_a_halt_that_is_refused_for_want_of_control_waits_0_3_s_for_it() -> None:
    again = replace(HALT, retries=1)
    asks = flies(ASK, again, held=False, due=NOW + 300, silent=NOW)
    said(flies(HALT), Responded(8, NOT_PERMITTED), asks, sent(ASK))
    said(replace(asks, deadline_ms=NOW), ControlPointTick(), fresh(again, silent=NOW), sent(again))


def test_each_halt_that_waits_goes_out_without_control() -> None:
    for halts in ((HALT, PAUSE), (HALT, PAUSE, HALT)):
        given = flies(ASK, SPEED, *halts, held=False)
        then = fresh(HALT, *halts[1:], held=False)
        said(given, Responded(0, NOT_PERMITTED), then, no(2, "control_not_permitted"), sent(HALT))


def test_what_is_over_is_not_sent_again_and_overtakes_nothing() -> None:
    unanswered = replace(flies(SPEED, due=NOW), resend_ms=NOW + 50)
    said(unanswered, ControlPointTick(), replace(free(silent=SINCE), mute=1), Failed(2, "no_answer"))
    said(replace(flies(INCLINE), overtaken=True), Responded(3, SUCCESS), free())
    said(
        replace(flies(INCLINE), overtaken=True),
        Responded(3, FAILED),
        replace(free(), overtaken=True),
        no(3, "operation_failed"),
    )


def test_a_speed_is_nothing_without_a_start_that_was_never_taken() -> None:
    for until_ms, started in ((NOW, True), (NOW - 1, False)):
        start = replace(START, until_ms=until_ms)
        busy = replace(flies(start, SPEED), resend_ms=NOW)
        if started:
            said(busy, ControlPointTick(), flies(start, SPEED), sent(start))
        else:
            said(busy, ControlPointTick(), free(silent=SINCE), Failed(7, "too_late"))
    late = replace(INCLINE, until_ms=NOW - 1)
    said(
        replace(flies(late, SPEED), resend_ms=NOW),
        ControlPointTick(),
        free(SPEED, silent=SINCE),
        Failed(3, "too_late"),
    )
