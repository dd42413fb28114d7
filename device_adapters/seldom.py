"""What may come a thousand times is told the first time, the tenth, the hundredth, and so on. Pure."""

from collections import Counter

KINDS_MAX = 1_000


def worth_telling(number: int) -> bool:
    """Is this the first of its kind, the tenth, the hundredth, ...? `number` counts from 1."""
    return str(number).strip("0") == "1"


class Seldom:
    """Counts by kind; bounded, since others may choose what a kind is."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def nth(self, kind: str = "") -> int:
        """One more of this kind: its number if that is worth telling, else 0."""
        if kind not in self._seen and len(self._seen) >= KINDS_MAX:
            kind = ""
        self._seen[kind] += 1
        number = self._seen[kind]
        return number if worth_telling(number) else 0
