"""The time zones that an iCalendar file brings along (VTIMEZONE, RFC 5545 §3.6.5), before anything is read by them.

The libraries follow the rules of a zone, unbounded, from its first day to each time that is asked for: a rule for each
second holds up whoever asks for ever, and eats the memory. A zone changes at most once a year by each of its rules; a
file with any other is not read at all.
"""

from collections.abc import Iterable
from typing import Any

OBSERVANCES_MAX = 100
"""Of a file. One that never comes true takes 0.2 s, once; a booking system sends two for each zone."""

INTERVAL_MAX = 100
MOST = {"FREQ": 1, "BYMONTH": 1, "BYDAY": 1, "BYMONTHDAY": 7}
"""The second Sunday of March is written as the one of its 8th to 14th, too."""
_YEARLY = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYDAY", "BYMONTHDAY"})


def check(calendars: Iterable[Any]) -> None:
    """ValueError: a zone of these has a rule that is not followed, or there are too many."""
    zones = [zone for calendar in calendars for zone in calendar.walk("VTIMEZONE")]
    observances = [one for zone in zones for one in zone.walk() if one is not zone]
    if len(observances) > OBSERVANCES_MAX:
        raise ValueError("too many time zones")
    for zone in zones:
        for one in zone.walk():
            _check(one)


def _check(observance: Any) -> None:
    rules = observance.get("RRULE", [])
    if "EXRULE" in observance:
        raise ValueError("a time zone with EXRULE")
    for rule in rules if isinstance(rules, list) else [rules]:
        told = {
            str(name).upper(): value if isinstance(value, list) else [value] for name, value in rule.items()
        }
        once = all(len(told.get(name, ())) <= most for name, most in MOST.items())
        if not told.keys() <= _YEARLY or str(told["FREQ"][0]).upper() != "YEARLY" or not once:
            raise ValueError("a time zone that changes more than once a year")
        if not 1 <= int(told.get("INTERVAL", [1])[0]) <= INTERVAL_MAX:
            raise ValueError("a time zone with a rule that never ends")
