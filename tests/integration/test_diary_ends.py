"""A booking system that hangs does not keep the console from ending, and from being there again for a Stop."""

import asyncio
import threading
from pathlib import Path

from device_adapters.clock import SystemClock
from device_adapters.errors import StorageError
from services.console.diary.diary import Diary
from services.console.diary.sources import BookingSource
from services.members.opening import MembersDb
from services.members.store import Members

HANGS_MAX_S = 60.0


def test_the_loop_ends_while_a_booking_system_hangs(tmp_path: Path) -> None:
    hung, over = threading.Event(), threading.Event()

    def content(_: BookingSource) -> bytes:
        hung.set()
        over.wait()
        raise StorageError("bookings: gone")

    def closed() -> Members:
        raise StorageError("members: closed")

    async def begun_and_ended() -> None:
        diary = Diary(tmp_path, MembersDb(closed), SystemClock(), content)
        running = asyncio.create_task(diary.run())
        while not hung.is_set():
            await asyncio.sleep(0.01)
        running.cancel()

    (tmp_path / "bookings.txt").write_text(f"{tmp_path / 'gym.ics'}\n")
    late = threading.Timer(HANGS_MAX_S, over.set)
    late.start()
    try:
        asyncio.run(begun_and_ended())
        assert not over.is_set(), "it was waited for"
    finally:
        late.cancel()
        over.set()
        late.join()
