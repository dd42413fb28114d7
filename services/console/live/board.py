"""What the class board on the wall shows: aliases only, and of those only who agreed and did not opt out. Pure."""

import msgspec

from device_adapters.contract.messages import ClassView, SessionView
from services.console import tile_words, words
from services.console.languages import say
from services.console.live.class_board import has_done, on_the_wall
from services.console.live.picture import Picture
from services.console.live.tile import Tile
from services.rules.zones import percent, zone_of

TILES_MAX = 60
QUIET = frozenset({"ready", "waiting", "absent", "connecting", "offline"})
"""States in which nobody trains: such a treadmill has no place on the wall."""


class BoardTile(msgspec.Struct, frozen=True, kw_only=True):
    """One treadmill as the wall shows it; `name`: what staff call it. `hr_pct` is per cent of the
    maximum, 0 if not known.

    `big` in `big_unit` is what is read from afar: the share of the maximum, else the heart rate, else the speed.
    `set_done`: a mark for who has done the present set of a class.
    `zone` is 0 below the first zone, which has no word: it is no rest for who walks.
    """

    name: str
    who: str
    state: str
    word: str
    big: str
    big_unit: str
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
    set_done: str


def board_picture(
    tiles: tuple[Tile, ...], sessions: dict[str, SessionView], *, bus: bool, led: ClassView | None = None
) -> Picture:
    """At most TILES_MAX tiles, those with a session or a moving belt, in order of their ids; `led`: the class that is
    under way."""
    shown = [t for t in tiles if t.state not in QUIET][:TILES_MAX]
    moving = sum(t.fresh and t.may_move for t in shown)
    done = {} if led is None else {lane.treadmill: lane for lane in led.lanes if has_done(lane, led)}
    return Picture(
        {"bus": bus, "moving": moving, "shown": len(shown), **on_the_wall(led)},
        {t.id: msgspec.structs.asdict(_tile(t, sessions.get(t.id), done=t.id in done)) for t in shown},
    )


def _tile(tile: Tile, session: SessionView | None, *, done: bool) -> BoardTile:
    hr_max = session.hr_max_bpm if session else None
    shown = session is not None and session.on_board
    running = session is not None and session.phase != "ended"
    # A guest has an alias for the wall, and has agreed to nothing more.
    agreed = shown and session is not None and session.member != ""
    bpm = int(tile.hr) if agreed and running and tile.hr.isdecimal() else None
    zone = zone_of(bpm, hr_max) if bpm and hr_max else None
    share = percent(bpm, hr_max) if bpm and hr_max else 0
    walking = tile.state == "running" and session is not None
    return BoardTile(
        name=tile.name,
        who=tile.who if shown else "",
        state=tile.state,
        word=tile_words.step_kind(session.step_kind) if walking and session is not None else tile.word,
        big=str(share or bpm or tile.speed),
        big_unit="%" if share else "bpm" if bpm else "km/h",
        speed=tile.speed,
        hr=words.NO_VALUE if bpm is None else str(bpm),
        hr_pct=share,
        zone=zone.number if zone else 0,
        zone_name=zone.name if zone else "none",
        zone_word=say(zone.word) if zone and zone.number else "",
        step=f"{session.step}/{session.steps}" if running and session is not None and session.steps else "",
        left=tile.left,
        progress=tile.progress,
        fresh=tile.fresh,
        set_done="✓" if done else "",
    )
