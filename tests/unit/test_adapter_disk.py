"""What a unit keeps on its disk of a belt, damaged, half-written or not writable: the belt is guarded all the same."""

import asyncio
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from memory_gym import MemoryMachine, gym
from virtual_time import VirtualLoop, virtual
from waiting import until

from device_adapters.unit.moving_mark import MovingMark


def damaged(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b'{"schema": "commissioning/1", "tread')


def empty(path: Path) -> None:
    path.parent.mkdir()
    path.touch()


def of_no_year(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(
        '{"treadmill": "tm-01", "address": "C0:00:00:00:01:01", "at_ms": 1000000000000000000, "by": "Kim", '
        '"units_right": true, "speed_min_kmh": 0.8, "speed_max_kmh": 20, "accel_kmh_s": 1, "decel_kmh_s": 1, '
        '"stop_s": 2, "stops_on_link_loss": true, "grade_right": true}'
    )


def no_file(path: Path) -> None:
    path.mkdir(parents=True)


def no_folder(path: Path) -> None:
    path.parent.touch()


@pytest.mark.parametrize("harm", [damaged, empty, of_no_year, no_file, no_folder])
@virtual
async def test_a_record_that_cannot_be_read_ends_no_unit_and_counts_for_nothing(
    tmp_path: Path, harm: Any
) -> None:
    """A unit that would not begin watches no belt, and stops none that the one before it left moving."""
    harm(tmp_path / "commissioning" / "tm-01.json")
    MovingMark(tmp_path, "tm-01").set(True)
    machine = MemoryMachine()
    machine.belt.start()
    machine.belt.set_speed(300)
    machine.belt.step(5_000)
    async with gym(tmp_path, [machine]) as g:
        await g.rest()
        await until(lambda: g.causes("odd") == ["record_unreadable"])
        assert g.states["tm-01"].latched == "unit_restarted"
        await until(lambda: g.states["tm-01"].belt == "still")
        assert (await g.command("clear", by="Kim")).outcome == "accepted"
        await g.moving(3.0, spotter=False)
        assert (await g.command("target", speed_kmh=5.0)).speed_kmh == 3.0


class Hanging:
    """The disk removes a mark, and says so only when the test lets it: with an error, if it is to fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: OSError | None = None) -> None:
        self.free, self.removed = threading.Event(), 0
        unlink, loop = Path.unlink, asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)

        def slowly(path: Path, *args: Any, **kwargs: Any) -> None:
            unlink(path, *args, **kwargs)
            if path.parent.name != "moving":
                return
            self.removed += 1
            if error is not None:
                raise error
            loop.hung += 1
            self.free.wait(60)
            loop.hung -= 1

        monkeypatch.setattr(Path, "unlink", slowly)


@pytest.mark.parametrize("error", [None, OSError(5, "Input/output error")])
@virtual
async def test_nothing_starts_on_a_mark_that_is_being_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError | None
) -> None:
    """The next session comes while the disk still takes the mark of the last one away, or failed half-way."""
    mark = tmp_path / "moving" / "tm-01"
    async with gym(tmp_path) as g:
        await g.ready()
        await g.hold()
        assert mark.exists()
        disk = Hanging(monkeypatch, error)
        await g.let_go()
        await until(lambda: disk.removed)
        await g.claim(epoch=2, session="s-2")
        for _ in range(30):
            started = await g.command("start", epoch=2)
            assert started.outcome == "refused" or mark.exists()
            await asyncio.sleep(0.1)
        disk.free.set()
        await until(lambda: g.states["tm-01"].lease_holder == "test")
        assert mark.exists()


@virtual
async def test_a_mark_that_is_still_there_is_relied_on_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk refuses to take it away; then somebody begins a session."""
    unlink = Path.unlink

    def refused(path: Path, *args: Any, **kwargs: Any) -> None:
        if path.parent.name == "moving":
            raise OSError(30, "Read-only file system")
        unlink(path, *args, **kwargs)

    async with gym(tmp_path) as g:
        await g.moving(1.0)
        await g.let_go()
        monkeypatch.setattr(Path, "unlink", refused)
        await g.rest()
        await until(lambda: g.states["tm-01"].belt == "still")
        assert (await g.command("clear", by="Kim")).outcome == "accepted"
        await asyncio.sleep(3)
        await g.hold(epoch=2, session="s-2")
        assert (await g.command("start", epoch=2)).outcome == "accepted"


class Unsynced:
    """A disk that takes a file, but does not say that it would still be there after a power cut."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, mark: Path) -> None:
        self.works = False
        self.seen: list[bool] = []
        fsync = os.fsync

        def synced(descriptor: int) -> None:
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                self.seen.append(mark.exists())
                if not self.works:
                    raise OSError(5, "Input/output error")
            fsync(descriptor)

        monkeypatch.setattr(os, "fsync", synced)


@virtual
async def test_nothing_starts_on_a_mark_that_a_power_cut_could_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gym(tmp_path) as g:
        await g.ready()
        disk = Unsynced(monkeypatch, tmp_path / "moving" / "tm-01")
        await g.claim()
        await asyncio.sleep(3)
        started = await g.command("start")
        assert (started.outcome, started.cause) == ("refused", "not_marked")
        disk.works = True
        await asyncio.sleep(3)
        assert (await g.command("start")).outcome == "accepted"
        assert disk.seen
        assert all(disk.seen), "the folder is synced once the mark is in it"


def test_a_disk_that_cannot_be_asked_may_hold_the_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(path: Path, **kwargs: Any) -> bool:
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(Path, "exists", unreadable)
    assert MovingMark(tmp_path, "tm-01").is_set
