"""What waits for the service's one loop. Bus callbacks only put; what matters for safety goes first."""

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from device_adapters.seldom import worth_telling

URGENT_MAX = 50_000
TELEMETRY_MAX = 16_000
"""Two seconds of 2,000 treadmills at 4 Hz; beyond that the oldest measurement is the least useful one."""

Work = Callable[[], None]

log = structlog.get_logger("session")


class Inbox:
    """Two bounded queues: requests, results, states and stops refuse what is new; telemetry drops its oldest."""

    def __init__(self) -> None:
        self._urgent: deque[Work] = deque()
        self._telemetry: deque[Work] = deque(maxlen=TELEMETRY_MAX)
        self._wake = asyncio.Event()
        self.refused = self.failed = 0

    def put(self, work: Work) -> None:
        """Work that must be done."""
        if len(self._urgent) >= URGENT_MAX:
            self.refused += 1
            if worth_telling(self.refused):
                log.error("inbox_full", refused=self.refused)
            return
        self._urgent.append(work)
        self._wake.set()

    def put_telemetry(self, work: Work) -> None:
        """Work that only the newest of is worth doing."""
        self._telemetry.append(work)
        self._wake.set()

    async def work(self) -> None:
        """Wait for work and do what there is; one item that fails must not cost the other treadmills theirs."""
        await self._wake.wait()
        self._wake.clear()
        for _ in range(len(self._urgent) + len(self._telemetry)):
            if self._urgent:
                item = self._urgent.popleft()
            elif self._telemetry:
                item = self._telemetry.popleft()
            else:
                break
            try:
                item()
            except Exception:
                self.failed += 1
                if worth_telling(self.failed):
                    log.exception("work_failed", failed=self.failed)
        if self._urgent or self._telemetry:
            self._wake.set()
            await asyncio.sleep(0)
