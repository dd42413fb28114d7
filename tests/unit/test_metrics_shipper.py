"""From the spool to a database that takes, fails, refuses and asks to wait."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from waiting import until

from device_adapters.clock import ManualClock
from device_adapters.errors import StorageError
from services.metrics import schema, shipper, spool
from services.metrics.line_protocol import unpacked
from services.metrics.points import Point
from services.metrics.shipper import Reply, Shipper
from services.metrics.spool import Spool


def points(*numbers: int) -> list[Point]:
    return [Point(schema.STRAP, {"strap": "hr-01"}, {"hr_bpm": n}, n) for n in numbers]


def text(n: int) -> str:
    return f"strap,strap=hr-01 hr_bpm={n}i {n}"


class ToldDatabase:
    """Takes lines but those in `bad`; says `troubles` first, one after the other."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        self.troubles: list[Reply] = []
        self.bad: set[str] = set()
        self.sizes: list[int] = []

    async def post(self, body: bytes) -> Reply:
        lines = unpacked(body)
        self.sizes.append(len(lines))
        if self.troubles:
            return self.troubles.pop(0)
        if self.bad & set(lines):
            return Reply(400, "partial write: field type conflict")
        self.rows.update((line.rsplit(" ", 1)[1], line) for line in lines)
        return Reply(204)


class Pipeline:
    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.database = ToldDatabase()
        self.spool = Spool(path / "spool.db", 1_000_000)
        self.shipper = Shipper(self.spool, self.database.post, self.clock, lambda: 1.0)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.shipper.run())
        yield
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    async def _tick(self) -> None:
        await self.clock.advance(100)
        await asyncio.sleep(0.001)

    async def until(self, fact: Callable[[], bool]) -> None:
        await until(fact, meanwhile=self._tick)

    def empty(self) -> bool:
        return self.spool.depth()[0] == 0


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    made = Pipeline(tmp_path)
    yield made
    made.spool.close()


async def test_everything_arrives_in_parcels_of_bounded_size(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "LINES_MAX", 50)
    for begin in range(0, 400, 20):
        pipeline.spool.write(points(*range(begin, begin + 20)))
    async with pipeline.running():
        await pipeline.until(pipeline.empty)
    assert len(pipeline.database.rows) == 400
    assert max(pipeline.database.sizes) == 40


@pytest.mark.parametrize("status", [500, 503, 429, 401, 403, 404, 0])
async def test_what_the_database_cannot_take_now_is_kept_and_said(pipeline: Pipeline, status: int) -> None:
    pipeline.spool.write(points(1, 2, 3))
    pipeline.database.troubles = [Reply(status, "trouble")] * 5
    async with pipeline.running():
        await pipeline.until(lambda: len(pipeline.database.sizes) == 3)
        assert pipeline.shipper.failing == shipper.LOUD.get(status, "trouble")
        assert pipeline.spool.depth() == (3, 0)
        await pipeline.until(pipeline.empty)
        assert pipeline.shipper.failing == ""
    assert set(pipeline.database.rows) == {"1", "2", "3"}


async def test_a_shard_that_the_database_cannot_read_is_named_with_its_fix(pipeline: Pipeline) -> None:
    pipeline.spool.write(points(1))
    pipeline.database.troubles = [Reply(500, "[shard 7] unexpected end of JSON input")] * 3
    async with pipeline.running():
        await pipeline.until(lambda: bool(pipeline.shipper.failing))
        assert "[shard 7] unexpected end of JSON input" in pipeline.shipper.failing
        assert "build-tsi" in pipeline.shipper.failing
        await pipeline.until(pipeline.empty)
    assert set(pipeline.database.rows) == {"1"}


async def test_waits_grow_to_a_bound_and_begin_anew_after_a_success(pipeline: Pipeline) -> None:
    waits: list[float] = []
    sleep = pipeline.clock.sleep

    async def noted(seconds: float) -> None:
        waits.append(seconds)
        await sleep(seconds)

    pipeline.clock.sleep = noted  # type: ignore[method-assign]
    pipeline.spool.write(points(1))
    pipeline.database.troubles = [Reply(503)] * 8 + [Reply(429, retry_after_s=120.0)]
    async with pipeline.running():
        await pipeline.until(pipeline.empty)
        assert waits[:9] == [0.5, 1, 2, 4, 8, 16, 30, 30, 120]
        pipeline.spool.write(points(2))
        pipeline.database.troubles = [Reply(503)]
        waits.clear()
        await pipeline.until(pipeline.empty)
    assert [wait for wait in waits if wait != shipper.IDLE_S] == [0.5]


@pytest.mark.parametrize("bad", [[0], [99], [3, 4, 50], list(range(100))])
async def test_refused_lines_are_kept_apart_and_the_others_arrive(pipeline: Pipeline, bad: list[int]) -> None:
    pipeline.spool.write(points(*range(100)))
    pipeline.database.bad = {text(n) for n in bad}
    async with pipeline.running():
        await pipeline.until(pipeline.empty)
        kept = pipeline.spool.in_quarantine(1000)
        assert [row.line for row in kept] == [text(n) for n in bad]
        assert {row.why for row in kept} == {"partial write: field type conflict"}
        assert len(pipeline.database.rows) == 100 - len(bad)
        pipeline.database.bad = set()
        assert pipeline.spool.replay() == len(bad)
        await pipeline.until(pipeline.empty)
    assert len(pipeline.database.rows) == 100
    assert pipeline.spool.depth() == (0, 0)


async def test_a_parcel_that_is_too_large_is_split(pipeline: Pipeline) -> None:
    pipeline.spool.write(points(*range(8)))
    pipeline.database.troubles = [Reply(413), Reply(413)]
    async with pipeline.running():
        await pipeline.until(pipeline.empty)
    assert pipeline.database.sizes == [8, 4, 2, 2, 4]
    assert len(pipeline.database.rows) == 8


def test_a_full_spool_takes_nothing_more_and_says_what_to_do(tmp_path: Path) -> None:
    small = Spool(tmp_path / "spool.db", 80)
    small.write(points(1, 2))
    with pytest.raises(StorageError, match=r"full.*spool_mb"):
        small.write(points(3))
    parcel = small.next()
    assert parcel is not None
    assert parcel.lines == 2
    assert unpacked(parcel.body) == [text(1), text(2)]
    small.delivered(parcel, [], 0)
    small.write(points(3))
    assert small.depth() == (1, 0)
    small.close()


def test_a_spool_is_as_it_was_after_a_restart_and_quarantine_can_be_dropped(tmp_path: Path) -> None:
    first = Spool(tmp_path / "spool.db", 1000)
    first.write(points(1))
    parcel = first.next()
    assert parcel is not None
    first.delivered(parcel, [(text(1), "no")], 77)
    first.write(points(2))
    first.close()
    again = Spool(tmp_path / "spool.db", 1000)
    assert again.depth() == (1, 1)
    assert again.in_quarantine(5)[0].at_ms == 77
    assert again.drop_quarantine() == 1
    assert again.depth() == (1, 0)
    again.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "spool.db").write_bytes(b"something else" * 100)
    with pytest.raises(StorageError, match=r"spool\.db.*not a database"):
        Spool(tmp_path / "spool.db", 1000)
