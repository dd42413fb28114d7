"""The support file for the console's button: made in a process of its own, one at a time."""

import asyncio
import sys
from pathlib import Path

from device_adapters.errors import StorageError
from services.cli.roles.exports import output_of

SUPPORT_MAX_S = 90.0


class SupportFiles:
    """`await files()`: the support file of the hub whose settings are in `config`."""

    def __init__(self, config: Path) -> None:
        # No log: whoever may not read all secrets cannot leave them out of it.
        words = ("support", "--config", str(config), "--days", "0", "--yes", "--output", "-")
        self._command = (sys.executable, "-m", "services.cli", *words)
        self._turn = asyncio.Lock()

    async def __call__(self) -> bytes:
        """Raises StorageError if it could not be made."""
        async with self._turn:
            try:
                return await output_of(self._command, SUPPORT_MAX_S)
            except TimeoutError:
                raise StorageError(f"no support file within {SUPPORT_MAX_S:.0f} s; try again") from None
