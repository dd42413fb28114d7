"""No programme fits what is asked for."""

from device_adapters.contract.phrase import Phrase
from device_adapters.errors import ProgrammeError


class UnsuitedError(ProgrammeError):
    """There is none of that name, or it is for another goal or level; `said` names what there is."""

    def __init__(self, said: Phrase) -> None:
        super().__init__(str(said))
        self.said = said
