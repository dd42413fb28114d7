"""Battery Level 0x2A19 (Battery Service 1.1)."""

from device_adapters.errors import UnitError


def decode(data: bytes) -> int | None:
    """Charge in percent, 0–100; None if nothing was sent or the number is out of range."""
    return data[0] if data and data[0] <= 100 else None


def encode(percent: int) -> bytes:
    """The byte for 0–100 %. UnitError otherwise."""
    if not 0 <= percent <= 100:
        raise UnitError(f"battery is {percent} %; give 0 to 100")
    return bytes([percent])
