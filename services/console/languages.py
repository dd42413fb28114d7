"""Languages of the pages: English is in the templates, other languages are gettext catalogues in `locale/`."""

from functools import cache
from importlib.resources import files

from babel.core import negotiate_locale
from babel.messages.pofile import read_po

SOURCE = "en"
LANGUAGES = (SOURCE, "de")


@cache
def catalogue(language: str) -> dict[str, str]:
    """English → `language`; empty for English itself."""
    if language == SOURCE:
        return {}
    path = files("services.console").joinpath("locale", language, "LC_MESSAGES", "console.po")
    with path.open("rb") as source:
        return {str(m.id): str(m.string) for m in read_po(source, locale=language) if m.id and m.string}


def translate(language: str, text: str) -> str:
    """`text` in `language`; itself where there is no translation."""
    return catalogue(language).get(text, text)


def language_for(asked: str, accepted: str) -> str:
    """The language of a page: what its address asks for, else what the browser prefers, else English."""
    if asked in LANGUAGES:
        return asked
    preferred = [part.partition(";")[0].strip().replace("-", "_") for part in accepted.split(",")]
    return negotiate_locale(preferred, LANGUAGES) or SOURCE
