"""`backstride sessions` and `session show`: what the journal has."""

import json
from datetime import datetime, timedelta
from itertools import islice, zip_longest
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from device_adapters.contract import messages as m
from device_adapters.contract.phrase import english
from services.cli.hub_settings import hub_with
from services.cli.times import when
from services.history.names import TreadmillNames
from services.renamed import names
from services.session.archive import Archive, Recorded
from services.session.journalled import LapRecord
from services.store_folder import JOURNAL


def list_sessions(
    days: int,
    treadmill: str,
    member: str,
    limit: int,
    config: Path | None,
    data: Path | None,
    *,
    as_json: bool,
) -> int:
    """Print the sessions of the last days, the latest `limit` of them; the exit code."""
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    since_ms = round((midnight - timedelta(days=days - 1)).timestamp() * 1000)
    path = _journal(config, data)
    archive, named = Archive(path), names(path.parent)
    try:
        fitting = (
            r
            for r in archive.sessions(since_ms)
            if treadmill in ("", r.treadmill, named.now(r.treadmill, r.began_ms))
            and member in ("", r.start.member)
        )
        latest = list(islice(fitting, limit + 1))
    finally:
        archive.close()
    found, more = latest[:limit][::-1], len(latest) > limit
    if as_json:
        _out(json.dumps([_builtins(r, named) for r in found]))
        return 0
    if not found:
        _out("No session today." if days == 1 else f"No session in {days} days.")
        return 0
    table = Table(box=None)
    for column in (
        "began",
        "session",
        "treadmill",
        "member",
        "goal",
        "programme",
        "ended",
        "min",
        "steps",
        "why",
    ):
        table.add_column(column, no_wrap=column != "why")
    for r in found:
        end = r.end
        table.add_row(
            when(r.began_ms), r.session, named.shown(r.treadmill, r.began_ms), r.start.member or "-",
            f"{r.start.goal} {r.start.level}",
            r.start.programme, end.outcome if end else "open", f"{end.elapsed_s / 60:.1f}" if end else "",
            f"{end.steps_done}/{end.steps}" if end and end.steps else "", english(end.why) if end else "",
        )  # fmt: skip
    Console(width=None if Console().is_terminal else 240).print(table)
    if more:
        _out(f"There are earlier ones: these are the latest {limit}; --limit shows more.")
    return 0


def show(session: str, config: Path | None, data: Path | None, *, as_json: bool) -> int:
    """Print one session; 1 if the journal has none of that id."""
    path = _journal(config, data)
    archive, named = Archive(path), names(path.parent)
    try:
        recorded, events = archive.session(session), archive.events(session)
    finally:
        archive.close()
    if recorded is None:
        text = f"the journal {path} has no session {session!r}; `backstride sessions` lists them"
        _out(json.dumps({"session": session, "found": False}) if as_json else text)
        return 1
    if as_json:
        _out(json.dumps({**_builtins(recorded, named), "events": msgspec.to_builtins(events)}))
        return 0
    console = Console(width=None if Console().is_terminal else 160, highlight=False)
    _head(console, recorded, named)
    _plan(console, recorded)
    for event in events:
        after = ", ".join(f"{key} {value}" for key, value in event.after.items() if value not in (None, ""))
        words = " · ".join(part for part in (event.kind, event.cause, event.text, after) if part)
        console.print(f"{when(event.at_ms, seconds=True)}  {words}", markup=False)
    return 0


def _head(console: Console, r: Recorded, named: TreadmillNames) -> None:
    start, end, treadmill = r.start, r.end, named.shown(r.treadmill, r.began_ms)
    console.print(f"{r.session} on {treadmill}: {start.programme} ({start.goal} {start.level})", markup=False)
    console.print(
        f"member {start.member or '-'}, started by {start.by or '-'}, {when(r.began_ms)}", markup=False
    )
    if not start.strap:
        console.print(f"without a strap: {start.waiver or 'no reason was kept'}", markup=False)
    if end is None:
        console.print("no end yet: it runs, or its service vanished")
        return
    console.print(f"{end.outcome}. {english(end.why)}".rstrip(), markup=False)
    sets = f", sets {end.sets_done}/{end.sets}" if end.sets else ""
    console.print(
        f"{end.elapsed_s / 60:.1f} min moving ({end.retro_s / 60:.1f} retro), {end.distance_m:.0f} m "
        f"({end.retro_m:.0f} retro){sets}, off plan by {end.off_plan_kmh:g} km/h at most"
    )


def _plan(console: Console, r: Recorded) -> None:
    """Plan and deed side by side. A step that was repeated has several rows."""
    table = Table(box=None)
    for column in ("step", "plan", "km/h", "until", "ending", "s", "m", "ramp m"):
        table.add_column(column)
    laps = r.end.laps if r.end else ()
    for number, step in enumerate(r.start.plan, 1):
        done = [lap for lap in laps if lap.step == number]
        for row, lap in zip_longest([step], done):
            table.add_row(*_planned(number, row), *_deed(lap))
    console.print(table)


def _planned(number: int, step: m.StepBrief | None) -> tuple[str, str, str, str]:
    if step is None:
        return "", "again", "", ""
    until = f"{step.distance_m} m" if step.distance_m else f"{step.time_s} s"
    words = " ".join(part for part in (step.kind, step.facing) if part)
    speed = f"{step.speed_kmh:g}" if step.speed_kmh else "-"
    return str(number), words, speed, f"{step.until}, at most {until}" if step.until else until


def _deed(lap: LapRecord | None) -> tuple[str, str, str, str]:
    if lap is None:
        return "-", "", "", ""
    return lap.ending, f"{lap.s:.0f}", f"{lap.m:.1f}", f"{lap.ramp_m:.1f}"


def _journal(config: Path | None, data: Path | None) -> Path:
    return Path(hub_with(config, data).data) / JOURNAL


def _builtins(r: Recorded, named: TreadmillNames) -> dict[str, object]:
    """`treadmill`: as it was called then; `treadmill_now`: today."""
    return {
        "session": r.session,
        "treadmill": r.treadmill,
        "treadmill_now": named.now(r.treadmill, r.began_ms),
        "began_ms": r.began_ms,
        "ended_ms": r.ended_ms,
        "start": msgspec.to_builtins(r.start),
        "end": None if r.end is None else msgspec.to_builtins(r.end),
    }


def _out(text: str) -> None:
    print(text)  # noqa: T201
