"""Several radios, pulled and plugged in again, over the virtual air: devices move, the unit lives, others go on."""

import asyncio
from pathlib import Path

from unit_world import World, world

from device_adapters.ble import keep, recovery
from device_adapters.ble.recovery import Rung, rung


def up(w: World) -> list[bool]:
    return [radio.up for radio in w.statuses[-1].radios] if w.statuses else []


def linked(w: World) -> bool:
    links = [s.link for s in w.states.values()] + [s.link for s in w.straps.values()]
    return links == ["connected"] * (len(w.unit.treadmills) + len(w.unit.straps))


async def test_devices_are_spread_over_the_radios_by_their_slots(tmp_path: Path) -> None:
    async with world(tmp_path, treadmills=3, straps=2, radios=(2, 3)) as w:
        await w.until(lambda: linked(w))
        assert [a.connections for a in w.adapters] == [2, 3]
        await w.until(lambda: [(r.used, r.slots) for r in w.statuses[-1].radios] == [(2, 2), (3, 3)])
        assert {s.radio for s in w.states.values()} <= {"radio-1", "radio-2"}
        assert {s.rssi_dbm for s in w.states.values()} == {s.rssi_dbm for s in w.straps.values()} == {-60}
        assert {s.battery_pct for s in w.straps.values()} <= {89, 90}


async def test_straps_leave_slots_for_treadmills_that_come_later(tmp_path: Path) -> None:
    async with world(tmp_path, treadmills=2, straps=3, radios=(3,)) as w:
        for name in ("tm-01", "tm-02"):
            w.gym.inject(name, b"link_lost")
        await w.until(lambda: sum(s.link == "connected" for s in w.straps.values()) == 1)
        await asyncio.sleep(1)
        assert w.adapters[0].connections == 1
        for name in ("tm-01", "tm-02"):
            w.gym.inject(name, b"none")
        await w.ready("tm-01")
        await w.ready("tm-02")


async def test_a_pulled_radio_hands_its_devices_to_the_other_and_comes_back(tmp_path: Path) -> None:
    async with world(tmp_path, treadmills=2, straps=1, radios=(3, 3)) as w:
        await w.until(lambda: linked(w) and all(up(w)))
        carrying = max(w.adapters, key=lambda a: a.connections)
        other = next(a for a in w.adapters if a is not carrying)
        known = len(w.telemetry)
        carrying.pull()
        await w.until(lambda: not all(up(w)))
        (down,) = [radio for radio in w.statuses[-1].radios if not radio.up]
        assert down.name == carrying.name
        assert "gone" in down.why
        await w.until(lambda: other.connections == 3, 30)
        await w.until(lambda: linked(w))
        assert len(w.telemetry) > known
        await w.until(lambda: carrying.steps[-2:] == ["renew", "power_cycle"], 20)
        carrying.plugged = True
        await w.until(lambda: all(up(w)), 30)
        said = [(e.kind, e.cause) for e in w.events if e.kind.startswith("radio")]
        assert said == [
            ("radio_recovery", "restart_scan"),
            ("radio_recovery", "renew_adapter"),
            ("radio_recovery", "power_cycle"),
            ("radio_back", "power_cycle"),
        ]


async def test_a_moving_belt_whose_radio_is_pulled_latches_and_is_stopped_through_the_other(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, straps=0, radios=(2, 2)) as w:
        await w.run_at(1.5)
        next(a for a in w.adapters if a.connections).pull()
        await w.until(lambda: w.states["tm-01"].latched == "link_lost")
        await w.until(lambda: w.belt_ckmh() == 0, 25)
        await w.until(lambda: w.states["tm-01"].belt == "still")
        assert w.states["tm-01"].latched == "link_lost"


async def test_a_unit_whose_only_radio_is_missing_at_its_start_waits_for_it(tmp_path: Path) -> None:
    async with world(tmp_path, straps=0, start_plugged=False) as w:
        await w.until(lambda: bool(w.statuses) and "no adapter" in w.statuses[-1].radios[0].why)
        w.adapters[0].plugged = True
        await w.ready()


async def test_a_device_that_flaps_does_not_disturb_the_others(tmp_path: Path) -> None:
    async with world(tmp_path, treadmills=3, straps=1, radios=(5,)) as w:
        w.gym.link.supervision_timeout_s = 0.1
        await w.until(lambda: linked(w))
        flapping = w.gym.station("tm-01").treadmill
        assert flapping
        began = len(w.telemetry)
        for _ in range(6):
            flapping.vanish()
            await asyncio.sleep(0.25)
            flapping.reappear()
            await asyncio.sleep(0.25)

        def told(calm: str) -> list[int]:
            return [t.seq for t in w.telemetry[began:] if t.treadmill == calm]

        for calm in ("tm-02", "tm-03"):
            await w.until(lambda calm=calm: len(told(calm)) >= 8)  # type: ignore[misc]
            numbers = told(calm)
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
            assert w.states[calm].link == "connected"
        assert w.straps["hr-01"].link == "connected"
        await w.until(lambda: w.states["tm-01"].link == "connected", keep.LONGEST_WAIT_S * 2)
        assert w.adapters[0].steps == ["renew"]


def test_a_radio_that_carries_a_link_is_never_switched_off() -> None:
    assert [rung(n, linked=False) for n in (1, 2, 3, 4)] == [
        Rung.RESTART_SCAN, Rung.RENEW_ADAPTER, Rung.POWER_CYCLE, Rung.POWER_CYCLE,
    ]  # fmt: skip
    assert Rung.POWER_CYCLE not in {rung(n, linked=True) for n in range(1, 20)}
    assert recovery.FIRST_WAIT_S < recovery.LONGEST_WAIT_S
