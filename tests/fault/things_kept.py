"""Rows of the fault matrix about what is there afterwards: a roaming strap's second session, disks that fill up and
have room again, a unit that is gone for good.

The hub's and the unit's data are on small disks of their own here, which needs root.
"""

import asyncio
import json
import sqlite3
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from demo_bus import DemoBus
from demo_process import RunningDemo, end_demo, start_demo
from harsh_gym import environment
from ports import free_port
from small_disk import fill, small_disk

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.limits import Goal, Level
from device_adapters.sim.layout import gym_layout
from device_adapters.unit.roaming import pseudonym
from device_adapters.unit.strap_salt import strap_salt
from services.cli.demo.supervisor import backstride

TREADMILL, ROAMING_AT = "tm-01", "tm-02"
TREADMILLS = 2
DISK_MB = 64
FULL_S, WORN_S = 20.0, 8.0
LET_GO_S = 8.0
STORED_S = 90.0
GONE, ITS_TREADMILL = "unit-09", "tm-99"


@dataclass(frozen=True, slots=True)
class KeptOutcome:
    """What was looked at, and what of it was not as it should be."""

    name: str
    looked_at: str
    wrong: Sequence[str] = ()

    @property
    def green(self) -> bool:
        """Is all of it as it should be?"""
        return not self.wrong


Looked = tuple[str, list[str]]
"""What was looked at, and what was wrong."""


@contextmanager
def small_gym(folder: Path) -> Iterator[RunningDemo]:
    """A demo of two treadmills on small disks, whose last strap has no place of its own."""
    failing = folder / "failing"
    failing.mkdir(parents=True)
    (failing / "roaming").touch()
    with small_disk(folder / "hub", DISK_MB), small_disk(folder / "unit", DISK_MB):
        port = free_port()
        surroundings = environment(failing, port)
        demo = start_demo(folder, "--treadmills", str(TREADMILLS), environment=surroundings, mqtt_port=port)
        try:
            yield demo
        finally:
            end_demo(demo)


async def roaming_strap_twice(bus: DemoBus, demo: RunningDemo) -> Looked:
    """Its second session, under the same boot of the unit, hears its heart as the first did, and the store has both."""
    address = dict(gym_layout(TREADMILLS, TREADMILLS))[f"hr-{TREADMILLS:02d}"]
    strap = pseudonym(address, strap_salt("", demo.data / "unit"))
    wrong: list[str] = []
    for nth in ("first", "second"):
        await bus.settle(TREADMILLS)
        reply = await bus.request(
            "start",
            ROAMING_AT,
            goal=Goal.KNEE_STRENGTH,
            level=Level.NOVICE,
            hr_max_bpm=185,
            strap=strap,
            screened=True,
        )
        if not reply.ok:
            wrong.append(f"{nth} session: {reply.text}")
            continue
        await bus.moving(ROAMING_AT)
        await asyncio.sleep(WORN_S)
        view = bus.views[ROAMING_AT]
        if view.phase != "running" or view.hr_bpm is None:
            wrong.append(f"{nth} session: {view.phase}, heart {view.hr_bpm}")
        await bus.request("stop", ROAMING_AT)
        await bus.at_rest(ROAMING_AT, 30)
        await asyncio.sleep(LET_GO_S)

    def missing() -> list[int]:
        return [lost for _, lost in holes(demo, "strap", strap)]

    wrong += await _in_time(lambda: missing() == [0], lambda: f"frames missing by boot: {missing()}")
    return "heart in both, every frame stored once", wrong


async def hub_disk_full(bus: DemoBus, demo: RunningDemo) -> Looked:
    """Full in a session, and with room again before its end: the record is whole, and the frames are stored."""
    await bus.settle(TREADMILLS)
    await bus.start(TREADMILL)
    await bus.moving(TREADMILL)
    session, events, wrong = bus.views[TREADMILL].session, len(bus.events), list[str]()
    filler = await asyncio.to_thread(fill, demo.data / "hub")
    await bus.request("pause", TREADMILL)
    await bus.until(lambda: "resume" in bus.views[TREADMILL].can, 30, "that it may be resumed")
    resumed = await bus.request("resume", TREADMILL)
    if not resumed.ok:
        wrong.append(f"resume: {resumed.text}")
    await asyncio.sleep(FULL_S)
    if bus.views[TREADMILL].session != session or bus.views[TREADMILL].phase != "running":
        wrong.append(f"session {bus.views[TREADMILL].phase} while the disk was full")
    filler.unlink()
    await bus.request("stop", TREADMILL)
    await bus.until(lambda: bus.views[TREADMILL].phase == "ended", 60, "the session's end")
    told = {e.id for e in bus.events[events:] if e.session == session and e.source == "session"}

    def untold() -> set[str]:
        record = _record(demo, session)
        ends = {"end"} - {kind for kind, _ in record}
        return ends | (told - {str(body.get("id")) for kind, body in record if kind == "event"})

    wrong += await _in_time(lambda: bool(told) and not untold(), lambda: f"not in the record: {untold()}")
    outcomes = [body["outcome"] for kind, body in _record(demo, session) if kind == "end"]
    if outcomes != [bus.views[TREADMILL].outcome]:
        wrong.append(f"recorded as {outcomes}, told as {bus.views[TREADMILL].outcome}")
    wrong += await _frames_are_whole(demo)
    looked_at = f"{len(told)} events and the end in the record, every frame stored"
    return looked_at, wrong


async def unit_disk_full(bus: DemoBus, demo: RunningDemo) -> Looked:
    """Full while nobody stores what the unit sends: it is kept in memory until it can be delivered."""
    await bus.settle(TREADMILLS)
    await bus.start(TREADMILL)
    await bus.moving(TREADMILL)
    session, wrong = bus.views[TREADMILL].session, list[str]()
    filler = await asyncio.to_thread(fill, demo.data / "unit")
    metrics = bus.kill("metrics")
    await bus.until(lambda: demo.pids.get("metrics", metrics) != metrics, 60, "metrics is back")
    await asyncio.sleep(FULL_S)
    if bus.views[TREADMILL].session != session or bus.views[TREADMILL].phase != "running":
        wrong.append(f"session {bus.views[TREADMILL].phase} while the disk was full")
    filler.unlink()
    await bus.request("stop", TREADMILL)
    await bus.at_rest(TREADMILL, 30)
    wrong += await _frames_are_whole(demo)
    return "the session goes on, every frame stored", wrong


async def retired_unit(bus: DemoBus, demo: RunningDemo) -> Looked:
    """A unit that went for good: told as not delivered by a stop for all until it is retired, and then by nobody."""
    await bus.settle(TREADMILLS)
    state = m.TreadmillState(
        treadmill=ITS_TREADMILL, unit=GONE, boot="b", at_ms=1, link="connected", belt="still"
    )
    status = m.UnitStatus(unit=GONE, online=False, boot="b", at_ms=2, treadmills=(ITS_TREADMILL,))
    await bus.bus.publish(registry.TREADMILL_STATE, state, ITS_TREADMILL)
    await bus.bus.publish(registry.UNIT_STATUS, status, GONE)
    wrong: list[str] = []
    hub = ("--config", str(demo.data / "hub.toml"))
    code, said = await _command("stop", "--all", *hub)
    if code != 1 or f"{ITS_TREADMILL}: not delivered" not in said:
        wrong.append(f"before: exit code {code}, {said}")
    if not await _on_the_floor(demo, shown=True):
        wrong.append("before: not on the floor page")
    code, said = await _command("unit", "retire", GONE, *hub, "--folder", str(demo.data))
    if code:
        wrong.append(f"retire: exit code {code}, {said}")
    code, said = await _command("stop", "--all", *hub)
    if code or ITS_TREADMILL in said:
        wrong.append(f"after: exit code {code}, {said}")
    if not await _on_the_floor(demo, shown=False):
        wrong.append("after: still on the floor page")
    return "stop --all and the floor page, before and after", wrong


KEPT: dict[str, Callable[[DemoBus, RunningDemo], Awaitable[Looked]]] = {
    "a roaming strap in two sessions": roaming_strap_twice,
    "the hub's disk full and back": hub_disk_full,
    "a unit's disk full, its store killed": unit_disk_full,
    "a retired unit": retired_unit,
}


def holes(demo: RunningDemo, kind: str, device: str = "") -> list[tuple[str, int]]:
    """Device and how many frames between its first and its last of a boot are not stored, for each boot."""
    where = f"WHERE {kind} = '{device}'" if device else ""
    query = f"SELECT {kind}, MAX(seq) - MIN(seq) + 1 - COUNT(*) FROM {kind} {where} GROUP BY {kind}, boot"  # noqa: S608
    store = demo.data / "hub" / "metrics.db"
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        return db.execute(query).fetchall()


def _record(demo: RunningDemo, session: str) -> list[tuple[str, dict[str, object]]]:
    """Kind and body of all that the journal has of a session."""
    journal = demo.data / "hub" / "sessions.db"
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "SELECT kind, body FROM entry WHERE session = ? ORDER BY seq", (session,)
        ).fetchall()
    return [(kind, json.loads(body)) for kind, body in rows]


async def _frames_are_whole(demo: RunningDemo) -> list[str]:
    def lost() -> dict[str, int]:
        return {device: count for device, count in holes(demo, "treadmill") if count}

    return await _in_time(lambda: not lost(), lambda: f"frames missing: {lost()}")


async def _in_time(right: Callable[[], bool], why: Callable[[], str]) -> list[str]:
    """Nothing once it is right; else, after STORED_S, what is wrong."""
    try:
        async with asyncio.timeout(STORED_S):
            while not right():
                await asyncio.sleep(0.5)
    except TimeoutError:
        return [why()]
    return []


async def _command(*words: str) -> tuple[int, str]:
    done = await asyncio.to_thread(
        subprocess.run, backstride(*words), capture_output=True, text=True, check=False, timeout=90
    )
    return done.returncode, f"{done.stdout}{done.stderr}".strip()


async def _on_the_floor(demo: RunningDemo, *, shown: bool) -> bool:
    """Does the staff's page come to show the treadmill, or to show it no more?"""
    async with httpx.AsyncClient(base_url=demo.url, headers=demo.headers, timeout=60) as http:

        async def there() -> bool:
            return ITS_TREADMILL in (await http.get("/")).text

        for _ in range(60):
            if await there() is shown:
                return True
            await asyncio.sleep(0.5)
    return False
