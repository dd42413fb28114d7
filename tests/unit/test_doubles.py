"""A unit that was started again is no double; two that speak by one name in turns are."""

from device_adapters.contract import messages as m
from device_adapters.contract.doubles import KEPT_MS, Doubles
from device_adapters.contract.oddities import Odd
from services.cli.hub.fleet_status import trouble
from services.cli.unit.doctor_checks import oddities
from services.console.live.live_state import LiveState
from services.console.operator import things


def status(boot: str, *, online: bool = True, unit: str = "unit-01", **more: object) -> m.UnitStatus:
    return m.UnitStatus(unit=unit, online=online, boot=boot, at_ms=0, **more)  # type: ignore[arg-type]


def test_a_unit_that_is_started_again_and_again_has_no_double() -> None:
    doubles = Doubles()
    for number in range(50):
        boot = f"boot-{number}"
        assert not doubles.heard(status(boot), 1_000 * number)
        assert not doubles.heard(status(boot), 1_000 * number + 500)
        assert not doubles.heard(status(boot, online=False), 1_000 * number + 900)


def test_the_last_will_of_an_earlier_start_is_nobodys_voice() -> None:
    doubles = Doubles()
    doubles.heard(status("a"), 0)
    doubles.heard(status("b"), 1_000)
    assert not doubles.heard(status("a", online=False), 2_000)
    assert not doubles.heard(status("b"), 3_000)


def test_two_that_take_turns_are_a_double_until_one_has_been_silent() -> None:
    doubles = Doubles()
    assert not doubles.heard(status("a"), 0)
    assert not doubles.heard(status("b"), 1_000)
    assert doubles.heard(status("a"), 2_000)
    assert doubles.heard(status("a", online=False), 3_000)
    assert doubles.heard(status("b"), 4_000)
    assert not doubles.heard(status("c", unit="unit-02"), 4_000)
    assert doubles.heard(status("b"), 4_000 + KEPT_MS - 1)
    assert not doubles.heard(status("b"), 4_000 + KEPT_MS)
    doubles.gone("unit-01")
    assert not doubles.heard(status("a"), 200_000)


def test_the_operators_page_names_the_double_online_or_not() -> None:
    floor = LiveState("gym")
    for at_ms, boot in enumerate(("a", "b", "a", "b")):
        floor.unit_status("unit-01", status(boot), at_ms)
    (card,) = [things.unit(said) for said in floor.units(10)]
    assert card.verdict == "fail"
    assert "Two machines connect by this unit's name" in card.troubles[0].text
    assert "backstride unit join" in card.troubles[0].fix
    floor.unit_status("unit-01", status("a", online=False), 10)
    (card,) = [things.unit(said) for said in floor.units(10)]
    assert "Two machines" in card.troubles[0].text


def test_what_the_unit_says_of_itself_is_told_by_fleet_status_and_by_the_doctor() -> None:
    said = status("a", odd=(Odd.ANOTHER_UNIT,))
    assert any("Two machines connect" in text for text in trouble(said))
    assert any("Two machines connect" in text for text in trouble(status("a", online=False, odd=said.odd)))
    (found,) = oddities({"unit-01": said.odd})
    assert (found.check, found.verdict) == ("unit", "fail")
    assert "unit-01: Two machines" in found.text
    assert "backstride unit invite" in found.fix
