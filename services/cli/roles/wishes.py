"""What members wish of all stores, for the console: each in a process of its own, for the console's own serves Stop."""

from pathlib import Path

from device_adapters.errors import StorageError
from services.cli.roles.exports import Exports, erasing, everything_of, of_member, output_of
from services.console.context import Wishes

ERASED_MAX_S = 120.0


def wishes_of(config: Path) -> Wishes:
    """Of the hub with these settings."""
    everything = Exports(everything_of(config), arguments=of_member)

    async def export(member: str) -> bytes:
        return await everything(member, "zip")

    async def erase(member: str) -> None:
        try:
            await output_of(erasing(config, member), ERASED_MAX_S)
        except TimeoutError:
            raise StorageError(f"{member} was not erased within {ERASED_MAX_S:.0f} s; ask again") from None

    return Wishes(export=export, erase=erase)
