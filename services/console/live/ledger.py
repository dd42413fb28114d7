"""What is known of a treadmill beside what the bus says: its name and place, what people and its past
say of it. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from services.console.operator.misdeeds import Defect


class Label(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What staff call a treadmill, and where it stands; both may be empty."""

    name: str = ""
    place: str = ""


NO_LABEL = Label()


@dataclass(frozen=True, slots=True)
class Ledger:
    """By treadmill. `out_of_use`: why, in words of the language being spoken; empty: it is in use. `defect`: what it
    did and nobody has checked since, given the day of its commissioning."""

    label: Callable[[str], Label] = lambda _id: NO_LABEL
    out_of_use: Callable[[str], str] = lambda _id: ""
    defect: Callable[[str, str], Defect | None] = lambda _id, _commissioned: None

    def name(self, treadmill: str) -> str:
        """What staff call it: its name, else its id."""
        return self.label(treadmill).name or treadmill


NO_LEDGER = Ledger()
