"""The conversation with a Woodway against any row of events and any bytes: what never goes out, and when."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.codecs.woodway import Direction, WoodwayTongue
from device_adapters.safety.admit import Verb
from device_adapters.safety.hazards import Cause
from device_adapters.serial import events as talk
from device_adapters.serial.conversation import step
from device_adapters.serial.state import LineState

ANSWERS = st.sampled_from(
    [b"\xb0", b"\xb2", b"\xb3", b"\xba", b"\xbd", b"\xbe", b"\xbf", b"\xd01", b"\xd02", b"\xd03", b"\xd10000",
     b"\xd13012", b"\xd10012", b"\xd20000", b"\xd20020", b"\xd32.14", b"\xd1", b"30", b"T"]
)  # fmt: skip
EVENTS = st.one_of(
    st.builds(talk.Asked, st.sampled_from([Verb.BEGIN, Verb.HALT, Verb.PAUSE])),
    st.builds(talk.Asked, st.just(Verb.SPEED), st.integers(1, 62)),
    st.just(talk.BeltJudged()),
    st.just(talk.LineTick()),
    st.just(talk.Introduce()),
    st.builds(talk.BytesHeard, ANSWERS | st.binary(max_size=8)),
)
STEPS = st.lists(st.tuples(EVENTS, st.integers(0, 400)), max_size=80)


@dataclass
class Line:
    """A conversation, and all that it did."""

    state: LineState = field(default_factory=lambda: LineState(tongue=WoodwayTongue(Direction.REVERSE)))
    now_ms: int = 1_000
    sent: list[bytes] = field(default_factory=list)
    effects: list[talk.Effect] = field(default_factory=list)

    def do(self, event: talk.Event, later_ms: int = 0) -> list[bytes]:
        self.now_ms += later_ms
        self.state, effects = step(self.state, event, self.now_ms)
        self.effects += effects
        sent = [effect.data for effect in effects if isinstance(effect, talk.SendBytes)]
        self.sent += sent
        return sent

    def made_ready(self) -> talk.Effect:
        """Its belt stands, and its deck is level."""
        for answer in (b"\xba", b"\xd01", b"\xd10000", b"\xd20000"):
            self.do(talk.BytesHeard(answer), 20)
        return self.effects[-1]

    def fears(self) -> list[Cause]:
        return [effect.cause for effect in self.effects if isinstance(effect, talk.Feared)]


@given(STEPS)
def test_what_goes_out_is_allowed_one_at_a_time_and_a_start_is_clean(
    steps: list[tuple[talk.Event, int]],
) -> None:
    line, begun, spoken = Line(), False, None
    for event, later_ms in steps:
        before = line.state
        for data in line.do(event, later_ms):
            assert data in (b"\xaa", b"\xa2", b"\xa0", b"\xc0", b"\xc1", b"\xc2", b"\xc3") or (
                data[:2] == b"\xa33" and 1 <= int(data[2:]) <= 62
            )
            halts = data in (b"\xaa", b"\xa2")
            assert halts or before.flying is None or line.state.flying == data
            if data == b"\xa0":
                assert begun
                assert spoken is not None
            begun, spoken = (True, None) if data == b"\xaa" else (begun, data if data[0] == 0xA3 else spoken)
        if event == talk.Asked(Verb.HALT):
            begun, spoken = False, None


@given(STEPS)
def test_a_stop_goes_out_in_the_same_step_or_is_out_already(steps: list[tuple[talk.Event, int]]) -> None:
    line = Line()
    for event, later_ms in steps:
        flying = line.state.flying
        sent = line.do(event, later_ms)
        if event == talk.Asked(Verb.HALT):
            assert b"\xaa" in sent or flying == b"\xaa"
            assert line.state.wanted == ()


@given(STEPS)
def test_without_a_judge_the_line_falls_silent(steps: list[tuple[talk.Event, int]]) -> None:
    """Polls are what keeps the machine running: none goes out but for a `Judged` before it."""
    line, polls = Line(), 0
    for event, later_ms in steps:
        polls += 3 * isinstance(event, talk.BeltJudged)
        starts = 6 * sum(isinstance(e, talk.Asked) and e.verb is Verb.BEGIN for e, _ in steps)
        line.do(event, later_ms)
        asked = sum(data[0] in (0xC0, 0xC1, 0xC2) for data in line.sent)
        assert asked <= polls + starts * 10
    line.do(talk.Asked(Verb.HALT))
    for _ in range(12):
        line.do(talk.LineTick(), 300)
    assert line.do(talk.LineTick(), 300) == []


def test_a_stop_is_said_five_times_at_once_and_then_the_line_is_given_up() -> None:
    line = Line()
    line.do(talk.Asked(Verb.HALT))
    for _ in range(5):
        line.do(talk.LineTick(), 250)
    assert line.sent == [b"\xaa"] * 5
    assert line.effects[-1] == talk.Gone("stop_not_taken")


@pytest.mark.parametrize("answer", [b"\xbf", b"\xbe"])
def test_a_machine_that_knows_no_stop_is_disengaged_and_one_that_knows_neither_given_up(
    answer: bytes,
) -> None:
    line = Line()
    line.do(talk.Asked(Verb.HALT))
    for _ in range(5):
        line.do(talk.BytesHeard(answer), 10)
    assert line.sent == [*[b"\xaa"] * 5, b"\xa2"]
    other = Line(line.state, line.now_ms)
    line.do(talk.BytesHeard(b"\xb2"), 10)
    assert line.effects[-1] == talk.Taken(Verb.PAUSE)
    assert line.do(talk.BeltJudged(), 10) == [b"\xc0"]
    other.do(talk.BytesHeard(answer), 10)
    assert other.effects[-1] == talk.Gone("stop_not_taken")


def test_a_stop_that_is_taken_for_data_is_said_again_without_waiting() -> None:
    line = Line()
    line.do(talk.Asked(Verb.HALT))
    assert line.do(talk.BytesHeard(b"\xbe"), 10) == [b"\xaa"]
    assert talk.Taken(Verb.HALT) not in line.effects
    line.do(talk.BytesHeard(b"\xba"), 10)
    assert line.effects[-1] == talk.Taken(Verb.HALT)


def test_three_missing_answers_are_a_silent_line() -> None:
    line = Line()
    for missing in range(3):
        assert line.fears() == []
        line.do(talk.BeltJudged(), 10)
        line.do(talk.LineTick(), 250)
        assert line.state.missing == missing + 1
    assert line.fears() == [Cause.LINE_SILENT]
    line.do(talk.BeltJudged(), 10)
    assert line.effects[-1] == talk.Gone("line_silent")


def answered(line: Line, answers: dict[int, bytes]) -> None:
    """All that is asked, as far as there is an answer."""
    while line.state.flying is not None and line.state.flying[0] in answers:
        line.do(talk.BytesHeard(answers[line.state.flying[0]]), 10)


AT_REST = {0xAA: b"\xba", 0xC0: b"\xd01", 0xC1: b"\xd10000", 0xC2: b"\xd20000", 0xC3: b"\xd32.14"}


@pytest.mark.parametrize("lost", [0xC0, 0xC1, 0xC2])
def test_one_question_that_is_never_answered_is_a_silent_line_too(lost: int) -> None:
    line = Line()
    answers = {op: data for op, data in AT_REST.items() if op != lost}
    began_ms = line.now_ms
    while Cause.LINE_SILENT not in line.fears():
        line.do(talk.BeltJudged(), 100)
        answered(line, answers)
        if line.state.flying is not None:
            line.do(talk.LineTick(), 250)
        assert line.now_ms - began_ms < 4_000


def test_what_was_not_answered_is_asked_again_only_behind_another_answer() -> None:
    """So an answer that comes late is never taken for one to the next question."""
    line = Line()
    line.do(talk.BeltJudged())
    answered(line, AT_REST)
    assert line.do(talk.BeltJudged(), 200) == [b"\xc1"]
    line.do(talk.LineTick(), 250)
    assert line.do(talk.BeltJudged(), 10) == [b"\xc0"]
    told = [effect for effect in line.effects if isinstance(effect, talk.Told)]
    line.do(talk.BytesHeard(b"\xd13030"), 10)
    assert [effect for effect in line.effects if isinstance(effect, talk.Told)] == told
    answered(line, AT_REST)
    assert b"\xc1" in line.sent[-3:]
    assert line.fears() == []


@pytest.mark.parametrize("late_ms", [260, 400, 700])
def test_a_line_that_is_always_late_is_a_silent_one(late_ms: int) -> None:
    line, coming = Line(), list[tuple[int, bytes]]()
    for _ in range(200):
        sent = line.do(talk.BeltJudged() if line.now_ms % 100 == 0 else talk.LineTick(), 10)
        coming += [(line.now_ms + late_ms, AT_REST[data[0]]) for data in sent]
        for at_ms, data in tuple(coming):
            if at_ms <= line.now_ms:
                coming.remove((at_ms, data))
                line.do(talk.BytesHeard(data))
        if line.fears():
            break
    assert line.fears() == [Cause.LINE_SILENT]
    assert line.now_ms <= 2_200
    assert not [effect for effect in line.effects if isinstance(effect, talk.Told)]


def test_a_speed_that_waited_in_a_unit_that_stood_still_is_not_believed() -> None:
    line = Line()
    line.do(talk.BeltJudged())
    for answer in (b"\xd01", b"\xd20000"):
        line.do(talk.BytesHeard(answer), 10)
    line.do(talk.BytesHeard(b"\xd13030"), 1_500)
    assert line.effects[-1] == talk.SendBytes(b"\xc0") or not isinstance(line.effects[-1], talk.Told)
    assert not [effect for effect in line.effects if isinstance(effect, talk.Told)]
    assert line.state.missing == 1


def test_an_answer_that_nobody_waits_for_is_somebody_else_s_on_this_line() -> None:
    for answer in (b"\xb0", b"\xb3", b"\xba", b"\xb2", b"\xd10012", b"\xd03"):
        line = Line()
        line.do(talk.BeltJudged())
        answered(line, AT_REST)
        line.do(talk.BytesHeard(answer), 50)
        assert line.fears() == [Cause.LINE_GARBLED]


def test_an_answer_that_comes_twice_is_heard_once() -> None:
    line = Line()
    line.do(talk.BeltJudged())
    doubled = {op: data * 2 for op, data in AT_REST.items()}
    answered(line, doubled)
    assert line.fears() == []
    assert [effect for effect in line.effects if isinstance(effect, talk.Told)] == [talk.Told(0, 0)]
    line.do(talk.BytesHeard(b"\xd10000"), 50)
    assert line.fears() == [Cause.LINE_GARBLED]


def test_what_comes_before_the_first_answer_may_be_of_a_line_before_this_one() -> None:
    line = Line()
    line.do(talk.BytesHeard(b"\xba\xd13030"))
    assert line.effects == []


def test_an_answer_cut_in_two_is_one() -> None:
    for cut in range(5):
        line = Line()
        line.do(talk.BeltJudged())
        for answer in (b"\xd01", b"\xd20000"):
            line.do(talk.BytesHeard(answer), 10)
        line.do(talk.BytesHeard(b"\xd13012"[:cut]), 10)
        line.do(talk.BytesHeard(b"\xd13012"[cut:]), 10)
        assert line.effects[-1] == talk.Told(194, 0, True)
        assert line.fears() == []


def test_a_start_never_overtakes_its_speed_whatever_is_asked_meanwhile() -> None:
    line = Line()
    line.do(talk.Asked(Verb.BEGIN))
    line.made_ready()
    line.do(talk.BeltJudged(), 200)
    assert line.state.flying is not None
    line.do(talk.Asked(Verb.SPEED, 6))
    line.do(talk.Asked(Verb.SPEED, 5))
    answered(line, {**AT_REST, 0xA3: b"\xb3", 0xA0: b"\xb0"})
    assert [data for data in line.sent if data[0] in (0xA3, 0xA0)] == [b"\xa33005", b"\xa0"]


def test_a_machine_that_never_says_that_it_is_stopped_is_not_started_by_a_speed_of_0() -> None:
    line = Line()
    line.do(talk.Asked(Verb.BEGIN))
    line.do(talk.Asked(Verb.SPEED, 6))
    line.do(talk.BytesHeard(b"\xba"), 10)
    for _ in range(30):
        line.do(talk.BeltJudged(), 100)
        answered(line, {0xC1: b"\xd10000", 0xC2: b"\xd20000"})
        if line.state.flying is not None:
            line.do(talk.LineTick(), 250)
    assert not [data for data in line.sent if data[0] in (0xA3, 0xA0)]
    assert Cause.LINE_SILENT in line.fears()


@pytest.mark.parametrize("deck", [b"\xd20005", None])
def test_a_deck_that_is_not_known_to_be_level_is_not_started_under_a_reversed_belt(
    deck: bytes | None,
) -> None:
    line = Line()
    line.do(talk.Asked(Verb.BEGIN))
    line.do(talk.Asked(Verb.SPEED, 6))
    answers = {op: data for op, data in AT_REST.items() if op != 0xC2} | ({0xC2: deck} if deck else {})
    for _ in range(30):
        line.do(talk.BeltJudged(), 100)
        for _ in range(3):
            if line.state.flying is not None and line.state.flying[0] in answers:
                line.do(talk.BytesHeard(answers[line.state.flying[0]]), 10)
        line.do(talk.LineTick(), 250)
    assert not [data for data in line.sent if data[0] in (0xA3, 0xA0)]
    assert line.fears()[:1] == [Cause.CONTROL_FAILED if deck else Cause.LINE_SILENT]


def test_a_forward_belt_starts_whatever_its_deck_is() -> None:
    line = Line(LineState(tongue=WoodwayTongue(Direction.FORWARD)))
    line.do(talk.Asked(Verb.BEGIN))
    answered(line, {**AT_REST, 0xC2: b"\xd20050"})
    assert line.effects[-1] == talk.Taken(Verb.BEGIN)


def test_a_machine_that_stopped_before_it_ever_said_that_it_runs_has_tripped() -> None:
    line = Line()
    line.do(talk.Asked(Verb.BEGIN))
    line.made_ready()
    line.do(talk.Asked(Verb.SPEED, 6))
    answered(line, {0xA3: b"\xb3", 0xA0: b"\xb0"})
    line.do(talk.BeltJudged(), 200)
    answered(line, {0xC1: b"\xd13005", 0xC0: b"\xd01", 0xC2: b"\xd20000"})
    line.do(talk.BeltJudged(), 1_000)
    answered(line, {0xC1: b"\xd13005", 0xC0: b"\xd01", 0xC2: b"\xd20000"})
    assert line.fears() == [Cause.WATCHDOG_TRIPPED]


def test_a_revision_that_a_stop_overtook_is_asked_again() -> None:
    line = Line()
    assert line.do(talk.Introduce()) == [b"\xc3"]
    line.do(talk.Asked(Verb.HALT))
    for _ in range(3):
        line.do(talk.BeltJudged(), 100)
        answered(line, AT_REST)
    assert talk.Known("2.14") in line.effects


def test_a_revision_that_is_never_answered_is_none() -> None:
    line = Line()
    line.do(talk.Introduce())
    for _ in range(20):
        line.do(talk.BeltJudged(), 100)
        answered(line, {op: data for op, data in AT_REST.items() if op != 0xC3})
        line.do(talk.LineTick(), 250)
    assert [effect for effect in line.effects if isinstance(effect, talk.Known)] == [talk.Known("")]


def test_a_speed_of_0_counts_only_once_the_machine_says_that_it_is_stopped() -> None:
    line = Line()
    line.do(talk.Asked(Verb.HALT))
    line.do(talk.BytesHeard(b"\xba"), 20)
    line.do(talk.BeltJudged(), 20)
    for answer in (b"\xd03", b"\xd20000", b"\xd10000"):
        line.do(talk.BytesHeard(answer), 20)
    assert not [effect for effect in line.effects if isinstance(effect, talk.Told)]
    line.do(talk.BeltJudged(), 100)
    line.do(talk.BytesHeard(b"\xd01"), 20)
    line.do(talk.BytesHeard(b"\xd10000"), 20)
    assert line.effects[-1] == talk.Told(0, 0)


def test_a_machine_made_ready_and_forgotten_is_not_started_by_a_late_speed() -> None:
    line = Line()
    line.do(talk.Asked(Verb.BEGIN))
    assert line.made_ready() == talk.Taken(Verb.BEGIN)
    assert line.do(talk.Asked(Verb.SPEED, 6), 2_000) == [b"\xa33006"]
    line.do(talk.BytesHeard(b"\xb3"), 20)
    assert b"\xa0" not in line.sent


def test_a_speed_that_is_not_answered_is_not_said_again() -> None:
    line = Line()
    line.do(talk.Asked(Verb.SPEED, 6))
    line.do(talk.LineTick(), 250)
    assert line.fears() == [Cause.LINE_SILENT]
    line.do(talk.LineTick(), 250)
    assert line.sent == [b"\xa33006"]


@pytest.mark.parametrize("answers", [(b"\xd03",), (b"\xd01", b"\xd13012")])
def test_a_machine_that_does_not_rest_is_not_started(answers: tuple[bytes, ...]) -> None:
    line = Line()
    line.do(talk.Asked(Verb.BEGIN))
    line.do(talk.Asked(Verb.SPEED, 6))
    line.do(talk.BytesHeard(b"\xba"), 20)
    for answer in answers[:-1]:
        line.do(talk.BytesHeard(answer), 20)
    while Cause.CONTROL_FAILED not in line.fears():
        line.do(talk.BytesHeard(answers[-1]), 50)
        assert line.now_ms < 2_500
    assert b"\xa0" not in line.sent
    assert not any(data[0] == 0xA3 for data in line.sent)


@pytest.mark.parametrize("answer", [b"\xd07", b"\xd19012", b"T"])
def test_what_is_no_answer_of_a_woodway_is_feared_once_and_again_after_5_s_without(answer: bytes) -> None:
    line = Line()
    for times, clean_ms in ((1, 3_000), (1, 3_000), (1, 5_500), (2, 0)):
        line.do(talk.BeltJudged(), 1_000)
        while line.state.flying and line.state.flying[0] + 0x10 != answer[0] and answer != b"T":
            line.do(
                talk.BytesHeard({0xC0: b"\xd01", 0xC2: b"\xd20000"}.get(line.state.flying[0], b"\xd10000")), 5
            )
        line.do(talk.BytesHeard(answer), 5)
        assert line.fears().count(Cause.LINE_GARBLED) == times
        line.now_ms += clean_ms - 1_000


def test_a_start_forgets_what_was_feared_before_it() -> None:
    line = Line()
    line.do(talk.BytesHeard(b"T"))
    line.do(talk.Asked(Verb.BEGIN), 100)
    line.do(talk.BytesHeard(b"T"), 100)
    assert line.fears() == [Cause.LINE_GARBLED] * 2


def test_an_incline_is_nothing_that_can_be_said() -> None:
    assert Line().do(talk.Asked(Verb.INCLINE, 5)) == []
