"""What open pages of one kind are told: one frame per tick, encoded once for all of them, newest only.

A page that has kept up gets what changed since the frame before; one that is new or slow gets everything. No page
can make the console keep frames for it.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from services.console.live.picture import Picture
from services.texts.languages import LANGUAGES

CLIENTS_MAX = 300
"""Open pages of one feed. With more, the oldest of the network that has most gives way: nobody fills the room alone."""


class FeedFrame:
    """One tick's picture. `changed` fits who has the frame before it, `everything` fits anyone."""

    def __init__(self, tick: int, picture: Picture, before: "FeedFrame | None") -> None:
        self.tick = tick
        self.floor = picture.floor
        self.tiles = picture.tiles
        self.changed = "" if before is None else _difference(tick, before, self)
        self._everything = ""

    @property
    def everything(self) -> str:
        """The whole picture; encoded when first asked for."""
        self._everything = self._everything or _encode(self.tick, self.floor, self.tiles, whole=True)
        return self._everything

    def for_reader_of(self, tick: int) -> str:
        """The shortest frame for a page whose newest one is `tick`."""
        return self.changed if self.changed and tick == self.tick - 1 else self.everything


@dataclass(eq=False, slots=True)
class PageSeat:
    """An open page; `given_up`: another needs its place."""

    network: str
    given_up: asyncio.Event = field(default_factory=asyncio.Event)


class Feed:
    """The newest frame and who waits for it."""

    def __init__(self) -> None:
        self._frame: FeedFrame | None = None
        self._newer = asyncio.Event()
        self._seats: dict[PageSeat, None] = {}

    @property
    def watched(self) -> bool:
        """Is any page open?"""
        return bool(self._seats)

    def publish(self, picture: Picture) -> None:
        """Make `picture` the newest and wake every page."""
        before = self._frame
        self._frame = FeedFrame(1 if before is None else before.tick + 1, picture, before)
        self._newer.set()
        self._newer = asyncio.Event()

    async def newer_than(self, tick: int) -> FeedFrame:
        """The newest frame, as soon as it is not `tick` itself."""
        while self._frame is None or self._frame.tick == tick:
            await self._newer.wait()
        return self._frame

    def join(self, network: str = "") -> "PageSeat | None":
        """One more page; None where there is no room and no other network has more. Pairs with `leave`."""
        if len(self._seats) >= CLIENTS_MAX:
            by_network = Counter(seat.network for seat in self._seats)
            crowd, most = by_network.most_common(1)[0]
            if most <= by_network[network] + 1:
                return None
            first = next(seat for seat in self._seats if seat.network == crowd)
            first.given_up.set()
            del self._seats[first]
        seat = PageSeat(network)
        self._seats[seat] = None
        return seat

    def leave(self, seat: "PageSeat") -> None:
        """A page has gone. Nothing is kept for nobody: who comes next is told the present."""
        self._seats.pop(seat, None)
        if not self._seats:
            self._frame = None


def _difference(tick: int, before: FeedFrame, now: FeedFrame) -> str:
    tiles = {id_: _changes(before.tiles.get(id_, {}), tile) for id_, tile in now.tiles.items()}
    changed = {id_: changes for id_, changes in tiles.items() if changes}
    gone = [id_ for id_ in before.tiles if id_ not in now.tiles]
    return _encode(tick, _changes(before.floor, now.floor), changed, whole=False, gone=gone)


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in now.items() if name not in before or before[name] != value}


def _encode(
    tick: int, floor: Mapping[str, Any], tiles: Mapping[str, Mapping[str, Any]], **more: object
) -> str:
    return msgspec.json.encode({"tick": tick, "floor": floor, "tiles": tiles, **more}).decode()


class Feeds:
    """The kinds of pages: floor, board and operator's page, each by language, and one per open member page.

    Kinds are apart so that a member's page is never sent what others' hearts do.
    """

    def __init__(self) -> None:
        self.floor = {language: Feed() for language in LANGUAGES}
        self.board = {language: Feed() for language in LANGUAGES}
        self.operator = {language: Feed() for language in LANGUAGES}
        self._members: dict[str, Feed] = {}

    def member(self, session: str) -> Feed:
        """The feed of one session."""
        return self._members.setdefault(session, Feed())

    def members(self) -> dict[str, Feed]:
        """By session, those with an open page; the others are forgotten."""
        self._members = {session: feed for session, feed in self._members.items() if feed.watched}
        return dict(self._members)
