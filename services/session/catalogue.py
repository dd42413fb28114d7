"""The words of cues, by language: gettext catalogues in `locale/`, read with Babel when the service starts.

`cues.po` has a message for each key; the words of built-in programmes are translated beside these. Words that a site
wrote into its own programmes are said as they are.
"""

from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from services.programme.translation import translated

SOURCE = "en"
LANGUAGES = (SOURCE, "de")


class Catalogue:
    """One language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._cues = _messages(language, "cues")
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
        return format_decimal(value, locale=self.language)


@cache
def catalogues() -> tuple[Catalogue, ...]:
    """All languages."""
    return tuple(Catalogue(language) for language in LANGUAGES)


def _messages(language: str, domain: str) -> dict[str, str]:
    path = files("services.session").joinpath("locale", language, "LC_MESSAGES", f"{domain}.po")
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language, abort_invalid=True)
    return {str(m.id): str(m.string) for m in catalogue if m.id and m.string}
