"""Incidents: a cause that lasts is told once, and its end once. Pure; what is kept outlives a restart.

One that grows worse is told anew: what is to be done may be another thing by then.

In quiet hours only what may hurt somebody is told. What began and is there when they end is told then, and what began
and ended in them in one message.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Literal

import msgspec

from device_adapters.contract.phrase import Phrase

INCIDENTS_MAX = 1_000


class AlertKind(StrEnum):
    """Why somebody is needed."""

    BELT = "belt"
    UNIT = "unit"
    DISK = "disk"
    CERTIFICATE = "certificate"
    STORE = "store"
    BROKER = "broker"
    BATTERY = "battery"
    BACKUP = "backup"


class AlertPatience(msgspec.Struct, frozen=True):
    """For how many seconds a cause must last to be told, and be gone to be over; `urgent`: told in quiet hours too."""

    after_s: int
    over_s: int
    urgent: bool = False


PATIENCE: Mapping[AlertKind, AlertPatience] = {
    AlertKind.BELT: AlertPatience(0, 5, urgent=True),
    AlertKind.UNIT: AlertPatience(60, 60),
    AlertKind.DISK: AlertPatience(60, 3_600),
    AlertKind.CERTIFICATE: AlertPatience(60, 60),
    AlertKind.STORE: AlertPatience(300, 60),
    AlertKind.BROKER: AlertPatience(60, 60, urgent=True),
    AlertKind.BATTERY: AlertPatience(600, 43_200),
    AlertKind.BACKUP: AlertPatience(60, 60),
}


Place = tuple[AlertKind, str]


class AlertCause(msgspec.Struct, frozen=True):
    """What is wrong now: of which kind, with which machine ('' for the hub), and what is said of it. `rank`: how bad
    among all that may be wrong there, 0 the worst."""

    kind: AlertKind
    who: str
    said: Phrase
    rank: int = 0

    @property
    def place(self) -> Place:
        """What makes two of them one incident."""
        return self.kind, self.who


class OpenIncident(msgspec.Struct, frozen=True):
    """One cause over time. `since_ms`, `seen_ms`: first and last seen on the monotonic clock, `begin_ms`, `last_ms` the
    same as wall time; `told`: its beginning was."""

    cause: AlertCause
    since_ms: int
    seen_ms: int
    begin_ms: int
    last_ms: int
    told: bool = False


class Notice(msgspec.Struct, frozen=True):
    """Something to be told. `end_ms`: when it was over (wall time), None while it is there."""

    cause: AlertCause
    urgent: bool
    begin_ms: int
    end_ms: int | None = None


Book = Mapping[Place, OpenIncident]
Telling = Literal["tell", "keep", "drop", "end"]


def step(
    book: Book, causes: Iterable[AlertCause], now_ms: int, wall_ms: int, *, quiet: bool
) -> tuple[Book, tuple[Notice, ...]]:
    """The incidents after what is true now, and what is to be told of them, the urgent first."""
    there = {cause.place: cause for cause in causes}
    following: dict[Place, OpenIncident] = {}
    notices = []
    for place in (*book, *(place for place in there if place not in book)):
        known = book.get(place) or OpenIncident(there[place], now_ms, now_ms, wall_ms, wall_ms)
        if place in there:
            known = _seen(known, there[place], now_ms, wall_ms, quiet=quiet)
        match _next(known, now_ms, present=place in there, quiet=quiet):
            case "tell":
                known = msgspec.structs.replace(known, told=True)
                notices.append(_notice(known))
            case "end":
                notices.append(_notice(known, known.last_ms))
                continue
            case "drop":
                continue
            case "keep":
                pass
        if len(following) < INCIDENTS_MAX:
            following[place] = known
    return following, tuple(sorted(notices, key=lambda one: not one.urgent))


def _seen(known: OpenIncident, cause: AlertCause, now_ms: int, wall_ms: int, *, quiet: bool) -> OpenIncident:
    """It is still there. What is worse than what was told is to be told as well, as soon as it may be."""
    known = msgspec.structs.replace(known, seen_ms=now_ms, last_ms=wall_ms)
    if not known.told:
        return msgspec.structs.replace(known, cause=cause)
    if cause.rank >= known.cause.rank or _silent(cause.kind, quiet=quiet):
        return known
    return msgspec.structs.replace(known, cause=cause, begin_ms=wall_ms, told=False)


def _silent(kind: AlertKind, *, quiet: bool) -> bool:
    return quiet and not PATIENCE[kind].urgent


def _next(known: OpenIncident, now_ms: int, *, present: bool, quiet: bool) -> Telling:
    patience = PATIENCE[known.cause.kind]
    silent = _silent(known.cause.kind, quiet=quiet)
    if present:
        due = now_ms - known.since_ms >= patience.after_s * 1_000
        return "tell" if due and not known.told and not silent else "keep"
    if not has_lasted(known):
        return "drop"
    over = now_ms - known.seen_ms >= patience.over_s * 1_000
    return "end" if over and not silent else "keep"


def _notice(known: OpenIncident, end_ms: int | None = None) -> Notice:
    return Notice(known.cause, PATIENCE[known.cause.kind].urgent, known.begin_ms, end_ms)


def has_lasted(known: OpenIncident) -> bool:
    """Was it told, or there for long enough to be?"""
    return known.told or known.seen_ms - known.since_ms >= PATIENCE[known.cause.kind].after_s * 1_000


def after_restart(kept: Iterable[OpenIncident], now_ms: int, wall_ms: int) -> Book:
    """What an earlier process saw, on this one's clocks: nothing is told twice, and each end is told."""
    return {
        one.cause.place: msgspec.structs.replace(
            one, since_ms=now_ms - (one.seen_ms - one.since_ms), seen_ms=now_ms, last_ms=wall_ms
        )
        for one in kept
    }
