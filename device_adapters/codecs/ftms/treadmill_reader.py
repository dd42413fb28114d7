"""Two ways to read a Treadmill Data notification: field by field, and by a function made for one layout.

A belt sends the same few layouts all day. A function that knows the layout takes a twentieth of the time; it is
made of source text, as `dataclasses` does it, from the field table alone. Both ways give the same values.
"""

from collections.abc import Callable
from struct import Struct

from device_adapters.codecs.ftms.layout import Layout, lay_out
from device_adapters.codecs.ftms.treadmill_record import (
    FIELDS,
    KNOWN_FLAGS,
    MORE_DATA,
    NAMES,
    PRESENT,
    Present,
    RecordQuirks,
    TreadmillData,
    unavailable_raws,
)
from device_adapters.codecs.wire import U24

Reader = Callable[[bytes], TreadmillData]


def read_by_field(data: bytes, quirks: RecordQuirks) -> TreadmillData:
    """Read any notification of two bytes or more."""
    flags = data[0] | data[1] << 8
    layout = lay_out(FIELDS, flags, 2, len(data), quirks.pace_width)
    numbers: dict[str, int | None] = {}
    for placed in layout.placed:
        number = placed.field.wire.read(data, placed.at)
        numbers[placed.field.name] = None if number in unavailable_raws(placed.field, quirks) else number
    return TreadmillData(
        **numbers,
        present=_present(layout),
        more_data=bool(flags & MORE_DATA),
        truncated=layout.truncated,
        unknown_flags=flags & ~KNOWN_FLAGS,
        trailing=bytes(data[layout.end :]),
    )


def make_reader(flags: int, length: int, quirks: RecordQuirks) -> Reader:
    """A function that reads notifications of these flags and this length, and no others."""
    layout = lay_out(FIELDS, flags, 2, length, quirks.pace_width)
    codes = "<2x"
    unpacked: list[str] = []
    values = dict.fromkeys(NAMES, "None")
    for field in (placed.field for placed in layout.placed):
        codes += field.wire.code
        number = f"v{len(unpacked)}"
        unpacked.append(number)
        if field.wire is U24:
            unpacked.append(f"{number}_high")
            number = f"{number} | {number}_high << 16"
        raws = unavailable_raws(field, quirks)
        values[field.name] = f"None if {number} in {raws!r} else {number}" if raws else number
    trailing = f"bytes(data[{layout.end}:])" if layout.end < length else 'b""'
    rest = [
        "present",
        repr(bool(flags & MORE_DATA)),
        repr(layout.truncated),
        repr(flags & ~KNOWN_FLAGS),
        trailing,
    ]
    numbers = f"    {', '.join(unpacked)}, = unpack(data)\n" if unpacked else ""
    source = f"def read(data):\n{numbers}    return Record({', '.join([*values.values(), *rest])})\n"
    made: dict[str, Reader] = {}
    exec(  # noqa: S102 — nothing of a device's goes into the text but numbers that lay_out computed
        source,
        {"unpack": Struct(codes).unpack_from, "Record": TreadmillData, "present": _present(layout)},
        made,
    )
    return made["read"]


def _present(layout: Layout) -> Present:
    present = Present(0)
    for placed in layout.placed:
        present |= PRESENT[placed.field.name]
    return present
