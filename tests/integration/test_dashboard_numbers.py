"""Each query of each dashboard on a real InfluxDB: rows on a seeded site, no fault on an empty one, and numbers that
are those of the seed, counted here a second time.
"""

import math
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from grafana_reads import Range, panel_rows, rows, tells
from influx_world import InfluxWorld, needs_influxdb
from test_dashboards import BOARDS, panel_of, queries

from device_adapters.config import Influx
from device_adapters.contract.standing import STANDINGS
from device_adapters.units import DAY_MS
from services.metrics import schema
from services.metrics.influx import open_influx
from services.metrics.line_protocol import line, packed
from services.metrics.points import Point
from services.metrics.spool import LINES_MAX
from services.provisioning.history import HEALTH_MS, day, running_at
from services.provisioning.member_board import MEMBERS
from services.provisioning.visits import SeededGym, Visit, lives
from services.rules.doses import COUNTS_S
from services.rules.zones import ZONES

pytestmark = [needs_influxdb, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]
GYM = SeededGym(end_ms=20_000 * DAY_MS, days=14, members=40)
POINTS = [point for nth in range(GYM.days) for point in day(GYM, nth)]
VISITS = [visit for life in lives(GYM) for visit in life.visits if visit.day >= 0]
STATED = [p for p in POINTS if p.measurement is schema.PRESENCE and p.tags["kind"] == "treadmill"]


def busiest() -> int:
    """The moment at which most is to be seen: sessions that run, and somebody in trouble."""
    seen: dict[int, set[Any]] = defaultdict(set)
    for point in STATED:
        seen[point.at_ms].add((point.fields["state"], point.tags["name"] if point.fields["session"] else ""))
    return max(seen, key=lambda at: (any(state == "stopped" for state, _ in seen[at]), len(seen[at])))


NOW_MS = busiest()
SINCE = {"floor": 900_000, "session": DAY_MS, "member": 84 * DAY_MS, "safety": 30 * DAY_MS, "fleet": DAY_MS}


def within(name: str) -> Range:
    return Range(NOW_MS - SINCE[name.removesuffix("-hearts")], NOW_MS)


def seen(measurement: schema.Measurement, name: str) -> list[Point]:
    """The points that the dashboard looks at."""
    looked = within(name)
    return [p for p in POINTS if p.measurement is measurement and looked.from_ms <= p.at_ms <= looked.to_ms]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[InfluxWorld]:
    world = InfluxWorld(tmp_path_factory.mktemp("seeded"))
    await world.open()
    try:
        async with open_influx(Influx(url=world.url), "") as post:
            lines = [line(point) for point in POINTS]
            for begin in range(0, len(lines), LINES_MAX):
                reply = await post(packed(lines[begin : begin + LINES_MAX]))
                assert reply.taken, reply
        yield world
    finally:
        await world.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def empty(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[InfluxWorld]:
    world = InfluxWorld(tmp_path_factory.mktemp("empty"))
    await world.open()
    yield world
    await world.close()


async def choices(world: InfluxWorld, name: str) -> list[tuple[dict[str, str], Range]]:
    """What can be chosen at the top, and the time range that goes with it."""
    what = name.removeprefix("backstride-").removesuffix(".json")
    if what == "member":
        found = await rows(world, MEMBERS, within(what))
        assert {row["value"] for row in found} == {p.tags["member"] for p in POINTS if "member" in p.tags}
        return [({"member": str(row["value"])}, within(what)) for row in found]
    if what == "session":
        variable = BOARDS[name]["templating"]["list"][1]["query"]
        found = await rows(world, variable, within(what))
        assert {row["distinct"] for row in found} == {p.fields["session"] for p in seen(schema.SESSION, what)}
        ended = seen(schema.SESSION_END, what)
        return [
            ({"session": str(p.fields["session"])}, Range(int(p.fields["began_ms"]), NOW_MS)) for p in ended
        ]
    return [({}, within(what))]


RARE = {("safety", "Near misses in words"), ("fleet", "Links lost by device")}
"""What does not happen each day; its panel says so then."""


@pytest.mark.parametrize("name", BOARDS)
async def test_no_panel_of_a_seeded_site_is_empty(site: InfluxWorld, name: str) -> None:
    what = name.removeprefix("backstride-").removesuffix(".json")
    chosen = await choices(site, name)
    for panel in BOARDS[name]["panels"]:
        nothing = panel["fieldConfig"]["defaults"].get("noValue")
        if nothing == "0":
            continue  # it counts
        if (what, panel["title"]) in RARE:
            assert nothing
            continue
        for values, looked in chosen:
            if any(tells(row) for row in await panel_rows(site, panel, looked, values)):
                break
        else:
            pytest.fail(f"{panel['title']} is empty")


@pytest.mark.parametrize("name", BOARDS)
async def test_no_query_fails_on_a_site_that_has_nothing_yet(empty: InfluxWorld, name: str) -> None:
    what = name.removeprefix("backstride-").removesuffix(".json")
    values = {"member": "m-1", "session": "s-1"}
    for query in queries(BOARDS[name]):
        assert [row for row in await rows(empty, query, within(what), values) if tells(row)] == []
    for variable in BOARDS[name]["templating"]["list"][1:]:
        assert await rows(empty, variable["query"], within(what)) == []


async def number(world: InfluxWorld, name: str, title: str) -> float:
    told = await panel_rows(world, panel_of(name, title), within(name))
    values = [v for row in told for key, v in row.items() if key != "time" and isinstance(v, int | float)]
    return values[-1] if values else 0  # the panel says 0 where there is nothing


async def test_the_floors_numbers_are_those_of_the_seed(site: InfluxWorld) -> None:
    now = {p.tags["name"]: p.fields for p in STATED if p.at_ms == NOW_MS}
    assert len(now) == GYM.treadmills
    running = running_at([v for v in VISITS if v.start_ms <= NOW_MS], NOW_MS)
    assert await number(site, "floor", "In trouble") == sum(int(f["trouble"]) > 0 for f in now.values()) > 0
    assert await number(site, "floor", "Under way") == len(running) > 0
    assert await number(site, "floor", "Free") == sum(f["state"] == "ready" for f in now.values())
    assert await number(site, "floor", "Treadmills") == GYM.treadmills
    tiles = {
        row["name"]: row["last"] for row in await panel_rows(site, panel_of("floor", "Now"), within("floor"))
    }
    assert tiles == {name: STANDINGS.index(fields["state"]) for name, fields in now.items()}
    table = await panel_rows(site, panel_of("floor", "Treadmills, trouble first"), within("floor"))
    assert {row["treadmill"] for row in table} == set(now)
    for row in table:
        newest = newest_of(str(row["treadmill"]))
        assert (row["trouble"], row["cause"]) == (
            now[str(row["treadmill"])]["trouble"],
            now[str(row["treadmill"])]["cause"],
        )
        if newest is None:
            assert row.get("phase") is None
            continue
        for field in ("phase", "step", "steps", "measured_kmh", "target_kmh", "speed_limit_kmh", "left_s"):
            assert row[field] == newest[field], field
    bars = await panel_rows(site, panel_of("floor", "Speed against its limit"), within("floor"))
    for row in bars:
        one = newest_of(str(row["treadmill"]))
        assert one is not None
        assert row["of limit"] == pytest.approx(
            100 * float(one["measured_kmh"]) / float(one["speed_limit_kmh"])
        )
    hearts = await panel_rows(site, panel_of("floor-hearts", "Heart against its ceiling"), within("floor"))
    for row in hearts:
        one = newest_of(str(row["treadmill"]))
        assert one is not None
        assert row["of ceiling"] == pytest.approx(100 * float(one["hr_bpm"]) / float(one["hr_limit_bpm"]))
    assert len(bars) == len(hearts) == sum(newest_of(name) is not None for name in now)


def newest_of(treadmill: str) -> Any:
    """The newest row of its session within the time that is now; None without any."""
    found = [p for p in POINTS if p.measurement is schema.SESSION and p.tags["treadmill"] == treadmill
             and NOW_MS - 30_000 < p.at_ms <= NOW_MS]  # fmt: skip
    return max(found, key=lambda p: p.at_ns).fields if found else None


async def test_safety_counts_what_happened(site: InfluxWorld) -> None:
    events = seen(schema.EVENT, "safety")
    kinds = Counter(p.tags["kind"] for p in events)
    assert await number(site, "safety", "Hazards") == kinds["hazard"] > 0
    assert await number(site, "safety", "Near misses") == kinds["near_miss"]
    assert await number(site, "safety", "Refusals") == kinds["refused"] > 0
    took = [int(p.fields["took_ms"]) for p in events if "took_ms" in p.fields]
    assert await number(site, "safety", "Slowest time to rest") == max(took)
    told = await panel_rows(site, panel_of("safety", "Time to rest"), within("safety"))
    assert sorted(int(str(row["took_ms"])) for row in told) == sorted(took)
    by_day = await panel_rows(site, panel_of("safety", "Hazards by cause"), within("safety"))
    assert {(row["time"], row["cause"], row["count"]) for row in by_day if row["count"]} == {
        (at * DAY_MS * 1_000_000, cause, count)
        for (at, cause), count in Counter(
            (p.at_ms // DAY_MS, p.tags["cause"]) for p in events if p.tags["kind"] == "hazard"
        ).items()
    }
    left = await panel_rows(site, panel_of("safety", "Commissioning"), within("safety"))
    newest = {p.tags["name"]: p.fields["commissioned_days"] for p in STATED if p.at_ms <= NOW_MS}
    assert {row["name"]: row["commissioned_days"] for row in left} == newest
    assert 0 in newest.values(), "one is overdue"
    happened = await panel_rows(site, panel_of("safety", "What happened"), within("safety"))
    assert len(happened) == min(200, sum(p.tags["severity"] != "info" for p in events))


async def test_a_member_sees_their_own_weeks(site: InfluxWorld) -> None:
    by_member: dict[str, list[Visit]] = defaultdict(list)
    for visit in VISITS:
        if visit.end_ms <= NOW_MS:
            by_member[visit.person.member].append(visit)
    member, visits = max(by_member.items(), key=lambda each: len(each[1]))
    values = {"member": member}

    async def told(title: str) -> list[dict[str, Any]]:
        return await panel_rows(site, panel_of("member", title), within("member"), values)

    weeks = Counter(week_of(visit.end_ms) for visit in visits if visit.done_s >= COUNTS_S)
    counted = {row["time"]: row["count"] for row in await told("Sessions per week") if row.get("count")}
    assert counted == {at * 1_000_000: count for at, count in weeks.items()}
    minutes = {row["time"]: row["sum"] for row in await told("Minutes per week") if row["sum"]}
    for at, total in minutes.items():
        expected = sum(v.done_s / 60 for v in visits if week_of(v.end_ms) * 1_000_000 == at)
        assert total == pytest.approx(expected)
    caps = {row["max"] for row in await told("Sessions per week") if row.get("max")}
    assert caps, "the cap is drawn"
    table = await told("Sessions")
    assert [(row["session"], row["began_ms"], row["time"]) for row in table] == [
        (v.session, v.start_ms, v.end_ms * 1_000_000) for v in sorted(visits, key=lambda v: -v.end_ms)
    ]
    hearts = Counter(
        (p.at_ms // DAY_MS, zone(int(p.fields["hr_bpm"]), int(p.fields["hr_max_bpm"])))
        for p in seen(schema.SESSION, "member")
        if p.tags["member"] == member
    )
    panel = panel_of("member", "Zones")
    for target in panel["targets"]:
        for row in await rows(site, target["query"], within("member"), values):
            key = (int(str(row["time"])) // 1_000_000 // DAY_MS, target["alias"])
            assert row["count"] == hearts.pop(key)
    assert not hearts, "each heart beat is in one zone"


def week_of(at_ms: int) -> int:
    """Its Monday."""
    monday_ms = 4 * DAY_MS
    return (at_ms - monday_ms) // (7 * DAY_MS) * 7 * DAY_MS + monday_ms


def zone(bpm: int, most: int) -> str:
    share = math.floor(100 * bpm / most)
    return next(each.word for each in reversed(ZONES) if share >= each.from_pct)


async def test_a_session_is_shown_in_its_own_time_and_one_that_runs_can_be_followed(
    site: InfluxWorld,
) -> None:
    ended = await panel_rows(site, panel_of("session", "Sessions"), within("session"))
    assert {row["session"] for row in ended} == {
        p.fields["session"] for p in seen(schema.SESSION_END, "session")
    }
    (visit,) = (v for v in VISITS if v.session == ended[0]["session"])
    own = Range(int(str(ended[0]["began_ms"])), int(str(ended[0]["time"])) // 1_000_000, "15s")
    assert (own.from_ms, own.to_ms) == (visit.start_ms, visit.end_ms)
    values = {"session": visit.session}
    moments = list(visit.moments())
    speed = await panel_rows(site, panel_of("session", "Speed"), own, values)
    means = [float(str(row["mean"])) for row in speed if row.get("mean") is not None]
    expected = [m.target_kmh for m in moments] + [m.measured_kmh for m in moments]
    assert sum(means) == pytest.approx(sum(expected)), "every row of it, and no other's"
    longer = Range(own.from_ms - 60_000, own.to_ms + 120_000)
    events = await panel_rows(site, panel_of("session", "Events"), longer, values)
    assert (
        len(events)
        == sum(p.measurement is schema.EVENT and p.fields["session"] == visit.session for p in POINTS)
        > 0
    )
    under_way = await panel_rows(site, panel_of("session", "Under way"), within("session"))
    running = running_at(VISITS, NOW_MS)
    assert {(row["treadmill"], row["session"], row["began_ms"]) for row in under_way} == {
        (v.treadmill, v.session, v.start_ms) for v in running.values()
    }


async def test_the_fleet_is_shown_by_age(site: InfluxWorld) -> None:
    units = {p.tags["unit"] for p in POINTS if p.measurement is schema.UNIT}
    assert await number(site, "fleet", "Units online") == len(units)
    lost = sum(bool(p.fields["lost"]) for p in seen(schema.LINK, "fleet"))
    assert await number(site, "fleet", "Links lost") == lost
    told = await panel_rows(site, panel_of("fleet", "Units"), within("fleet"))
    assert {row["name"] for row in told} == units
    assert {row["age_s"] for row in told} == {0.0}
    newest = max(seen(schema.PIPELINE, "fleet"), key=lambda p: p.at_ms)
    assert await number(site, "fleet", "Frames missing") == newest.fields["missing"]
    machines = await panel_rows(site, panel_of("fleet", "Treadmills"), within("fleet"))
    assert len(machines) == GYM.treadmills
    straps = await panel_rows(site, panel_of("fleet", "Straps"), within("fleet"))
    assert {row["link"] for row in straps} <= {"connected", "absent"}
    assert NOW_MS % HEALTH_MS == 0


async def test_an_erased_member_cannot_be_picked(tmp_path: Path) -> None:
    world = InfluxWorld(tmp_path)
    await world.open()
    try:
        ends = [p for p in POINTS if p.measurement is schema.SESSION_END]
        async with open_influx(Influx(url=world.url), "") as post:
            assert (await post(packed([line(point) for point in ends]))).taken
        before = {str(row["value"]) for row in await rows(world, MEMBERS, within("member"))}
        gone = min(before)
        await world.query(f"DROP SERIES FROM session_end WHERE member = '{gone}'", post=True)
        assert {str(row["value"]) for row in await rows(world, MEMBERS, within("member"))} == before - {gone}
    finally:
        await world.close()
    assert 'WHERE "member" =~ /./' in MEMBERS, "InfluxDB 2.9.1 tells an erased one without a condition"


async def test_a_session_that_never_moved_takes_no_place_in_the_week(tmp_path: Path) -> None:
    ended = next(p for p in POINTS if p.measurement is schema.SESSION_END and p.tags["member"])
    unmoved = replace(ended, at_ns=ended.at_ns + 1_000_000, fields={**ended.fields, "minutes": 0.0})
    world = InfluxWorld(tmp_path)
    await world.open()
    try:
        async with open_influx(Influx(url=world.url), "") as post:
            assert (await post(packed([line(ended), line(unmoved)]))).taken
        looked = Range(ended.at_ms - 7 * DAY_MS, ended.at_ms + DAY_MS)
        values = {"member": ended.tags["member"]}
        told = await panel_rows(world, panel_of("member", "Sessions per week"), looked, values)
    finally:
        await world.close()
    assert [row["count"] for row in told if row.get("count")] == [1]
