"""Keys and their texts: each in each language with each argument, and numbers as readers write them."""

import re
import string
from itertools import chain
from pathlib import Path

import msgspec
import pytest

from device_adapters.contract.keys import hazards, members, requests, sessions, units
from device_adapters.contract.keys.every import ARGUMENTS, TEXTS
from device_adapters.contract.phrase import Phrase, english, from_json, to_json
from device_adapters.safety.events import Note
from device_adapters.safety.hazards import Cause
from device_adapters.safety.setpoints import FIGHTS, FIGHTS_KEY
from device_adapters.safety.stops import UNREACHED, UNREACHED_KEY
from services.console.languages import catalogue
from services.texts.catalogue import plurals, texts
from services.texts.figures import number
from services.texts.languages import LANGUAGES, SOURCE, speaking
from services.texts.telling import tell, tell_in

ROOT = Path(__file__).parents[2]
KEYS = ROOT / "device_adapters/contract/keys"
PRODUCT = [
    path.read_text() for folder in ("device_adapters", "services") for path in (ROOT / folder).rglob("*.py")
]
MODULES = sorted(
    path.stem for path in KEYS.glob("*.py") if path.stem not in ("__init__", "every", "words", "hazards")
)


def places(text: str) -> list[tuple[str, str]]:
    return sorted((name, how or "") for _, name, how, _ in string.Formatter().parse(text) if name is not None)


def declared(module: str) -> set[str]:
    return set(re.findall(r"^def (\w+)", (KEYS / f"{module}.py").read_text(), re.MULTILINE)) & set(TEXTS)


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != SOURCE])
def test_each_key_has_each_language(language: str) -> None:
    assert set(texts(language)) == set(TEXTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_argument_is_used_by_every_text_and_nothing_else(language: str) -> None:
    for key, text in texts(language).items():
        assert {name for name, _ in places(text)} == set(ARGUMENTS[key]), key
        assert places(text) == places(TEXTS[key]), key


@pytest.mark.parametrize("module", MODULES)
def test_each_key_is_said_by_somebody(module: str) -> None:
    said = {name for text in PRODUCT for name in re.findall(r"\b(?:keys|\w+)\.(\w+)\b", text)}
    assert declared(module) - said - {UNREACHED_KEY, FIGHTS_KEY} == set()


def test_phrases_are_made_by_the_tables_of_keys_alone() -> None:
    """So that a key that the catalogue lacks does not pass the type checker."""
    made = [
        path.relative_to(ROOT).as_posix()
        for folder in ("device_adapters", "services")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"(?<![\w.])Phrase\((?!Struct)", path.read_text())
    ]
    assert sorted(set(made)) == [
        "device_adapters/contract/boundary.py",
        "device_adapters/contract/keys/units.py",
        "device_adapters/contract/phrase.py",
    ]


def test_the_safety_core_s_two_keys_are_declared() -> None:
    """It knows no keys: decisions are told by cause, but for a stop on no wire yet and a machine that fights."""
    assert TEXTS[UNREACHED_KEY] == UNREACHED
    assert TEXTS[FIGHTS_KEY] == FIGHTS
    assert Note(kind="hazard", cause=Cause.STOP_PRESSED).key == ""


def test_a_phrase_is_english_as_a_string_and_told_in_the_language_being_spoken() -> None:
    said = sessions.near_speed(1.8, 2.5)
    assert str(said) == english(said) == "speed 1.8 of 2.5 km/h"
    with speaking("de"):
        assert tell(said) == "Geschwindigkeit 1,8 von 2,5 km/h"
    assert tell(said) == "speed 1.8 of 2.5 km/h"


def test_words_of_closed_sets_and_who_asked_are_told_too() -> None:
    assert tell_in("de", requests.not_while("paused", "skip")) == (
        "Das Training ist in Pause; Überspringen passt nicht."
    )
    assert tell_in("de", sessions.paused_by("staff u-12")) == "Angehalten von Team u-12."
    assert tell_in("de", sessions.paused_by("Anna")) == "Angehalten von Anna."
    assert str(members.not_ready("advanced", (members.clean_span(3, 28), members.clean_span(4, 28)))) == (
        "Not ready for advanced: they span 3 of 28 days, they span 4 of 28 days."
    )


def test_a_phrase_inside_a_phrase_is_told_in_its_turn() -> None:
    said = sessions.not_seen_to_stop(sessions.stopped_by("staff u-1"))
    assert tell_in("de", said) == "Gestoppt von Team u-1. Niemand sah das Band anhalten: Sehen Sie nach."
    assert tell_in("de", requests.latched(hazards.staff(Cause.LINK_LOST))).startswith("Gestoppt: ")


def test_what_a_person_or_an_earlier_release_wrote_is_told_as_it_is() -> None:
    assert tell_in("de", "Paused by Anna.") == "Paused by Anna."
    assert (tell(None), english(None), tell("")) == ("", "", "")


def test_french_is_told_with_its_own_spaces_and_numbers() -> None:
    thin, wide = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
    assert tell_in("fr", sessions.near_speed(1.8, 2.5)) == "vitesse 1,8 sur 2,5 km/h"
    assert tell_in("fr", requests.not_while("paused", "skip")) == (
        f"État de la séance{wide}: en pause{thin}; Passer ne convient pas."
    )
    assert number("fr", 12_345.5) == f"12{thin}345,5"


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != SOURCE])
def test_a_word_is_in_the_form_of_its_language(language: str) -> None:
    """Straight apostrophes and breaking spaces before French marks are a typing machine's."""
    many = chain.from_iterable(plurals("services.console", language, "console").forms.values())
    for said in (*texts(language).values(), *catalogue(language).values(), *many):
        assert language != "fr" or not re.search(r"\w'\w| [:;?!%»]|« ", said), said


@pytest.mark.parametrize(
    ("value", "written"),
    [(1.8, "1,8"), (2.0, "2"), (12, "12"), (0.25, "0,25"), (12_345, "12.345"), (-1.5, "-1,5")],
)
def test_numbers_are_as_german_readers_write_them(value: float, written: str) -> None:
    assert number("de", value) == written


def test_a_key_of_a_newer_release_and_one_without_its_arguments_are_told_as_far_as_they_go() -> None:
    assert tell_in("de", Phrase("a_key_of_tomorrow", {"by": "Anna"})) == "a key of tomorrow"
    assert tell_in("de", Phrase("paused_by")) == "Angehalten von …."


def test_nobody_s_phrase_nests_for_ever_or_reaches_beyond_its_arguments() -> None:
    said = Phrase("unit_says", {"what": "{what.__class__}"})
    for _ in range(200):
        said = Phrase("not_seen_to_stop", {"why": said})
    assert len(tell(said)) < 400
    assert tell(Phrase("unit_says", {"what": "{what.__class__} {0}"})) == "{what.__class__} {0}"


def test_a_phrase_outlives_a_store_of_texts() -> None:
    said = members.not_ready("advanced", (members.clean_span(3, 28),))
    assert from_json(to_json(said)) == said
    assert msgspec.json.decode(msgspec.json.encode(said), type=Phrase) == said
    assert (to_json("old words"), to_json(None), from_json(""), from_json("{"), from_json("[1]")) == (
        "", "", None, None, None,
    )  # fmt: skip


def test_an_oddity_is_told_with_its_detail() -> None:
    from device_adapters.contract.oddities import Odd

    assert str(units.odd(Odd.DOUBLED)).endswith("Nothing, if its values are right.")
    assert str(units.odd(Odd.DOUBLED, "2a37")).endswith("(2a37)")
