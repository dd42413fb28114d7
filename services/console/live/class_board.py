"""The class as pages show it: the clock, the step, and who has done their set. Pure.

A class of which nothing was told for a while is not shown: its clock would go on though nobody leads it.
"""

from collections.abc import Sequence

from device_adapters.contract.messages import ClassLane, ClassView, SessionView
from services.console import phrases, tile_words
from services.console.languages import say
from services.console.live.tile import Tile
from services.texts.programmes import in_words

SILENT_MS = 3_500
"""While there is a class it is told each second."""


class ClassHeard:
    """The newest that was told of a class."""

    def __init__(self) -> None:
        self._view: ClassView | None = None
        self._heard_ms = 0

    def told(self, view: ClassView, now_ms: int) -> None:
        """A class as it stands now."""
        self._view, self._heard_ms = view, now_ms

    def now(self, now_ms: int) -> ClassView | None:
        """The class that is under way; None: there is none, or nobody tells of it any more."""
        view = self._view
        if view is None or view.phase == "ended" or now_ms - self._heard_ms > SILENT_MS:
            return None
        return view

    def spoken_of(self, now_ms: int) -> bool:
        """Does a session service say whether there is one?"""
        return self._view is not None and (
            self._view.phase == "ended" or now_ms - self._heard_ms <= SILENT_MS
        )


def on_the_wall(view: ClassView | None) -> dict[str, object]:
    """For the class board: words and numbers, no lanes and no names. `class` empty: there is none."""
    if view is None:
        return {"class": "", "class_clock": "", "class_step": "", "class_left": "", "class_sets": ""}
    return {
        "class": say(phrases.CLASS_PHASES[view.phase]) if view.phase != "running" else _kind(view),
        "class_clock": clock(view.clock_s) if view.starts_in_s is None else f"−{clock(view.starts_in_s)}",
        "class_step": say("Step {k} of {n}", k=view.step, n=view.steps),
        "class_left": "" if view.step_left_s is None else clock(view.step_left_s),
        "class_sets": sets(view),
    }


def for_staff(
    view: ClassView | None, tiles: Sequence[Tile], sessions: dict[str, SessionView], *, service: bool
) -> dict[str, object]:
    """For the page of staff: the same, each lane, and what may be asked. `service`: is anybody there to ask?"""
    names = {tile.id: tile.name for tile in tiles}
    wall = on_the_wall(view)
    if view is None:
        nothing = {"class_id": "", "class_goal": "", "class_about": "", "class_lanes": []}
        return {**wall, **nothing, "class_can": ["open"] if service else []}
    return {
        **wall,
        "class_id": view.class_id,
        "class_goal": view.goal or "",
        "class_about": " · ".join((in_words(view.programme), _goal(view))),
        "class_lanes": [_lane(each, view, names, sessions) for each in view.lanes],
        "class_can": list(view.can),
    }


def sets(view: ClassView) -> str:
    """How many of those who are there have done the present set."""
    if view.now is None or not view.now.sets:
        return ""
    there = [lane for lane in view.lanes if lane.phase != "ended"]
    done = sum(has_done(lane, view) for lane in there)
    return say("Set {n}: {done} of {all} done", n=view.now.set_number, done=done, all=len(there))


def has_done(lane: ClassLane, view: ClassView) -> bool:
    """Has this lane done the class's present set?"""
    return view.now is not None and view.now.sets > 0 and lane.sets_done >= view.now.set_number


def clock(seconds: float | None) -> str:
    """3:05; empty where it is not known."""
    if seconds is None:
        return ""
    minutes, left = divmod(int(seconds), 60)
    return f"{minutes}:{left:02d}"


def _kind(view: ClassView) -> str:
    return tile_words.step_kind(view.now.kind) if view.now is not None else ""


def _goal(view: ClassView) -> str:
    goal = say(phrases.GOALS[view.goal][0]) if view.goal is not None else ""
    return f"{goal}, {say(phrases.LEVELS[view.level])}" if view.level is not None else goal


def _lane(
    lane: ClassLane, view: ClassView, names: dict[str, str], sessions: dict[str, SessionView]
) -> dict[str, object]:
    session = sessions.get(lane.treadmill)
    alias = session.alias if session is not None and session.session == lane.session else ""
    done = f"{lane.sets_done} ✓" if lane.sets_done else ""
    return {
        "id": lane.treadmill,
        "name": names.get(lane.treadmill) or lane.treadmill,
        "who": alias,
        "phase": lane.phase,
        "word": say(phrases.LANES[lane.phase]),
        "sets": done,
        "done": has_done(lane, view),
    }
