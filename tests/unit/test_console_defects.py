"""What a treadmill did that no treadmill in order does is told until it was checked; names and places can be read."""

import asyncio
from pathlib import Path

import pytest

from device_adapters.contract.messages import Event
from services.console.defects import Defects
from services.console.labels import LabelError, Labels
from services.console.live.ledger import Label

MONDAY_MS, DAY_MS = 1_774_828_800_000, 86_400_000
BEFORE, AFTER = "2026-03-01", "2026-03-31"


def hazard(cause: str, at_ms: int = MONDAY_MS, kind: str = "hazard", treadmill: str = "tm-01") -> Event:
    return Event(
        id=f"e-{cause}-{at_ms}", at_ms=at_ms, source="unit-01", kind=kind, cause=cause, treadmill=treadmill,
        severity="alarm", text="So.",
    )  # fmt: skip


def cause_of(defects: Defects, commissioned: str = BEFORE) -> str:
    found = defects.of("tm-01", commissioned)
    return "" if found is None else str(found.cause)


def test_the_worst_is_told_until_somebody_checked_it(tmp_path: Path) -> None:
    defects = Defects(tmp_path)
    assert cause_of(defects) == ""
    for said in (
        hazard("overspeed"),
        hazard("stop_not_obeyed"),
        hazard("off_ramp", MONDAY_MS + 5),
        hazard("safety_key", MONDAY_MS + 9),
    ):
        defects.heard(said)
    assert cause_of(defects) == "stop_not_obeyed"
    assert defects.of("tm-02", BEFORE) is None
    defects.checked("tm-01", "staff u-1", MONDAY_MS + 60_000)
    assert cause_of(defects) == ""
    defects.heard(hazard("stop_not_obeyed"))  # delivery may repeat an event
    assert cause_of(defects) == ""
    defects.heard(hazard("off_ramp", MONDAY_MS + 60_001))
    assert cause_of(defects) == "off_ramp"


def test_a_commissioning_of_a_later_day_ends_what_was_before_it_and_nothing_else(tmp_path: Path) -> None:
    defects = Defects(tmp_path)
    defects.heard(hazard("stop_not_obeyed"))
    assert (
        cause_of(defects, "2026-03-30") == "stop_not_obeyed"
    )  # of the same day: before or after, nobody knows
    assert cause_of(defects, "") == "stop_not_obeyed"
    assert cause_of(defects, AFTER) == ""
    defects.heard(hazard("grade_out", MONDAY_MS + DAY_MS))
    assert cause_of(defects, AFTER) == "grade_out"


@pytest.mark.asyncio
async def test_it_outlives_a_restart_and_holds_no_name(tmp_path: Path) -> None:
    defects = Defects(tmp_path)
    defects.heard(hazard("mph_firmware"))
    keeping = asyncio.create_task(defects.run())
    while not (tmp_path / "defects.json").exists():
        await asyncio.sleep(0.01)
    assert cause_of(Defects(tmp_path)) == "mph_firmware"
    keeping.cancel()
    (tmp_path / "defects.json").write_text("[")
    assert cause_of(Defects(tmp_path)) == ""


def test_a_stranger_fills_no_disk(tmp_path: Path) -> None:
    defects = Defects(tmp_path)
    for n in range(600):
        defects.heard(hazard("overspeed", treadmill=f"x-{n}"))
    assert defects.of("x-499", "") is not None
    assert defects.of("x-500", "") is None


def test_a_name_and_a_place_are_kept_and_taken_back(tmp_path: Path) -> None:
    labels = Labels(tmp_path)
    labels.give("tm-01", "  Window   3 ", "Ground floor")
    assert Labels(tmp_path).of("tm-01") == Label(name="Window 3", place="Ground floor")
    assert labels.places() == ["Ground floor"]
    labels.give("tm-01", "", "")
    assert Labels(tmp_path).of("tm-01") == Label()
    assert labels.ids() == set()


@pytest.mark.parametrize(
    "name", ["x" * 25, "\u200b", "\u0410nna", "Wind0w", "W\u0456ndow", "tm-02", "tm-O2"],
    ids=["long", "unseen", "mixed", "ring", "cyrillic", "another's id", "like another's id"],
)  # fmt: skip
def test_a_name_that_could_be_taken_for_another_is_refused(name: str, tmp_path: Path) -> None:
    labels = Labels(tmp_path)
    labels.give("tm-02", "Window", "")
    with pytest.raises(LabelError):
        labels.give("tm-01", name, "")
    assert labels.of("tm-01") == Label()
