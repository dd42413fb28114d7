"""Each transition of the control-point conversation, exactly: the whole next state and all that is sent or told."""

from dataclasses import replace

import pytest
from talk_states import (
    ASK,
    FAILED,
    FASTER,
    HALT,
    INCLINE,
    NOT_PERMITTED,
    NOW,
    SILENT,
    SINCE,
    SPEED,
    SPOILT,
    SUCCESS,
    flies,
    free,
    fresh,
    no,
    said,
    sent,
    wanted,
)

from device_adapters.codecs.ftms.control_point import OpCode
from device_adapters.link.talk import (
    Advance,
    ControlPointState,
    ControlPointTick,
    ControlTaken,
    Dropped,
    Effect,
    Event,
    Failed,
    LeaseRenewed,
    Obeyed,
    Procedure,
    Purge,
    Relink,
    Responded,
    Resubscribe,
    Want,
    WriteFailed,
)


def test_what_is_wanted_goes_out_or_waits() -> None:
    said(ControlPointState(), wanted(SPEED), fresh(ASK, SPEED, held=False), sent(ASK))
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


@pytest.mark.parametrize(("due", "left"), [(100, 100), (299, 299), (300, 300), (301, 300), (3_000, 300)])
def test_a_halt_waits_for_control_for_0_3_s_at_most(due: int, left: int) -> None:
    asking = flies(ASK, SPEED, held=False, due=NOW + due)
    said(asking, wanted(HALT), flies(ASK, HALT, held=False, due=NOW + left))
    said(
        ControlPointState(), wanted(HALT), flies(ASK, HALT, held=False, due=NOW + 300, silent=NOW), sent(ASK)
    )
    lost = flies(SPEED, INCLINE, held=False)
    said(lost, wanted(HALT), flies(ASK, HALT, held=False, due=NOW + 300), sent(ASK))


def test_an_answer_with_success_sends_the_next() -> None:
    said(flies(SPEED), Responded(2, SUCCESS), free())
    said(flies(SPEED, INCLINE, HALT), Responded(2, SUCCESS), fresh(INCLINE, HALT), sent(INCLINE))
    said(flies(ASK, SPEED, held=False), Responded(0, SUCCESS), fresh(SPEED), sent(SPEED))
    said(replace(flies(SPEED), resend_ms=NOW), Responded(2, SUCCESS), free())
    said(replace(flies(SPEED, INCLINE), resend_ms=NOW), Responded(2, SUCCESS), fresh(INCLINE), sent(INCLINE))


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (Responded(3, FAILED), ()),
        (Responded(0, FAILED), ()),
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
    refused = (no(2, "control_not_permitted"), no(3, "control_not_permitted"))
    said(asking, Responded(0, NOT_PERMITTED), free(held=False), *refused)
    said(flies(ASK, held=False), Responded(0, FAILED), free(held=False), no(0, "operation_failed"))


def test_lost_control_is_asked_for_once_and_the_write_repeated_first() -> None:
    again = replace(SPEED, retries=1)
    said(
        flies(SPEED, INCLINE), Responded(2, NOT_PERMITTED), fresh(ASK, again, INCLINE, held=False), sent(ASK)
    )
    said(flies(again), Responded(2, NOT_PERMITTED), free(held=False), no(2, "control_not_permitted"))
    told = no(2, "control_not_permitted")
    said(flies(again, INCLINE), Responded(2, NOT_PERMITTED), free(INCLINE, held=False), told)
    many = tuple(Procedure(op, bytes([op])) for op in range(0x10, 0x18))
    said(
        flies(SPEED, *many), Responded(2, NOT_PERMITTED), fresh(ASK, again, *many[:7], held=False), sent(ASK)
    )


def test_a_failed_procedure_is_told_and_nothing_sent_until_that_was_heard() -> None:
    told = no(2, "operation_failed")
    said(flies(SPEED), Responded(2, FAILED), free(), told)
    said(flies(SPEED, INCLINE), Responded(2, FAILED), free(INCLINE), told)
    said(free(INCLINE), Advance(), fresh(INCLINE), sent(INCLINE))
    said(free(INCLINE, held=False), Advance(), fresh(ASK, INCLINE, held=False), sent(ASK))
    said(flies(SPEED, INCLINE), Advance(), flies(SPEED, INCLINE))
    said(flies(SPEED, INCLINE, held=False), Responded(2, FAILED), free(INCLINE, held=False), told)
    said(flies(SPEED), Responded(2, 0), free(), Failed(2, "rfu_0x00"))
    said(flies(SPEED), Responded(2, 0x1F), free(), Failed(2, "rfu_0x1f"))
    said(flies(SPEED), Responded(2, 0x07), free(), Failed(2, "rfu_0x07"))


def test_a_busy_control_point_is_written_again_after_100_ms() -> None:
    busy = replace(flies(SPEED, INCLINE, silent=None, due=NOW + 3_000), resend_ms=NOW + 100)
    said(flies(SPEED, INCLINE), WriteFailed(2, 0xFE), busy)
    said(replace(flies(SPEED, INCLINE), overtaken=True), WriteFailed(2, 0xFE), busy)
    for at, due in ((NOW, True), (NOW + 1, False), (NOW - 1, True)):
        given = replace(flies(SPEED), resend_ms=at)
        if due:
            said(given, ControlPointTick(), flies(SPEED), sent(SPEED))
        else:
            said(given, ControlPointTick(), given)


@pytest.mark.parametrize("error", [None, 0xFF])
def test_a_failed_write_is_told_and_what_waits_stays(error: int | None) -> None:
    given = replace(flies(SPEED, INCLINE), resend_ms=NOW + 50)
    spoilt = (SPOILT,) if error is None else ()
    answered = error is not None
    said(given, WriteFailed(2, error), free(INCLINE), Failed(2, "write_failed", answered), *spoilt)
    said(free(INCLINE), ControlPointTick(), fresh(INCLINE), sent(INCLINE))
    asking = flies(ASK, INCLINE, held=False)
    said(asking, WriteFailed(0, error), free(held=False), no(3, "write_failed"), *spoilt)


def test_a_control_point_without_indications_is_subscribed_to_and_written_again_twice() -> None:
    once, twice = (replace(SPEED, retries=n) for n in (1, 2))
    for given, then in ((SPEED, once), (once, twice)):
        after = replace(flies(then, INCLINE, silent=None), resend_ms=NOW + 100)
        said(flies(given, INCLINE), WriteFailed(2, 0xFD), after, Resubscribe())
    told = (no(2, "write_failed"), SPOILT)
    said(flies(twice, INCLINE), WriteFailed(2, 0xFD), free(INCLINE), *told)


@pytest.mark.parametrize(("late", "due"), [(-1, False), (0, True), (1, True)])
def test_a_missing_answer_fails_at_its_deadline(late: int, due: bool) -> None:
    speed, asking = flies(SPEED, due=NOW - late), flies(ASK, SPEED, held=False, due=NOW - late)
    if due:
        said(speed, ControlPointTick(), replace(free(silent=SINCE), mute=1), Failed(2, "no_answer"))
        said(asking, ControlPointTick(), fresh(SPEED, silent=SINCE), sent(SPEED))
        waits = replace(free(INCLINE, silent=SINCE), mute=1)
        said(flies(SPEED, INCLINE, due=NOW - late), ControlPointTick(), waits, Failed(2, "no_answer"))
    else:
        said(speed, ControlPointTick(), speed)
        said(asking, ControlPointTick(), asking)
    said(free(), ControlPointTick(), free())


def test_a_control_point_that_is_silent_for_30_s_spoils_the_link_and_holds_nothing_up() -> None:
    last = flies(SPEED, silent=NOW - 29_999)
    said(last, ControlPointTick(), last)
    said(flies(SPEED, silent=NOW - 30_000), ControlPointTick(), flies(SPEED, silent=None), SILENT)
    late = flies(SPEED, INCLINE, due=NOW, silent=NOW - 30_000)
    said(late, ControlPointTick(), replace(free(INCLINE), mute=1), SILENT, Failed(2, "no_answer"))
    said(free(silent=NOW - 30_000), ControlPointTick(), free(), SILENT)
    halt = flies(HALT, silent=NOW - 9_999)
    said(halt, ControlPointTick(), halt)
    said(flies(HALT, silent=NOW - 10_000), ControlPointTick(), flies(HALT, silent=None), SILENT)


def test_control_that_is_taken_and_a_link_that_drops() -> None:
    said(flies(SPEED, INCLINE), ControlTaken(), flies(SPEED, INCLINE, held=False))
    said(flies(SPEED, INCLINE), Dropped(), ControlPointState())
    assert OpCode(HALT.op) is OpCode.STOP_OR_PAUSE


def test_a_halt_goes_out_without_control_where_it_is_refused_and_fails_all_else() -> None:
    for event in (Responded(0, NOT_PERMITTED), WriteFailed(0, 0x80)):
        why = "write_failed" if isinstance(event, WriteFailed) else "control_not_permitted"
        asking = flies(ASK, SPEED, HALT, held=False)
        said(asking, event, fresh(HALT, held=False), no(2, why), sent(HALT))


def test_a_link_on_which_five_halts_were_refused_is_given_up() -> None:
    twice = replace(HALT, retries=1)
    for before, after, told in ((0, 1, ()), (3, 4, ()), (4, 0, (Relink("stop_refused"),))):
        given = replace(flies(twice), halts_refused=before)
        then = replace(free(held=False), halts_refused=after)
        said(given, Responded(8, NOT_PERMITTED), then, no(8, "control_not_permitted"), *told)
    standing = replace(flies(HALT), halts_refused=4)
    then = replace(free(), halts_refused=4)
    said(standing, Responded(8, FAILED), then, no(8, "operation_failed"))
    said(standing, Responded(8, SUCCESS), free())


def test_a_stop_forgets_what_waits_and_what_would_be_sent_again() -> None:
    given = replace(flies(SPEED, INCLINE), resend_ms=NOW + 50, overtaken=True)
    said(given, Purge(), free(silent=SINCE))
    asking = flies(ASK, SPEED, held=False)
    said(asking, Purge(), flies(ASK, held=False))


def test_what_is_late_is_not_sent_and_a_speed_without_its_start_neither() -> None:
    good, late = (replace(SPEED, until_ms=at) for at in (NOW, NOW - 1))
    said(free(good), Advance(), fresh(good), sent(good))
    said(free(late, INCLINE), Advance(), fresh(INCLINE), Failed(2, "too_late"), sent(INCLINE))
    start = Procedure(7, b"\x07", until_ms=NOW - 1)
    said(free(start, SPEED), Advance(), free(), Failed(7, "too_late"))
    for procedure, told in ((good, (sent(good),)), (late, (Failed(2, "too_late"),))):
        given = replace(flies(procedure), resend_ms=NOW)
        said(given, ControlPointTick(), flies(procedure) if procedure is good else free(silent=SINCE), *told)


def test_a_lower_speed_waits_for_no_answer_but_that_to_a_request_for_control() -> None:
    want = Want(SPEED.data, lower=True)
    said(flies(INCLINE), want, fresh(SPEED, silent=SINCE), sent(SPEED))
    said(free(), want, fresh(SPEED), sent(SPEED))
    unheld = flies(ASK, SPEED, held=False, due=NOW + 300, silent=NOW)
    said(ControlPointState(), want, unheld, sent(ASK))
    said(flies(ASK, held=False, due=NOW + 3_000), want, flies(ASK, SPEED, held=False, due=NOW + 300))


def test_a_link_that_ended_at_a_request_for_control_is_followed_by_one_on_which_a_halt_goes_without() -> None:
    bare = ControlPointState(bare=True)
    said(flies(ASK, HALT, held=False), Dropped(), bare)
    said(flies(SPEED), Dropped(), ControlPointState())
    said(
        bare, wanted(HALT), replace(flies(HALT, held=False, due=NOW + 300, silent=NOW), bare=True), sent(HALT)
    )
    said(bare, wanted(SPEED), replace(fresh(ASK, SPEED, held=False), bare=True), sent(ASK))


def test_a_renewal_of_the_lease_lets_what_waits_wait_longer() -> None:
    old, new = (replace(SPEED, until_ms=at) for at in (NOW, NOW + 500))
    said(flies(old, INCLINE, old), LeaseRenewed(NOW + 500), flies(new, INCLINE, new))
    said(free(), LeaseRenewed(NOW), free())


def test_a_first_speed_waits_0_3_s_for_what_flies_and_that_is_no_failure() -> None:
    urgent = replace(SPEED, urgent=True)
    want = Want(SPEED.data, soon=True)
    waiting = replace(flies(INCLINE, urgent, due=NOW + 300), overtaken=True)
    said(flies(INCLINE), want, waiting)
    said(flies(INCLINE, due=NOW + 299), want, replace(waiting, deadline_ms=NOW + 299))
    said(replace(waiting, deadline_ms=NOW), ControlPointTick(), fresh(urgent, silent=SINCE), sent(urgent))
    begun = replace(flies(INCLINE, urgent, silent=NOW, due=NOW + 300), overtaken=True)
    said(free(INCLINE), want, replace(begun), sent(INCLINE))


def test_a_control_point_that_never_answers_is_waited_for_half_a_second() -> None:
    for mute, patience_ms in ((1, 3_000), (2, 500), (3, 500)):
        given = replace(free(SPEED), mute=mute)
        then = replace(fresh(SPEED), mute=mute, deadline_ms=NOW + patience_ms)
        said(given, Advance(), then, sent(SPEED))
    said(replace(flies(SPEED), mute=3), Responded(2, SUCCESS), free())
    said(flies(SPEED), Obeyed(), flies(SPEED, silent=None))
