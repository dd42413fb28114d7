"""A clicker as Linux shows it: a list of devices, and nodes that speak `struct input_event` (FIFOs in their place)."""

import asyncio
import contextlib
import errno
import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner
from unit_world import world
from waiting import until

from device_adapters.errors import ConfigError
from device_adapters.unit import clicker as clicker_module
from device_adapters.unit import input_events
from device_adapters.unit.clicker import Clicker
from device_adapters.unit.input_events import EVENT, InputDevice, all_of, listed, pressed
from services.cli.main import app

LISTED = """I: Bus=0019 Vendor=0000 Product=0001 Version=0000
N: Name="Power Button"
P: Phys=PNP0C0C/button/input0
S: Sysfs=/devices/LNXSYSTM:00/input/input0
U: Uniq=
H: Handlers=kbd event0
B: PROP=0
B: EV=3
B: KEY=10000000000000 0

I: Bus=0005 Vendor=0a5c Product=8502 Version=011b
N: Name="Clicker Keyboard"
P: Phys=b8:27:eb:00:00:01
S: Sysfs=/devices/virtual/misc/uhid/input/input1
U: Uniq=d0:22:be:00:00:01
H: Handlers=sysrq kbd event1
B: EV=120013
B: KEY=e080ffdf 0

I: Bus=0005 Vendor=0a5c Product=8502 Version=011b
N: Name="Clicker Consumer Control"
U: Uniq=d0:22:be:00:00:01
H: Handlers=kbd event2
B: EV=1f
B: KEY=3f000303ff 0

I: Bus=0003 Vendor=046d Product=c52f Version=0111
N: Name="HDMI audio"
U: Uniq=
H: Handlers=event3
B: EV=21

"""
ADDRESS = "D0:22:BE:00:00:01"
VOLUME_DOWN, VOLUME_UP = 114, 115


def key(code: int, value: int = 1) -> bytes:
    return EVENT.pack(0, 0, 1, code, value) + EVENT.pack(0, 0, 0, 0, 0)


class InputNodes:
    """/proc/bus/input/devices and /dev/input in a folder; what is written to a node is pressed on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.list = folder / "devices"
        self.held: dict[str, int] = {}
        self.taken: list[int] = []

    def plug(self, *nodes: str) -> None:
        for node in nodes:
            os.mkfifo(self.folder / node)
            self.held[node] = os.open(self.folder / node, os.O_RDWR | os.O_NONBLOCK)
        self.list.write_text(LISTED)

    def press(self, node: str, data: bytes) -> None:
        os.write(self.held[node], data)

    def pull(self) -> None:
        self.list.write_text("")
        for node, fd in self.held.items():
            os.close(fd)
            (self.folder / node).unlink()
        self.held.clear()

    def grab(self, fd: int) -> None:
        self.taken.append(fd)


@pytest.fixture
def nodes(tmp_path: Path) -> InputNodes:
    (tmp_path / "input").mkdir()
    return InputNodes(tmp_path / "input")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class ClickerHeard:
    """What a clicker led to."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def until(self, *done: str) -> None:
        await until(lambda: self.done == list(done), lambda: str(self.done))


@contextlib.asynccontextmanager
async def hearing(clicker: Clicker) -> AsyncIterator[ClickerHeard]:
    heard = ClickerHeard()
    work = clicker.run(
        lambda: heard.done.append("stop"),
        lambda: heard.done.append("slower"),
        lambda there: heard.done.append("there" if there else "gone"),
    )
    task = asyncio.create_task(work)
    yield heard
    task.cancel()
    await asyncio.wait([task])


def test_what_linux_lists_is_read_with_all_nodes_of_one_device(nodes: InputNodes) -> None:
    nodes.list.write_text(LISTED)
    found = listed(nodes.list)
    assert found[0] == InputDevice("Power Button", "", "event0", "PNP0C0C/button")
    assert [d.node for d in found if d.is_called(ADDRESS)] == ["event1", "event2"]
    assert [d.node for d in found if d.is_called("clicker keyboard")] == ["event1"]
    assert [d.node for d in all_of(found, "clicker keyboard")] == ["event1", "event2"]
    assert [d.node for d in found] == ["event0", "event1", "event2"]  # what has no keys is no clicker
    assert listed(nodes.folder / "none") == []


def test_only_a_key_that_goes_down_counts_and_what_was_dropped_may_have_been_one() -> None:
    repeated, released = key(VOLUME_UP, 2), key(VOLUME_UP, 0)
    assert pressed(key(VOLUME_UP) + repeated + released) == [VOLUME_UP]
    assert pressed(EVENT.pack(0, 0, 0, 3, 0)) == [0]
    assert pressed(key(VOLUME_UP)[:-1]) == [VOLUME_UP]


async def test_each_key_stops_but_the_one_that_slows_on_each_of_its_nodes(nodes: InputNodes) -> None:
    nodes.plug("event1", "event2")
    clicker = Clicker(ADDRESS, [VOLUME_DOWN], devices=nodes.list, nodes=nodes.folder, grab=nodes.grab)
    async with hearing(clicker) as heard:
        await heard.until("there")
        assert clicker.works
        assert len(nodes.taken) == 2
        nodes.press("event2", key(VOLUME_DOWN))
        await heard.until("there", "slower")
        nodes.press("event1", key(28))
        await heard.until("there", "slower", "stop")
        nodes.press("event2", EVENT.pack(0, 0, 0, 3, 0))
        await heard.until("there", "slower", "stop", "stop")


async def test_a_key_that_is_to_be_held_counts_while_it_is_down_and_stops_nothing_by_itself(
    nodes: InputNodes,
) -> None:
    nodes.plug("event1", "event2")
    clicker = Clicker(ADDRESS, [], [VOLUME_UP], devices=nodes.list, nodes=nodes.folder, grab=nodes.grab)
    async with hearing(clicker) as heard:
        await heard.until("there")
        nodes.press("event1", key(VOLUME_UP))
        await until(lambda: clicker.held)
        nodes.press("event1", key(VOLUME_UP, 2))
        nodes.press("event2", key(28) + key(28, 0))
        await heard.until("there", "stop")
        assert clicker.held, "it repeats, and another key went up"
        nodes.press("event1", key(VOLUME_UP, 0))
        await until(lambda: not clicker.held)
        assert heard.done == ["there", "stop"]


@pytest.mark.parametrize("lost", ["pulled", "dropped"])
async def test_a_held_key_of_which_nothing_more_is_heard_is_let_go(nodes: InputNodes, lost: str) -> None:
    nodes.plug("event1", "event2")
    clicker = Clicker(ADDRESS, [], [VOLUME_UP], devices=nodes.list, nodes=nodes.folder, grab=nodes.grab)
    async with hearing(clicker) as heard:
        await heard.until("there")
        nodes.press("event1", key(VOLUME_UP))
        await until(lambda: clicker.held)
        nodes.pull() if lost == "pulled" else nodes.press("event2", EVENT.pack(0, 0, 0, 3, 0))
        await until(lambda: not clicker.held)


async def test_one_that_is_pulled_is_told_and_heard_again_when_it_is_back(nodes: InputNodes) -> None:
    clicker = Clicker(ADDRESS, devices=nodes.list, nodes=nodes.folder, grab=nodes.grab)
    async with hearing(clicker) as heard:
        await heard.until("gone")
        assert "not plugged in" in clicker.why
        nodes.plug("event1", "event2")
        await heard.until("gone", "there")
        nodes.pull()
        await heard.until("gone", "there", "gone")
        assert not clicker.works
        nodes.plug("event1", "event2")
        await heard.until("gone", "there", "gone", "there")
        nodes.press("event1", key(28))
        await heard.until("gone", "there", "gone", "there", "stop")


async def test_what_linux_makes_of_it_later_is_heard_too(nodes: InputNodes) -> None:
    nodes.plug("event1", "event2")
    nodes.list.write_text(
        LISTED.replace("D0:22:BE", "d0:22:be").split('N: Name="Clicker Consumer')[0] + "\n\n"
    )
    clicker = Clicker("Clicker Keyboard", devices=nodes.list, nodes=nodes.folder, grab=nodes.grab)
    async with hearing(clicker) as heard:
        await heard.until("there")
        nodes.list.write_text(LISTED)
        async with asyncio.timeout(60):
            while len(nodes.taken) < 3:
                await asyncio.sleep(0.01)
        nodes.press("event2", key(VOLUME_UP))
        await heard.until("there", "stop")


async def test_two_clickers_of_one_name_are_nobodys(nodes: InputNodes) -> None:
    nodes.plug("event1", "event2")
    nodes.list.write_text(
        LISTED.replace("Clicker Consumer Control", "Clicker Keyboard", 1)
        .replace("Uniq=d0:22:be:00:00:01", "Uniq=", 1)
        .replace("Uniq=d0:22:be:00:00:01", "Uniq=d0:22:be:00:00:02", 1)
    )
    clicker = Clicker("Clicker Keyboard", devices=nodes.list, nodes=nodes.folder, grab=nodes.grab)
    async with hearing(clicker) as heard:
        await heard.until("gone")
        assert "two of that name" in clicker.why


@pytest.mark.parametrize("lacks", ["node", "grab"])
async def test_half_a_clicker_is_none(nodes: InputNodes, lacks: str) -> None:
    nodes.plug("event1") if lacks == "node" else nodes.plug("event1", "event2")

    def refused(_fd: int) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    clicker = Clicker(
        ADDRESS,
        devices=nodes.list,
        nodes=nodes.folder,
        grab=nodes.grab if lacks == "node" else refused,
    )
    gc.collect()  # what tests before this one left open
    before = open_files()
    async with hearing(clicker) as heard:
        await heard.until("gone")
        assert clicker.why.split(":")[0] == os.strerror(errno.ENOENT if lacks == "node" else errno.EBUSY)
        assert not clicker.works
    assert open_files() <= before


async def test_a_low_battery_is_told_once_until_it_is_charged(
    nodes: InputNodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes.plug("event1")
    monkeypatch.setattr(clicker_module, "BATTERY_LOOK_S", 0.02)
    supply = nodes.folder / f"hid-{ADDRESS.lower()}-battery"
    supply.mkdir()
    told: list[int] = []
    clicker = Clicker(ADDRESS, devices=nodes.list, nodes=nodes.folder, power=nodes.folder, grab=nodes.grab)
    watch = asyncio.create_task(clicker.watch_battery(told.append))
    for capacity, so_far in (("", []), ("16", []), ("15", [15]), ("9", [15]), ("80", [15]), ("12", [15, 12])):
        (supply / "capacity").write_text(capacity)
        await until(lambda so_far=so_far: told == so_far)  # type: ignore[misc]
        await asyncio.sleep(0.2)
        assert told == so_far
    watch.cancel()


@pytest.mark.parametrize("fails", ["", "pair", "missing"])
def test_a_bluetooth_clicker_is_paired_trusted_and_connected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    """bluetoothctl is a stand-in here: this machine has no BlueZ."""
    control, log = tmp_path / "bluetoothctl", tmp_path / "asked"
    control.write_text(
        f'#!/bin/sh\necho "$@" >>{log}\ncase "$5" in "{fails or "none"}") echo Failed; exit 1;; esac\n'
    )
    control.chmod(0o755 if fails != "missing" else 0o644)
    monkeypatch.setenv("PATH", str(tmp_path) + ":/bin" * (fails != "missing"))
    done = CliRunner().invoke(app, ["clicker", "pair", ADDRESS])
    if fails:
        assert isinstance(done.exception, ConfigError)
        assert ("pair" if fails == "pair" else "bluetoothctl") in str(done.exception)
        return
    assert done.exit_code == 0
    steps = [line.split()[-2:] for line in log.read_text().splitlines()]
    assert steps == [["pair", ADDRESS], ["trust", ADDRESS], ["connect", ADDRESS]]


async def test_a_node_that_is_no_input_device_cannot_be_grabbed(nodes: InputNodes) -> None:
    """The real call: a FIFO has no EVIOCGRAB."""
    nodes.plug("event1")
    with pytest.raises(OSError, match="ioctl"):
        input_events.opened(nodes.folder / "event1")


async def test_the_clicker_of_a_treadmill_stops_and_slows_that_one(
    tmp_path: Path, nodes: InputNodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = {"devices": nodes.list, "nodes": nodes.folder, "power": nodes.folder, "grab": nodes.grab}
    monkeypatch.setattr(Clicker.__init__, "__kwdefaults__", places)
    at_hand: dict[str, dict[str, object]] = {
        "tm-01": {"clicker": ADDRESS, "clicker_slower_keys": (VOLUME_DOWN,)}
    }
    async with world(tmp_path, treadmills=2, straps=0, at_hand=at_hand) as w:
        await w.until(lambda: any(e.cause == "clicker_gone" for e in w.events))
        gone = next(e for e in w.events if e.cause == "clicker_gone")
        assert (gone.kind, gone.severity, gone.treadmill) == ("stop_button", "alarm", "tm-01")
        assert "it stops nothing until it is back" in gone.text
        nodes.plug("event1", "event2")
        await w.until(lambda: any(e.kind == "stop_button_back" for e in w.events))
        await w.run_at(2.0)
        await w.run_at(1.5, "tm-02")
        await w.until(lambda: w.unit.treadmills["tm-01"].gate.envelope.measured_ckmh == 200)
        nodes.press("event2", key(VOLUME_DOWN))
        await w.until(lambda: w.belt_ckmh() == 180)
        nodes.press("event1", key(VOLUME_UP))
        await w.until(lambda: w.belt_ckmh() == 0)
        stop = next(e for e in w.events if e.cause == "stop_pressed")
        assert (stop.treadmill, stop.after["by"]) == ("tm-01", "clicker of tm-01")
        assert w.belt_ckmh("tm-02") == 150


async def test_a_clickers_key_runs_a_belt_while_it_is_held(
    tmp_path: Path, nodes: InputNodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = {"devices": nodes.list, "nodes": nodes.folder, "power": nodes.folder, "grab": nodes.grab}
    monkeypatch.setattr(Clicker.__init__, "__kwdefaults__", places)
    at_hand: dict[str, dict[str, object]] = {"tm-01": {"clicker": ADDRESS, "clicker_hold_keys": (VOLUME_UP,)}}
    nodes.plug("event1", "event2")
    async with world(tmp_path, straps=0, at_hand=at_hand) as w:
        await w.ready()
        await w.hold(hand=True)
        nodes.press("event1", key(VOLUME_UP))
        await w.until(lambda: w.states["tm-01"].hold == "held")
        assert (await w.command("start")).outcome == "accepted"
        await w.until(lambda: w.belt_ckmh() == 100)
        nodes.pull()
        await w.until(lambda: w.states["tm-01"].latched == "hold_released")
        await w.until(lambda: w.belt_ckmh() == 0)
