"""Reading one TOML table strictly: every key is taken once, with its type and range; what is left over is a fault.

All faults of a table are told together, by `end`; until then a faulty value is stood in for.
"""

import unicodedata
from enum import StrEnum
from typing import TypeVar

from device_adapters.errors import ProgrammeError
from services.rules import letters

E = TypeVar("E", bound=StrEnum)


class Table:
    """A table and where it stands (`where`: "file.toml: step 3"), for messages that lead to the line."""

    def __init__(self, raw: object, where: str) -> None:
        self.where = where
        self._faults: list[str] = []
        if not isinstance(raw, dict):
            raise self.error("is not a table; write [[step]]")
        self._left: dict[str, object] = dict(raw)

    def error(self, text: str) -> ProgrammeError:
        """A fault after which nothing else in this table makes sense; those before it are told with it."""
        return ProgrammeError("\n".join([*self._faults, f"{self.where}: {text}"]))

    def fault(self, text: str) -> None:
        """A fault in this table."""
        self._faults.append(f"{self.where}: {text}")

    def has(self, key: str) -> bool:
        """Is the key there and not yet taken?"""
        return key in self._left

    def says(self, key: str, word: str) -> bool:
        """Does the key, which stays untaken, say this word?"""
        return self._left.get(key) == word

    def text(self, key: str, longest: int, default: str | None = None) -> str:
        """A string of at most `longest` characters that people can read, in NFC; `default` None: it must be there."""
        value = self._left.pop(key, default)
        if value is None:
            self.fault(f"{key} is missing; give a text")
        elif not isinstance(value, str) or len(value) > longest or (default is None and not value):
            self.fault(f"{key} = {value!r} is not a text of 1 to {longest} characters")
        elif value and (unseen := letters.fault(value)):
            self.fault(f"{key}: {unseen}")
        else:
            return unicodedata.normalize("NFC", value)
        return ""

    def choice(self, key: str, words: type[E]) -> E:
        """One of the words of an enumeration."""
        value = self._left.pop(key, None)
        if value is None:
            self.fault(f"{key} is missing; give one of {', '.join(words)}")
        elif value not in list(words):
            self.fault(f"{key} = {value!r} is not one of {', '.join(words)}")
        else:
            return words(str(value))
        return next(iter(words))

    def whole(self, key: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        value = self._left.pop(key, None)
        if value is None:
            self.fault(f"{key} is missing; give a whole number from {least} to {most}")
        elif isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.fault(f"{key} = {value!r} is not a whole number from {least} to {most}")
        else:
            return value
        return least

    def span(self, key: str, least: int, most: int) -> tuple[int, int]:
        """Two whole numbers, the smaller first: [2, 3]."""
        value = self._left.pop(key, None)
        match value:
            case [int(low), int(high)] if least <= low <= high <= most and bool not in map(type, value):
                return low, high
        self.fault(f"{key} = {value!r} is not [least, most] of whole numbers from {least} to {most}")
        return least, most

    def number(self, key: str, least: float, most: float, default: float | None = None) -> float:
        """A number from `least` to `most` (NaN and infinity are none)."""
        value = self._left.pop(key, default)
        if value is None:
            self.fault(f"{key} is missing; give a number from {least:g} to {most:g}")
        elif isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.fault(f"{key} = {value!r} is not a number from {least:g} to {most:g}")
        else:
            return value
        return least

    def tables(self, key: str) -> list[object]:
        """A list of tables, at least one."""
        value = self._left.pop(key, None)
        if not isinstance(value, list) or not value:
            raise self.error(f"{key} is missing; write at least one [[{key}]]")
        return value

    def sound(self) -> None:
        """ProgrammeError with the faults so far, if what follows makes no sense with them."""
        if self._faults:
            raise ProgrammeError("\n".join(self._faults))

    def end(self) -> None:
        """Every key must have been taken. ProgrammeError with all faults of this table."""
        if self._left:
            self.fault(f"unknown key {', '.join(sorted(self._left))}; remove it or correct its spelling")
        self.sound()
