"""Which field lies where in an FTMS data record, given its flags and its length (FTMS v1.0.1 §4.4–4.9).

Records list their fields in a fixed order; each flag bit adds a group of them. Two rules keep numbers honest:
- A record that ends early is read up to its last whole field and no further. To skip the cut-off field and go on
  would give its neighbours' bytes a wrong meaning (calories as a heart rate).
- Some fields have two widths in the field: the specification's and the legacy one of old GATT XML. The
  length decides, if it fits one of them exactly; if it fits neither, reading stops before that field.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from device_adapters.codecs.wire import WireInt

Width = Literal["by_length", "specified", "legacy"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record. `unavailable` is the raw value that means "data not available"."""

    name: str
    bit: int
    wire: WireInt
    unavailable: int | None = None
    legacy: "Field | None" = None
    """The same quantity in its old width, under a name of its own because its unit differs too."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A field and the offset it was found at."""

    field: Field
    at: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole fields of a record, where they end, and whether the flags promised more."""

    placed: tuple[Placed, ...]
    end: int
    truncated: bool


def has(flags: int, bit: int) -> bool:
    """Whether a record with `flags` has the group of `bit`. Bit 0 is More Data: its group is there when clear."""
    return bool(flags >> bit & 1) is (bit != 0)


def lay_out(
    fields: Sequence[Field], flags: int, start: int, length: int, width: Width = "by_length"
) -> Layout:
    """Place the fields that `flags` announce into a record of `length` bytes whose fields begin at `start`."""
    announced = [f for f in fields if has(flags, f.bit)]
    found = _width_by_length(announced, length - start) if width == "by_length" else width
    placed: list[Placed] = []
    at = start
    for field in announced:
        chosen = field
        if field.legacy is not None:
            if found is None:
                return Layout(tuple(placed), at, truncated=True)
            if found == "legacy":
                chosen = field.legacy
        if at + chosen.wire.size > length:
            return Layout(tuple(placed), at, truncated=True)
        placed.append(Placed(chosen, at))
        at += chosen.wire.size
    return Layout(tuple(placed), at, truncated=False)


def _width_by_length(announced: Sequence[Field], length: int) -> Width | None:
    specified = sum(f.wire.size for f in announced)
    legacy = sum((f.legacy or f).wire.size for f in announced)
    if length == specified or length > max(specified, legacy):
        return "specified"
    return "legacy" if length == legacy else None
