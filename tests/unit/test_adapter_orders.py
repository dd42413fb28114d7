"""What the bus may ask of a unit's belts, in virtual time: leases, commands and stops, whole, broken and retained."""

import asyncio
import fcntl
import json
from pathlib import Path

import pytest
from memory_gym import BEGIN, HALT, MemoryGym, MemoryMachine, Strap1, gym
from virtual_time import virtual
from waiting import until

from device_adapters import update_hold
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.hazards import Cause

SITE = "gym"
COMMAND, LEASE = registry.COMMAND.topic(SITE, "tm-01"), registry.LEASE.topic(SITE, "tm-01")


async def raw(g: MemoryGym, topic: str, payload: bytes, *, retain: bool = False) -> None:
    await g.bus.bus.publish(topic, payload, retain=retain)


def two() -> list[MemoryMachine]:
    return [MemoryMachine(1), MemoryMachine(2)]


@virtual
async def test_a_lost_broker_brings_a_moving_belt_to_rest(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.moving(1.5)
        g.broker.stop()
        await g.rest()
        assert g.machine.taken[-1][1] == HALT
        g.broker.start()
        await until(lambda: Cause.BROKER_LOST in g.causes("hazard"))
        assert g.machine.kmh == 0


@virtual
async def test_a_lost_broker_locks_no_belt_that_does_not_move(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.ready()
        g.broker.stop()
        await asyncio.sleep(5)
        g.broker.start()
        await until(lambda: g.bus.bus.connected)
        await g.moving(1.5)


@virtual
async def test_a_broker_that_comes_back_stops_nothing(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        g.unit_bus.cut()
        await asyncio.sleep(1)
        g.unit_bus.mend()
        await g.moving(1.5)
        await asyncio.sleep(5)
        assert g.machine.kmh == 1.5
        assert Cause.BROKER_LOST not in g.causes()


@virtual
async def test_stop_all_stops_what_moves_and_locks_what_is_held(tmp_path: Path) -> None:
    async with gym(tmp_path, two()) as g:
        await g.ready("tm-02")
        await g.hold("tm-02")
        await g.moving(1.5)
        await g.bus.publish(registry.STOP_ALL, m.Stop(by="Kim", why="drill"))
        await g.rest()
        await until(lambda: all(s.latched == Cause.STOP_PRESSED for s in g.states.values()))
        assert set(g.states) == {"tm-01", "tm-02"}
        assert {event.after.get("by") for event in g.events if event.kind == "hazard"} == {"Kim"}
        assert (await g.command("start", "tm-02")).outcome == "refused"


@virtual
async def test_a_stop_of_one_belt_leaves_the_other_one_running(tmp_path: Path) -> None:
    async with gym(tmp_path, two()) as g:
        await g.ready("tm-02")
        await g.moving(1.5, "tm-02")
        await g.hold("tm-01")
        await g.press_stop("tm-01")
        await until(lambda: g.states["tm-01"].latched == Cause.STOP_PRESSED)
        await asyncio.sleep(5)
        assert g.machines[1].kmh == 1.5
        await g.press_stop("tm-02")
        await g.rest()


@pytest.mark.parametrize("payload", [b"", b"\xff\xfe", b"{", b'{"by": 7}', b"[]", b"null"])
@pytest.mark.parametrize("channel", [registry.STOP_ALL, registry.STOP_ONE])
@virtual
async def test_a_stop_needs_no_readable_payload(
    tmp_path: Path, channel: registry.Channel[m.Stop], payload: bytes
) -> None:
    async with gym(tmp_path) as g:
        await g.moving(1.5)
        await raw(g, channel.topic(SITE, "tm-01"), payload)
        await g.rest()
        await until(lambda: g.states["tm-01"].latched == Cause.STOP_PRESSED)
        told = next(event for event in g.events if event.kind == "hazard")
        assert told.after["by"] == ""


@virtual
async def test_a_stop_tells_who_pressed_it(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.moving(1.5)
        await g.press_stop(by="Ada")
        await until(lambda: Cause.STOP_PRESSED in g.causes("hazard"))
        assert next(event for event in g.events if event.kind == "hazard").after["by"] == "Ada"


@virtual
async def test_a_retained_command_is_never_taken(tmp_path: Path) -> None:
    """It was left at the broker before the unit subscribed, and comes with the subscription."""
    async with gym(tmp_path) as g:
        await g.ready()
        await g.hold()
        start = m.Command(id="old", verb="start", epoch=1, beat=g.beats["tm-01"], by="Kim")
        await raw(g, COMMAND, registry.COMMAND.encode(start), retain=True)
        await until(lambda: g.results)  # as it is sent it is a command like any other
        await g.press_stop()
        await g.rest()
        await g.let_go()
        await asyncio.sleep(10)
        await g.command("clear", by="Kim", epoch=0, beat=0)
        await until(lambda: g.states["tm-01"].latched == "")
        begun = [data for _, data in g.machine.taken].count(BEGIN)
        results = len(g.results)
        await g.hold(epoch=2)
        g.unit_bus.cut()
        await asyncio.sleep(0.3)
        g.unit_bus.mend()
        await until(lambda: "malformed" in g.causes("refused"))
        told = next(event for event in g.events if event.kind == "refused")
        assert told.text == "a retained command is never taken"
        assert (told.severity, told.treadmill) == ("warning", "tm-01")
        await asyncio.sleep(5)
        assert len(g.results) == results
        assert g.machine.kmh == 0
        assert [data for _, data in g.machine.taken].count(BEGIN) == begun


@pytest.mark.parametrize(
    ("payload", "id_"),
    [
        (b"{", ""),
        (b"\xff", ""),
        (b"[1]", ""),
        (b'{"id": "c7", "verb": "fly"}', "c7"),
        (b'{"id": 7, "verb": "start"}', "7"),
        (json.dumps({"id": "x" * 99}).encode(), "x" * 60),
        (b'{"id": "c8", "verb": "target", "epoch": 1, "beat": 1, "speed_kmh": 1e308}', "c8"),
    ],
)
@virtual
async def test_a_broken_command_is_refused_under_its_id(tmp_path: Path, payload: bytes, id_: str) -> None:
    async with gym(tmp_path) as g:
        await g.ready()
        await g.hold()
        await raw(g, COMMAND, payload)
        await until(lambda: g.results and g.events)
        result = g.results[0]
        assert (result.id, result.treadmill, result.outcome, result.cause) == (
            id_, "tm-01", "refused", "malformed",
        )  # fmt: skip
        assert result.text
        assert result.at_ms > 1_700_000_000_000
        told = next(event for event in g.events if event.kind == "refused")
        assert (told.cause, told.text, told.treadmill) == ("malformed", result.text, "tm-01")
        assert g.machine.taken == []


@virtual
async def test_a_command_that_no_wire_unit_holds_is_refused(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.moving(1.5)
        assert (await g.command("target", speed_kmh=-2.0)).outcome == "refused"
        assert g.machine.kmh == 1.5


@virtual
async def test_a_broken_lease_is_told_and_moves_nothing(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.ready()
        await raw(g, LEASE, b"{}")
        await until(lambda: "malformed" in g.causes("refused"))
        assert next(event for event in g.events if event.kind == "refused").treadmill == "tm-01"
        assert g.states["tm-01"].lease_holder == ""


@virtual
async def test_a_lease_of_another_boot_is_not_taken_and_wants_no_strap(tmp_path: Path) -> None:
    async with gym(tmp_path, straps=[Strap1(1)], own_straps=False) as g:
        await g.ready()
        await until(lambda: g.nearby and g.nearby[-1].straps)
        strap = g.nearby[-1].straps[0].strap
        for _ in range(3):
            await g.renew(boot="another", strap=strap)
            await asyncio.sleep(1)
        assert g.states["tm-01"].lease_holder == ""
        assert g.strap_states == {}
        await g.hold(strap=strap)
        await until(lambda: strap in g.strap_states and g.strap_states[strap].link == "connected")


@virtual
async def test_orders_reach_the_belt_they_are_for(tmp_path: Path) -> None:
    async with gym(tmp_path, two()) as g:
        await g.ready()
        await g.moving(1.5, "tm-02")
        assert g.machines[0].taken == []
        assert g.machines[1].kmh == 1.5


@virtual
async def test_while_the_machine_is_updated_no_free_belt_is_leased_and_a_leased_one_is_left_alone(
    tmp_path: Path,
) -> None:
    async with gym(tmp_path, two()) as g:
        await g.ready("tm-02")
        await g.moving(1.5)
        with (tmp_path / update_hold.NAME).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            await g.renew("tm-02")
            await until(lambda: "unit_updated" in g.causes("lease_refused"))
            await asyncio.sleep(5)
            assert g.states["tm-02"].lease_holder == ""
            assert g.machine.kmh == 1.5
            await g.press_stop()
            await g.rest()
        await g.hold("tm-02")


@virtual
async def test_an_updater_sees_on_the_disk_what_was_leased_before_it_took_the_lock(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.ready()
        await g.hold()
        with (tmp_path / update_hold.NAME).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            await asyncio.sleep(2)
            assert [path.name for path in tmp_path.rglob("moving/*")] == ["tm-01"]
