"""Phrases in words: in the language being spoken, with numbers as its readers write them."""

from device_adapters.contract.phrase import Phrase, in_words
from services.texts.catalogue import texts
from services.texts.figures import number
from services.texts.languages import spoken
from services.texts.programmes import translated


def tell(said: Phrase | str | None) -> str:
    """In the language being spoken; nothing for nothing. A text (a person's, an earlier release's) is as it is."""
    return tell_in(spoken(), said)


def tell_in(language: str, said: Phrase | str | None) -> str:
    """The same in a language that is named."""
    if said is None or isinstance(said, str):
        return said or ""
    return in_words(said, texts(language), lambda value: number(language, value), translated(language))
