"""Which treadmills a site has, by the lists of its units."""

import msgspec
import pytest

from device_adapters.contract import messages as m
from device_adapters.contract.served import served
from device_adapters.drill import DRILL

DAY_MS = 86_400_000


def status(*treadmills: str, boot: str = "boot-2", at_ms: int = 10, online: bool = True) -> m.UnitStatus:
    return m.UnitStatus(
        unit="unit-01", online=online, boot=boot, at_ms=at_ms, treadmills=treadmills, straps=("hr-01",)
    )


def state(boot: str, at_ms: int) -> m.TreadmillState:
    return m.TreadmillState(treadmill="tm-09", unit="unit-01", boot=boot, at_ms=at_ms, link="connected")


@pytest.mark.parametrize("at_ms", [1, 10, 120 * DAY_MS])
def test_of_an_earlier_start_the_list_decides_whatever_the_clock_was(at_ms: int) -> None:
    assert not served(state("boot-1", at_ms), status("tm-01"))
    assert served(state("boot-1", at_ms), status("tm-01", "tm-09"))


def test_of_the_same_start_the_newer_word_decides() -> None:
    assert not served(state("boot-2", 9), status("tm-01"))
    assert served(state("boot-2", 11), status("tm-01"))


def test_a_unit_that_is_away_vouches_for_nothing() -> None:
    assert served(state("boot-1", 1), status("tm-01", online=False))
    assert served(state("boot-1", 1), None)


@pytest.mark.parametrize(("online", "there"), [(True, True), (False, False), (None, False)])
def test_a_drill_is_over_with_its_unit_and_nobody_has_to_look_for_its_belt(
    online: bool | None, there: bool
) -> None:
    practised = msgspec.structs.replace(state("boot-1", 1), treadmill=DRILL, unit=DRILL)
    said = (
        None
        if online is None
        else m.UnitStatus(unit=DRILL, online=online, boot="boot-1", at_ms=1, treadmills=(DRILL,))
    )
    assert served(practised, said) is there
