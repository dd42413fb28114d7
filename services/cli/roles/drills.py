"""The drill for the console's button: a process of its own, which ends by itself and with the console."""

import asyncio
import sys
from pathlib import Path

import structlog

from device_adapters.drill import DRILL

END_MAX_S = 40.0
"""Its belt comes to rest first."""

LOOKED_AT_S = 10.0

log = structlog.get_logger("console")


class DrillProcess:
    """At most one drill of the hub whose console's settings are in `config`."""

    def __init__(self, config: Path) -> None:
        self._settings = config.with_name(f"{DRILL}.toml")
        self._begins = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def there(self) -> bool:
        """Has the hub an identity for it?"""
        return self._settings.is_file()

    @property
    def running(self) -> bool:
        """Is one under way, or about to end?"""
        return self._process is not None and self._process.returncode is None

    async def begin(self) -> None:
        """Let one begin, unless one is under way. OSError."""
        async with self._begins:
            if self.running:
                return
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.cli", "hub", "drill", "--settings", str(self._settings),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
            )  # fmt: skip

    def tell(self, word: str) -> None:
        """One of the drill's faults, or the word that ends them."""
        if self.running and self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(f"{word}\n".encode())

    async def end(self) -> None:
        """Let it come to rest and end. Returns once it has, or after LOOKED_AT_S: a page that says that it is under way
        would say so until somebody opens it anew.
        """
        if self.running and self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._ending = asyncio.create_task(_ended(self._process), name="drill.end")
            await asyncio.wait([self._ending], timeout=LOOKED_AT_S)


async def _ended(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(END_MAX_S):
            await process.wait()
    except TimeoutError:
        log.warning("drill_killed", pid=process.pid)
        process.kill()
        await process.wait()
