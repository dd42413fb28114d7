"""Treadmill Data 0x2ACD (FTMS v1.0.1 §4.4): bytes ↔ values, and records that span notifications (§4.19)."""

from collections.abc import Iterable
from functools import lru_cache

from msgspec.structs import replace

from device_adapters.codecs.ftms.layout import Field
from device_adapters.codecs.ftms.treadmill_reader import Reader, make_reader, read_by_field
from device_adapters.codecs.ftms.treadmill_record import (
    AS_SPECIFIED,
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
from device_adapters.codecs.wire import U16
from device_adapters.errors import UnitError

__all__ = [
    "AS_SPECIFIED",
    "Joiner",
    "Present",
    "RecordQuirks",
    "TreadmillData",
    "decode",
    "decode_as_ended",
    "encode",
    "split",
]

READERS_MAX = LAYOUTS_MAX = 256
"""So many layouts are remembered; a belt that sends random flags cannot make more."""

PARTS_MAX = 8
"""A record of all fields needs three notifications at the smallest MTU; more than this is not a record."""

OPEN_MAX = 16
"""So many notifications in a row that all promise more come from a belt that never ends a record."""

Group = tuple[Field, ...]
"""The fields that one flag bit announces."""


readers: dict[tuple[int, int, RecordQuirks], Reader] = {}
"""Those that were made so far, by flags, length and quirks."""


def decode(data: bytes, quirks: RecordQuirks = AS_SPECIFIED) -> TreadmillData:
    """Read one notification. Never raises; what is cut off is absent, what is unknown is in `trailing`."""
    length = len(data)
    if length < 2:
        return TreadmillData(more_data=None, truncated=True, trailing=bytes(data))
    layout = (data[0] | data[1] << 8, length, quirks)
    reader = readers.get(layout)
    if reader is None:
        if len(readers) >= READERS_MAX:
            return read_by_field(data, quirks)
        reader = readers[layout] = make_reader(*layout)
    return reader(data)


def encode(value: TreadmillData, quirks: RecordQuirks = AS_SPECIFIED) -> bytes:
    """One notification holding `value`: every field that has a number or is in `present`.

    A flag bit stands for a group of fields: those of a group without a number are sent as "not available".
    UnitError if a number does not fit, if a field without number has no such code, if speed is missing from a
    record that is not to be continued, or if the value is itself a cut-off record.
    """
    if value.more_data and value.speed_ckmh is not None:
        raise UnitError("speed belongs to the last part of a record, where more_data is false (§4.4)")
    return _frame(value, _groups(value), bool(value.more_data), quirks) + value.trailing


def decode_as_ended(data: bytes, quirks: RecordQuirks = AS_SPECIFIED) -> TreadmillData | None:
    """Read a notification of a belt that never ends a record, as if it did: with the speed that More Data denies.

    None where it does not fit to the byte: then there is no speed in it.
    """
    whole = decode(bytes([data[0] & ~MORE_DATA & 0xFF]) + data[1:], quirks) if len(data) >= 2 else None
    return None if whole is None or whole.truncated or whole.trailing else whole


def split(value: TreadmillData, att_mtu: int, quirks: RecordQuirks = AS_SPECIFIED) -> list[bytes]:
    """The notifications of one whole record for a link with `att_mtu` (≥ 23), as a server must send them.

    Whole groups only, More Data on all but the last, speed in the last only (§4.19). UnitError as `encode`.
    """
    room = att_mtu - 3 - 2
    if att_mtu < 23:
        raise UnitError(f"ATT_MTU is {att_mtu}; Bluetooth LE has at least 23")
    if value.more_data or value.trailing:
        raise UnitError("only a whole record without trailing bytes can be split")
    groups = _groups(value)
    if _size(groups) <= room:
        return [_frame(value, groups, False, quirks)]
    speed, *others = groups
    parts: list[list[Group]] = [[]]
    for group in [*others, speed]:
        if _size(parts[-1]) + _size([group]) > room:
            parts.append([])
        parts[-1].append(group)
    parts[-1].insert(0, parts[-1].pop())
    return [_frame(value, part, part is not parts[-1], quirks) for part in parts]


class Joiner:
    """Puts the notifications of one treadmill together. Bounded; forgets parts whose end did not come.

    `dropped` counts the notifications whose record never ended: lost on the way, or more than PARTS_MAX. Of a belt
    that never ends one, what came together is taken for a record when the next begins.
    """

    def __init__(self) -> None:
        self._held: TreadmillData | None = None
        self._parts = 0
        self._open = 0
        self.dropped = 0

    @property
    def never_ends(self) -> bool:
        """Has this belt promised more with every notification for long?"""
        return self._open >= OPEN_MAX

    @property
    def pending(self) -> TreadmillData | None:
        """The record so far, if its end has not come."""
        return self._held

    def push(self, part: TreadmillData) -> TreadmillData | None:
        """Take the next notification; the whole record, once it is."""
        known = self.never_ends
        self._open = min(OPEN_MAX, self._open + 1) if part.more_data else 0
        if self._held is None and not part.more_data:
            return part
        if self._held is not None and part.more_data and self._starts_anew(self._held, part):
            if known and self._held.present:
                whole, self._held, self._parts = replace(self._held, more_data=False), part, 1
                return whole
            self.reset()
        whole = part if self._held is None else _merged(self._held, part)
        self._held, self._parts = whole, self._parts + 1
        if part.more_data:
            return None
        self._held, self._parts = None, 0
        return whole

    def reset(self) -> None:
        """Forget the parts held: the link was lost (§4.18)."""
        self.dropped += self._parts
        self._held, self._parts = None, 0

    def _starts_anew(self, held: TreadmillData, part: TreadmillData) -> bool:
        return bool(held.present & part.present) or self._parts >= PARTS_MAX


def _merged(first: TreadmillData, then: TreadmillData) -> TreadmillData:
    numbers = {name: getattr(then if PRESENT[name] in then.present else first, name) for name in NAMES}
    return TreadmillData(
        **numbers,
        present=first.present | then.present,
        more_data=bool(then.more_data),
        truncated=first.truncated or then.truncated,
        unknown_flags=first.unknown_flags | then.unknown_flags,
        trailing=first.trailing + then.trailing,
    )


def _size(groups: Iterable[Group]) -> int:
    return sum(field.wire.size for group in groups for field in group)


def _groups(value: TreadmillData) -> tuple[Group, ...]:
    """The groups to send, in wire order: speed unless more follows, and whatever `value` has something of."""
    if value.truncated:
        raise UnitError("this record was cut off on its way here; only whole records can be sent")
    held = [name for name in NAMES if getattr(value, name) is not None]
    if value.present:
        held += [name for name in NAMES if PRESENT[name] in value.present]
    if not value.more_data:
        held.append("speed_ckmh")
    return _groups_of(frozenset(held))


@lru_cache(LAYOUTS_MAX)
def _groups_of(held: frozenset[str]) -> tuple[Group, ...]:
    """The groups of these fields. A belt sends the same ones again and again."""
    groups: dict[int, Group] = {}
    for specified in FIELDS:
        field = specified
        if specified.legacy is not None and specified.legacy.name in held:
            if specified.name in held:
                raise UnitError(
                    f"{specified.name} and {specified.legacy.name} are one field; give one of them"
                )
            field = specified.legacy
        groups[field.bit] = (*groups.get(field.bit, ()), field)
    sent = tuple(group for group in groups.values() if any(field.name in held for field in group))
    if len({field.wire for group in sent for field in group if "pace" in field.name}) > 1:
        raise UnitError("one pace is given in the old width and one in the specified; give both in one width")
    return sent


def _frame(value: TreadmillData, groups: Iterable[Group], more_data: bool, quirks: RecordQuirks) -> bytes:
    if value.unknown_flags & KNOWN_FLAGS:
        raise UnitError(f"unknown_flags is 0x{value.unknown_flags:04x}; only reserved bits may be in it")
    flags = value.unknown_flags | (MORE_DATA if more_data else 0)
    body = b""
    for group in groups:
        flags |= 1 << group[0].bit if group[0].bit else 0
        for field in group:
            body += field.wire.write(_number(value, field, quirks), field.name)
    return U16.write(flags, "flags") + body


def _number(value: TreadmillData, field: Field, quirks: RecordQuirks) -> int:
    number: int | None = getattr(value, field.name)
    raws = unavailable_raws(field, quirks)
    if number in raws:
        raise UnitError(
            f"{field.name} is {number}, which means 'not available' on the wire; give None for that"
        )
    if number is not None:
        return number
    if raws:
        return raws[0]
    raise UnitError(f"{field.name} has no number, and the wire has no 'not available' for it; give one")
