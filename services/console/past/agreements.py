"""What a member may agree to, and since when they do: on their own page and on staff's."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.console import phrases
from services.console.past import sayings
from services.members.model import Consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What may be agreed to, and since when it is; `since` empty: it is not."""

    purpose: str
    text: str
    since: str


def agreed(consents: Iterable[Consent]) -> list[Agreed]:
    """One for each purpose, by the consents that stand."""
    stands = {c.purpose: c for c in consents if c.withdrawn_ms is None}
    return [
        Agreed(
            purpose=purpose.value,
            text=words,
            since=sayings.day(stands[purpose].given_ms) if purpose in stands else "",
        )
        for purpose, words in phrases.CONSENTS.items()
    ]
