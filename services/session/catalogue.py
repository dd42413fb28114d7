"""The words of cues, by language: gettext catalogues in `locale/`, read with Babel when the service starts.

`cues.po` has a message for each key; the words of built-in programmes are translated beside these. Words that a site
wrote into its own programmes are said as they are.
"""

from functools import cache

from services.texts.catalogue import read
from services.texts.figures import number
from services.texts.languages import LANGUAGES
from services.texts.programmes import translated


class Catalogue:
    """The cues and programmes of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._cues = read("services.session", language, "cues")
        self._programmes = translated(language)
        self._written(0)  # Babel reads how a language writes numbers at the first one

    def messages(self) -> dict[str, str]:
        """Every key with its message."""
        return dict(self._cues)

    def says(self, text: str) -> str:
        """A built-in programme's words in this language; any other words as they are."""
        return self._programmes.get(text, text)

    def text(self, key: str, args: dict[str, float | int | str]) -> str:
        """The words of a cue. KeyError for a key that has none: a test holds every key of `cues`."""
        return self._cues[key].format(**{name: self._written(value) for name, value in args.items()})

    def _written(self, value: float | str) -> str:
        if isinstance(value, str):
            return self.says(value)
        return number(self.language, value)


@cache
def catalogues() -> tuple[Catalogue, ...]:
    """A catalogue for each language there is."""
    return tuple(Catalogue(language) for language in LANGUAGES)
