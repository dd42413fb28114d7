"""What members hear: every rise said before it comes, every start, stop and turn, each once, in each language."""

import re
import string
from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise

import pytest
from session_rig import programme, step
from spoken_gym import Spoken

from device_adapters.contract import registry
from services.programme.library import builtins
from services.programme.model import Facing, ForTime, Programme, Step, StepKind, UntilStaff
from services.session.catalogue import Catalogue, catalogues
from services.session.engine import cues
from services.texts.languages import LANGUAGES, SOURCE

PLAN = programme(
    step(200, ForTime(40), kind=StepKind.WARMUP),
    step(600, ForTime(30), kind=StepKind.INTERVAL),
    step(300, ForTime(30), kind=StepKind.RECOVERY),
)


def test_a_session_as_it_is_heard() -> None:
    gym = Spoken()
    gym.to_the_end(PLAN, countdown_ms=5_000)
    assert gym.heard() == [
        "starts_in", "count", "count", "count", "belt_starts", "step_text",
        "soon_faster", "count", "count", "count", "step_text",
        "soon_easier", "count", "count", "count", "step_text",
        "soon_stop", "count", "count", "count", "belt_stops", "finished",
    ]  # fmt: skip
    soon = next(cue for _, cue in gym.said if cue.key == "soon_faster")
    assert soon.args == {"kmh": 6.0, "s": 10}
    assert set(soon.text) == set(LANGUAGES)
    assert soon.text["en"] == "In 10 seconds faster: 6 kilometres per hour."
    assert soon.text["de"] == "In 10 Sekunden schneller: 6 Kilometer pro Stunde."
    assert soon.text["fr"] == "Dans 10 secondes, plus vite\N{NO-BREAK SPACE}: 6 kilomètres par heure."
    assert soon.tone == "change"
    assert registry.CUE.decode(registry.CUE.encode(soon)) == soon
    counts = [cue.args["n"] for _, cue in gym.said if cue.key == "count"]
    assert counts == [3, 2, 1] * 4


BUILTINS = [pytest.param(p, id=f"{p.goal}-{p.level}-{p.name}") for p in builtins()]


@pytest.mark.parametrize("plan", BUILTINS)
def test_in_every_built_in_programme_every_rise_is_said_before_it_comes(plan: Programme) -> None:
    gym = Spoken()
    gym.to_the_end(plan)
    assert gym.session.outcome == "completed", gym.session.why
    targets = [(at, e.speed_ckmh or 0) for at, e in gym.sent if getattr(e, "verb", "") == "target"]  # type: ignore[union-attr]
    starts = [at for at, e in gym.sent if getattr(e, "verb", "") == "start"]
    for (_, was), (at, speed) in pairwise(targets):
        began = any(at - 12_000 <= start <= at for start in starts)
        if speed - was < cues.CHANGE_CKMH or began:
            continue
        told = [c.args["kmh"] for t, c in gym.said if c.key.endswith("_faster") and at - 12_000 <= t <= at]
        assert speed / 100 in told, f"{speed} at {at} came without a word"
    ids = [cue.id for _, cue in gym.said]
    assert len(ids) == len(set(ids))
    assert gym.heard().count("belt_starts") == len(starts)


def test_what_comes_early_is_said_when_it_comes() -> None:
    gym = Spoken()
    gym.moving(PLAN)
    gym.run(5_000)
    gym.ask("skip")
    gym.run(600)
    assert gym.heard()[-2:] == ["now_faster", "step_text"]


def test_slower_is_said_with_what_it_is_now() -> None:
    gym = Spoken()
    gym.moving(PLAN)
    gym.run(5_000)
    gym.ask("slower")
    gym.ask("slower")
    told = [cue.text["en"] for _, cue in gym.said if cue.key == "slower"]
    assert told == ["Slower: 1.8 kilometres per hour.", "Slower: 1.6 kilometres per hour."]


def test_a_turn_and_a_drill_beside_the_belt_are_said() -> None:
    drill = Step(
        place="2", kind=StepKind.OPEN, facing=None, until=UntilStaff(60), speed_ckmh=0, cue="Cone drill"
    )
    forward = step(200, ForTime(30), Facing.FORWARD)
    gym = Spoken()
    gym.to_the_end(programme(forward, step(200, ForTime(30)), drill, step(200, ForTime(30))))
    heard = [k for k in gym.heard() if k not in ("count", "step_text")]
    assert heard == [
        "belt_starts", "soon_stop", "belt_stops", "turn_retro",
        "belt_starts", "soon_stop", "belt_stops", "step_off", "wait",
        "belt_starts", "soon_stop", "belt_stops", "finished",
    ]  # fmt: skip


def test_heart_questions_and_losses_are_said() -> None:
    gym = Spoken(bpm=120)
    gym.start(programme(step(400, ForTime(300), kind=StepKind.REST)))
    gym.run_until("running")
    gym.run(20_000)
    gym.bpm = None
    gym.run(31_000)
    assert [k for k in gym.heard() if k.startswith("hr")] == ["hr_missing", "hr_lost"]
    gym.online = False
    gym.hear_state()
    gym.run_until("ended", within_ms=60_000)
    assert gym.heard()[-1] == "belt_unknown"

    gym = Spoken()
    gym.start(programme(step(200, ForTime(300), kind=StepKind.REST)), strap="", waiver="none fits")
    gym.run_until("running")
    gym.run(121_000)
    assert gym.heard()[-1] == "ask_rpe"


# The catalogues.


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def keys_in_code() -> Iterator[str]:
    source = files("services.session.engine").joinpath("cues.py").read_text(encoding="utf-8")
    yield from re.findall(r'_(?:cue|once_more)\((?:session|after), "([a-z_]+)"', source)
    yield from cues.HEART.values()
    yield from ("soon_faster", "soon_easier", "now_faster", "now_easier", "turn_retro", "turn_forward")


def test_every_key_is_in_every_language_with_the_same_placeholders() -> None:
    first, *others = (Catalogue(language).messages() for language in LANGUAGES)
    assert set(keys_in_code()) == set(first)
    for other in others:
        assert set(other) == set(first)
        for key, text in first.items():
            assert placeholders(other[key]) == placeholders(text), key
            assert key in ("count", "step_text") or other[key] != text, f"{key} is not translated"


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != SOURCE])
def test_the_words_of_every_built_in_programme_are_translated(language: str) -> None:
    catalogue = Catalogue(language)
    words = {s.cue for plan in builtins() for s in plan.steps if s.cue}
    assert not [text for text in words if catalogue.says(text) == text]


def test_a_site_s_own_words_are_said_as_they_are() -> None:
    assert [c.text("step_text", {"text": "Ganz ruhig"}) for c in catalogues()] == ["Ganz ruhig."] * len(
        LANGUAGES
    )
    assert Catalogue("de").text("slower", {"kmh": 1.5}) == "Langsamer: 1,5 Kilometer pro Stunde."
    assert Catalogue("fr").text("slower", {"kmh": 1.5}).endswith(" 1,5 kilomètres par heure.")
    assert Catalogue("de").text("step_text", {"text": "Walk it off"}) == "Ausgehen."


@pytest.mark.parametrize("word", ["emergency", "fail-safe", "proven", "treat"])
def test_no_cue_claims_what_must_not_be_claimed(word: str) -> None:
    assert not [t for t in Catalogue("en").messages().values() if word in t.lower()]


@pytest.mark.parametrize("language", ["", "fr"])
def test_each_cue_names_the_language_that_the_start_named(language: str) -> None:
    gym = Spoken()
    assert gym.start(language=language).ok
    gym.run_until("running")
    assert {cue.language for _, cue in gym.said} == {language}
