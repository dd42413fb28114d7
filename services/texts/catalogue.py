"""Gettext catalogues: the one reader of them, and the texts of all keys by language.

English texts stand with the keys (`device_adapters/contract/keys`), those of other languages in `keys.po` by key.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from gettext import c2py
from importlib.resources import files
from typing import TYPE_CHECKING

from device_adapters.contract.keys.every import TEXTS
from services.texts.languages import SOURCE

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Plurals:
    """Texts with a number: the English of one → its forms, and which of them a number takes."""

    forms: Mapping[str, tuple[str, ...]]
    form: Callable[[int], int]


def read(package: str, language: str, domain: str) -> dict[str, str]:
    """The messages of `locale/` in a package: id → text, as far as they are translated."""
    return _read(package, language, domain)[0]


def plurals(package: str, language: str, domain: str) -> Plurals:
    """Those of the same catalogue, by its own rule (`Plural-Forms`)."""
    return _read(package, language, domain)[1]


@cache
def _read(package: str, language: str, domain: str) -> tuple[dict[str, str], Plurals]:
    catalogue = _parsed(package, language, domain)
    plain = {m.id: str(m.string) for m in catalogue if m.id and m.string and isinstance(m.id, str)}
    told = [(m.id[0], m.string) for m in catalogue if isinstance(m.id, tuple)]
    forms = {one: tuple(texts) for one, texts in told if texts and not isinstance(texts, str) and all(texts)}
    return plain, Plurals(forms, c2py(catalogue.plural_expr))


def _parsed(package: str, language: str, domain: str) -> "Catalog":
    from babel.messages.pofile import read_po  # who reads English reads no catalogue

    path = files(package).joinpath("locale", language, "LC_MESSAGES", f"{domain}.po")
    with path.open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def texts(language: str) -> Mapping[str, str]:
    """Every key's text in a language."""
    return TEXTS if language == SOURCE else read("services.texts", language, "keys")
