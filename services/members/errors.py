"""What goes wrong with members: stable codes, and texts that say what to do."""

from device_adapters.contract.phrase import Refusal
from device_adapters.errors import BackstrideError


class MembersError(BackstrideError):
    """A request about a member that cannot be carried out."""

    code = "MEMB-001"


class UnknownMemberError(MembersError):
    """No member has this id (or it was erased)."""

    code = "MEMB-002"


class TakenError(MembersError):
    """What is entered is another's already; the text begins with the field."""

    code = "MEMB-004"


class RuleRefusedError(MembersError):
    """A rule is against it; `refusal` has the stable word."""

    code = "MEMB-003"

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal
