"""Whose an appointment is: of the one member whose id, alias or whole name stands in it as words of its own. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.members.people import Card
from services.members.text import key

if TYPE_CHECKING:
    from services.console.diary.bookings import Booking


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """`member` empty: it is nobody's who is known here."""

    begin_ms: int
    whole_day: bool
    member: str = ""
    alias: str = ""


def appointments(bookings: "Iterable[Booking]", cards: Sequence[Card]) -> tuple[Appointment, ...]:
    """Whose each is. One that names two members is nobody's: a wrong member would be told of it."""
    words = {card.id: _words(card) for card in cards}
    known = {card.id: card for card in cards}
    found = []
    for one in bookings:
        text = key(one.text)
        mine = [
            id_
            for id_, (told, whole) in words.items()
            if any(map(text.__contains__, told)) and whole.search(text)
        ]
        card = known[mine[0]] if len(mine) == 1 else None
        found.append(
            Appointment(
                begin_ms=one.begin_ms,
                whole_day=one.whole_day,
                member=card.id if card else "",
                alias=card.alias if card else "",
            )
        )
    return tuple(found)


def _words(card: Card) -> tuple[tuple[str, ...], re.Pattern[str]]:
    """What is looked for first, fifty times as fast, and as words of their own."""
    told = tuple(key(one) for one in (card.id, card.alias, card.name) if key(one))
    return told, re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, told))})(?!\w)")
