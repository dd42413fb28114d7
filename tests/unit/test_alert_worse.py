"""An incident that grows worse while it is open is told anew: what is to be done is another thing by then."""

import pytest
from alert_nights import WALL_MS, Night, site

from services.alerts import incidents
from services.alerts.incidents import AlertCause
from services.rules.site import SETTLED_MS


def belt(hazard: str) -> list[AlertCause]:
    return site(treadmill={"hazard": hazard}).causes(SETTLED_MS, WALL_MS, 9_000, 90)


def hub(free_mb: int = 9_000, days: int = 90) -> list[AlertCause]:
    return site().causes(SETTLED_MS, WALL_MS, free_mb, days)


@pytest.mark.parametrize(
    ("first", "worse"),
    [
        (belt("grade_out"), belt("stop_not_obeyed")),
        (belt("link_lost"), belt("overspeed")),
        (hub(free_mb=900), hub(free_mb=100)),
        (hub(days=13), hub(days=-1)),
    ],
)
def test_what_grows_worse_is_told_anew_at_once_and_its_end_once(
    first: list[AlertCause], worse: list[AlertCause]
) -> None:
    night = Night()
    night.pass_(100, first)
    (anew,) = night.pass_(1, worse)
    assert (anew.cause, anew.begin_ms, anew.end_ms) == (worse[0], WALL_MS + 101_000, None)
    assert night.pass_(100, worse) == []
    assert night.pass_(100, first) == [], "less bad is no news"
    assert night.pass_(100, worse) == []
    (over,) = night.pass_(4_000)
    assert (over.cause, over.end_ms) == (worse[0], WALL_MS + 401_000)


def test_what_grows_worse_over_a_restart_is_told_anew() -> None:
    night, later = Night(), Night()
    night.pass_(2, belt("grade_out"))
    later.book = incidents.after_restart(night.book.values(), 0, WALL_MS)
    assert [one.cause for one in later.pass_(60, belt("stop_not_obeyed"))] == belt("stop_not_obeyed")


def test_what_grows_worse_in_quiet_hours_is_told_when_they_end() -> None:
    night = Night()
    night.pass_(100, hub(free_mb=900))
    assert night.pass_(100, hub(free_mb=100), quiet=True) == []
    assert [one.cause for one in night.pass_(100, hub(free_mb=100))] == hub(free_mb=100)
