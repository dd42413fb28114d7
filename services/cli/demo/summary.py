"""What a demo did: per treadmill what was published, stored and seen, and how its sessions ended."""

from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from device_adapters.contract.messages import SessionView
from device_adapters.contract.phrase import english
from services.cli.demo.settings_files import DemoFiles
from services.cli.demo.watch import DemoWatch
from services.metrics.sqlite import SqliteSink
from services.store_folder import measured_store

FOLLOWED_KMH = 0.3
"""A session followed its programme if the settled belt was never further from the plan than this."""


class SessionSummary(msgspec.Struct, frozen=True):
    """One session: how far it came, how close to its plan, how it ended."""

    session: str
    goal: str
    level: str
    programme: str
    phase: str
    outcome: str
    why: str
    step: int
    steps: int
    elapsed_s: float
    limit_kmh: float | None
    off_plan_kmh: float
    followed: bool


class DeviceSummary(msgspec.Struct, frozen=True):
    """One device: frames the unit published, frames in the store, gaps in their sequence."""

    id: str
    published: int
    stored: int
    gaps: int


class TreadmillSummary(DeviceSummary, frozen=True):
    """A treadmill also has its fastest belt speed and the limit it ran under (none without a session)."""

    speed_max_kmh: float | None
    limit_kmh: float | None
    sessions: tuple[SessionSummary, ...]


class Summary(msgspec.Struct, frozen=True):
    """What the whole demo did, from what was heard on its bus."""

    treadmills: tuple[TreadmillSummary, ...]
    straps: tuple[DeviceSummary, ...]
    published: int
    stored: int
    gaps: int

    def as_json(self) -> str:
        """The summary as indented JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode()


def summarise(watch: DemoWatch, files: DemoFiles, began_ms: int) -> Summary:
    """Compare what the units say they published with what is in the store from `began_ms` on (wall time)."""
    sink = SqliteSink(measured_store(Path(files.hub.data)))
    try:
        treadmills = tuple(_treadmill(watch, sink, id, began_ms) for id in sorted(watch.treadmills))
        straps = tuple(_device(sink, id, watch.straps[id].frames, began_ms) for id in sorted(watch.straps))
    finally:
        sink.close()
    devices = (*treadmills, *straps)
    return Summary(
        treadmills=treadmills,
        straps=straps,
        published=sum(d.published for d in devices),
        stored=sum(d.stored for d in devices),
        gaps=sum(d.gaps for d in devices),
    )


def _device(sink: SqliteSink, id: str, published: int, began_ms: int) -> DeviceSummary:
    return DeviceSummary(
        id=id, published=published, stored=sink.stored(id, began_ms), gaps=sink.gaps(id, began_ms)
    )


def _treadmill(watch: DemoWatch, sink: SqliteSink, id: str, began_ms: int) -> TreadmillSummary:
    sessions = tuple(_session(view) for view in watch.sessions.values() if view.treadmill == id)
    limits = [s.limit_kmh for s in sessions if s.limit_kmh is not None]
    return TreadmillSummary(
        id=id,
        published=watch.treadmills[id].frames,
        stored=sink.stored(id, began_ms),
        gaps=sink.gaps(id, began_ms),
        speed_max_kmh=sink.speed_max_kmh(id, began_ms),
        limit_kmh=max(limits, default=None),
        sessions=sessions,
    )


def _session(view: SessionView) -> SessionSummary:
    return SessionSummary(
        session=view.session,
        goal=view.goal,
        level=view.level,
        programme=view.programme,
        phase=view.phase,
        outcome=view.outcome or "",
        why=english(view.why),
        step=view.step,
        steps=view.steps,
        elapsed_s=view.elapsed_s,
        limit_kmh=view.limits.speed_max_kmh if view.limits else None,
        off_plan_kmh=view.off_plan_kmh,
        followed=view.elapsed_s > 0 and view.off_plan_kmh <= FOLLOWED_KMH,
    )


def print_summary(out: Console, summary: Summary) -> None:
    """The same for people."""
    table = Table(title="What happened", title_justify="left")
    for column in ("treadmill", "published", "stored", "gaps", "fastest km/h", "limit km/h"):
        table.add_column(column, justify="left" if column == "treadmill" else "right")
    for t in summary.treadmills:
        table.add_row(
            t.id,
            str(t.published),
            str(t.stored),
            str(t.gaps),
            "-" if t.speed_max_kmh is None else f"{t.speed_max_kmh:.2f}",
            "-" if t.limit_kmh is None else f"{t.limit_kmh:.2f}",
        )
    out.print(table)
    for t in summary.treadmills:
        for s in t.sessions:
            out.print(f"{t.id} {s.goal}: {_words(s)}")
    straps = summary.straps
    out.print(
        f"straps: {sum(s.published for s in straps)} published, {sum(s.stored for s in straps)} stored; "
        f"all devices: {summary.published} published, {summary.stored} stored, {summary.gaps} gaps"
    )


def _words(s: SessionSummary) -> str:
    followed = "followed its programme" if s.followed else f"off plan by {s.off_plan_kmh:.2f} km/h"
    return f"{s.programme}, step {s.step} of {s.steps}, {followed}; {s.outcome or s.phase}: {s.why}"
