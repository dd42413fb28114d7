"""The event `stopped` says how long the belt took since the hazard."""

import pytest

from device_adapters.safety.events import Note
from device_adapters.safety.hazards import Cause
from device_adapters.unit.time_to_rest import TimeToRest


def hazard(action: str, cause: str = "overspeed") -> Note:
    return Note(kind="hazard", cause=cause, after={"action": action, "by": ""})


STOPPED = Note(kind="stopped", cause="overspeed")
LOST = Note(kind="hazard", cause=Cause.LINK_LOST)


@pytest.mark.parametrize(
    ("notes", "took_ms"),
    [
        ([hazard("stop_now")], 1000),
        ([hazard("controlled_stop"), hazard("stop_now")], 2000),
        ([hazard("hold")], None),
        ([hazard("slow")], None),
        ([hazard("none")], None),
        ([Note(kind="refused", cause="latched")], None),
        ([], None),
        ([hazard("stop_now"), LOST], None),
        ([hazard("stop_now"), LOST, hazard("stop_now", "stop_not_obeyed")], 1000),
    ],
)
def test_rest_is_counted_from_the_first_hazard_that_stops(notes: list[Note], took_ms: int | None) -> None:
    since = TimeToRest()
    for nth, note in enumerate(notes):
        assert since.timed(note, nth * 1000) is note
    told = since.timed(STOPPED, len(notes) * 1000)
    assert told.after == ({} if took_ms is None else {"took_ms": took_ms})
    assert since.timed(STOPPED, 99_000) is STOPPED, "each hazard counts once"
