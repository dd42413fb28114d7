"""Warnings and alarms, newest last: those that this console heard, and those from before it began. Pure."""

from collections import deque
from collections.abc import Sequence

import msgspec

from device_adapters.contract.messages import Event
from device_adapters.contract.phrase import Phrase
from services.history.model import Happened

INCIDENTS_MAX = 50


class RecentIncident(msgspec.Struct, frozen=True, kw_only=True):
    """A warning or an alarm; `text`: what it says itself, empty where its kind and cause say it."""

    id: str
    at_ms: int
    severity: str
    where: str
    text: Phrase | str
    kind: str = ""
    cause: str = ""


class Incidents:
    """At most INCIDENTS_MAX, the newest."""

    def __init__(self) -> None:
        self._known: deque[RecentIncident] = deque(maxlen=INCIDENTS_MAX)

    def __len__(self) -> int:
        return len(self._known)

    def latest_first(self) -> tuple[RecentIncident, ...]:
        """All that are kept, the newest first."""
        return tuple(reversed(self._known))

    def add(self, event: Event) -> None:
        """A decision or incident. Only warnings and alarms are kept; delivery may repeat one."""
        if event.severity != "info" and all(known.id != event.id for known in self._known):
            self._known.append(_incident(event))

    def remembered(self, earlier: Sequence[Happened]) -> None:
        """What happened before this console began, oldest first; what it heard itself meanwhile is newer."""
        heard = {known.id for known in self._known}
        told = [_incident(one) for one in earlier if one.severity != "info" and one.id not in heard]
        self._known = deque([*told, *self._known], maxlen=INCIDENTS_MAX)


def _incident(event: Event | Happened) -> RecentIncident:
    return RecentIncident(
        id=event.id,
        at_ms=event.at_ms,
        severity=event.severity,
        where=event.treadmill or event.strap or event.source,
        text=event.told if isinstance(event, Happened) else event.said or event.text,
        kind=event.kind,
        cause=event.cause,
    )
