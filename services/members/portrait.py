"""Everything of one member, as a value and as plain data for exports and machines. Pure."""

from dataclasses import asdict, dataclass
from typing import Any

from services.members.model import Consent, Dossier, Prescription, Screening, SessionRecord, SignOff
from services.members.outcomes import OutcomeResult
from services.members.people import MemberDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """Everything that the store has of one member."""

    id: str
    person: MemberDetails
    created_ms: int
    visited_ms: int
    screenings: tuple[Screening, ...]
    sign_offs: tuple[SignOff, ...]
    consents: tuple[Consent, ...]
    history: tuple[SessionRecord, ...]
    prescriptions: tuple[Prescription, ...] = ()
    """Every version, oldest first."""

    outcomes: tuple[OutcomeResult, ...] = ()
    """In the order of time."""

    @property
    def dossier(self) -> Dossier:
        """What the rules need of it."""
        return Dossier(
            body=self.person.body,
            screening=max(self.screenings, key=lambda s: s.at_ms, default=None),
            sign_offs=self.sign_offs,
            history=self.history,
            purposes=frozenset(c.purpose for c in self.consents if c.withdrawn_ms is None),
            prescription=self.prescriptions[-1] if self.prescriptions else None,
        )


def as_plain(portrait: Portrait) -> dict[str, Any]:
    """Dictionaries, lists, texts and numbers, under the names of the values (units are in the names)."""
    plain: dict[str, Any] = asdict(portrait)
    for screening in plain["screenings"]:
        screening["contraindications"] = sorted(screening["contraindications"])
    return plain
