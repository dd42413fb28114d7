"""One fault of the running demo at a time, or all of its devices' at once: watched from outside, and measured."""

import asyncio
import os
import signal
import sqlite3
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demo_bus import SITE, DemoBus, publish
from demo_process import RunningDemo
from harsh_gym import befall
from matrix_rows import RAMP_S, MatrixRow

from device_adapters.contract import registry

FROZEN_S = 8.0
STEADY_S = 6.0
SLOWED_S = 3.2
"""Within the time in which nobody knows yet whether a hand at the console slowed the belt."""

SETTLED_S = 20.0
FAILING = "failing"
WATCHED_S = 15.0
BACK_S = 40.0
RIPPLE_KMH = 0.05
"""A belt's own."""


@dataclass
class RowOutcome:
    """What was measured: seconds after the fault, None where it did not come."""

    row: MatrixRow
    cause: str = ""
    said_s: float | None = None
    rest_s: float | None = None
    moved_again: bool = False
    faster: bool = False
    went_on: bool = False

    @property
    def green(self) -> bool:
        """Is it as the row asks?"""
        if self.row.goes_on:
            return self.went_on
        said = _within(self.said_s, self.row.said_s)
        return said and _within(self.rest_s, self.row.rest_s) and not (self.moved_again or self.faster)


def _within(measured_s: float | None, bound_s: float | None) -> bool:
    return bound_s is None or (measured_s is not None and measured_s <= bound_s)


async def watch(bus: DemoBus, treadmill: str, row: MatrixRow, since: float, events: int) -> RowOutcome:
    """Follow one treadmill from the fault until its row is decided or its bounds are well past."""
    outcome = RowOutcome(row)
    end = since + max(row.said_s or 0, row.rest_s or 0) + SETTLED_S
    pressed_kmh = bus.belts.get(treadmill, 0.0) if row.pressed else None
    while time.monotonic() < end:
        passed = time.monotonic() - since
        if outcome.said_s is None:
            cause = _said(bus, treadmill, row, events)
            if cause:
                outcome.cause, outcome.said_s = cause, passed
        if pressed_kmh is not None:
            outcome.faster |= bus.belts.get(treadmill, 0.0) > pressed_kmh + RIPPLE_KMH
        still = bus.belts.get(treadmill) == 0
        if still and outcome.rest_s is None:
            outcome.rest_s = passed
        outcome.moved_again |= outcome.rest_s is not None and not still and treadmill in bus.belts
        if outcome.said_s is not None and (
            row.rest_s is None or passed - (outcome.rest_s or passed) > STEADY_S
        ):
            break
        await asyncio.sleep(0.02)
    return outcome


def _said(bus: DemoBus, treadmill: str, row: MatrixRow, events: int) -> str:
    """The first of the row's causes that an event or the treadmill's latch names."""
    causes = [e.cause for e in bus.events[events:] if e.treadmill == treadmill and e.kind == "hazard"]
    state = bus.states.get(treadmill)
    return next((c for c in (*causes, state.latched if state else "") if c in row.causes), "")


async def devices(bus: DemoBus, rows: Sequence[MatrixRow]) -> list[RowOutcome]:
    """All faults of devices at once, each on a treadmill of its own."""
    await bus.settle(len(rows))
    places = {row: f"tm-{n:02d}" for n, row in enumerate(rows, 1)}
    await asyncio.gather(*(bus.start(treadmill) for treadmill in places.values()))
    await asyncio.gather(*(bus.moving(treadmill) for treadmill in places.values()))
    await asyncio.sleep(STEADY_S)
    events, since = len(bus.events), time.monotonic()
    await asyncio.gather(*(bus.fault(treadmill, row.how) for row, treadmill in places.items()))
    found = await asyncio.gather(
        *(watch(bus, treadmill, row, since, events) for row, treadmill in places.items())
    )
    await asyncio.gather(*(bus.fault(treadmill, "none") for treadmill in places.values()))
    return list(found)


async def one(bus: DemoBus, demo: RunningDemo, row: MatrixRow) -> RowOutcome:
    """One fault of the whole gym, with a session on the first treadmill."""
    treadmill = "tm-01"
    await bus.settle(1)
    await bus.start(treadmill)
    await bus.moving(treadmill)
    await asyncio.sleep(STEADY_S)
    session, events, since = bus.views[treadmill].session, len(bus.events), time.monotonic()
    match row.way:
        case "message":
            await publish(bus, registry.STOP_ALL.topic(SITE), b"")
        case "device":
            await bus.fault(treadmill, row.how)
            await publish(bus, registry.STOP_ONE.topic(SITE, treadmill), b"")
        case "slowed":
            await bus.fault(treadmill, row.how)
            await asyncio.sleep(SLOWED_S)
            events, since = len(bus.events), time.monotonic()
            await publish(bus, registry.STOP_ONE.topic(SITE, treadmill), b"")
        case "paused":
            await bus.request("pause", treadmill)
            await bus.at_rest(treadmill, RAMP_S + STEADY_S)
            await asyncio.sleep(STEADY_S)
            events, since = len(bus.events), time.monotonic()
            await bus.fault(treadmill, row.how)
            await bus.until(
                lambda: bool(_said(bus, treadmill, row, events)), STEADY_S, "its movement is told"
            )
        case "kill":
            killed = bus.kill(row.how)
        case "freeze":
            os.kill(demo.pids[row.how], signal.SIGSTOP)
        case _:
            since = await befall(bus, demo.data / FAILING, row, treadmill)
    if row.goes_on:
        await asyncio.sleep(FROZEN_S if row.way == "freeze" else WATCHED_S)
        view = bus.views[treadmill]
        outcome = RowOutcome(row, went_on=view.session == session and view.phase == "running")
    else:
        if row.how == "broker":
            bus.belts.clear()  # nobody can tell them until it is back
        outcome = await watch(bus, treadmill, row, since, events)
    if row.way == "freeze":
        os.kill(demo.pids[row.how], signal.SIGCONT)
    if row.way == "kill":
        await bus.until(lambda: demo.pids.get(row.how, killed) != killed, BACK_S, f"{row.how} is back")
        await bus.until(lambda: bus.bus.bus.connected, BACK_S, "the broker is back")
    await bus.fault(treadmill, "none")
    return outcome


def gaps(store: Path) -> dict[str, int]:
    """Frames between the first and the last of a treadmill's boot that are not stored, by treadmill."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
        query = "SELECT treadmill, MAX(seq) - MIN(seq) + 1 - COUNT(*), COUNT(*) FROM treadmill GROUP BY treadmill, boot"
        rows = db.execute(query).fetchall()
    db.close()
    missing: dict[str, int] = defaultdict(int)
    for treadmill, lost, _stored in rows:
        missing[str(treadmill)] += int(lost)
    if not rows:
        raise AssertionError("the store has no frames at all")
    return missing
