"""An event loop whose time jumps to the next timer when there is nothing to do: real adapters without waiting.

Work for threads is done at once on the loop, but for `disk_s`: then it comes back so much later, as from a disk that
hangs. Nothing outside the process can be waited for.
"""

import asyncio
import contextlib
import selectors
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


class _DiskSelector(selectors.SelectSelector):
    """Looks, and lets the loop jump instead of waiting."""

    loop: "DiskLoop"

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everything waits for ever: nothing is planned in this loop")
        if not ready and timeout:
            self.loop.jump(timeout)
        return ready


class DiskLoop(asyncio.SelectorEventLoop):
    """Time begins at 1,000 s. `disk_s`: how long work in threads takes."""

    def __init__(self) -> None:
        selector = _DiskSelector()
        selector.loop = self
        self._now_s = 1_000.0
        self.disk_s = 0.0
        super().__init__(selector)

    def time(self) -> float:
        return self._now_s

    def jump(self, seconds: float) -> None:
        self._now_s += seconds

    def run_in_executor(self, _executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        future: asyncio.Future[T] = self.create_future()

        def work() -> None:
            if future.done():
                return
            try:
                future.set_result(func(*args))
            except Exception as e:  # noqa: BLE001  as an executor: whatever it is goes to who waits
                future.set_exception(e)

        if self.disk_s:
            self.call_later(self.disk_s, work)
        else:
            work()
        return future


class DiskLoopClock:
    """The clock of a process in a virtual loop."""

    def __init__(self, wall_ms: int = 1_700_000_000_000) -> None:
        self.wall_skew_ms = wall_ms

    def now_ms(self) -> int:
        return round(asyncio.get_running_loop().time() * 1000)

    def wall_ms(self) -> int:
        return self.now_ms() + self.wall_skew_ms

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@contextlib.contextmanager
def threads_in(loop: DiskLoop) -> Iterator[None]:
    """Threads begun meanwhile do their work on the loop, when its disk lets them: virtual time waits for no thread."""
    start = threading.Thread.start

    def begin(thread: threading.Thread) -> None:
        loop.call_later(loop.disk_s, thread.run)

    threading.Thread.start = begin  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run it to its end in virtual time."""
    with asyncio.Runner(loop_factory=DiskLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, DiskLoop)
        with threads_in(loop):
            return runner.run(main)
