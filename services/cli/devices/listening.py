"""What the commands that listen to devices share: which radios, and when to end."""

import asyncio
import signal
from pathlib import Path

from msgspec.structs import replace

from device_adapters.config import UnitConfig, load


def unit_settings(config: Path | None, radio: str) -> UnitConfig:
    """The unit's settings, or those of a unit without devices; `radio` names another radio than theirs."""
    settings = load(config, UnitConfig) if config else UnitConfig(unit="tool")
    return replace(settings, radio=radio, radios=()) if radio else settings


async def ended_or_interrupted(seconds: float | None) -> None:
    """Return after `seconds` (None: never), or when Ctrl-C or SIGTERM asks for the end."""
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    try:
        async with asyncio.timeout(seconds):
            await asked.wait()
    except TimeoutError:
        return
