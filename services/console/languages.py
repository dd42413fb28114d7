"""Languages of the pages: English is in the templates, other languages are gettext catalogues in `locale/`."""

from babel.core import negotiate_locale

from services.texts.catalogue import plurals, read
from services.texts.languages import LANGUAGES, SOURCE, spoken

COOKIE = "lang"


def catalogue(language: str) -> dict[str, str]:
    """English → `language`; empty for English itself."""
    return {} if language == SOURCE else read("services.console", language, "console")


def translate(language: str, text: str) -> str:
    """`text` in `language`; itself where there is no translation."""
    return catalogue(language).get(text, text)


def say(text: str, **values: object) -> str:
    """`text` in the language being spoken, with `values` in its places."""
    told = translate(spoken(), text)
    return told.format(**values) if values else told


def say_many(one: str, many: str, count: int, **values: object) -> str:
    """The text of so many, in the form that the language being spoken has for it; `count` stands in its place too."""
    told = one if count == 1 else many
    if spoken() != SOURCE:
        known = plurals("services.console", spoken(), "console")
        told = known.forms[one][known.form(count)] if one in known.forms else told
    return told.format(count=count, **values)


def language_for(asked: str, accepted: str, kept: str = "") -> str:
    """The language of a page: what its address asks for, else what was chosen before (`kept`), else what the browser
    prefers, else English."""
    for wished in (asked, kept):
        if wished in LANGUAGES:
            return wished
    preferred = [part.partition(";")[0].strip().replace("-", "_") for part in accepted.split(",")]
    return negotiate_locale(preferred, LANGUAGES) or SOURCE
