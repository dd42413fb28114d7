"""A line between a unit and its broker on which the way towards the unit grows long: slow_line.py PORT TO_PORT FOLDER.

While FOLDER has a file `delay`, what the broker says is passed on later and later, by GROWTH_S each second up to
DELAY_MAX_S: so that no renewal is ever missing for long, as none is on a line that fills up.
"""

import asyncio
import contextlib
import sys
import time
from pathlib import Path

GROWTH_S = 0.25
DELAY_MAX_S = 4.5
CHUNK = 65536


class SlowLine:
    """Passes bytes on, both ways."""

    def __init__(self, to_port: int, asked: Path) -> None:
        self._to_port = to_port
        self._asked = asked
        self.since_s: float | None = None

    @property
    def delay_s(self) -> float:
        """How long the way towards the unit is now."""
        if not self._asked.exists():
            self.since_s = None
            return 0.0
        self.since_s = self.since_s or time.monotonic()
        return min(DELAY_MAX_S, GROWTH_S * (time.monotonic() - self.since_s))

    async def pass_on(self, unit: asyncio.StreamReader, to_unit: asyncio.StreamWriter) -> None:
        """One connection of a unit, until either side ends it."""
        with contextlib.suppress(OSError):
            broker, to_broker = await asyncio.open_connection("127.0.0.1", self._to_port)
            waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
            ways = [
                asyncio.create_task(self._hear(broker, waiting)),
                asyncio.create_task(self._tell(waiting, to_unit)),
                asyncio.create_task(self._copy(unit, to_broker)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            to_broker.close()
        to_unit.close()

    async def _hear(self, broker: asyncio.StreamReader, waiting: asyncio.Queue[tuple[float, bytes]]) -> None:
        while data := await broker.read(CHUNK):
            await waiting.put((time.monotonic() + self.delay_s, data))

    async def _tell(self, waiting: asyncio.Queue[tuple[float, bytes]], unit: asyncio.StreamWriter) -> None:
        while True:
            due, data = await waiting.get()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            unit.write(data)
            await unit.drain()

    async def _copy(self, unit: asyncio.StreamReader, broker: asyncio.StreamWriter) -> None:
        while data := await unit.read(CHUNK):
            broker.write(data)
            await broker.drain()


async def main(port: int, to_port: int, folder: Path) -> None:
    """Serve until killed."""
    line = SlowLine(to_port, folder / "delay")
    server = await asyncio.start_server(line.pass_on, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
