"""Gettext catalogues: the one reader of them, and the texts of all keys by language.

English texts stand with the keys (`device_adapters/contract/keys`), those of other languages in `keys.po` by key.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po

from device_adapters.contract.keys.every import TEXTS
from services.texts.languages import SOURCE


@cache
def read(package: str, language: str, domain: str) -> dict[str, str]:
    """The messages of `locale/` in a package: id → text, as far as they are translated."""
    path = files(package).joinpath("locale", language, "LC_MESSAGES", f"{domain}.po")
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language, abort_invalid=True)
    return {str(m.id): str(m.string) for m in catalogue if m.id and m.string}


def texts(language: str) -> Mapping[str, str]:
    """Every key's text in a language."""
    return TEXTS if language == SOURCE else read("services.texts", language, "keys")
