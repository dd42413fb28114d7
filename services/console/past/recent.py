"""The list of sessions that ended: a page at a time, read and searched in blocks, however many there are. Blocking."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import structlog

from device_adapters.errors import BackstrideError
from services.console.languages import say
from services.console.past import sayings
from services.history.model import Ended
from services.history.reader import FOR_EVER_MS, History
from services.members.opening import MembersDb
from services.members.text import key
from services.texts.programmes import in_words
from services.texts.telling import tell

SHOWN_MAX = 400
"""Of a page; those that ended in the same millisecond as its last one are on it too."""

log = structlog.get_logger("console")
_key = lru_cache(maxsize=4096)(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A session in the list."""

    session: str
    time: str
    member: str
    alias: str
    treadmill: str
    programme: str
    goal: str
    level: str
    outcome: str
    outcome_word: str
    why: str
    minutes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The sessions that ended on one day, latest first."""

    day: str
    sessions: tuple[Listed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """A page. `older_ms`: there are more, which ended before that; 0: no more. `named`: aliases are known."""

    days: tuple[Day, ...]
    count: int
    older_ms: int
    named: bool


class _Names:
    """Aliases of members, and whom a search for a name means; without a members store nobody has one."""

    def __init__(self, members_db: MembersDb, text: str) -> None:
        self._members_db = members_db
        self._aliases: dict[str, str] = {}
        self.there = True
        self.searched = self._search(text) if text.strip() else frozenset()

    def _search(self, text: str) -> frozenset[str]:
        try:
            return frozenset(card.id for card in self._members_db.members().search(text))
        except BackstrideError as e:
            self._away(e)
            return frozenset()

    def learn(self, ended: Iterable[Ended]) -> None:
        """Ask for those whom these sessions name."""
        asked = {one.member for one in ended if one.member} - self._aliases.keys()
        if asked and self.there:
            try:
                self._aliases |= dict.fromkeys(asked, "") | self._members_db.members().aliases(asked)
            except BackstrideError as e:
                self._away(e)

    def of(self, one: Ended) -> str:
        """What a page calls the member of a session."""
        return self._aliases.get(one.member, "") or one.member or say("Guest")

    def _away(self, error: BackstrideError) -> None:
        self.there = False
        log.warning("members_unavailable", why=str(error))


def recent(history: History, members_db: MembersDb, text: str, from_ms: int, before_ms: int) -> Recent:
    """Those since `from_ms` and, unless it is 0, before `before_ms`, that fit `text`: name or alias of the member, or
    any word that is shown.

    One that ended in what is the future by now was recorded before the clock was set back: it is there too.
    """
    names = _Names(members_db, text)
    treadmills = history.names()
    shown: list[tuple[Ended, Listed]] = []
    older_ms = 0
    to_ms = before_ms - 1 if before_ms else FOR_EVER_MS
    for one in _fitting(history, names, text, from_ms, to_ms):
        if len(shown) >= SHOWN_MAX and one.at_ms != shown[-1][0].at_ms:
            older_ms = shown[-1][0].at_ms
            break
        shown.append((one, _listed(one, names.of(one), treadmills.shown(one.treadmill, one.at_ms))))
    return Recent(days=_days(shown), count=len(shown), older_ms=older_ms, named=names.there)


def _fitting(history: History, names: _Names, text: str, from_ms: int, to_ms: int) -> Iterator[Ended]:
    treadmills, parts = history.names(), key(text).split()
    for block in history.latest_ended(from_ms, to_ms):
        names.learn(block)
        for one in block:
            if not parts or one.member in names.searched:
                yield one
            else:
                words = _words(one, names.of(one), treadmills.shown(one.treadmill, one.at_ms))
                if all(any(part in _key(word) for word in words) for part in parts):
                    yield one


def _words(one: Ended, alias: str, treadmill: str) -> tuple[str, ...]:
    return (
        alias, one.member, treadmill, in_words(one.programme), sayings.goal(one.goal), sayings.level(one.level),
        sayings.outcomes().get(one.outcome, one.outcome), one.session,
    )  # fmt: skip


def _listed(one: Ended, alias: str, treadmill: str) -> Listed:
    return Listed(
        session=one.session,
        time=say("until {time}", time=sayings.time(one.at_ms)),
        member=one.member,
        alias=alias,
        treadmill=treadmill,
        programme=in_words(one.programme),
        goal=sayings.goal(one.goal),
        level=sayings.level(one.level),
        outcome=one.outcome,
        outcome_word=sayings.outcomes().get(one.outcome, one.outcome),
        why=tell(one.told),
        minutes=say("{done} of {planned} min", done=round(one.minutes), planned=round(one.planned_minutes)),
    )


def _days(listed: Iterable[tuple[Ended, Listed]]) -> tuple[Day, ...]:
    days: dict[str, list[Listed]] = {}
    for one, row in listed:
        days.setdefault(sayings.day(one.at_ms), []).append(row)
    return tuple(Day(day=day, sessions=tuple(rows)) for day, rows in days.items())
