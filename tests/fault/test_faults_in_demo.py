"""Faults in the running demo, from outside: each leads to its action, latched or paused, and is said in words."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from demo_bus import DemoBus, demo_bus, publish
from demo_process import RunningDemo, end_demo, start_demo

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.keys import every  # noqa: F401 — whatever ran before: all words are known
from device_adapters.contract.phrase import english
from device_adapters.safety.limits import Goal, Level

pytestmark = [pytest.mark.demo, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def gym(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    running = start_demo(tmp_path_factory.mktemp("faults"), "--treadmills", "8")
    yield running
    end_demo(running)


BELT_FAULTS = {
    "safety_key": {"safety_key"},
    "overspeed": {"overspeed", "off_ramp"},
    "mph_firmware": {"mph_firmware", "off_ramp", "overspeed"},
    "control_revoked": {"control_lost"},
    "console_speed:9.0": {"overspeed", "off_ramp"},
    "link_lost": {"link_lost"},
}
STRAP_FAULTS = {"hr_lost": "hr_lost", "hr_high": "hr_high"}


async def test_each_fault_reaches_its_action_and_is_said_in_words(gym: RunningDemo) -> None:
    async with demo_bus(gym.mqtt_url, gym.data) as bus:
        await bus.settle(8)
        where = dict(zip([*BELT_FAULTS, *STRAP_FAULTS], (f"tm-{n:02d}" for n in range(1, 9)), strict=True))
        await asyncio.gather(*(bus.start(treadmill) for treadmill in where.values()))
        await asyncio.gather(*(bus.moving(treadmill) for treadmill in where.values()))
        await asyncio.sleep(6)
        await asyncio.gather(*(bus.fault(treadmill, fault) for fault, treadmill in where.items()))
        await asyncio.gather(*(_belt_fault(bus, gym, where[fault], fault) for fault in BELT_FAULTS))
        await asyncio.gather(*(_strap_fault(bus, where[fault], fault) for fault in STRAP_FAULTS))
        await asyncio.gather(*(bus.fault(treadmill, "none") for treadmill in where.values()))
        for fault in BELT_FAULTS:
            await bus.clear(where[fault])


async def _belt_fault(bus: DemoBus, gym: RunningDemo, treadmill: str, fault: str) -> None:
    await bus.until(lambda: bool(bus.states[treadmill].latched), 30, f"{fault} on {treadmill} latched")
    assert bus.states[treadmill].latched in BELT_FAULTS[fault]
    assert bus.states[treadmill].why
    await bus.until(lambda: bus.views[treadmill].phase == "ended", 40, f"session on {treadmill} ended")
    assert bus.views[treadmill].outcome in ("stopped", "interrupted")
    assert bus.views[treadmill].why
    if fault != "overspeed":  # a belt that runs away may need the red button; we only can ask
        await bus.at_rest(treadmill, 20)
    async with httpx.AsyncClient(headers=gym.headers, timeout=60) as http:
        page = (await http.get(gym.url)).text
    words = "Link lost" if fault == "link_lost" else bus.states[treadmill].why[:30]
    assert words in page


async def _strap_fault(bus: DemoBus, treadmill: str, fault: str) -> None:
    cause = STRAP_FAULTS[fault]
    await bus.until(
        lambda: any(e.treadmill == treadmill and e.kind == "hazard" and e.cause == cause for e in bus.events),
        75,
        f"{fault} on {treadmill} recognised",
    )
    if fault == "hr_lost":
        await bus.until(lambda: bus.views[treadmill].phase == "paused", 60, "paused: heart rate lost")
        assert "heart rate" in english(bus.views[treadmill].why).lower()


async def test_a_stop_that_is_not_obeyed_is_said_loudly_and_asked_for_until_it_is(gym: RunningDemo) -> None:
    async with demo_bus(gym.mqtt_url, gym.data) as bus:
        await bus.settle(8)
        await bus.start("tm-01")
        await bus.moving("tm-01")
        await bus.fault("tm-01", "ignore_stop")
        await publish(bus, registry.STOP_ONE.topic("gym", "tm-01"), b"")
        await bus.until(lambda: any(e.cause == "stop_not_obeyed" for e in bus.events), 20, "stop_not_obeyed")
        await bus.fault("tm-01", "none")
        await bus.at_rest("tm-01", 20)
        await bus.clear("tm-01")


async def test_a_rogue_client_cannot_raise_a_belt_above_its_limits(gym: RunningDemo) -> None:
    async with demo_bus(gym.mqtt_url, gym.data) as bus:
        await bus.settle(8)
        await bus.start("tm-02")
        await bus.moving("tm-02")
        state = bus.states["tm-02"]
        limits = state.limits
        assert limits is not None
        topic = registry.COMMAND.topic("gym", "tm-02")
        fast = [
            m.Command(id=f"rogue-{epoch}-{beat}", verb="target", epoch=epoch, beat=beat, speed_kmh=20.0)
            for epoch in range(state.lease_epoch + 2)
            for beat in range(0, 60, 3)
        ]
        for command in (fast[0], *fast):  # the first of them twice
            await publish(bus, topic, registry.COMMAND.encode(command))
        await publish(bus, topic, b'{"id": "rogue-x", "verb": "target", "speed_kmh": 1e9, "boost": true}')
        lease = m.Lease(
            epoch=state.lease_epoch + 5, beat=1, holder="rogue", boot=state.boot, session="rogue",
            goal=Goal.ATHLETIC, level=Level.ADVANCED, spotter=True, harness=True,
        )  # fmt: skip
        await publish(bus, registry.LEASE.topic("gym", "tm-02"), registry.LEASE.encode(lease))
        ours = [r for r in bus.results if r.id.startswith("rogue")]
        await bus.until(
            lambda: len([r for r in bus.results if r.id.startswith("rogue")]) >= len(fast) + 2,
            15,
            f"{len(fast) + 2} results, {len(ours)} came",
        )
        ours = [r for r in bus.results if r.id.startswith("rogue")]
        assert {r.outcome for r in ours} <= {"refused", "clamped"}
        assert all(r.cause for r in ours)
        assert {"malformed", "duplicate"} <= {r.cause for r in ours}
        fastest = 0.0
        for _ in range(100):
            fastest = max(fastest, bus.belts["tm-02"])
            await asyncio.sleep(0.1)
        assert fastest <= limits.speed_max_kmh
        await publish(bus, registry.STOP_ONE.topic("gym", "tm-02"), b"\xff")
        await bus.at_rest("tm-02", 20)
        await bus.clear("tm-02")
