"""Run inside the virtual machine: the unit's process, with stock bleak on BlueZ, reads and drives virtual devices.

kernel `hci0` ── /dev/vhci ── one controller on the virtual gym's air ── treadmills and straps of the gym
"""

import asyncio
import sys
from functools import partial
from pathlib import Path

# bleak imports its BlueZ half when it is first used; in an emulated machine that holds the loop for seconds, and a
# kernel gives a controller up that leaves its Reset unanswered for two.
import bleak.backends.bluezdbus.client
import bleak.backends.bluezdbus.scanner  # noqa: F401
import msgspec
import odd_peripherals
from bus_holder import Holder, Verb
from clicker_scene import CLICKER, HELD, show_clicker
from controller_on_air import fade, kernel_adapter
from proving import STEP_S, require, seen, shown

from device_adapters.ble.radio import Backends, Radio
from device_adapters.bus.mqtt import MqttBus
from device_adapters.clock import SystemClock
from device_adapters.config import Broker, Strap, Treadmill, UnitConfig
from device_adapters.errors import LinkError
from device_adapters.sim.belt import Belt
from device_adapters.sim.gym import Gym
from device_adapters.sim.layout import GymConfig, gym_layout
from services import logs
from services.broker import start_broker
from services.cli.demo.supervisor import Supervisor, backstride

DEVICES = 2
PORT = 18883
ODD = {
    "odd-hr": odd_peripherals.TWO_BATTERIES,
    "odd-tm": odd_peripherals.SHORT_RANGE,
    "hr-grows": odd_peripherals.GROWING,
}
ODD_MAKERS = (
    odd_peripherals.strap_with_two_batteries,
    odd_peripherals.treadmill_with_a_short_range,
    odd_peripherals.strap_that_grows,
)
DATA = Path("/tmp/unit")  # noqa: S108 — of the virtual machine, where nobody else is
ADAPTER = "hci0"
FRAMES = 40
TARGET_KMH = 2.0
COMMANDS: tuple[tuple[Verb, float | None], ...] = (("start", None), ("target", TARGET_KMH))

CLOCK = SystemClock()


async def scan(addresses: dict[str, str]) -> None:
    """The adapters' own scanner hears every device."""
    radio = Radio(ADAPTER, DEVICES, CLOCK, Backends())

    async def scanning() -> None:
        while True:  # bluetoothd needs a moment to power a new adapter
            try:
                await radio.run()
            except LinkError:
                await asyncio.sleep(0.2)

    scanner = asyncio.create_task(scanning())
    for name, address in addresses.items():
        try:
            async with asyncio.timeout(STEP_S):
                sighting = await radio.next_sighting(address)
        except TimeoutError:
            raise TimeoutError(f"scan: {name} not heard within {STEP_S:.0f} s") from None
        shown(f"scan: {name} heard with {sighting.rssi} dBm")
    scanner.cancel()
    await asyncio.wait([scanner])


def unit_settings(addresses: dict[str, str]) -> UnitConfig:
    """A unit as in a gym: BlueZ's adapter, no virtual radio."""
    devices = addresses | ODD
    return UnitConfig(
        unit="unit-01",
        radio=ADAPTER,
        slots=2 * DEVICES + len(ODD),
        data=str(DATA / "unit"),
        broker=Broker(url=f"mqtt://127.0.0.1:{PORT}"),
        treadmill=tuple(
            Treadmill(id=i, address=a, clicker=CLICKER, clicker_hold_keys=(HELD,))
            if i == "tm-02"
            else Treadmill(id=i, address=a)
            for i, a in devices.items()
            if "tm" in i
        ),
        strap=tuple(Strap(id=i, address=a) for i, a in devices.items() if "hr" in i),
    )


async def show_frames(holder: Holder, addresses: dict[str, str]) -> None:
    """Connect and notify."""
    for name in addresses:
        await seen(f"connect: {name}", partial(is_connected, holder, name))
    wanted = {
        name: holder.frames(name) + (FRAMES if name.startswith("tm-") else FRAMES // 4) for name in addresses
    }
    await seen(
        f"notify: {FRAMES} frames of each treadmill, a quarter as many of each strap",
        lambda: all(holder.frames(name) >= enough for name, enough in wanted.items()),
    )
    require(not holder.complaints, f"every frame comes once and in order, but {holder.complaints}")
    shown("notify: every frame came once and in order")


async def show_control(belt: Belt, holder: Holder) -> None:
    """A leased belt starts and runs as it is told, and its telemetry says so."""
    await seen("control: tm-01 is still", lambda: holder.treadmill("tm-01").belt == "still")
    await holder.hold("tm-01")
    await seen("control: the lease is held", lambda: holder.treadmill("tm-01").lease_holder == holder.name)
    for verb, speed_kmh in COMMANDS:
        outcome = await holder.command("tm-01", verb, speed_kmh)
        require(outcome == "accepted", f"{verb} is to be accepted, but it was {outcome}")
        shown(f"control: {verb} accepted")
    await seen(f"control: the belt runs at {TARGET_KMH} km/h", lambda: belt.speed_ckmh == TARGET_KMH * 100)
    await seen("control: telemetry says so", lambda: holder.speed_kmh("tm-01") == TARGET_KMH)


async def show_loss(gym: Gym, belt: Belt, holder: Holder) -> None:
    """Treadmill and strap vanish with the belt running, and come back; nothing starts or is cleared by it."""
    for name in ("tm-01", "hr-01"):
        gym.inject(name, b"link_lost")
    for name in ("tm-01", "hr-01"):
        await seen(f"link loss: {name} said lost", partial(is_lost, holder, name))
    await seen("link loss: the stop is latched", lambda: holder.treadmill("tm-01").latched == "link_lost")
    enough = holder.frames("tm-02") + FRAMES // 4
    await seen("link loss: tm-02 goes on", lambda: holder.frames("tm-02") > enough)
    gym.inject("tm-01", b"none")
    for name in ("tm-01", "hr-01"):
        await seen(f"reconnect: {name}", partial(is_connected, holder, name))
        before = holder.frames(name)
        await seen(f"reconnect: frames of {name}", partial(has_more_frames, holder, name, before))
    await seen(
        "reconnect: the belt is at rest",
        lambda: belt.speed_ckmh == 0 and holder.treadmill("tm-01").belt == "still",
    )
    require(holder.treadmill("tm-01").latched == "link_lost", "a reconnection is to clear no stop")
    require(not holder.complaints, f"every frame comes once and in order, but {holder.complaints}")
    shown("reconnect: every frame came once; nothing was started or cleared by it")


async def show_odd(holder: Holder, growing: odd_peripherals.OddPeripheral) -> None:
    """What can be read of odd devices is read; a table that BlueZ remembers in part is forgotten and read anew."""
    for name in ODD:
        await seen(f"odd: frames of {name}", partial(has_more_frames, holder, name, FRAMES // 8))
    require(
        holder.strap("odd-hr").battery_pct == odd_peripherals.BATTERY_PCT,
        "the first of two batteries is read",
    )
    shown("odd: the first of a strap's two batteries was read")
    await seen("odd: a short speed range is told", lambda: "range_unusable" in holder.treadmill("odd-tm").odd)
    require(holder.treadmill("odd-tm").speed_max_kmh is None, "a treadmill with a short range is not started")
    require(growing.links >= 1, "the strap that grows was linked without its heart rate first")
    shown("odd: a service table that was remembered in part was healed")


def is_connected(holder: Holder, name: str) -> bool:
    """Does the unit say so?"""
    return holder.link(name) == "connected"


def is_lost(holder: Holder, name: str) -> bool:
    """Does the unit say so?"""
    return holder.link(name) == "lost"


def has_more_frames(holder: Holder, name: str, before: int) -> bool:
    """Has something come since?"""
    return holder.frames(name) > before


async def main() -> None:
    """All of it, in order."""
    DATA.mkdir()
    logs.configure("error")
    addresses = dict(gym_layout(DEVICES, DEVICES))
    settings = unit_settings(addresses)
    broker = await start_broker(PORT, DATA / "broker")
    gym = Gym(GymConfig(treadmills=DEVICES, straps=DEVICES), CLOCK)
    bus = MqttBus(settings.broker, client_id="check")
    holder = Holder(bus, settings.site)
    odd = [make(gym.link) for make in ODD_MAKERS]
    async with gym, kernel_adapter(gym, ADAPTER, "vhci"):
        background = [asyncio.create_task(each) for each in (bus.run(), gym.run(), fade(gym))]
        for device in odd:
            await device.start()
            background.append(asyncio.create_task(device.tell()))
        shown("devices of the virtual gym are on the air, the kernel has its adapter")
        await scan(addresses)
        supervisor = Supervisor(DATA, lambda _name, _restarts: None)
        config = DATA / "unit.toml"
        config.write_bytes(msgspec.toml.encode(settings))
        supervisor.start("unit", backstride("run", "unit", "--config", str(config)))
        try:
            belt = gym.station("tm-01").computer.belt
            await show_frames(holder, addresses)
            await show_control(belt, holder)
            await show_loss(gym, belt, holder)
            await show_odd(holder, odd[-1])
            await show_clicker(gym.station("tm-02").computer.belt, holder)
        finally:
            await holder.let_go()
            await supervisor.stop("unit")
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
    await broker.stop()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except (AssertionError, TimeoutError) as e:
        print(f"FAILED: {e}", flush=True)
        sys.exit(1)
