"""A real VictoriaMetrics (Debian's) as child process, on its own, untouched v2 write path.

It has no log ahead of its writes: what it took in the last seconds is lost with a kill, so it is stopped by SIGTERM.
Samples of one millisecond are one only with `-dedup.minScrapeInterval=1ms`.
"""

import asyncio
import shutil
import signal
from pathlib import Path

import aiohttp
import pytest
from influx_world import READY_MAX_S
from ports import free_port

needs_victoriametrics = pytest.mark.skipif(
    shutil.which("victoria-metrics") is None, reason="NO VICTORIAMETRICS: apt install victoria-metrics"
)


class VictoriaWorld:
    """The database; `url` is what the metrics service is given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            "victoria-metrics",
            f"-storageDataPath={self._folder}", f"-httpListenAddr=127.0.0.1:{self._port}", "-loggerLevel=ERROR",
            "-retentionPeriod=100y", "-dedup.minScrapeInterval=1ms", "-search.latencyOffset=0s",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(READY_MAX_S):
            while not await self._answers():
                assert self.process.returncode is None, "victoria-metrics ended at once"
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            await self.process.wait()

    async def number(self, metricsql: str, at_s: int) -> float:
        """The one number that a query gives at `at_s` (s since 1970); 0 without any."""
        async with aiohttp.ClientSession() as client:
            async with client.get(f"{self.url}/internal/force_flush"):
                pass
            asked = {"query": metricsql, "time": str(at_s), "nocache": "1"}
            async with client.get(f"{self.url}/api/v1/query", params=asked) as reply:
                body = await reply.json()
        assert body["status"] == "success", body
        rows = body["data"]["result"]
        return float(rows[0]["value"][1]) if rows else 0

    async def _answers(self) -> bool:
        try:
            async with aiohttp.ClientSession() as client, client.get(f"{self.url}/health") as reply:
                return reply.status == 200
        except aiohttp.ClientError:
            return False
