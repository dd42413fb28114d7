"""In which order a phone is told what waited for it, and how much at once."""

from pathlib import Path

import pytest
from alert_desk import AlertDesk, AlertPhone
from alert_nights import WALL_MS
from virtual_time import virtual

from device_adapters.contract.keys import alerts, hazards
from device_adapters.safety.hazards import Cause as Hazard
from services.alerts.incidents import AlertCause, AlertKind, Notice
from services.alerts.queue import ENDS_MAX, LINES_MAX, AlertQueue
from services.alerts.words import message
from services.texts.languages import LANGUAGES


def belt(number: int, end_ms: int | None = None, hazard: Hazard = Hazard.STOP_NOT_OBEYED) -> Notice:
    said = alerts.alert_belt(f"tm-{number:02}", hazards.staff(hazard))
    return Notice(AlertCause(AlertKind.BELT, f"tm-{number:02}", said), True, WALL_MS, end_ms)


def away(number: int, end_ms: int | None = None) -> Notice:
    cause = AlertCause(AlertKind.UNIT, f"unit-{number:02}", alerts.alert_unit_away(f"unit-{number:02}"))
    return Notice(cause, False, WALL_MS, end_ms)


def told(*notices: Notice) -> list[tuple[Notice, ...]]:
    """The messages to a phone for which all of these waited."""
    queue, messages = AlertQueue(), []
    for notice in notices:
        queue.put(notice, 0)
    while queue:
        batch = queue.first()
        messages.append(tuple(one.notice for one in batch))
        queue.taken(batch)
    return messages


OVER = WALL_MS + 60_000


@pytest.mark.parametrize(
    ("notices", "expected"),
    [
        ((belt(1), belt(1, OVER)), [(belt(1),), (belt(1, OVER),)]),
        ((belt(1), belt(2), belt(1, OVER)), [(belt(1), belt(2)), (belt(1, OVER),)]),
        (
            (belt(1), belt(1, OVER), belt(1, OVER + 1), belt(2)),
            [(belt(1),), (belt(1, OVER), belt(1, OVER + 1)), (belt(2),)],
        ),
        ((away(1), away(2), belt(1)), [(belt(1),), (away(1), away(2))]),
        (
            (away(1), belt(1), belt(1, OVER), away(1, OVER)),
            [(belt(1),), (belt(1, OVER),), (away(1),), (away(1, OVER),)],
        ),
        (
            (belt(1, hazard=Hazard.GRADE_OUT), away(1), belt(1)),
            [(belt(1),), (away(1),)],
        ),
    ],
)
def test_the_urgent_comes_first_and_each_beginning_before_its_end(
    notices: tuple[Notice, ...], expected: list[tuple[Notice, ...]]
) -> None:
    assert told(*notices) == expected


def test_a_message_is_no_longer_than_a_provider_takes() -> None:
    longest = max(LANGUAGES, key=lambda each: len(message([belt(1)], "gym", each).body))
    messages = told(*(belt(number) for number in range(LINES_MAX + 5)))
    assert [len(each) for each in messages] == [LINES_MAX, 5]
    assert len(message(messages[0], "gym", longest).body.encode()) < 4_096


def test_of_too_many_ends_the_oldest_goes_with_its_beginning_the_urgent_last() -> None:
    many = [one for n in range(1, ENDS_MAX + 1) for one in (away(n), away(n, OVER))]
    every = [one for each in told(belt(1), belt(1, OVER), *many) for one in each]
    assert away(1) not in every
    assert away(1, OVER) not in every
    assert all(one in every for one in (belt(1), belt(1, OVER), away(2), away(2, OVER)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_has_a_line_for_each_and_says_by_its_title_what_it_is(language: str) -> None:
    now, looked, over = (
        message(notices, "gym", language)
        for notices in ([belt(1)], [away(3), away(4)], [away(3, OVER), away(4, OVER)])
    )
    assert [(one.urgent, one.over, one.body.count("\n")) for one in (now, looked, over)] == [
        (True, False, 0), (False, False, 1), (False, True, 1),
    ]  # fmt: skip
    assert len({now.title, looked.title, over.title}) == 3
    assert "tm-01" in now.body
    assert "unit-03" in looked.body
    assert all("gym" in one.title for one in (now, looked, over))


@virtual
async def test_an_end_comes_after_the_beginning_that_waited(tmp_path: Path) -> None:
    phone = AlertPhone()
    desk = AlertDesk(tmp_path, phone)
    await desk.start()
    phone.away = True
    await desk.belt("stop_not_obeyed")
    await desk.belt("")
    phone.away = False
    await desk.belt("overspeed")
    assert phone.titles == ["look now", "over", "look now"]
    await desk.leave()
