"""The link of a serial line, by itself: what the gate asks becomes bytes, and what is answered the gate's own words."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from virtual_time import LoopClock, virtual

from device_adapters.codecs import uuids
from device_adapters.codecs.ftms import control_point, features, ranges, treadmill_data
from device_adapters.codecs.ftms.control_point import OpCode, ResultCode
from device_adapters.errors import LinkError
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Arrangement
from device_adapters.serial.link import SerialLink
from device_adapters.serial.makes import make_of

POINT = uuids.FITNESS_MACHINE_CONTROL_POINT


@dataclass
class Wire:
    """The other end: what was sent, and by hand what is answered."""

    kind: str = "virtual:memory"
    sent: list[bytes] = field(default_factory=list)
    opened: tuple[str, int] = ("", 0)
    closed: bool = False
    hear: Callable[[bytes], None] = lambda _: None
    end: Callable[[str], None] = lambda _: None

    async def open(
        self, path: str, bits_per_s: int, heard: Callable[[bytes], None], ended: Callable[[str], None]
    ) -> "Wire":
        self.opened, self.hear, self.end = (path, bits_per_s), heard, ended
        return self

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.closed = True


@dataclass
class Rig:
    """A link, what it feared, what it indicated and what it told."""

    wire: Wire
    link: SerialLink
    fears: list[tuple[Cause, str]]
    answers: list[bytes] = field(default_factory=list)
    told: list[treadmill_data.TreadmillData] = field(default_factory=list)

    async def ask(self, data: bytes) -> None:
        await self.link.write(POINT, data)

    async def started(self) -> None:
        """Made ready, given its first speed, and started."""
        await self.ask(control_point.start_or_resume())
        for answer in (b"\xba", b"\xd01", b"\xd10000", b"\xd20000"):
            self.wire.hear(answer)
        await self.ask(control_point.set_target_speed(100))
        self.wire.hear(b"\xb3")
        self.wire.hear(b"\xb0")


async def rig() -> Rig:
    wire, fears = Wire(), list[tuple[Cause, str]]()
    make = make_of("woodway", Arrangement.BELT_REVERSED)
    link = SerialLink(make, LoopClock(), lambda cause, why: fears.append((cause, why)))
    await link.open("/dev/serial/by-id/x", wire.open)
    made = Rig(wire, link, fears)
    await link.subscribe(POINT, made.answers.append)
    await link.subscribe(uuids.TREADMILL_DATA, lambda data: made.told.append(treadmill_data.decode(data)))
    return made


def response(op: OpCode, result: ResultCode) -> bytes:
    return bytes([0x80, op, result])


@virtual
async def test_it_says_who_it_is_without_asking_the_machine() -> None:
    r = await rig()
    assert r.wire.opened == ("/dev/serial/by-id/x", 4800)
    assert (r.link.name, r.link.radio, r.link.rssi) == ("Woodway (serial)", "virtual:memory", None)
    assert await r.link.read(uuids.MANUFACTURER_NAME) == b"Woodway"
    assert await r.link.read(uuids.MODEL_NUMBER) == b"Woodway (serial)"
    speeds = await r.link.read(uuids.SPEED_RANGE)
    assert speeds is not None
    assert ranges.decode_speed(speeds) == ranges.SpeedRange(86, 998, 16)
    can = await r.link.read(uuids.FITNESS_MACHINE_FEATURE)
    assert can is not None
    assert features.decode(can).targets == features.Target.SPEED
    assert await r.link.read(uuids.INCLINATION_RANGE) is None
    assert r.wire.sent == []


@virtual
async def test_its_revision_is_the_machine_s_word() -> None:
    r = await rig()
    asking = asyncio.ensure_future(r.link.read(uuids.FIRMWARE_REVISION))
    await asyncio.sleep(0.01)
    assert r.wire.sent == [b"\xc3"]
    r.wire.hear(b"\xd32.14")
    assert await asking == b"2.14"
    assert await r.link.read(uuids.FIRMWARE_REVISION) == b"2.14"
    assert r.wire.sent == [b"\xc3"]


@virtual
async def test_a_revision_of_no_letters_is_none() -> None:
    r = await rig()
    asking = asyncio.ensure_future(r.link.read(uuids.FIRMWARE_REVISION))
    await asyncio.sleep(0.01)
    r.wire.hear(b"\xd3    ")
    assert await asking is None


@pytest.mark.parametrize(("why", "said"), [("hung up", "hung up"), ("", "the line is gone")])
@virtual
async def test_a_line_that_ends_ends_the_question(why: str, said: str) -> None:
    r = await rig()
    asking = asyncio.ensure_future(r.link.read(uuids.FIRMWARE_REVISION))
    await asyncio.sleep(0.01)
    r.wire.end(why)
    with pytest.raises(LinkError, match=f"asking who it is: {said}"):
        await asking
    assert r.link.gone.is_set()
    assert r.link.why == why


@virtual
async def test_what_it_has_and_tells() -> None:
    r = await rig()
    for characteristic in (
        uuids.MODEL_NUMBER, uuids.TREADMILL_DATA, uuids.FITNESS_MACHINE_STATUS, POINT, uuids.FIRMWARE_REVISION,
    ):  # fmt: skip
        assert (r.link.has(characteristic), r.link.count(characteristic)) == (True, 1)
    assert (r.link.has(uuids.BATTERY_LEVEL), r.link.count(uuids.BATTERY_LEVEL)) == (False, 0)
    r.link.need(uuids.TREADMILL_DATA)
    with pytest.raises(LinkError, match="2a19 is not told"):
        await r.link.subscribe(uuids.BATTERY_LEVEL, r.answers.append)
    with pytest.raises(LinkError, match="2a19 is not written"):
        await r.link.write(uuids.BATTERY_LEVEL, b"\x00")
    await r.link.resubscribe(POINT)
    assert r.wire.sent == []


@virtual
async def test_control_is_given_at_once_and_what_it_cannot_do_is_refused() -> None:
    r = await rig()
    await r.ask(bytes([OpCode.REQUEST_CONTROL]))
    assert r.answers.pop() == response(OpCode.REQUEST_CONTROL, ResultCode.SUCCESS)
    await r.ask(control_point.set_target_incline(10))
    assert r.answers.pop() == response(OpCode.SET_TARGET_INCLINE, ResultCode.NOT_SUPPORTED)
    assert r.wire.sent == []


@pytest.mark.parametrize(
    ("ckmh", "tenths"), [(0, 0), (16, 0), (17, 1), (86, 5), (998, 62), (1013, 62), (1014, 63)]
)
@virtual
async def test_a_speed_becomes_a_tenth_of_mph_below_it_or_is_refused(ckmh: int, tenths: int) -> None:
    r = await rig()
    await r.ask(control_point.set_target_speed(ckmh))
    if 1 <= tenths <= 62:
        assert r.wire.sent == [b"\xa33%03d" % tenths]
        assert r.answers == []
        r.wire.hear(b"\xb3")
        assert r.answers == [response(OpCode.SET_TARGET_SPEED, ResultCode.SUCCESS)]
        return
    assert r.wire.sent == []
    assert r.answers == [response(OpCode.SET_TARGET_SPEED, ResultCode.INVALID_PARAMETER)]


@virtual
async def test_a_start_a_pause_and_a_stop_are_answered_in_the_gate_s_words() -> None:
    r = await rig()
    await r.started()
    assert r.wire.sent == [b"\xaa", b"\xc0", b"\xc1", b"\xc2", b"\xa33006", b"\xa0"]
    assert r.answers == [
        response(OpCode.START_OR_RESUME, ResultCode.SUCCESS),
        response(OpCode.SET_TARGET_SPEED, ResultCode.SUCCESS),
    ]
    r.answers.clear()
    await r.ask(control_point.stop())
    r.wire.hear(b"\xba")
    await r.ask(control_point.pause())
    r.wire.hear(b"\xb2")
    assert r.wire.sent[-2:] == [b"\xaa", b"\xa2"]
    assert r.answers == [response(OpCode.STOP_OR_PAUSE, ResultCode.SUCCESS)] * 2
    assert r.fears == []


@virtual
async def test_what_is_judged_is_asked_and_told_as_treadmill_data() -> None:
    r = await rig()
    r.link.judged()
    for answer in (b"\xd01", b"\xd20020", b"\xd13012"):
        r.wire.hear(answer)
    assert r.wire.sent == [b"\xc0", b"\xc2", b"\xc1"]
    assert [(each.speed_ckmh, each.incline_dpct) for each in r.told] == [(194, 20)]
    assert r.link.backward is True


@virtual
async def test_what_is_feared_is_told_with_its_why() -> None:
    r = await rig()
    r.wire.hear(b"T")
    assert r.fears == [(Cause.LINE_GARBLED, "no answer: 54")]


@virtual
async def test_a_stop_without_an_answer_is_said_each_quarter_of_a_second_and_then_the_link_ends() -> None:
    r = await rig()
    await r.ask(control_point.stop())
    for said in range(1, 6):
        assert r.wire.sent == [b"\xaa"] * said
        assert not r.link.gone.is_set()
        await asyncio.sleep(0.251)
    assert r.link.gone.is_set()
    assert r.link.why == "stop_not_taken"
    r.link.judged()
    await asyncio.sleep(1)
    assert len(r.wire.sent) == 5


@virtual
async def test_what_is_answered_late_and_then_in_time_waits_again() -> None:
    r = await rig()
    r.link.judged()
    await asyncio.sleep(0.26)
    r.link.judged()
    assert r.wire.sent == [b"\xc0", b"\xc2"]
    r.wire.hear(b"\xd20000")
    await asyncio.sleep(0.1)
    assert r.wire.sent[2] in (b"\xc0", b"\xc1")
    await asyncio.sleep(0.26)
    assert r.fears == []
    await r.ask(control_point.stop())
    await asyncio.sleep(0.3)
    assert r.wire.sent[-2:] == [b"\xaa", b"\xaa"]


class Sleeps(LoopClock):
    """A clock that keeps what was slept."""

    def __init__(self) -> None:
        super().__init__()
        self.slept = list[float]()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await super().sleep(seconds)


@virtual
async def test_it_waits_until_each_answer_is_late_and_for_nothing_else() -> None:
    wire, clock = Wire(), Sleeps()
    link = SerialLink(make_of("woodway", Arrangement.BELT_REVERSED), clock, lambda *_: None)
    await link.open("x", wire.open)

    def waits() -> int:
        return sum(task.get_name() == "serial.answer" for task in asyncio.all_tasks())

    wire.hear(b"T")
    assert waits() == 0
    for said in (1, 2):
        await link.write(POINT, control_point.stop())
        await asyncio.sleep(0.1)
        assert waits() == 1
        wire.hear(b"\xba")
        await asyncio.sleep(1)
        assert (waits(), len(wire.sent)) == (0, said)
    assert clock.slept == [0.25, 0.25]
    await link.write(POINT, control_point.stop())
    await asyncio.sleep(0.3)
    assert wire.sent == [b"\xaa"] * 4
    link.close()


@virtual
async def test_a_handler_that_fails_ends_the_link_and_is_its_fault() -> None:
    r = await rig()
    first, second = ValueError("first"), ValueError("second")
    failing = [first, second]

    def fail(_data: bytes) -> None:
        raise failing.pop(0)

    await r.link.subscribe(uuids.TREADMILL_DATA, fail)
    r.link.judged()
    for answer in (b"\xd01", b"\xd20020", b"\xd13012"):
        r.wire.hear(answer)
    assert r.link.fault is first
    assert r.link.gone.is_set()
    r.wire.hear(b"\xd13012")
    assert r.link.fault is first


@virtual
async def test_nobody_need_listen() -> None:
    wire = Wire()
    link = SerialLink(make_of("woodway", Arrangement.MEMBER_TURNED), LoopClock(), lambda *_: None)
    await link.open("x", wire.open)
    link.judged()
    for answer in (b"\xd01", b"\xd20020", b"\xd10012"):
        wire.hear(answer)
    assert not link.gone.is_set()


@virtual
async def test_once_let_go_nothing_is_written_or_waited_for() -> None:
    r = await rig()
    await r.ask(control_point.stop())
    waits = [task for task in asyncio.all_tasks() if task.get_name() == "serial.answer"]
    assert len(waits) == 1
    r.link.close()
    await asyncio.sleep(1)
    assert r.wire.closed
    assert r.wire.sent == [b"\xaa"]
    assert waits[0].cancelled()
    other = await rig()
    other.link.close()
    assert other.wire.closed
