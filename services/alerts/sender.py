"""Sending: each target has a queue and a thread of its own, so that none waits for another, and tries again."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from device_adapters.clock import Clock
from services.alerts.targets import AlertTarget

WAITING_MAX = 100
"""Of one target; the oldest that is not urgent gives way."""

AGAIN_S = (5.0, 15.0, 60.0, 300.0)
"""Between tries; the last goes on."""

OLD_S = 6 * 3_600
"""What no server took for so long is news no more."""


class PhoneMessage(msgspec.Struct, frozen=True, kw_only=True):
    """In words. `test`: the id of a test, which is tried once."""

    title: str
    body: str
    urgent: bool = False
    over: bool = False
    test: str = ""


class TargetLine:
    """The way to one target."""

    def __init__(
        self, target: AlertTarget, clock: Clock, told: Callable[["TargetLine", PhoneMessage], None]
    ) -> None:
        self.name = target.name
        self.failing = False
        self._target = target
        self._clock = clock
        self._told = told
        self._waiting: deque[tuple[PhoneMessage, int]] = deque()
        self._news = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="alerts")

    @property
    def waiting(self) -> int:
        """Messages that were not taken yet."""
        return len(self._waiting)

    def put(self, message: PhoneMessage) -> None:
        """Send it, in its turn; what is urgent and tests come first."""
        entry = message, self._clock.now_ms()
        if message.urgent or message.test:
            self._waiting.appendleft(entry)
        else:
            self._waiting.append(entry)
        if len(self._waiting) > WAITING_MAX:
            old = next((one for one in self._waiting if not one[0].urgent), self._waiting[-1])
            self._waiting.remove(old)
        self._news.set()

    async def run(self) -> None:
        """Send what waits, until cancelled."""
        loop, tries = asyncio.get_running_loop(), 0
        try:
            while True:
                while not self._waiting:
                    self._news.clear()
                    await self._news.wait()
                message, since_ms = entry = self._waiting[0]
                taken = await loop.run_in_executor(self._thread, self._send, message)
                self.failing = not taken
                old = self._clock.now_ms() - since_ms > OLD_S * 1_000
                if (taken or message.test or old) and entry in self._waiting:
                    self._waiting.remove(entry)
                self._told(self, message)
                tries = 0 if taken else tries + 1
                if not taken and not message.test:
                    await self._pause(AGAIN_S[min(tries, len(AGAIN_S)) - 1])
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _pause(self, seconds: float) -> None:
        """Until the next try, or something new comes."""
        self._news.clear()
        pause = asyncio.create_task(self._clock.sleep(seconds))
        news = asyncio.create_task(self._news.wait())
        try:
            await asyncio.wait((pause, news), return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
            news.cancel()

    def _send(self, message: PhoneMessage) -> bool:
        return self._target.send(message.title, message.body, urgent=message.urgent, over=message.over)


class Sender:
    """All targets. `changed` is called whenever one has answered."""

    def __init__(self, targets: Sequence[AlertTarget], clock: Clock, changed: Callable[[], None]) -> None:
        self.lines = tuple(TargetLine(each, clock, self._answered) for each in targets)
        self.test, self.test_taken = "", 0
        self._asked: set[TargetLine] = set()
        self._asked_for, self._took = "", 0
        self._changed = changed

    @property
    def failing(self) -> tuple[str, ...]:
        """Those that did not take the newest message that they were sent."""
        return tuple(line.name for line in self.lines if line.failing)

    @property
    def waiting(self) -> int:
        """Messages that somebody has not taken yet."""
        return sum(line.waiting for line in self.lines)

    def put(self, message: PhoneMessage) -> None:
        """Send it to everybody."""
        if message.test:
            self._asked, self._asked_for, self._took = set(self.lines), message.test, 0
        for line in self.lines:
            line.put(message)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for line in self.lines:
                tasks.create_task(line.run(), name=f"alerts.{line.name}")

    def _answered(self, line: TargetLine, message: PhoneMessage) -> None:
        if message.test and message.test == self._asked_for and line in self._asked:
            self._asked.discard(line)
            self._took += not line.failing
            if not self._asked:
                self.test, self.test_taken = message.test, self._took
        self._changed()
