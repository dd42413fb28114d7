"""Alerts are true: on a real InfluxDB, evaluated as Grafana does, a healthy site raises none at any moment, and each
cause raises its own in time, no other, and clears after it.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from alert_scenes import BEGIN_MS, FROM_S, HEALTHY, SCENES, AlertScene, told
from grafana_evaluator import Evaluator, Labels
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from influx_world import InfluxWorld, needs_influxdb

from device_adapters.config import Influx
from services.metrics.influx import open_influx
from services.metrics.line_protocol import line, packed
from services.provisioning.names import Names
from services.provisioning.shipped import alert_rules

pytestmark = [needs_influxdb, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]
NAMES = Names("gym")
RULES = alert_rules(NAMES)
PHASES_MS = (0, 1, 30_000, 59_999)
"""When in the minute Grafana evaluates: at its start, unless it is late."""

WARM_S = 120


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[InfluxWorld]:
    made = InfluxWorld(tmp_path_factory.mktemp("alerts"))
    await made.open()
    try:
        for nth, scene in enumerate((HEALTHY, *SCENES)):
            await made.series(f'CREATE DATABASE "scene{nth}"', post=True)
            async with open_influx(Influx(url=made.url, bucket=f"scene{nth}"), "") as post:
                lines = [line(point) for point in told(scene)]
                for begin in range(0, len(lines), 5000):
                    assert (await post(packed(lines[begin : begin + 5000]))).taken
        yield made
    finally:
        await made.close()


def database(scene: AlertScene) -> str:
    return f"scene{(HEALTHY, *SCENES).index(scene)}"


@pytest.mark.parametrize("phase_ms", PHASES_MS)
async def test_a_healthy_site_raises_nothing_at_any_phase_of_the_minute(
    world: InfluxWorld, phase_ms: int
) -> None:
    evaluator = Evaluator(world, RULES, database(HEALTHY))
    for at_s in range(WARM_S, HEALTHY.lasts_s - 60, 60):
        assert await evaluator.at(BEGIN_MS + at_s * 1000 + phase_ms) == {}


async def test_a_healthy_site_raises_nothing_at_any_moment(world: InfluxWorld) -> None:
    loop = asyncio.get_running_loop()

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.integers(WARM_S * 1000, (HEALTHY.lasts_s - 300) * 1000), st.integers(-90_000, 90_000))
    def at(moment_ms: int, clocks_differ_ms: int) -> None:
        """Once, and again a minute and two later, as `for` wants it; Grafana's clock is not the hub's."""
        evaluator = Evaluator(world, RULES, database(HEALTHY))
        for later_ms in (0, 60_000, 120_000):
            now_ms = BEGIN_MS + max(WARM_S * 1000, moment_ms + clocks_differ_ms) + later_ms
            found = asyncio.run_coroutine_threadsafe(evaluator.at(now_ms), loop).result(60)
            assert found == {}

    await asyncio.to_thread(at)


@pytest.mark.parametrize("phase_ms", PHASES_MS)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_each_cause_raises_its_alert_in_time_and_clears_after_it(
    world: InfluxWorld, scene: AlertScene, phase_ms: int
) -> None:
    evaluator, uid = Evaluator(world, RULES, database(scene)), NAMES.uid(scene.fires)
    raised: list[int] = []
    for at_s in range(WARM_S, scene.lasts_s - 60, 60):
        firing = await evaluator.at(BEGIN_MS + at_s * 1000 + phase_ms)
        assert set(firing) <= {uid}, "its own and no other"
        if firing:
            raised.append(at_s)
            assert {whom(labels) for labels in firing[uid]} == {scene.whom}
    assert raised, f"{scene.fires} was never raised"
    assert FROM_S - 60 < raised[0] <= FROM_S + scene.raised_s
    assert raised[-1] <= scene.until_s + scene.cleared_s
    assert raised == [*range(raised[0], raised[-1] + 60, 60)], "it did not flicker"


def whom(labels: Labels) -> str:
    """Of whom it is: the one label that names a thing."""
    return next((value for _, value in labels), "")


FORMER = {
    "unit-offline": 'SELECT count("outbox_depth") FROM "unit" WHERE "online" = true AND $timeFilter '
    'GROUP BY time(1m), "unit" fill(0)',
    "writer-fails": 'SELECT count("age_s") FROM "presence" WHERE "kind" = \'writer\' AND $timeFilter '
    'GROUP BY time(1m), "name" fill(0)',
}


@pytest.mark.parametrize("uid", FORMER)
async def test_the_evaluator_finds_the_fault_of_the_former_rules(world: InfluxWorld, uid: str) -> None:
    """They counted by the minute, and the last minute is empty when Grafana looks: they fired for ever."""
    rule = former(uid, FORMER[uid])
    fired = []
    for phase_ms in PHASES_MS:
        evaluator = Evaluator(world, [rule], database(HEALTHY))
        times = [BEGIN_MS + at_s * 1000 + phase_ms for at_s in range(600, 1200, 60)]
        fired.append([bool(await evaluator.at(at)) for at in times][-1])
    assert fired[0], "at the start of a minute, where Grafana evaluates"
    assert not fired[2], "not in the midst of it"


async def test_the_evaluator_knows_pending_no_data_and_errors(world: InfluxWorld) -> None:
    asked = 'SELECT last("age_s") FROM "presence" WHERE "kind" = \'unit\' AND $timeFilter GROUP BY "name"'
    rule = former("x", asked, bound=("lt", 1000), for_="2m")
    evaluator = Evaluator(world, [rule], database(HEALTHY))
    found = [bool(await evaluator.at(BEGIN_MS + at_s * 1000)) for at_s in range(600, 840, 60)]
    assert found == [False, False, True, True], "pending for two minutes"
    far_ms = BEGIN_MS + 30 * 86_400_000
    silent = former("y", asked)
    broken = former("z", "SELECT nonsense(")
    for state, fires in (("OK", False), ("Alerting", True)):
        for each in (silent, broken):
            each |= {"noDataState": state, "execErrState": state, "for": "0s"}
        got = await Evaluator(world, [silent, broken], database(HEALTHY)).at(far_ms)
        assert set(got) == ({"y", "z"} if fires else set())


def former(uid: str, query: str, *, bound: tuple[str, float] = ("lt", 1), for_: str = "2m") -> dict[str, Any]:
    return {
        "uid": uid, "condition": "C", "for": for_, "noDataState": "OK", "execErrState": "OK",
        "data": [
            {"refId": "A", "model": {"query": query}, "relativeTimeRange": {"from": 600, "to": 0}},
            {"refId": "B", "model": {"reducer": "last"}},
            {"refId": "C", "model": {"conditions": [{"evaluator": {"type": bound[0], "params": [bound[1]]}}]}},
        ],
    }  # fmt: skip
