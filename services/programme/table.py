"""Reading one TOML table strictly: every key is taken once, with its type and range; what is left over is an error."""

from enum import StrEnum
from typing import TypeVar

from device_adapters.errors import ProgrammeError

E = TypeVar("E", bound=StrEnum)


class Table:
    """A table and where it stands (`where`: "file.toml: step 3"), for messages that lead to the line."""

    def __init__(self, raw: object, where: str) -> None:
        self.where = where
        if not isinstance(raw, dict):
            raise self.error("is not a table; write [[step]]")
        self._left: dict[str, object] = dict(raw)

    def error(self, text: str) -> ProgrammeError:
        """A fault in this table."""
        return ProgrammeError(f"{self.where}: {text}")

    def has(self, key: str) -> bool:
        """Is the key there and not yet taken?"""
        return key in self._left

    def says(self, key: str, word: str) -> bool:
        """Does the key, which stays untaken, say this word?"""
        return self._left.get(key) == word

    def text(self, key: str, longest: int, default: str | None = None) -> str:
        """A string of at most `longest` characters; `default` None: it must be there."""
        value = self._left.pop(key, default)
        if value is None:
            raise self.error(f"{key} is missing; give a text")
        if not isinstance(value, str) or len(value) > longest or (default is None and not value):
            raise self.error(f"{key} = {value!r} is not a text of 1 to {longest} characters")
        return value

    def choice(self, key: str, words: type[E]) -> E:
        """One of the words of an enumeration."""
        value = self._left.pop(key, None)
        if value is None:
            raise self.error(f"{key} is missing; give one of {', '.join(words)}")
        try:
            return words(str(value))
        except ValueError:
            raise self.error(f"{key} = {value!r} is not one of {', '.join(words)}") from None

    def whole(self, key: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        value = self._left.pop(key, None)
        if value is None:
            raise self.error(f"{key} is missing; give a whole number from {least} to {most}")
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.error(f"{key} = {value!r} is not a whole number from {least} to {most}")
        return value

    def span(self, key: str, least: int, most: int) -> tuple[int, int]:
        """Two whole numbers, the smaller first: [2, 3]."""
        value = self._left.pop(key, None)
        match value:
            case [int(low), int(high)] if least <= low <= high <= most and bool not in map(type, value):
                return low, high
        raise self.error(f"{key} = {value!r} is not [least, most] of whole numbers from {least} to {most}")

    def number(self, key: str, least: float, most: float, default: float | None = None) -> float:
        """A number from `least` to `most` (NaN and infinity are none)."""
        value = self._left.pop(key, default)
        if value is None:
            raise self.error(f"{key} is missing; give a number from {least:g} to {most:g}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.error(f"{key} = {value!r} is not a number from {least:g} to {most:g}")
        return value

    def tables(self, key: str) -> list[object]:
        """A list of tables, at least one."""
        value = self._left.pop(key, None)
        if not isinstance(value, list) or not value:
            raise self.error(f"{key} is missing; write at least one [[{key}]]")
        return value

    def end(self) -> None:
        """Every key must have been taken."""
        if self._left:
            raise self.error(
                f"unknown key {', '.join(sorted(self._left))}; remove it or correct its spelling"
            )
