"""Notices in words: those of one moment are one message, the urgent and the ends apart."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from device_adapters.contract.keys import alerts
from services.alerts.incidents import Notice
from services.alerts.sender import PhoneMessage
from services.texts.telling import tell_in


def messages(notices: Sequence[Notice], site: str, language: str) -> Iterator[PhoneMessage]:
    """What to send, the urgent first."""
    for urgent, over in ((True, False), (False, False), (False, True)):
        told = [one for one in notices if (one.end_ms is not None) == over and (over or one.urgent == urgent)]
        if not told:
            continue
        title = alerts.alert_title_over if over else alerts.alert_title_now if urgent else alerts.alert_title
        yield PhoneMessage(
            title=tell_in(language, title(site)),
            body="\n".join(_line(one, language) for one in told),
            urgent=urgent or any(one.urgent for one in told),
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
