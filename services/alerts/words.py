"""Notices in words."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from device_adapters.contract.keys import alerts
from services.alerts.incidents import Notice
from services.texts.telling import tell_in


class PhoneMessage(msgspec.Struct, frozen=True, kw_only=True):
    """In words. `test`: the id of a test, which is tried once."""

    title: str
    body: str
    urgent: bool = False
    over: bool = False
    test: str = ""


def message(notices: Sequence[Notice], site: str, language: str) -> PhoneMessage:
    """Of one or more, a line each; all are beginnings or all are ends, and all are urgent or none is."""
    urgent, over = notices[0].urgent, notices[0].end_ms is not None
    title = alerts.alert_title_over if over else alerts.alert_title_now if urgent else alerts.alert_title
    return PhoneMessage(
        title=tell_in(language, title(site)),
        body="\n".join(_line(one, language) for one in notices),
        urgent=urgent,
        over=over,
    )


def test(id: str, site: str, language: str) -> PhoneMessage:
    """A message that shows that messages come."""
    return PhoneMessage(
        title=tell_in(language, alerts.alert_title_test(site)),
        body=tell_in(language, alerts.alert_test()),
        test=id,
    )


def _line(notice: Notice, language: str) -> str:
    begin = _time(notice.begin_ms)
    if notice.end_ms is None:
        return tell_in(language, alerts.alert_began(notice.cause.said, begin))
    return tell_in(language, alerts.alert_ended(notice.cause.said, begin, _time(notice.end_ms)))


def _time(wall_ms: int) -> str:
    return f"{datetime.fromtimestamp(wall_ms / 1000).astimezone():%H:%M}"
