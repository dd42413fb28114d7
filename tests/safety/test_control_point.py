"""The control-point conversation: order, answers that are late, doubled, refused or missing, and the halt."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from device_adapters.codecs.ftms import control_point as codec
from device_adapters.codecs.ftms.control_point import OpCode, ResultCode
from device_adapters.link import control_point, talk

REQUEST = codec.request_control()
SLOW = codec.set_target_speed(100)
FAST = codec.set_target_speed(200)
START = codec.start_or_resume()
HALT = codec.stop()


@dataclass
class Talk:
    """The machine with its memory of what it sent and what failed."""

    state: talk.ControlPointState = field(default_factory=talk.ControlPointState)
    now: int = 0
    sent: list[bytes] = field(default_factory=list)
    failed: list[talk.Failed] = field(default_factory=list)
    relinked: list[str] = field(default_factory=list)

    def do(self, event: talk.Event) -> None:
        self.state, effects = control_point.step(self.state, event, self.now)
        for effect in effects:
            match effect:
                case talk.Send(data):
                    self.sent.append(data)
                case talk.Failed():
                    self.failed.append(effect)
                case talk.Relink(why):
                    self.relinked.append(why)

    def want(self, data: bytes, *, first: bool = False) -> None:
        self.do(talk.Want(data, first))

    def answer(self, op: int, result: int = ResultCode.SUCCESS) -> None:
        self.do(talk.Responded(op, result))

    def wait(self, ms: int) -> None:
        for _ in range(0, ms, 100):
            self.now += 100
            self.do(talk.ControlPointTick())


def in_control() -> Talk:
    t = Talk()
    t.want(SLOW)
    t.answer(OpCode.REQUEST_CONTROL)
    t.answer(OpCode.SET_TARGET_SPEED)
    t.sent.clear()
    return t


def test_nothing_is_sent_until_something_is_wanted() -> None:
    t = Talk()
    t.wait(10_000)
    assert t.sent == []


def test_control_is_requested_first_and_one_procedure_flies_at_a_time() -> None:
    t = Talk()
    t.want(START)
    t.want(SLOW)
    assert t.sent == [REQUEST]
    t.answer(OpCode.REQUEST_CONTROL)
    assert t.sent == [REQUEST, START]
    t.answer(OpCode.START_OR_RESUME)
    assert t.sent == [REQUEST, START, SLOW]
    t.answer(OpCode.SET_TARGET_SPEED)
    assert t.failed == []


def test_only_the_newest_target_of_a_kind_waits() -> None:
    t = Talk()
    t.want(SLOW)
    t.want(FAST)
    t.answer(OpCode.REQUEST_CONTROL)
    t.answer(OpCode.SET_TARGET_SPEED)
    assert t.sent == [REQUEST, FAST]


def test_a_refused_request_for_control_fails_what_waited_and_writes_nothing_else() -> None:
    t = Talk()
    t.want(SLOW)
    t.answer(OpCode.REQUEST_CONTROL, ResultCode.CONTROL_NOT_PERMITTED)
    assert t.sent == [REQUEST]
    assert t.failed == [talk.Failed(OpCode.SET_TARGET_SPEED, "control_not_permitted", answered=True)]
    t.wait(5_000)
    assert t.sent == [REQUEST]


def test_lost_control_is_asked_for_once_more_and_the_write_repeated() -> None:
    t = in_control()
    t.want(FAST)
    t.answer(OpCode.SET_TARGET_SPEED, ResultCode.CONTROL_NOT_PERMITTED)
    t.answer(OpCode.REQUEST_CONTROL)
    assert t.sent == [FAST, REQUEST, FAST]
    t.answer(OpCode.SET_TARGET_SPEED, ResultCode.CONTROL_NOT_PERMITTED)
    assert t.failed == [talk.Failed(OpCode.SET_TARGET_SPEED, "control_not_permitted", answered=True)]
    assert t.sent == [FAST, REQUEST, FAST]


def test_status_ff_makes_the_next_write_ask_for_control_again() -> None:
    t = in_control()
    t.do(talk.ControlTaken())
    assert t.sent == []
    t.want(SLOW)
    assert t.sent == [REQUEST]


def test_late_doubled_and_foreign_answers_change_nothing() -> None:
    t = in_control()
    t.want(FAST)
    t.answer(OpCode.START_OR_RESUME)
    t.answer(OpCode.REQUEST_CONTROL)
    assert t.state.flying is not None
    t.answer(OpCode.SET_TARGET_SPEED)
    t.answer(OpCode.SET_TARGET_SPEED, ResultCode.OPERATION_FAILED)
    assert t.failed == []


def test_a_missing_answer_fails_after_its_deadline_and_the_next_goes_out() -> None:
    t = in_control()
    t.want(FAST)
    t.want(START)
    t.wait(control_point.ANSWER_MS)
    assert t.failed == [talk.Failed(OpCode.SET_TARGET_SPEED, "no_answer")]
    assert t.sent == [FAST]
    t.do(talk.Advance())
    assert t.sent == [FAST, START]


def test_a_belt_that_never_answers_a_request_for_control_is_written_all_the_same() -> None:
    t = Talk()
    t.want(SLOW)
    t.wait(control_point.ANSWER_MS)
    assert t.sent == [REQUEST, SLOW]


def test_a_halt_goes_at_once_and_drops_what_waited() -> None:
    t = in_control()
    t.want(FAST)
    t.want(START)
    t.want(HALT, first=True)
    assert t.sent == [FAST, HALT]
    t.answer(OpCode.SET_TARGET_SPEED)  # late: nobody waits for it any more
    t.answer(OpCode.STOP_OR_PAUSE)
    assert t.sent == [FAST, HALT]


def test_a_halt_that_meets_a_busy_control_point_is_sent_again() -> None:
    t = in_control()
    t.want(HALT, first=True)
    t.do(talk.WriteFailed(OpCode.STOP_OR_PAUSE, control_point.ATT_PROCEDURE_IN_PROGRESS))
    t.wait(200)
    assert t.sent == [HALT, HALT]


def test_a_halt_without_control_asks_for_it_and_waits_no_longer_than_1_s() -> None:
    t = Talk()
    t.want(HALT, first=True)
    assert t.sent == [REQUEST]
    t.wait(control_point.HALT_PATIENCE_MS - 100)
    assert t.sent == [REQUEST]
    t.wait(100)
    assert t.sent == [REQUEST, HALT]


def test_a_halt_behind_a_request_for_control_waits_no_longer_than_1_s() -> None:
    t = Talk()
    t.want(SLOW)
    t.wait(500)
    t.want(HALT, first=True)
    t.wait(control_point.HALT_PATIENCE_MS - 100)
    assert t.sent == [REQUEST]
    t.wait(100)
    assert t.sent == [REQUEST, HALT]
    t = Talk()
    t.want(SLOW)
    t.wait(control_point.ANSWER_MS - 300)
    t.want(HALT, first=True)
    t.wait(300)
    assert t.sent == [REQUEST, HALT]  # asking late does not lengthen the wait


def test_a_halt_in_control_has_the_whole_time_for_its_answer() -> None:
    t = in_control()
    t.want(HALT, first=True)
    t.wait(control_point.ANSWER_MS - 100)
    assert t.failed == []
    t.wait(100)
    assert t.failed == [talk.Failed(OpCode.STOP_OR_PAUSE, "no_answer")]


def test_an_answer_that_the_standard_does_not_know_fails_and_is_named_by_its_number() -> None:
    t = in_control()
    t.want(FAST)
    t.answer(OpCode.SET_TARGET_SPEED, 0x1F)
    assert t.failed == [talk.Failed(OpCode.SET_TARGET_SPEED, "rfu_0x1f")]


def test_a_write_without_its_response_spoils_the_link_whoever_waits_for_it() -> None:
    t = in_control()
    t.want(FAST)
    t.do(talk.WriteFailed(OpCode.SET_TARGET_SPEED, None))
    assert t.failed == [talk.Failed(OpCode.SET_TARGET_SPEED, "write_failed")]
    assert t.relinked == ["write_failed"]
    t = in_control()
    t.do(talk.WriteFailed(OpCode.SET_TARGET_SPEED, None))  # a halt has taken its place meanwhile
    assert (t.failed, t.relinked) == ([], ["write_failed"])
    t.want(FAST)
    t.do(talk.WriteFailed(OpCode.SET_TARGET_SPEED, 0x0E))
    assert t.relinked == ["write_failed"]  # an ATT error is an answer


def test_30_s_without_any_answer_end_the_link() -> None:
    t = in_control()
    t.want(FAST)
    for _ in range(9):
        t.wait(3_000)
        t.want(FAST)
    t.wait(2_900)
    assert t.relinked == []
    t.wait(100)
    assert t.relinked == ["no_answer"]
    t.wait(control_point.SILENT_MS)
    assert t.relinked == ["no_answer"]  # once: the link is being dropped


def test_any_answer_however_late_or_foreign_keeps_the_link() -> None:
    t = in_control()
    t.want(FAST)
    t.wait(29_000)
    t.answer(OpCode.START_OR_RESUME)
    t.wait(29_000)
    assert t.relinked == []
    t.want(HALT, first=True)
    t.wait(20_000)
    t.do(talk.WriteFailed(OpCode.STOP_OR_PAUSE, 0xFE))
    t.wait(20_000)
    assert t.relinked == []


def test_a_belt_that_is_told_nothing_may_be_silent_for_ever() -> None:
    t = in_control()
    t.wait(10 * control_point.SILENT_MS)
    assert t.relinked == []


def test_a_lost_link_forgets_control() -> None:
    t = in_control()
    t.want(FAST)
    t.do(talk.Dropped())
    t.wait(2 * control_point.SILENT_MS)
    t.sent.clear()
    t.want(SLOW)
    assert t.sent == [REQUEST]
    assert t.relinked == []


ops = st.sampled_from(
    [OpCode.REQUEST_CONTROL, OpCode.SET_TARGET_SPEED, OpCode.STOP_OR_PAUSE, OpCode.START_OR_RESUME]
)
events = st.one_of(
    st.builds(talk.Want, st.sampled_from([SLOW, FAST, START])),
    st.just(talk.Want(HALT, first=True)),
    st.builds(talk.Responded, ops, st.integers(0, 6)),
    st.builds(talk.WriteFailed, ops, st.sampled_from([None, 0xFD, 0xFE])),
    st.just(talk.ControlTaken()),
    st.just(talk.Dropped()),
    st.integers(1, 4000),
)


@given(st.lists(events, max_size=80))
def test_it_never_gets_stuck_and_a_wanted_halt_is_always_written(happenings: list[talk.Event | int]) -> None:
    t = Talk()
    for event in happenings:
        if isinstance(event, int):
            t.wait(event)
        else:
            t.do(event)
        assert len(t.state.queue) <= control_point.QUEUE_MAX
    t.sent.clear()
    t.want(HALT, first=True)
    t.wait(control_point.ANSWER_MS)
    assert HALT in t.sent
    t.wait(control_point.ANSWER_MS * (control_point.QUEUE_MAX + 2))
    assert t.state.flying is None
