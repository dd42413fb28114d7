"""`backstride session watch`: sessions live in a terminal, drawn from the views and cues on the bus."""

import asyncio
import contextlib
import json
from collections import deque
from dataclasses import dataclass, field

import msgspec
from rich.bar import Bar
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from device_adapters.bus.site import SiteBus
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.phrase import english
from device_adapters.errors import BusError
from services import logs
from services.cli.hub_line import Hub, line

FIRST_VIEW_S = 4.0
"""Retained views come at once; after so long a treadmill without one has no session."""

SILENT_S = 5.0
"""Views come each second while a session lives."""

RED = "In danger use the red button / cord."
PHASE_STYLE = {"running": "green", "paused": "yellow", "ended": "dim"}
BAR = 28


@dataclass
class Board:
    """What is known of the site's sessions. `heard` is loop time."""

    only: str = ""
    views: dict[str, m.SessionView] = field(default_factory=dict)
    heard: dict[str, float] = field(default_factory=dict)
    cues: deque[m.Cue] = field(default_factory=lambda: deque(maxlen=6))
    unsaid: deque[m.Cue] = field(default_factory=lambda: deque(maxlen=100))
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def view(self, treadmill: str, view: m.SessionView) -> None:
        """A view of a session came; kept, and shown soon."""
        if self.only in ("", treadmill):
            self.views[treadmill] = view
            self.heard[treadmill] = asyncio.get_running_loop().time()
            self.changed.set()

    def cue(self, treadmill: str, cue: m.Cue) -> None:
        """A cue was said on a treadmill; kept, and shown soon."""
        if self.only in ("", treadmill):
            self.cues.append(cue)
            self.unsaid.append(cue)
            self.changed.set()

    def silent(self, treadmill: str, now: float) -> bool:
        """Has a live session not been heard of for too long?"""
        live = self.views[treadmill].phase != "ended"
        return live and now - self.heard[treadmill] > SILENT_S


def watch(hub: Hub, treadmill: str, *, as_json: bool) -> int:
    """Watch one treadmill until its session ends, or all until Ctrl-C; the exit code."""
    logs.configure("error")
    try:
        return asyncio.run(_watch(hub, treadmill, as_json))
    except KeyboardInterrupt:
        return 0
    except (TimeoutError, BusError):
        Console(stderr=True).print(f"The broker {hub.broker.url} cannot be reached. {RED}")
        return 3


async def _watch(hub: Hub, treadmill: str, as_json: bool) -> int:
    board = Board(treadmill)

    def listen(site: SiteBus, _client: str) -> None:
        site.subscribe(registry.SESSION_VIEW, board.view)
        site.subscribe(registry.CUE, board.cue)

    async with line(hub, listen):
        if treadmill:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FIRST_VIEW_S):
                    while not _live(board, treadmill):
                        await _change(board)
            if not _live(board, treadmill):
                Console(stderr=True).print(f"No session runs on {treadmill}.")
                return 1
        console = Console()
        if as_json:
            return await _follow_json(board)
        if console.is_terminal:
            return await _follow_live(board, console)
        return await _follow_lines(board, console)


def _live(board: Board, treadmill: str) -> bool:
    view = board.views.get(treadmill)
    return view is not None and view.phase != "ended"


async def _change(board: Board) -> None:
    await board.changed.wait()
    board.changed.clear()


def _over(board: Board) -> int | None:
    """The exit code once the one session that is watched has ended."""
    view = board.views.get(board.only) if board.only else None
    if view is None or view.phase != "ended":
        return None
    return 0 if view.outcome in ("completed", "stopped") else 1


async def _follow_json(board: Board) -> int:
    shown: dict[str, m.SessionView] = {}
    while True:
        for treadmill, view in board.views.items():
            if shown.get(treadmill) != view:
                shown[treadmill] = view
                print(json.dumps(msgspec.to_builtins(view)), flush=True)  # noqa: T201
        if (code := _over(board)) is not None:
            return code
        await _change(board)


async def _follow_lines(board: Board, console: Console) -> int:
    """Where nothing can be drawn over: a line for each change of phase or step, and for each cue."""
    shown: dict[str, tuple[str, int]] = {}
    while True:
        for treadmill, view in board.views.items():
            if shown.get(treadmill) != (view.phase, view.step):
                shown[treadmill] = (view.phase, view.step)
                console.print(_words(view), soft_wrap=True)
        while board.unsaid:
            cue = board.unsaid.popleft()
            console.print(f'{cue.treadmill}: "{cue.text.get("en", cue.key)}"', soft_wrap=True)
        if (code := _over(board)) is not None:
            return code
        await _change(board)


async def _follow_live(board: Board, console: Console) -> int:
    with Live(_picture(board), console=console, refresh_per_second=4, transient=False) as live:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await _change(board)
            live.update(_picture(board))
            if (code := _over(board)) is not None:
                return code


def _words(view: m.SessionView) -> str:
    outcome = f", {view.outcome}" if view.outcome else ""
    why = f": {view.why}" if view.why else ""
    step = f"step {view.step}/{view.steps} {view.step_kind}, {view.target_kmh:g} km/h"
    return f"{view.treadmill}: {view.phase}{outcome}, {step}{why}"


def _picture(board: Board) -> RenderableType:
    now = asyncio.get_running_loop().time()
    if board.only:
        return _one(board, board.views[board.only], board.silent(board.only, now))
    table = Table(title=f"Sessions. {RED}", title_justify="left", expand=True)
    for column in ("treadmill", "who", "goal", "phase", "step", "speed", "heart", "programme", ""):
        table.add_column(column, no_wrap=True)
    for treadmill in sorted(board.views):
        view = board.views[treadmill]
        phase = Text(view.phase, PHASE_STYLE.get(view.phase, "bold"))
        table.add_row(
            treadmill,
            view.alias or view.member,
            f"{view.goal} {view.level}",
            Text("not heard of", "bold red") if board.silent(treadmill, now) else phase,
            f"{view.step}/{view.steps} {view.step_kind}",
            _speed(view),
            _heart(view),
            ProgressBar(total=1, completed=view.progress, width=BAR // 2),
            english(view.why or view.nearest_limit),
        )
    if not board.views:
        return Text("No session yet. Ctrl-C ends.")
    return table


def _one(board: Board, view: m.SessionView, silent: bool) -> RenderableType:
    facts = Table.grid(padding=(0, 2))
    limits = view.limits
    speed_max = limits.speed_max_kmh if limits else 0
    facts.add_row("speed", _speed(view), _bar(view.measured_kmh or 0, speed_max), f"limit {speed_max:g} km/h")
    limit = f"limit {view.hr_limit_bpm} bpm" if view.hr_limit_bpm else "no limit known"
    facts.add_row("heart", _heart(view), _bar(view.hr_bpm or 0, view.hr_limit_bpm or 0), limit)
    facts.add_row(
        "step", f"{view.step}/{view.steps} {view.step_kind}", _step_bar(view), _left(view.step_left_s)
    )
    total = f"{view.elapsed_s / 60:.1f} min, {view.distance_m:.0f} m ({view.retro_m:.0f} m retro)"
    facts.add_row(
        "programme", f"{view.progress:.0%}", ProgressBar(total=1, completed=view.progress, width=BAR), total
    )
    if view.sets:
        facts.add_row("sets", f"{view.sets_done}/{view.sets}", "", "")
    if view.next:
        facts.add_row(
            "next", view.next.kind, f"{view.next.speed_kmh:g} km/h {view.next.facing}", view.next.text
        )
    facts.add_row("may", ", ".join(view.can), "", f"pace {view.pace_pct} %" if view.pace_pct < 100 else "")
    lines: list[RenderableType] = [facts]
    if silent:
        lines.append(Text(f"Not heard of for {SILENT_S:g} s: assume the belt still moves. {RED}", "bold red"))
    if view.why:
        lines.append(Text(english(view.why), "yellow"))
    if view.starts_in_s is not None:
        lines.append(Text(f"The belt starts in {view.starts_in_s:.0f} s.", "bold yellow"))
    lines += [Text(f"asked: {question}", "bold yellow") for question in view.asks]
    lines += [Text(f'"{cue.text.get("en", cue.key)}"', "cyan") for cue in board.cues]
    who = view.alias or view.member or "guest"
    title = f"{view.treadmill} · {who} · {view.programme} · {view.outcome or view.phase}"
    return Panel(Group(*lines), title=title, subtitle=RED, title_align="left")


def _speed(view: m.SessionView) -> str:
    measured = "-" if view.measured_kmh is None else f"{view.measured_kmh:.1f}"
    return f"{measured} → {view.target_kmh:.1f} km/h"


def _heart(view: m.SessionView) -> str:
    if view.hr_bpm is None:
        return "no reading" if view.strap else "waived"
    return f"{view.hr_bpm} bpm"


def _bar(value: float, limit: float) -> RenderableType:
    if limit <= 0:
        return ""
    share = value / limit
    color = "red" if share > 1 else "yellow" if share > 0.9 else "green"
    return Bar(1, 0, min(1, share), width=BAR, color=color)


def _step_bar(view: m.SessionView) -> RenderableType:
    now = view.now
    if now is not None and now.distance_m:
        return ProgressBar(total=now.distance_m, completed=view.step_m, width=BAR)
    if now is not None and now.time_s and view.step_left_s is not None:
        return ProgressBar(total=now.time_s, completed=now.time_s - view.step_left_s, width=BAR)
    return ""


def _left(left_s: float | None) -> str:
    return "" if left_s is None else f"{left_s:.0f} s left"
