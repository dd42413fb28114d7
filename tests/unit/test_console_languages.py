"""Every text of the pages in each language: none is left out, none stands in a page that no catalogue can reach."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

from device_adapters.contract.oddities import WORDS
from services.console import event_words, phrases, tile_words, words
from services.console.languages import catalogue, language_for, say, say_many
from services.console.operator import fixes
from services.programme.library import builtins
from services.rules.zones import ZONES
from services.texts.catalogue import plurals
from services.texts.languages import LANGUAGES, speaking
from services.texts.programmes import translated

HERE = Path(str(files("services.console")))
FOR_PROGRAMS = "api.html"
"""Made of the API's document, which is English like the API."""

TEMPLATES = sorted(path for path in (HERE / "templates").glob("*.html") if path.name != FOR_PROGRAMS)
CALL = re.compile(r"""\b_\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
PLACE = re.compile(r"\{\w+\}")
SHOWN = ("aria-label", "title", "alt", "placeholder")
EVERYWHERE = {"Backstride", "km/h", "bpm", "Alt S", "min", "s", "m"}
"""Names, units and keys: the same in every language."""


def in_templates() -> Iterator[str]:
    for path in TEMPLATES:
        for double, single in CALL.findall(path.read_text()):
            yield (double or single).replace('\\"', '"').replace("\\'", "'")


def in_many() -> Iterator[tuple[str, str]]:
    """Of one and of many, as templates and code say them."""
    for path in TEMPLATES:
        yield from re.findall(r"""\b_many\(\s*"([^"]*)",\s*"([^"]*)",""", path.read_text())
    for path in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Name(id="say_many"),
                    args=[ast.Constant(value=str(one)), ast.Constant(value=str(many)), _],
                ):
                    yield one, many


def in_code() -> Iterator[str]:
    for path in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="say"), args=[ast.Constant(value=str(text)), *_]):
                    yield text


def in_tables() -> Iterator[str]:
    tables = [value for name, value in vars(phrases).items() if name.isupper()]
    tables += [event_words.KINDS, event_words.CAUSES, fixes.BY_KIND, fixes.BY_CAUSE, (fixes.ANY,)]
    tables += [
        words.PAGE,
        words.DONE,
        (words.IN_DANGER, words.HEART_OVER),
        tuple(zone.word for zone in ZONES),
    ]
    for table in tables:
        for value in table.values() if isinstance(table, dict) else table:
            yield from value if isinstance(value, tuple) else (value,)


def told_by_units() -> Iterator[str]:
    """What the operator's page says of oddities."""
    yield from (text for two in WORDS.values() for text in two)


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_built_in_programmes_are_told_in_each_language(language: str) -> None:
    names = {programme.name for programme in builtins()}
    cues = {step.cue for programme in builtins() for step in programme.steps}
    assert [text for text in names | cues if text not in ("", *translated(language))] == []


def every_text() -> set[str]:
    return {*in_templates(), *in_code(), *in_tables(), *told_by_units()} - {""}


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_no_text_is_missing(language: str) -> None:
    missing = sorted(text for text in every_text() if text not in catalogue(language))
    assert missing == []


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_the_places_of_a_text_are_the_same(language: str) -> None:
    differ = [
        (text, told)
        for text, told in catalogue(language).items()
        if sorted(PLACE.findall(text)) != sorted(PLACE.findall(told))
    ]
    assert differ == []


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_each_text_with_a_number_has_each_form_of_the_language_and_no_other(language: str) -> None:
    said, known = dict(in_many()), plurals("services.console", language, "console")
    assert said.keys() == known.forms.keys()
    for one, forms in known.forms.items():
        assert {known.form(n) for n in range(120)} == set(range(len(forms)))
        assert all(sorted(PLACE.findall(form)) == sorted(PLACE.findall(said[one])) for form in forms)
        assert sorted(PLACE.findall(one)) == sorted(PLACE.findall(said[one]))


@pytest.mark.parametrize(
    ("language", "count", "told"),
    [
        ("en", 0, "0 accounts"), ("en", 1, "1 account"), ("en", 2, "2 accounts"),
        ("de", 0, "0 Konten"), ("de", 1, "1 Konto"), ("de", 2, "2 Konten"),
        ("fr", 0, "0 compte"), ("fr", 1, "1 compte"), ("fr", 2, "2 comptes"),
    ],
)  # fmt: skip
def test_one_is_told_as_one(language: str, count: int, told: str) -> None:
    with speaking(language):
        assert say_many("{count} account", "{count} accounts", count) == told


class Bare(HTMLParser):
    """What a reader sees or hears of a template without its expressions."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self._see(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in SHOWN:
                self._see(value or "")

    def _see(self, text: str) -> None:
        said = text.strip(" ·\n.,:→×+−–□")
        if re.search(r"[A-Za-z]{2}", said) and said not in EVERYWHERE:
            self.found.append(said)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_words_of_its_own(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{% block sheet %\}.*?\{% endblock %\}", "", path.read_text(), flags=re.DOTALL)
    bare = Bare()
    bare.feed(re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL))
    assert bare.found == []


def test_speaking_ends_where_it_began() -> None:
    with speaking("de"):
        assert say("Ready") == "Bereit"
        with speaking("en"):
            assert say("Ready") == "Ready"
        assert tile_words.limit("2.5") == "Grenze 2.5"
    assert say("Ready") == "Ready"


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "language"),
    [
        ("de", "en", "en", "de"),
        ("", "de", "en", "de"),
        ("", "", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "", "fr-CH, fr;q=0.9, de;q=0.7", "fr"),
        ("", "", "cy", "en"),
        ("xx", "../..", "", "en"),
    ],
)
def test_which_language_a_reader_gets(asked: str, kept: str, accepted: str, language: str) -> None:
    assert language_for(asked, accepted, kept) == language
