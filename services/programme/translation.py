"""Names and cues of the built-in programmes in other languages: they are their own English."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po


@cache
def translated(language: str) -> Mapping[str, str]:
    """English → `language`; empty where there is no such catalogue."""
    path = files("services.programme").joinpath("locale", language, "LC_MESSAGES", "programmes.po")
    if not path.is_file():
        return {}
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language, abort_invalid=True)
    return {str(m.id): str(m.string) for m in catalogue if m.id and m.string}
