"""The appointments that this console knows: read anew each EACH_S, kept in memory alone."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from device_adapters.clock import Clock
from device_adapters.errors import BackstrideError
from device_adapters.units import DAY_MS
from services.console.diary import sources
from services.console.diary.matching import Appointment, appointments
from services.members.opening import MembersDb

EACH_S = 15 * 60.0

log = structlog.get_logger("console")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiaryState:
    """What was read last. `silent`: names of sources that could not be read; `left_out`: see BookingsRead."""

    found: tuple[Appointment, ...] = ()
    silent: tuple[str, ...] = ()
    left_out: int = 0
    asked: bool = False


class Diary:
    """Of one console. `content`: what stands at a source, blocking."""

    def __init__(
        self,
        data: Path,
        members_db: MembersDb,
        clock: Clock,
        content: Callable[[sources.BookingSource], bytes],
    ) -> None:
        self._data = data
        self._members_db = members_db
        self._clock = clock
        self._content = content
        self.state = DiaryState()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                self.state = await _aside(self.read)
            except BackstrideError as e:
                log.warning("bookings_unavailable", why=str(e))
            await self._clock.sleep(EACH_S)

    def read(self) -> DiaryState:
        """All sources, now. Blocks. Without one, nothing is imported and nobody asked. ConfigError, StorageError."""
        named = sources.read(self._data)
        if not named:
            return DiaryState()
        from services.console.diary.bookings import Booking, bookings

        found, silent, left_out = list[Booking](), list[str](), 0
        for one in named:
            try:
                read = bookings(self._content(one), self._clock.wall_ms(), None)
            except BackstrideError as e:
                log.warning("bookings_unread", source=one.name.split()[0], code=e.code)
                silent.append(one.name)
                continue
            found += read.bookings
            left_out += read.left_out
        cards = self._members_db.members().cards()
        whose = appointments(sorted(found, key=lambda one: one.begin_ms), cards)
        return DiaryState(found=whose, silent=tuple(silent), left_out=left_out, asked=True)

    def between(self, from_ms: int, to_ms: int) -> tuple[Appointment, ...]:
        """Those that begin then (`to_ms` excluded)."""
        return tuple(one for one in self.state.found if from_ms <= one.begin_ms < to_ms)

    def next_of(self, member: str, now_ms: int) -> Appointment | None:
        """The member's next; one that began within the last hour, or today at no hour, still is."""
        return next(
            (
                one
                for one in self.state.found
                if one.member == member
                and now_ms < one.begin_ms + (DAY_MS if one.whole_day else DAY_MS // 24)
            ),
            None,
        )


async def _aside(work: Callable[[], DiaryState]) -> DiaryState:
    """In a thread that nobody waits for: a server that hangs must not keep the console from ending, and from being
    there again for a Stop."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[DiaryState] = loop.create_future()

    def tell(found: DiaryState | BackstrideError) -> None:
        if done.cancelled():
            return
        if isinstance(found, BackstrideError):
            done.set_exception(found)
        else:
            done.set_result(found)

    def run() -> None:
        found: DiaryState | BackstrideError
        try:
            found = work()
        except BackstrideError as e:
            found = e
        with contextlib.suppress(RuntimeError):  # the loop ended meanwhile
            loop.call_soon_threadsafe(tell, found)

    threading.Thread(target=run, name="diary", daemon=True).start()
    return await done
