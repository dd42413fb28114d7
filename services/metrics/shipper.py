"""From the spool to the database: parcels in order, each until it is taken, but for lines that the database names.

204: stored. A partial write in which the database says that points are older than it keeps: stored but for those, which
are counted and gone, as they would be in it. 413: split in halves. 400 and 422 in which the database itself names a
line as the fault: split in halves, until the lines that are to blame are alone; those go to quarantine. Everything else
(any other answer, a redirect, a page with 200, a 400 about the request, no answer): kept, tried again with growing
waits, and told. A parcel written twice is the same points with the same times: the database has them once.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from device_adapters.clock import Clock
from device_adapters.errors import StorageError
from services.metrics.line_protocol import packed, unpacked
from services.metrics.spool import Parcel, Spool

log = structlog.get_logger("metrics")

RETRY_FIRST_S = 0.5
RETRY_MAX_S = 30.0
IDLE_S = 0.1
STORED = 204
TOO_LARGE = 413
LINE_FAULT = re.compile(
    r"(failure writing points to database: )?partial write|unable to parse|(failed to|cannot) parse line protocol"
    r"|(input )?field type conflict|points? (beyond|outside) retention policy",
    re.IGNORECASE,
)
"""How the database begins an answer that names lines (InfluxDB 1, 2 and 3)."""

SPOILT = re.compile(r"unable to parse '(?:'|[^\n]{0,40}?[\x00-\x1f\x7f-\x9f\ufffd])")
"""It quotes bytes (InfluxDB 1 and 2), or nothing: not lines of ours, but what something on the way made of them."""

TOO_OLD = re.compile(
    r"partial write: (?:dropped (?P<count>\d+) points outside retention policy(?!.*Upper Bound)"
    r"|points beyond retention policy dropped=(?P<dropped>\d+))",
    re.DOTALL,
)
"""How it says (InfluxDB 2, InfluxDB 1) that it took all but so many points, which it would have deleted at once."""

SHARD = re.compile(r"\[shard \d+\] .{0,120}")
"""How InfluxDB 1 and 2 say that they cannot read files of their own: they were killed while they made them."""

LOUD = {
    401: "the token is not accepted: give the metrics service a valid one (token_file)",
    403: "the token may not write: give it write access to the bucket",
    404: "no such bucket or organisation: run `backstride provision influx`",
    413: "not even one line is small enough for it: allow larger bodies in the proxy before the database",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a POST: HTTP `status` (0: none came), its words, and how long it asks to wait.

    `foreign`: it came from something else than the database (a proxy, a page, a redirect).
    """

    status: int
    text: str = ""
    retry_after_s: float | None = None
    foreign: bool = False

    @property
    def taken(self) -> bool:
        """Are the lines in the database?"""
        return self.status == STORED

    @property
    def blames_lines(self) -> bool:
        """Does the database itself name lines that it will never take?"""
        if self.status not in (400, 422) or self.foreign or SPOILT.search(self.text):
            return False
        return bool(LINE_FAULT.match(self.text))

    @property
    def too_old(self) -> int:
        """How many points were left out as older than the database keeps, all others being stored; 0 otherwise."""
        found = TOO_OLD.search(self.text) if self.status in (400, 422) and not self.foreign else None
        return int(found["count"] or found["dropped"]) if found else 0

    @property
    def why(self) -> str:
        """What keeps it from being taken, with what mends it."""
        mend = "" if self.foreign else LOUD.get(self.status, "")
        if self.status == 500 and not self.foreign and (found := SHARD.search(self.text)):
            mend = (
                f"the database cannot read its own files ({found[0]}): stop it, build the index of that shard anew "
                "(`influxd inspect build-tsi`, InfluxDB 1: `influx_inspect buildtsi`), start it"
            )
        return mend or self.text or (f"the database answers {self.status}" if self.status else "no answer")


Post = Callable[[bytes], Awaitable[Reply]]
"""Write packed lines; never raises for what the network or the database does."""


class Shipper:
    """Runs until cancelled. `failing` says why nothing is taken now ('' while all is well).

    `refusing`: the database's words about the newest line that it refused. `too_old`: points that it does not keep.
    """

    def __init__(self, spool: Spool, post: Post, clock: Clock, jitter: Callable[[], float]) -> None:
        self._spool = spool
        self._post = post
        self._clock = clock
        self._jitter = jitter
        self._wait_s = RETRY_FIRST_S
        self._delivered = asyncio.Event()
        self.failing = ""
        self.refusing = ""
        self.shipped = 0
        self.too_old = 0

    async def run(self) -> None:
        """Ship what comes."""
        while True:
            try:
                parcel = await asyncio.to_thread(self._spool.next)  # it waits while the writer's disk does
                if parcel is None:
                    await asyncio.to_thread(self._spool.wait_for_more, IDLE_S)
                    continue
                await self._ship(parcel)
            except StorageError as e:
                await self._wait(Reply(0, str(e)))

    def depth(self) -> tuple[int, int]:
        """Lines on their way to the database, lines that it refused."""
        return self._spool.depth()

    async def drained(self) -> None:
        """Return once the database has everything."""
        while True:
            self._delivered.clear()
            if not (await asyncio.to_thread(self._spool.depth))[0]:
                return
            await self._delivered.wait()

    async def _ship(self, parcel: Parcel) -> None:
        refused: list[tuple[str, str]] = []
        waiting = [parcel.body]
        while waiting:
            body = waiting.pop()
            reply = await self._post(body)
            if reply.taken or reply.too_old:
                self._left_out(reply.too_old)
                self._well()
                continue
            lines = unpacked(body) if reply.blames_lines or reply.status == TOO_LARGE else []
            if not lines or (len(lines) == 1 and not reply.blames_lines):
                await self._wait(reply)
                waiting.append(body)
            elif len(lines) == 1:
                refused.append((lines[0], reply.text))
            else:
                middle = len(lines) // 2
                waiting += [packed(lines[middle:]), packed(lines[:middle])]
        await asyncio.to_thread(self._spool.delivered, parcel, refused, self._clock.wall_ms())
        self.shipped += parcel.lines - len(refused)
        self._delivered.set()
        if refused:
            self.refusing = refused[0][1]
            log.error(
                "metrics_refused",
                code=StorageError.code,
                lines=len(refused),
                why=self.refusing[:200],
                forgotten=self._spool.forgotten,
            )

    def _left_out(self, count: int) -> None:
        if count:
            self.too_old += count
            log.warning(
                "metrics_too_old",
                points=count,
                since_start=self.too_old,
                what="older than the database keeps",
            )

    def _well(self) -> None:
        if self.failing:
            log.info("metrics_database_back")
        self.failing, self._wait_s = "", RETRY_FIRST_S

    async def _wait(self, reply: Reply) -> None:
        why = reply.why
        if why != self.failing:
            log.error("metrics_database_fails", code=StorageError.code, status=reply.status, why=why[:300])
        self.failing = why
        wait_s = self._wait_s * (0.5 + 0.5 * self._jitter())
        self._wait_s = min(2 * self._wait_s, RETRY_MAX_S)
        await self._clock.sleep(max(wait_s, reply.retry_after_s or 0))
