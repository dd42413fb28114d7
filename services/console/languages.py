"""Languages of the pages: English is in the templates, other languages are gettext catalogues in `locale/`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

from babel.core import negotiate_locale
from babel.messages.pofile import read_po

SOURCE = "en"
LANGUAGES = (SOURCE, "de")
COOKIE = "lang"

_spoken: ContextVar[str] = ContextVar("language", default=SOURCE)


@cache
def catalogue(language: str, domain: str = "console") -> dict[str, str]:
    """English → `language`; empty for English itself. `heard`: what others say, with places in it."""
    if language == SOURCE:
        return {}
    path = files("services.console").joinpath("locale", language, "LC_MESSAGES", f"{domain}.po")
    with path.open("rb") as source:
        return {str(m.id): str(m.string) for m in read_po(source, locale=language) if m.id and m.string}


def translate(language: str, text: str) -> str:
    """`text` in `language`; itself where there is no translation."""
    return catalogue(language).get(text, text)


def spoken() -> str:
    """The language of the request or frame that is being answered."""
    return _spoken.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything said inside is in `language`."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def say(text: str, **values: object) -> str:
    """`text` in the language being spoken, with `values` in its places."""
    told = translate(spoken(), text)
    return told.format(**values) if values else told


def language_for(asked: str, accepted: str, kept: str = "") -> str:
    """The language of a page: what its address asks for, else what was chosen before (`kept`), else what the browser
    prefers, else English."""
    for wished in (asked, kept):
        if wished in LANGUAGES:
            return wished
    preferred = [part.partition(";")[0].strip().replace("-", "_") for part in accepted.split(",")]
    return negotiate_locale(preferred, LANGUAGES) or SOURCE
