"""The table of every cause, error code and event kind: who emits it, its words in each language, what an operator is
told. Read out of the code, so that a word that nobody emits, or that nobody has words for, cannot be.
"""

from importlib import import_module
from typing import get_args

import pytest
from word_table import ROOT, table

from device_adapters.contract.keys import hazards
from device_adapters.errors import BackstrideError
from device_adapters.safety.hazards import Cause, reaction
from services.console.event_words import CAUSES, KINDS, sentence
from services.console.languages import translate
from services.console.operator.fixes import ANY, BY_CAUSE, BY_KIND, OF_PEOPLE, fix, for_operators
from services.session.engine.events import TellVerb
from services.texts.languages import LANGUAGES, SOURCE, speaking
from services.texts.telling import tell

STEM = 7
"""Letters of a verb that stay in most of its forms: freigeb-en, débloqu-er."""

TOLD_BY_VERB = set(get_args(TellVerb))
"""Kinds that are a verb of a request."""


def emitted_kinds() -> set[str]:
    return set(table().kinds) | TOLD_BY_VERB


def errors() -> list[type[BackstrideError]]:
    for module in table().modules:
        import_module(module)
    found, waiting = list[type[BackstrideError]](), [BackstrideError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith(("device_adapters", "services")):
            found.append(kind)
    return found


def codes() -> dict[str, type[BackstrideError]]:
    return {kind.__name__: kind for kind in errors()}


def test_no_two_errors_have_one_name() -> None:
    """By its name an error is looked for in the code: under another's, nobody would see that it is raised by none."""
    assert sorted(kind.__name__ for kind in errors()) == sorted(codes())


def test_every_kind_is_emitted_and_has_words() -> None:
    assert emitted_kinds() == set(KINDS)


def test_every_fix_is_of_a_kind_or_cause_that_somebody_emits() -> None:
    known = {error.code for error in codes().values()} | set(Cause)
    assert set(BY_KIND) - emitted_kinds() == set()
    assert OF_PEOPLE - emitted_kinds() == set()
    assert {str(cause) for cause in BY_CAUSE} - known == set()


def test_every_cause_without_a_sentence_has_words_and_is_emitted() -> None:
    emitted = {cause for cause, where in table().causes.items() if any("safety/" in each for each in where)}
    assert emitted - set(CAUSES) - {"staff", "lease"} == set()  # these two bring a text or their numbers
    known = set(table().causes) | {error.code for error in codes().values()} | {"retained"}
    assert set(CAUSES) - known == set()


def test_every_error_code_is_one_class_s_and_is_raised_or_has_heirs_that_are() -> None:
    seen = codes()
    assert set(table().defined) == {name for name, kind in seen.items() if "code" in vars(kind)}
    assert len(set(table().defined.values())) == len(table().defined)
    for name, kind in seen.items():
        heirs = (heir.__name__ for heir in kind.__subclasses__())
        raised = [one for each in (name, *heirs) for one in table().codes[each]]
        assert raised, f"{name} ({kind.code}) is raised by nobody"


def test_no_code_is_typed_a_second_time() -> None:
    """A code in a string is a code that can be mistyped: import the error instead."""
    twice = []
    for code in {error.code for error in codes().values()}:
        for folder in ("device_adapters", "services", "tests/unit"):
            for path in (ROOT / folder).rglob("*.py"):
                count = path.read_text().count(f'"{code}"')
                defined = sum(f'code = "{code}"' in line for line in path.read_text().splitlines())
                twice += [(code, path.name)] * (count > max(defined, "errors.py" in path.name))
    assert twice == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_event_has_a_sentence_in_each_language(language: str) -> None:
    english = {(kind, cause): sentence(kind, cause, "") for kind in KINDS for cause in ("", *CAUSES, *Cause)}
    with speaking(language):
        for (kind, cause), said in english.items():
            told = sentence(kind, cause, "")
            assert told.strip(" .:")
            if language != "en" and kind in BY_KIND:
                assert told != said, (kind, cause)
        for cause in Cause:
            assert sentence("hazard", cause, "") == tell(hazards.staff(cause))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_operator_is_told_every_fault_with_what_to_do(language: str) -> None:
    hidden = {cause for cause in Cause if not for_operators("hazard", cause)}
    assert hidden == {Cause.HR_HIGH, Cause.HR_STILL_HIGH, Cause.HR_TOO_HIGH, Cause.HR_OVER_MAX}
    with speaking(language):
        for kind in KINDS:
            for cause in ("", *CAUSES, *Cause, *(error.code for error in codes().values())):
                assert fix(kind, cause)
        for cause in set(Cause) - hidden:
            assert fix("hazard", cause) != fix("hazard", "nobody's")
    assert fix("a kind of tomorrow", "a cause of tomorrow") == ANY


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_locks_nothing_asks_nobody_to_clear(language: str) -> None:
    """SAFETY.md: nothing of the heart latches. A person told to clear would look for a lock that is not there."""
    clear = translate(language, "Clear").lower()[:STEM]
    told = 0
    with speaking(language):
        for cause in Cause:
            row = reaction(cause)
            if row.latches:
                continue
            said = [tell(each) for each in (hazards.staff(cause), hazards.member(cause)) if each]
            told += len(said)
            assert not any(clear in each.lower() for each in (*said, sentence("hazard", cause, "")))
    assert told > 10


def test_a_language_is_its_catalogue_alone() -> None:
    """What is in `locale/` is offered, and no list has to be written: each package that has words has them all."""
    for package in ("texts", "console", "session"):
        folder = ROOT / "services" / package / "locale"
        found = {each.name: {file.name for file in each.rglob("*.po")} for each in folder.iterdir()}
        assert set(found) - {SOURCE} == set(LANGUAGES) - {SOURCE}, package
        assert len({frozenset(files) for files in found.values()}) == 1, package
