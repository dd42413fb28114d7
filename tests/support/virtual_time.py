"""An event loop whose clock jumps to the next thing that is due: an hour of a unit's life in a second, always alike."""

import asyncio
import functools
import selectors
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor, thread
from typing import Any

THREAD_S = 60.0
"""Real seconds that a thread (a disk) may take; only a hopeless wait is ended."""

NOTHING_S = 1.0
"""Real seconds to wait where no thread is at work and no timer runs: then nothing can happen any more."""

POLL_S = 0.001

WALL_MS = 1_700_000_000_000


class _Jumping(selectors.BaseSelector):
    """Waits for real only for threads; else it moves the loop's clock on."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop
        self._real = selectors.DefaultSelector()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        loop = self._loop
        happened = self._real.select(0)
        if happened or timeout == 0:
            return happened
        end_s = time.monotonic() + THREAD_S
        while loop.at_work > loop.hung and time.monotonic() < end_s:
            if happened := self._real.select(POLL_S):
                return happened
        if timeout is None:
            if happened := self._real.select(NOTHING_S):
                return happened
            raise RuntimeError("nothing is left that could happen: every task waits for another")
        loop.now_s += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """`now_s` is its time. It stands while more than `hung` jobs run in threads."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.hung = 0
        self._jobs = 0
        self._before = set(threading.enumerate())
        super().__init__(_Jumping(self))
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self.now_s

    @property
    def at_work(self) -> int:
        """Jobs of executors, and threads that are nobody's pool."""
        others = set(threading.enumerate()) - self._before - set(thread._threads_queues)
        return self._jobs + len(others)

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        self._jobs += 1
        job = super().run_in_executor(executor, func, *args)
        job.add_done_callback(self._done)
        return job

    def _done(self, _job: object) -> None:
        self._jobs -= 1

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Time stands while threads are joined."""
        self._jobs += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self._jobs -= 1


class LoopClock:
    """The running loop's time as a `Clock`. `ahead_ms` sets the wall clock."""

    def __init__(self) -> None:
        self.ahead_ms = WALL_MS

    def now_ms(self) -> int:
        return round(asyncio.get_running_loop().time() * 1000)

    def wall_ms(self) -> int:
        return self.now_ms() + self.ahead_ms

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def virtual(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that runs on a `VirtualLoop`."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run
