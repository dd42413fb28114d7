"""No room for a record now."""

from device_adapters.contract.phrase import Phrase
from device_adapters.errors import BackstrideError


class BusyError(BackstrideError):
    """It could be done, and there is no room for it now; says when or where there is."""

    code = "BUSY-001"

    def __init__(self, said: Phrase) -> None:
        super().__init__(str(said))
        self.said = said
