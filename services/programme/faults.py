"""Why a programme cannot be run: what is wrong with its file, each fault as a key with its numbers."""

from collections.abc import Iterable

from device_adapters.contract.keys import programme_files as keys
from device_adapters.contract.phrase import Phrase
from device_adapters.errors import ProgrammeError

SAID_MAX = 20
"""Faults that one answer tells; a file has more only if nobody looked at it."""


class ProgrammeFaultsError(ProgrammeError):
    """All `faults` of a file. As a string they are English, a line each."""

    def __init__(self, *faults: Phrase) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults

    @property
    def said(self) -> Phrase:
        """All of them in one."""
        return keys.programme_faults(self.faults[:SAID_MAX])


def in_file(file: str, faults: Iterable[Phrase]) -> ProgrammeFaultsError:
    """The same faults, each with the file."""
    return ProgrammeFaultsError(*(keys.in_file(file, fault) for fault in faults))
