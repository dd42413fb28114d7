"""Sending: each target has a queue and a thread of its own, so that none waits for another, and tries again."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from device_adapters.clock import Clock
from device_adapters.contract.messages import AlertsTested
from device_adapters.contract.messages.alerts import TESTS_KNOWN
from services.alerts.incidents import Notice
from services.alerts.queue import AlertQueue, WaitingNotice
from services.alerts.targets import AlertTarget
from services.alerts.words import PhoneMessage

AGAIN_S = (5.0, 15.0, 60.0, 300.0)
"""Between tries; the last goes on."""

Wording = Callable[[Sequence[Notice]], PhoneMessage]


class TargetLine:
    """The way to one target. `told` is called whenever it has answered, with the message."""

    def __init__(
        self,
        target: AlertTarget,
        clock: Clock,
        wording: Wording,
        told: Callable[["TargetLine", PhoneMessage], None],
    ) -> None:
        self.name = target.name
        self.failing = False
        self._target = target
        self._clock = clock
        self._wording = wording
        self._told = told
        self._queue = AlertQueue()
        self._tests: deque[PhoneMessage] = deque(maxlen=TESTS_KNOWN)
        self._news = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="alerts")

    @property
    def waiting(self) -> tuple[Notice, ...]:
        """What was not taken yet."""
        return self._queue.notices

    def put(self, notice: Notice) -> None:
        """Send it, in its turn."""
        self._queue.put(notice, self._clock.now_ms())
        self._news.set()

    def test(self, message: PhoneMessage) -> None:
        """Try it once, before all else."""
        self._tests.append(message)
        self._news.set()

    async def run(self) -> None:
        """Send what waits, until cancelled."""
        tries = 0
        try:
            while True:
                while not self._tests and not self._queue:
                    self._news.clear()
                    await self._news.wait()
                if self._tests:
                    await self._send(self._tests.popleft(), ())
                    continue
                batch = self._queue.first()
                await self._send(self._wording([one.notice for one in batch]), batch)
                tries = tries + 1 if self.failing else 0
                if self.failing:
                    await self._pause(AGAIN_S[min(tries, len(AGAIN_S)) - 1])
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _send(self, message: PhoneMessage, batch: Sequence[WaitingNotice]) -> None:
        sending = asyncio.get_running_loop().run_in_executor(self._thread, self._taken, message)
        try:
            await asyncio.shield(sending)
        finally:
            # Cancelled too: what is on its way arrives all the same, and would be told again after a restart.
            self._answered(message, batch, taken=await sending)

    def _answered(self, message: PhoneMessage, batch: Sequence[WaitingNotice], *, taken: bool) -> None:
        self.failing = not taken
        if taken:
            self._queue.taken(batch)
        else:
            self._queue.forget_old(self._clock.now_ms())
        self._told(self, message)

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

    def _taken(self, message: PhoneMessage) -> bool:
        return self._target.send(message.title, message.body, urgent=message.urgent, over=message.over)


class Sender:
    """All targets. `changed` is called whenever one has answered."""

    def __init__(
        self, targets: Sequence[AlertTarget], clock: Clock, wording: Wording, changed: Callable[[], None]
    ) -> None:
        self.lines = tuple(TargetLine(each, clock, wording, self._answered) for each in targets)
        self.tests: deque[AlertsTested] = deque(maxlen=TESTS_KNOWN)
        self._asked: dict[str, dict[str, bool]] = {}
        self._changed = changed

    @property
    def failing(self) -> tuple[str, ...]:
        """Those that did not take the newest message that they were sent."""
        return tuple(line.name for line in self.lines if line.failing)

    @property
    def waiting(self) -> Mapping[str, tuple[Notice, ...]]:
        """What each has not taken yet, by name."""
        return {line.name: line.waiting for line in self.lines}

    def resume(self, kept: Mapping[str, Sequence[Notice]]) -> None:
        """Go on with what an earlier process left waiting. A target that it had not is sent all that others miss:
        whoever could not be reached may have been replaced by it."""
        missed = {msgspec.json.encode(notice): notice for waiting in kept.values() for notice in waiting}
        all_missed = sorted(missed.values(), key=lambda one: one.end_ms or one.begin_ms)
        for line in self.lines:
            for notice in kept.get(line.name, all_missed):
                line.put(notice)

    def put(self, notices: Sequence[Notice]) -> None:
        """Send them to everybody."""
        for line in self.lines:
            for notice in notices:
                line.put(notice)

    def try_out(self, message: PhoneMessage) -> None:
        """Send everybody a test."""
        self._asked[message.test] = {}
        if len(self._asked) > TESTS_KNOWN:
            del self._asked[next(iter(self._asked))]
        for line in self.lines:
            line.test(message)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for line in self.lines:
                tasks.create_task(line.run(), name=f"alerts.{line.name}")

    def _answered(self, line: TargetLine, message: PhoneMessage) -> None:
        if (took := self._asked.get(message.test)) is not None:
            took[line.name] = not line.failing
            if len(took) == len(self.lines):
                del self._asked[message.test]
                failing = tuple(name for name, taken in took.items() if not taken)
                self.tests.append(AlertsTested(id=message.test, taken=sum(took.values()), failing=failing))
        self._changed()
