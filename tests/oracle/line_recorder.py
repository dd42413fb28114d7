"""The recorder of a treadmill's cable: every byte that was ever on it, held to the allowed ones.

Allowed are AA, A2, C0 to C3, a speed one way of 1 to 62 tenths of mph, and a start (A0) only behind AA and that speed.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from device_adapters.safety.limits import Arrangement

REQUEST = re.compile(rb"[\xaa\xa2\xa0\xc0\xc1\xc2\xc3]|\xa3(.)(\d{3})", re.DOTALL)
TENTHS = range(1, 63)


class Refused(StrEnum):
    """What may never be on a line."""

    UNWATCHED = "a start without the machine's timer (A1, A9)"
    NO_REQUEST = "a byte of no request"
    OTHER_WAY = "a speed the other way"
    OUT_OF_RANGE = "a speed of none of 1 to 62 tenths of mph"
    NOT_CLEARED = "a start without AA and its speed before it"


class Recorded(Protocol):
    """A line of which every byte was kept."""

    arrangement: Arrangement
    sent: bytearray


@dataclass(frozen=True, slots=True)
class LineRecord:
    """What was on lines. `requests` by their first byte; `refused`: how often each; `first`: of those, in words."""

    sent: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    refused: Counter[Refused] = field(default_factory=Counter)
    first: str = ""

    def __add__(self, other: "LineRecord") -> "LineRecord":
        return LineRecord(
            self.sent + other.sent,
            self.requests + other.requests,
            self.refused + other.refused,
            self.first or other.first,
        )


def read(line: Recorded) -> LineRecord:
    """Read all that was ever on it."""
    digit, sent = (b"3" if line.arrangement is Arrangement.BELT_REVERSED else b"0"), bytes(line.sent)
    requests, refused, first, at = Counter[str](), Counter[Refused](), "", 0
    orders: list[int] = []
    while at < len(sent):
        found = REQUEST.match(sent, at)
        why = _refused(found, sent[at], digit, orders)
        if why is not None:
            refused[why] += 1
            first = first or f"{why}: {sent[at : at + 8].hex(' ')}"
        if found is None:
            at += 1
            continue
        at, op = found.end(), sent[at]
        requests[f"{op:02X}"] += 1
        if op in (0xAA, 0xA3, 0xA0):
            orders = [*orders[-1:], op]
    return LineRecord(len(sent), requests, refused, first)


def _refused(found: re.Match[bytes] | None, op: int, digit: bytes, orders: list[int]) -> Refused | None:
    if found is None:
        return Refused.UNWATCHED if op in (0xA1, 0xA9) else Refused.NO_REQUEST
    if op == 0xA3 and found.group(1) != digit:
        return Refused.OTHER_WAY
    if op == 0xA3 and int(found.group(2)) not in TENTHS:
        return Refused.OUT_OF_RANGE
    if op == 0xA0 and orders != [0xAA, 0xA3]:
        return Refused.NOT_CLEARED
    return None


def only_allowed(line: Recorded) -> None:
    """AssertionError if a byte was ever on the line that is none of the allowed."""
    assert read(line).first == ""


def report(records: Iterable[LineRecord]) -> list[str]:
    """What a proof says of all lines together."""
    whole = sum(records, LineRecord())
    said = ", ".join(f"{op} {count:,}" for op, count in sorted(whole.requests.items()))
    never = "; ".join(f"{why} {whole.refused[why]:,}" for why in Refused)
    return [
        f"on cables {whole.sent:,} bytes in {whole.requests.total():,} requests: {said or 'none'}",
        f"of what may never be there {whole.refused.total():,}: {never}",
        *([f"the first: {whole.first}"] if whole.first else []),
    ]
