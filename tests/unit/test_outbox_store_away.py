"""Whoever stores telemetry is not always there: what a broker takes meanwhile must not count as delivered."""

import asyncio
from pathlib import Path

from test_outbox import Gym

from device_adapters.outbox import Outbox


async def test_nothing_counts_as_delivered_until_the_store_is_there(tmp_path: Path) -> None:
    async with Gym(tmp_path) as gym, gym.outbox() as outbox:
        outbox.store_is_there(False)
        for n in range(3):
            outbox.put("t", b"%d" % n)
        await gym.until(lambda: outbox._disk.rows == 3)
        assert gym.received == [b"0", b"1", b"2"]  # whoever listens gets them at once
        await gym.pass_ms(2000)
        assert gym.received == [b"0", b"1", b"2"]  # and once, not again and again
        outbox.store_is_there(True)
        await gym.until(lambda: gym.received == [b"0", b"1", b"2"] * 2)
        await gym.until(lambda: outbox.depth == outbox._disk.rows == 0)


async def test_an_answer_to_what_was_sent_before_the_store_came_does_not_count(tmp_path: Path) -> None:
    async with Gym(tmp_path) as gym, gym.outbox() as outbox:
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
    async with Gym(tmp_path) as gym:
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
