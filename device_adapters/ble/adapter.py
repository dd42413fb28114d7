"""What stands behind a radio, as its recovery needs it: BlueZ on a Pi, a controller of the virtual gym in a demo."""

from typing import Protocol

from device_adapters.ble.radio import Backends


class Adapter(Protocol):
    """One adapter that may fail, be pulled and come back."""

    @property
    def name(self) -> str:
        """`hci0`, or any name that tells it from the others."""
        ...

    @property
    def slots(self) -> int:
        """Connections that it bears at once."""
        ...

    @property
    def backends(self) -> Backends:
        """What bleak is to use now; new after `renew`."""
        ...

    async def renew(self) -> None:
        """Find it (again) and have it powered. Raises LinkError if it is not there."""
        ...

    async def power_cycle(self) -> None:
        """Switch it off and on, then as `renew`. Raises LinkError if it is not there or will not."""
        ...

    async def lost(self) -> None:
        """Return when it is no longer there or was switched off."""
        ...

    async def close(self) -> None:
        """Give the adapter back to the system; it is not used again."""
        ...
