"""Whoever stores telemetry is not always there: what a broker takes meanwhile must not count as delivered."""

import asyncio
from pathlib import Path

from test_outbox import OutboxGym

from device_adapters.outbox import Outbox
from device_adapters.outbox.doubt import BYTES_MAX, DOUBT_MS, Doubt
from device_adapters.outbox.store import Message


async def test_nothing_counts_as_delivered_until_the_store_is_there(tmp_path: Path) -> None:
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        outbox.store_is_there(False)
        for n in range(3):
            outbox.put("t", b"%d" % n)
        await gym.until(lambda: outbox.disk.rows == 3)
        assert gym.received == [b"0", b"1", b"2"]  # whoever listens gets them at once
        await gym.pass_ms(2000)
        assert gym.received == [b"0", b"1", b"2"]  # and once, not again and again
        outbox.store_is_there(True)
        await gym.until(lambda: gym.received == [b"0", b"1", b"2"] * 2)
        await gym.until(lambda: outbox.depth == outbox.disk.rows == 0)


async def test_an_answer_to_what_was_sent_before_the_store_came_does_not_count(tmp_path: Path) -> None:
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        outbox.store_is_there(False)
        gym.bus.answers.clear()
        outbox.put("t", b"early")
        await gym.pass_ms(40)
        outbox.store_is_there(True)
        gym.bus.answers.set()
        await gym.until(lambda: gym.received == [b"early"] * 2)
        await gym.until(lambda: outbox.depth == 0)


async def test_without_a_disk_nothing_is_sent_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").mkdir()
    async with OutboxGym(tmp_path) as gym:
        outbox = Outbox(gym.path, gym.bus, gym.clock)
        outbox.store_is_there(False)
        line = asyncio.create_task(outbox.run())
        await gym.pass_ms(100)
        outbox.put("t", b"once")
        await gym.pass_ms(2000)
        assert gym.received == [b"once"]
        outbox.store_is_there(True)
        await gym.until(lambda: outbox.depth == 0)
        line.cancel()
        await asyncio.wait([line])


async def test_what_was_acknowledged_just_before_the_store_went_is_sent_again(tmp_path: Path) -> None:
    """Hub and broker lose their power together: the store had these in its hands."""
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        outbox.put("t", b"long ago")
        await gym.until(lambda: outbox.depth == 0)
        await gym.pass_ms(DOUBT_MS + 1000)
        outbox.put("t", b"just now")
        await gym.until(lambda: gym.received == [b"long ago", b"just now"] and outbox.depth == 0)
        outbox.store_is_there(False)
        await gym.until(lambda: outbox.disk.rows == 1)
        outbox.store_is_there(True)
        await gym.until(lambda: gym.received == [b"long ago", b"just now", b"just now"])
        await gym.until(lambda: outbox.depth == outbox.disk.rows == 0)


def test_what_is_in_doubt_is_bounded_by_time_and_by_size() -> None:
    doubt = Doubt()
    for second in range(60):
        doubt.add(Message("t", b"%d" % second, "telemetry"), second * 1000)
    kept = [int(message.payload) for message in doubt.all(59_000)]
    assert kept == list(range(59 - DOUBT_MS // 1000, 60))
    assert doubt.all(59_000) == []
    large = Message("t", bytes(BYTES_MAX // 10), "telemetry")
    for _ in range(100):
        doubt.add(large, 0)
    assert len(doubt.all(0)) == BYTES_MAX // large.size
