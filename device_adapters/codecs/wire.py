"""Little-endian integers as GATT carries them, range-checked before any byte is made."""

from dataclasses import dataclass

from device_adapters.errors import UnitError


@dataclass(frozen=True, slots=True)
class WireInt:
    """An integer of `size` bytes, `code` being its `struct` letters (two for 24 bits, which struct lacks)."""

    size: int
    signed: bool
    code: str

    @property
    def lowest(self) -> int:
        """The smallest value that fits."""
        return -(1 << (8 * self.size - 1)) if self.signed else 0

    @property
    def highest(self) -> int:
        """The largest value that fits."""
        return (1 << (8 * self.size - self.signed)) - 1

    def read(self, data: bytes, at: int = 0) -> int:
        """The value at offset `at`; the caller knows that `data` is long enough."""
        return int.from_bytes(data[at : at + self.size], "little", signed=self.signed)

    def write(self, value: int, name: str) -> bytes:
        """The bytes of `value`; UnitError names the quantity if it does not fit."""
        try:
            return value.to_bytes(self.size, "little", signed=self.signed)
        except OverflowError:
            raise UnitError(f"{name} is {value}; the wire holds {self.lowest} to {self.highest}") from None


U8 = WireInt(1, False, "B")
U16 = WireInt(2, False, "H")
S16 = WireInt(2, True, "h")
U24 = WireInt(3, False, "HB")
U32 = WireInt(4, False, "I")
