"""What goes wrong with members: stable codes, and texts that say what to do."""

from device_adapters.contract.keys import fields
from device_adapters.contract.phrase import Phrase, Refusal, english
from device_adapters.errors import BackstrideError


class MembersError(BackstrideError):
    """A request about a member that cannot be carried out. `said`: why; `field`: which does not fit, if one does."""

    code = "MEMB-001"

    def __init__(self, why: Phrase | str, field: str = "") -> None:
        self.said = fields.field_fault(field, why) if field else why
        self.field = field
        super().__init__(english(self.said))


class UnknownMemberError(MembersError):
    """No member has this id (or it was erased)."""

    code = "MEMB-002"


class TakenError(MembersError):
    """What is entered is another's already; the `field` is named."""

    code = "MEMB-004"


class RuleRefusedError(MembersError):
    """A rule is against it; `refusal` has the stable word."""

    code = "MEMB-003"

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.said)
        self.refusal = refusal
