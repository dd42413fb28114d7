"""Every key there is, with its English text and its arguments."""

from device_adapters.contract import phrase
from device_adapters.contract.keys import (
    alerts,
    fields,
    hazards,
    members,
    programme_files,
    programmes,
    requests,
    rest,
    sessions,
    units,
    words,
)

MODULES = (
    alerts,
    fields,
    hazards,
    members,
    programme_files,
    programmes,
    requests,
    rest,
    sessions,
    units,
    words,
)
TEXTS = phrase.ENGLISH
ARGUMENTS = phrase.ARGUMENTS
