"""Who sits at the keyboard of a command that runs in this process: what file descriptor 0 brings."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator

PAUSE_S = 0.3
"""A command has come to its next question by then."""


@contextlib.contextmanager
def _stdin() -> Iterator[int]:
    """The end to write to."""
    read, write = os.pipe()
    was = os.dup(0)
    os.dup2(read, 0)
    os.close(read)
    try:
        yield write
    finally:
        os.dup2(was, 0)
        os.close(was)
        with contextlib.suppress(OSError):
            os.close(write)


@contextlib.contextmanager
def enters(
    between: Callable[[], None], first: Callable[[], None] = lambda: time.sleep(PAUSE_S)
) -> Iterator[None]:
    """Enter once `first` is over, and again after `between`."""
    with _stdin() as write:

        def press() -> None:
            first()
            os.write(write, b"\n")
            time.sleep(PAUSE_S)
            between()
            os.write(write, b"\n")

        person = threading.Thread(target=press)
        person.start()
        try:
            yield
        finally:
            person.join()


@contextlib.contextmanager
def no_keys() -> Iterator[None]:
    """Nobody is there."""
    with _stdin() as write:
        os.close(write)
        yield
