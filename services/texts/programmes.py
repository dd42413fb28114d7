"""Names and cues of the built-in programmes in other languages: they are their own English."""

from collections.abc import Mapping

from services.texts.catalogue import read
from services.texts.languages import SOURCE, spoken


def translated(language: str) -> Mapping[str, str]:
    """English → `language`; empty where there is no such catalogue."""
    return {} if language == SOURCE else read("services.texts", language, "programmes")


def in_words(text: str) -> str:
    """A name or cue in the language being spoken; one that somebody wrote for this gym is as it is."""
    return translated(spoken()).get(text, text)
