"""What the class board on the wall shows: aliases only, and of those only who agreed and did not opt out. Pure."""

import msgspec

from device_adapters.contract.messages import SessionView
from services.console import words
from services.console.feed import Picture
from services.console.languages import say
from services.console.tile import Tile
from services.rules.zones import percent, zone_of

TILES_MAX = 60
QUIET = frozenset({"ready", "waiting", "absent", "connecting", "offline"})
"""States in which nobody trains: such a treadmill has no place on the wall."""


class BoardTile(msgspec.Struct, frozen=True, kw_only=True):
    """One treadmill as the wall shows it. `hr_pct` is per cent of the maximum, 0 if not known."""

    who: str
    state: str
    word: str
    speed: str
    hr: str
    hr_pct: int
    zone: int
    zone_name: str
    zone_word: str
    step: str
    left: str
    progress: int
    fresh: bool


def board_picture(tiles: tuple[Tile, ...], sessions: dict[str, SessionView], *, bus: bool) -> Picture:
    """At most TILES_MAX tiles, those with a session or a moving belt, in order of their ids."""
    shown = [t for t in tiles if t.state not in QUIET][:TILES_MAX]
    return Picture(
        {"bus": bus, "moving": sum(t.fresh and t.may_move for t in shown), "shown": len(shown)},
        {t.id: msgspec.structs.asdict(_tile(t, sessions.get(t.id))) for t in shown},
    )


def _tile(tile: Tile, session: SessionView | None) -> BoardTile:
    hr_max = session.hr_max_bpm if session else None
    shown = session is not None and session.on_board
    running = session is not None and session.phase != "ended"
    bpm = int(tile.hr) if shown and running and tile.hr.isdecimal() else None
    zone = zone_of(bpm, hr_max) if bpm and hr_max else None
    return BoardTile(
        who=tile.who if shown else "",
        state=tile.state,
        word=tile.word,
        speed=tile.speed,
        hr=words.NO_VALUE if bpm is None else str(bpm),
        hr_pct=percent(bpm, hr_max) if bpm and hr_max else 0,
        zone=zone.number if zone else 0,
        zone_name=zone.name if zone else "none",
        zone_word=say(zone.word) if zone else "",
        step=tile.step,
        left=tile.left,
        progress=tile.progress,
        fresh=tile.fresh,
    )
