"""What a person types, while the event loop goes on."""

import asyncio
import os
import threading


async def typed() -> str | None:
    """A line from the terminal, stripped; None at its end. The thread is a daemon: it must not hold up the end of a
    command that was cut short.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str | None] = loop.create_future()

    def tell(text: str | None) -> None:
        if not answer.done():
            answer.set_result(text)

    def read() -> None:
        text = line()
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, text)

    threading.Thread(target=read, name="terminal", daemon=True).start()
    return await answer


def line() -> str | None:
    """The same at once. It reads past Python's own buffer: a thread that waits in that one would hold its lock when
    the process ends.
    """
    read = b""
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        read += byte
    return None if not byte and not read else read.decode(errors="replace").strip()
