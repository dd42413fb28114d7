"""What a member hears when the belt may not stop: never that it stops or stands, and again until it is over."""

from collections.abc import Callable

import pytest
from session_rig import programme, step
from spoken_gym import Spoken

from device_adapters.contract.phrase import english
from device_adapters.safety import events as unit_events
from device_adapters.safety.hazards import MAY_GO_ON, Cause, reaction
from services.programme.model import ForTime, StepKind
from services.session.catalogue import catalogues

WALK = programme(step(300, ForTime(600), kind=StepKind.INTERVAL))
FALSE = ("is stopping", "stands still", "belt starts", "Stay where you are")


def ignores_stop(gym: Spoken) -> None:
    gym.unit.belt.quirks = type(gym.unit.belt.quirks)(ignore_stop=True)
    gym.unit.feed(unit_events.Hazard(Cause.STOP_PRESSED, "Anna"), gym.now)


def link_lost(gym: Spoken) -> None:
    gym.unit.feed(unit_events.Unlinked(), gym.now)
    gym.hear_state(connected=False)
    gym.unit.mute = True


def unit_gone(gym: Spoken) -> None:
    gym.unit.mute = True
    gym.online = False
    gym.hear_state()


def silent(gym: Spoken) -> None:
    gym.unit.mute = True
    gym.run(3_400)


def unit_anew(gym: Spoken) -> None:
    gym.unit.mute = True
    gym.hear_state(boot="another")


def latched(cause: Cause) -> Callable[[Spoken], None]:
    def happens(gym: Spoken) -> None:
        gym.unit.belt.quirks = type(gym.unit.belt.quirks)(ignore_stop=True)
        gym.unit.feed(unit_events.Hazard(cause), gym.now)

    return happens


UNSURE = {
    "link lost": link_lost, "unit gone": unit_gone, "no speed": silent, "unit restarted": unit_anew,
    "control lost": latched(Cause.CONTROL_LOST), "control failed": latched(Cause.CONTROL_FAILED),
    "overspeed": latched(Cause.OVERSPEED), "off its ramp": latched(Cause.OFF_RAMP),
}  # fmt: skip


@pytest.mark.parametrize("happens", UNSURE.values(), ids=UNSURE)
def test_of_a_belt_that_may_not_stop_nothing_else_is_said(happens: Callable[[Spoken], None]) -> None:
    gym = Spoken()
    gym.moving(WALK)
    gym.said.clear()
    happens(gym)
    gym.run(600)
    assert gym.heard()[0] == "belt_may_go_on"
    assert english(gym.view.cue) == MAY_GO_ON
    gym.run(40_000)
    assert gym.session.phase == "ended"
    assert set(gym.heard()) == {"belt_may_go_on", "belt_unknown"}
    assert gym.heard().count("belt_may_go_on") >= 3  # again and again until it is over
    assert all(cue.tone == "warning" for _, cue in gym.said)
    for _, cue in gym.said:
        assert not [words for words in FALSE if words in cue.text["en"]]


def test_a_stop_that_is_not_obeyed_is_said_as_soon_as_it_is_known() -> None:
    gym = Spoken()
    gym.moving(WALK)
    gym.said.clear()
    ignores_stop(gym)
    gym.run(600)
    assert gym.heard() == ["belt_stops"]
    gym.run(9_000)
    assert gym.heard()[1] == "belt_may_go_on"
    assert english(gym.view.cue) == MAY_GO_ON
    gym.unit.belt.quirks = type(gym.unit.belt.quirks)()
    gym.run_until("ended")
    assert gym.heard()[-1] == "ended"  # it stands: nobody is told that it may move


def test_a_paused_belt_that_moves_by_itself_does_not_stand_still() -> None:
    gym = Spoken()
    gym.moving(WALK)
    gym.ask("pause")
    gym.run_until("paused")
    assert gym.heard()[-1] == "wait"
    gym.unit.mute = True
    gym.measure_by_hand(200, 1_000)
    assert gym.heard()[-1] == "belt_may_go_on"
    assert english(gym.view.cue) == MAY_GO_ON


@pytest.mark.parametrize("cause", [Cause.STOP_PRESSED, Cause.SAFETY_KEY, Cause.CONSOLE_STOP])
def test_a_belt_that_stops_is_said_to_stop(cause: Cause) -> None:
    gym = Spoken()
    gym.moving(WALK)
    gym.said.clear()
    gym.unit.feed(unit_events.Hazard(cause), gym.now)
    gym.run_until("ended")
    assert gym.heard() == ["belt_stops", "ended"]


def test_an_overspeed_that_came_to_rest_leaves_no_doubt() -> None:
    gym = Spoken()
    gym.moving(WALK)
    gym.unit.feed(unit_events.Hazard(Cause.OVERSPEED), gym.now)
    gym.run_until("ended")
    assert gym.session.outcome == "interrupted"
    assert gym.heard()[-1] == "ended"


def test_a_stop_while_the_belt_starts_is_said() -> None:
    gym = Spoken()
    assert gym.start(WALK).ok
    gym.run_until("starting")
    gym.run(600)
    assert gym.heard()[-1] == "belt_starts"
    gym.unit.feed(unit_events.Hazard(Cause.STOP_PRESSED, "Anna"), gym.now)
    gym.run(400)
    assert gym.heard()[-1] == "belt_stops"


def test_a_resumed_belt_is_not_said_to_stop() -> None:
    gym = Spoken()
    gym.moving(WALK)
    gym.bpm = None
    gym.run_until("paused", within_ms=120_000)
    assert english(gym.view.why) == reaction(Cause.HR_GONE).staff
    assert "stopping" not in english(gym.view.cue)
    gym.bpm = 100
    gym.run(1_000)
    assert gym.ask("resume").ok
    while gym.session.phase == "starting":
        assert "stopping" not in english(gym.view.cue)
        gym.run(200)


WHAT_TO_DO = {
    "en": ("step off when you can", "red button", "cord"),
    "de": ("steigen sie ab, sobald sie können", "roten knopf", "leine"),
    "fr": ("descendez dès que possible", "bouton rouge", "cordon"),
}
"""Whoever adds a language says here what it tells a member on a belt that may not stop."""


@pytest.mark.parametrize("key", ["belt_may_go_on", "belt_unknown"])
def test_they_are_told_what_to_do(key: str) -> None:
    told = {each.language: each.text(key, {}).lower() for each in catalogues()}
    assert set(told) == set(WHAT_TO_DO)
    for language, said in told.items():
        assert [words for words in WHAT_TO_DO[language] if words not in said] == []
