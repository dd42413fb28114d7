"""The cells of the matrix of pages: which page, how many treadmills in which state, which panel is open, how large the
window is, in which language and colours."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import msgspec
from console_rig import ScriptedBelt, still, view, walking

from device_adapters.contract import messages as m
from device_adapters.safety.limits import Goal, Level
from services.texts.languages import LANGUAGES

SIZES = (
    (360, 740), (740, 360), (390, 844), (768, 1024), (1024, 768), (1366, 768), (1920, 1080), (3840, 2160),
)  # fmt: skip
COUNTS = (1, 6, 12, 20, 60)
SCHEMES = ("light", "dark")


def _told(belt: ScriptedBelt, **state: object) -> ScriptedBelt:
    return replace(belt, state=msgspec.structs.replace(belt.state, **state))


def _stopped(treadmill: str, latch: str, why: str) -> ScriptedBelt:
    belt = _told(still(treadmill), latched=latch, hazard=latch, why=why)
    return replace(belt, session=view(treadmill, "ended", outcome="stopped", alias="Kingfisher of the hill"))


def _danger(treadmill: str) -> ScriptedBelt:
    belt = _told(walking(treadmill), latched="stop_pressed", hazard="stop_not_obeyed")
    return replace(belt, session=view(treadmill, "stopping"))


def _stands(treadmill: str, phase: m.SessionPhase, **more: object) -> ScriptedBelt:
    return replace(still(treadmill), session=view(treadmill, phase, **more))


BELTS: dict[str, Callable[[str], ScriptedBelt]] = {
    "ready": still,
    "running": lambda id_: walking(
        id_, programme="Long intervals, 4 × 3 min", can=("pause", "slower", "skip")
    ),
    "heart over": lambda id_: walking(id_, hr_bpm=171),
    "stopped": lambda id_: _stopped(id_, "stop_pressed", "Stop was pressed. Check the member, then clear."),
    "cord": lambda id_: _stopped(id_, "safety_key", "The safety cord was pulled."),
    "danger": _danger,
    "lost": lambda id_: _told(walking(id_), link="lost"),
    "absent": lambda id_: replace(_told(still(id_), link="absent"), speed_kmh=None),
    "countdown": lambda id_: _stands(id_, "starting", waits_for="countdown", starts_in_s=4.2, can=("pause",)),
    "asked": lambda id_: walking(id_, asks=("rpe", "present"), can=("pause", "slower", "rpe", "present")),
    "paused": lambda id_: _stands(id_, "paused", waits_for="turn", can=("resume",)),
}
"""Every kind of tile, by treadmill."""

NO_CLASS = m.ClassView(at_ms=0, can=("open",))
LANES: tuple[m.LanePhase, ...] = ("with", "waits", "ready", "starts", "walks_in", "alone", "ended")


def led(treadmills: Iterable[str]) -> m.ClassView:
    """A class of these, in the middle of a set, with every kind of lane."""
    lanes = tuple(
        m.ClassLane(treadmill=id_, session="s-1", phase=LANES[n % len(LANES)], sets_done=n % 4)
        for n, id_ in enumerate(treadmills)
    )
    step = m.StepBrief(kind="interval", facing="retro", speed_kmh=6.2, time_s=40, set_number=3, sets=5)
    return m.ClassView(
        at_ms=0, phase="running", class_id="c-0123456789ab", goal=Goal.CONDITIONING, level=Level.INTERMEDIATE,
        programme="Retro 5 x 50 m, easy jog", clock_s=312.4, total_s=935, step=7, steps=13, step_left_s=21.3,
        now=step, next=step, lanes=lanes, can=("end", "stop"),
    )  # fmt: skip


MIXED = "mixed"
PANELS = ("start", "more", "newcomer", "code", "clearing")
"""What opens on the floor, and on which kind of tile."""

OPENED_ON = {"start": "ready", "newcomer": "ready", "more": "running", "code": "running"}
STILL_PAGES = {
    "staff": (
        "treadmill", "account", "sessions", "review", "progress", "report", "prescription", "consents", "outcomes",
        "today", "drill", "nowhere",
    ),
    "operator": ("accounts", "machines"),
    "member": ("me", "me session", "me data"),
    "": ("signin", "trust", "me pin", "me enter", "session over"),
}  # fmt: skip
"""Which the treadmills do not change, by who opens them."""

MEMBER_STATES = ("running", "countdown", "asked", "danger", "stopped", "paused", "heart over", "lost")


@dataclass(frozen=True)
class Scene:
    """What is opened and stays for several windows. `panel`: empty, none is open. `language`: empty, any."""

    page: str
    state: str
    count: int
    panel: str
    language: str

    def __str__(self) -> str:
        told = (self.page, f"{self.count} {self.state}", self.panel, self.language)
        return ", ".join(part for part in told if part)

    def led(self) -> m.ClassView:
        """The class that the gym tells of."""
        return led(self.belts()) if self.page in ("class", "class board") else NO_CLASS

    @property
    def role(self) -> str:
        """Who opens it; empty: anybody, signed in or not."""
        return next((role for role, pages in STILL_PAGES.items() if self.page in pages), "staff")

    def belts(self) -> dict[str, ScriptedBelt]:
        """What the gym tells."""
        kinds = list(BELTS) if self.state == MIXED else [self.state]
        first = OPENED_ON.get(self.panel)
        if self.panel == "clearing":
            kinds = ["stopped"]
        elif first is not None:
            kinds = [first, *(kind for kind in kinds if kind != first)]
        ids = [f"tm-{n + 1:02}" for n in range(self.count)]
        return {id_: BELTS[kinds[n % len(kinds)]](id_) for n, id_ in enumerate(ids)}


@dataclass(frozen=True)
class Cell:
    """A scene in one window."""

    scene: Scene
    size: tuple[int, int]
    scheme: str


def _scenes() -> Iterator[Scene]:
    for language in LANGUAGES:
        yield from (Scene("floor", state, 1, "", language) for state in BELTS)
        yield from (
            Scene(page, MIXED, count, "", language)
            for page, count in product(("floor", "board", "operator"), COUNTS[1:])
        )
        yield from (
            Scene("floor", MIXED, count, panel, language)
            for panel, count in product(PANELS, COUNTS)
            if (panel, count) != ("clearing", 1)
        )
        yield from (Scene("class board", MIXED, count, "", language) for count in COUNTS)
        yield from (Scene("class", MIXED, count, "", language) for count in (1, 12))
        yield Scene("no class", "ready", 1, "", language)
        yield from (Scene("board", state, 1, "", language) for state in ("ready", "running"))
        yield from (Scene("member", state, 1, "", language) for state in MEMBER_STATES)
        yield from (Scene(page, "ready", 1, "", language) for pages in STILL_PAGES.values() for page in pages)


CELLS = [Cell(*cell) for cell in product(_scenes(), SIZES, SCHEMES)]
