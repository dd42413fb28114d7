"""The Woodway codec: nothing dangerous can be encoded, and answers are found again in any garbage."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.codecs import serial_frames, woodway
from device_adapters.codecs.serial_frames import Frame, Op, Status
from device_adapters.codecs.woodway import Direction, WoodwayTongue
from device_adapters.errors import DecodeError, UnitError

ANSWERS = [
    Frame(0xB0), Frame(0xB2), Frame(0xB3), Frame(0xBA), Frame(0xBD), Frame(0xBE), Frame(0xBF),
    Frame(0xD0, b"1"), Frame(0xD0, b"3"), Frame(0xD1, b"3012"), Frame(0xD1, b"0000"), Frame(0xD2, b"0050"),
]  # fmt: skip


def wire(frame: Frame) -> bytes:
    return bytes([frame.op]) + frame.data


@given(st.sampled_from(Direction), st.integers(-100, 400))
def test_a_speed_is_one_way_and_of_1_to_62_tenths_or_nothing_at_all(
    direction: Direction, tenths: int
) -> None:
    if 1 <= tenths <= serial_frames.TENTHS_MAX:
        data = WoodwayTongue(direction).set_speed(tenths)
        assert data == bytes([0xA3, direction]) + b"%03d" % tenths
        return
    with pytest.raises(UnitError, match="1 to 62"):
        WoodwayTongue(direction).set_speed(tenths)


@pytest.mark.parametrize("value", [6.0, 1.5, -0.0, 0.0, math.nan, math.inf, True, "6", None])
def test_what_is_no_whole_number_is_no_speed(value: Any) -> None:
    with pytest.raises(UnitError, match="whole tenths"):
        WoodwayTongue(Direction.REVERSE).set_speed(value)


def test_what_can_be_asked_is_eight_bytes_and_none_starts_without_the_timer() -> None:
    asked = {serial_frames.ask(op)[0] for op in Op if op is not Op.SET_SPEED} | {Op.SET_SPEED}
    assert asked == {0xA0, 0xA2, 0xA3, 0xAA, 0xC0, 0xC1, 0xC2, 0xC3}
    with pytest.raises(UnitError, match=r"^a speed needs its direction and its tenths of mph$"):
        serial_frames.ask(Op.SET_SPEED)
    with pytest.raises(ValueError, match="is not a valid Direction"):
        WoodwayTongue(0x31).set_speed(10)  # type: ignore[arg-type]


@given(st.integers(0, 2_000))
def test_out_is_never_faster_and_in_never_slower_than_it_is(ckmh: int) -> None:
    tenths = serial_frames.tenths_below(ckmh)
    assert tenths * 1_609_344 <= ckmh * 100_000 < (tenths + 1) * 1_609_344
    assert serial_frames.ckmh_above(tenths) <= ckmh
    assert serial_frames.tenths_below(serial_frames.ckmh_above(tenths)) == tenths


@pytest.mark.parametrize(
    ("ckmh", "tenths", "back"),
    [(16, 0, 0), (17, 1, 17), (100, 6, 97), (998, 62, 998), (1_609_344, 100_000, 1_609_344)],
)
def test_the_grid_by_hand(ckmh: int, tenths: int, back: int) -> None:
    assert (serial_frames.tenths_below(ckmh), serial_frames.ckmh_above(tenths)) == (tenths, back)


@given(st.lists(st.sampled_from(ANSWERS), max_size=12), st.data())
def test_frames_are_found_however_the_line_is_cut(frames: list[Frame], data: st.DataObject) -> None:
    line = b"".join(map(wire, frames))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(line)), max_size=6)))
    found: list[Frame] = []
    rest = b""
    for begin, end in zip([0, *cuts], [*cuts, len(line)], strict=True):
        part = serial_frames.find(rest + line[begin:end])
        assert part.stray == b""
        found += part.frames
        rest = part.rest
    assert (found, rest) == (frames, b"")


@given(st.binary(max_size=40), st.sampled_from([f for f in ANSWERS if f.data]))
def test_a_frame_behind_garbage_is_found_by_the_third_time_it_is_told(garbage: bytes, frame: Frame) -> None:
    """Four bytes of a revision may be any: behind a stray D3 they are two whole frames."""
    found = serial_frames.find(garbage + wire(frame) * 3)
    assert frame in found.frames


@given(st.binary(max_size=60))
def test_no_byte_is_lost_and_what_waits_is_bounded(line: bytes) -> None:
    found = serial_frames.find(line)
    assert len(found.stray) + len(found.rest) + sum(len(wire(f)) for f in found.frames) == len(line)
    assert len(found.rest) <= 4


@pytest.mark.parametrize(
    ("line", "stray", "frames", "rest"),
    [
        (b"\xd13x12", b"\xd13x12", (), b""),
        (b"\xd13\xba", b"\xd13", (Frame(0xBA),), b""),
        (b"\xd1301:\xba", b"\xd1301:", (Frame(0xBA),), b""),
        (b"\xd1/000", b"\xd1/000", (), b""),
        (b"\xd10909", b"", (Frame(0xD1, b"0909"),), b""),
        (b"T\xd0", b"T", (), b"\xd0"),
    ],
)
def test_what_is_cut_off_is_stray_and_no_more_than_that(
    line: bytes, stray: bytes, frames: tuple[Frame, ...], rest: bytes
) -> None:
    assert serial_frames.find(line) == serial_frames.Found(frames, stray, rest)


@given(st.binary(min_size=1, max_size=5))
def test_an_answer_reads_as_itself_or_raises_its_own_error(data: bytes) -> None:
    frame = Frame(data[0], data[1:])
    tongue = WoodwayTongue(Direction.REVERSE)
    for read in (tongue.status, tongue.speed, serial_frames.elevation):
        try:
            read(frame)
        except DecodeError:
            continue
    assert isinstance(woodway.revision(frame), str)


def test_our_own_bytes_that_come_back_are_no_answers() -> None:
    echo = (
        WoodwayTongue(Direction.REVERSE).set_speed(6)
        + serial_frames.ask(Op.SPEED)
        + serial_frames.ask(Op.START)
    )
    found = serial_frames.find(echo)
    assert (found.frames, found.stray) == ((), echo)


def test_what_the_answers_say() -> None:
    backward, forward = WoodwayTongue(Direction.REVERSE), WoodwayTongue(Direction.FORWARD)
    assert backward.speed(Frame(0xD1, b"3012")) == (True, 12)
    assert forward.speed(Frame(0xD1, b"3012")) == (False, 12)
    assert forward.speed(Frame(0xD1, b"0299")) == (True, 299)
    assert backward.speed(Frame(0xD1, b"3000")) == (True, 0)
    assert [forward.status(Frame(0xD0, digit)) for digit in (b"1", b"2", b"3")] == [
        Status.STOPPED,
        Status.STARTED,
        Status.RUNNING,
    ]
    assert serial_frames.elevation(Frame(0xD2, b"0050")) == 50
    assert (woodway.revision(Frame(0xD3, b"2.14")), woodway.revision(Frame(0xD3, b"\x02\x0e\x00\x00"))) == (
        "2.14", "020e0000",
    )  # fmt: skip
    assert (woodway.revision(Frame(0xD3, b"~ 1 ")), woodway.revision(Frame(0xD3, b"1.2\x7f"))) == (
        "~ 1", "312e327f",
    )  # fmt: skip


def test_what_is_wrong_with_an_answer_is_said_with_its_bytes() -> None:
    tongue = WoodwayTongue(Direction.REVERSE)
    with pytest.raises(DecodeError, match=r"^serial line: an unknown status \(got d034\)$"):
        tongue.status(Frame(0xD0, b"4"))
    with pytest.raises(DecodeError, match=r"^serial line: an unknown direction \(got d131303132\)$"):
        tongue.speed(Frame(0xD1, b"1012"))


@pytest.mark.parametrize("data", [b"3300", b"0999", b"1012", b"2000", b"3a00", b""])
def test_a_speed_that_no_machine_can_tell_is_none(data: bytes) -> None:
    with pytest.raises(DecodeError):
        WoodwayTongue(Direction.REVERSE).speed(Frame(0xD1, data))


@pytest.mark.parametrize("data", [b"0300", b"9999", b"-005", b""])
def test_an_elevation_that_no_machine_can_tell_is_none(data: bytes) -> None:
    with pytest.raises(DecodeError):
        serial_frames.elevation(Frame(0xD2, data))
