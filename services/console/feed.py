"""What open pages are told: one frame per tick, encoded once for all of them, newest only.

A page that has kept up gets what changed since the frame before; one that is new or slow gets everything. No page
can make the console keep frames for it.
"""

import asyncio
from typing import Any

import msgspec

from services.console.floor import FloorView

CLIENTS_MAX = 200


class Frame:
    """One tick's picture. `changed` fits who has the frame before it, `everything` fits anyone."""

    def __init__(self, tick: int, view: FloorView, before: "Frame | None") -> None:
        self.tick = tick
        self.floor = _floor_part(view)
        self.tiles: dict[str, dict[str, Any]] = {t.id: msgspec.structs.asdict(t) for t in view.tiles}
        self.changed = "" if before is None else _encode(tick, *_difference(before, self))
        self._everything = ""

    @property
    def everything(self) -> str:
        """The whole picture; encoded when first asked for."""
        self._everything = self._everything or _encode(self.tick, self.floor, self.tiles, whole=True)
        return self._everything

    def for_reader_of(self, tick: int) -> str:
        """The shortest frame for a page whose newest one is `tick`."""
        return self.changed if self.changed and tick == self.tick - 1 else self.everything


class Feed:
    """The newest frame and who waits for it."""

    def __init__(self) -> None:
        self._frame: Frame | None = None
        self._newer = asyncio.Event()
        self._clients = 0

    def publish(self, view: FloorView) -> None:
        """Make `view` the newest picture and wake every page."""
        before = self._frame
        self._frame = Frame(1 if before is None else before.tick + 1, view, before)
        self._newer.set()
        self._newer = asyncio.Event()

    async def newer_than(self, tick: int) -> Frame:
        """The newest frame, as soon as it is not `tick` itself."""
        while self._frame is None or self._frame.tick == tick:
            await self._newer.wait()
        return self._frame

    def join(self) -> bool:
        """One more page; False when CLIENTS_MAX are open already. Pairs with `leave`."""
        if self._clients >= CLIENTS_MAX:
            return False
        self._clients += 1
        return True

    def leave(self) -> None:
        """A page has gone."""
        self._clients -= 1


def _floor_part(view: FloorView) -> dict[str, Any]:
    return {
        "bus": view.bus,
        "moving": view.moving,
        "treadmills": len(view.tiles),
        "incident_count": view.incident_count,
        "incidents": view.incidents,
    }


def _difference(before: Frame, now: Frame) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    tiles = {id_: _changes(before.tiles.get(id_, {}), tile) for id_, tile in now.tiles.items()}
    return _changes(before.floor, now.floor), {id_: changes for id_, changes in tiles.items() if changes}


def _changes(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in now.items() if name not in before or before[name] != value}


def _encode(
    tick: int, floor: dict[str, Any], tiles: dict[str, dict[str, Any]], *, whole: bool = False
) -> str:
    return msgspec.json.encode({"tick": tick, "whole": whole, "floor": floor, "tiles": tiles}).decode()
