"""`make power-cuts`: signal 9 to everything at once, at random moments, under load: the hub (broker, metrics, session
service), and in every other round all units with it.

After each cut: every unit is back within 10 s of its start; no belt goes faster than it had been told before; each
comes to rest and stays locked until a person clears it. At the end each acknowledged frame is stored once.
Acknowledged: what the broker took while a store was there, and what is on a dead unit's disk. A frame that broker and
unit both had in memory alone when all of them died is counted apart, and may not be older than 2 s.
"""

import argparse
import asyncio
import contextlib
import os
import random
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import AsyncIterator
from pathlib import Path

from kills import SETTLED_S, on_disk
from mqtt_tap import MqttTap
from site_processes import Key, Site, site

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import BusError
from services import logs
from services.broker import start_broker

BACK_MAX_S = 10.0
REST_MAX_S = 40.0
LOAD_S = (6.0, 14.0)
DARK_S = (0.5, 3.0)
HUB = ("metrics", "session")
MEMORY_S = 2.0
RIPPLE_CKMH = 5
"""A belt's own ripple."""


class Staff:
    """A person at the bus: starts and clears, and sees what the units say."""

    def __init__(self, port: int) -> None:
        self.bus = MqttBus(f"mqtt://127.0.0.1:{port}", client_id="staff")
        self.site = SiteBus(self.bus, "gym", lambda _topic, _error: None)
        self.units: dict[str, m.UnitStatus] = {}
        self.treadmills: dict[str, m.TreadmillState] = {}
        self.site.subscribe(registry.UNIT_STATUS, self.units.__setitem__)
        self.site.subscribe(registry.TREADMILL_STATE, self.treadmills.__setitem__)

    async def ask(self, verb: m.SessionVerb, treadmill: str, **more: object) -> None:
        """One request; what cannot be sent or is refused is not repeated."""
        request = m.SessionRequest(
            id=secrets.token_hex(4),
            client="staff",
            verb=verb,
            treadmill=treadmill,
            by="Staff",
            **more,  # type: ignore[arg-type]
        )
        with contextlib.suppress(BusError):
            await self.site.publish(registry.SESSION_REQUEST, request)


class Cuts:
    """Rounds of load and darkness on one site."""

    def __init__(self, made: Site, staff: Staff, tap: MqttTap, chance: random.Random) -> None:
        self._made = made
        self._staff = staff
        self._tap = tap
        self._chance = chance
        self._on_disk: set[Key] = set()
        self._acked_before: deque[tuple[float, set[Key]]] = deque(maxlen=20)
        self.in_memory: set[Key] = set()
        self.cut: Counter[str] = Counter()
        self.back_s: list[float] = []
        self.moving = 0
        self.faults: list[str] = []

    async def run(self, rounds: int) -> None:
        """All rounds."""
        remembering = asyncio.create_task(self._remember())
        for number in range(1, rounds + 1):
            await self._load()
            everything = number % 2 == 0
            await self._one(everything=everything)
            print(f"  cut {number} of {rounds} ({'everything' if everything else 'the hub'}): back after "
                  f"{self.back_s[-1]:.1f} s, {self.moving} belts were moving in all", flush=True)  # fmt: skip
        await self._load()
        remembering.cancel()
        await asyncio.wait([remembering])

    async def _remember(self) -> None:
        """What was acknowledged when, to half a second."""
        while True:
            self._acked_before.append((time.monotonic(), set(self._tap.acked)))
            await asyncio.sleep(MEMORY_S / 4)

    async def _load(self) -> None:
        """Sessions on every treadmill that a person can have."""
        end = time.monotonic() + self._chance.uniform(*LOAD_S)
        while time.monotonic() < end:
            for treadmill, state in list(self._staff.treadmills.items()):
                if state.latched:
                    await self._staff.ask("clear", treadmill)
                elif state.link == "connected" and not self._speed(treadmill):
                    await self._staff.ask(
                        "start",
                        treadmill,
                        goal="mobility",
                        level="novice",
                        countdown_s=0,
                        waiver="power cuts",
                        spotter=True,
                        screened=True,
                    )
            await asyncio.sleep(1.0)

    async def _one(self, *, everything: bool) -> None:
        made = self._made
        roles = [*HUB, *(made.units if everything else ())]
        before = {unit: self._staff.units[unit].boot for unit in made.units}
        moving = {t: self._speed(t) for t in self._staff.treadmills if self._speed(t)}
        self.moving += len(moving)
        pids = [made.pid(role) for role in roles if made.runs(role)]
        died = time.monotonic()
        made.broker.process.kill()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.cut["everything" if everything else "hub"] += 1
        watch = asyncio.create_task(self._belts_only_fall())
        await asyncio.gather(made.broker.process.wait(), *(_gone(pid) for pid in pids))
        if everything:
            long_ago = [keys for at, keys in self._acked_before if at < died - MEMORY_S]
            self.in_memory |= self._tap.acked - (long_ago[-1] if long_ago else set())
            for unit in made.units:
                self._on_disk |= await asyncio.to_thread(on_disk, made.outbox(unit))
        self._staff.units.clear()
        await asyncio.sleep(self._chance.uniform(*DARK_S))
        made.broker = await start_broker(made.mqtt_port, made.data / "broker")
        while not all(made.runs(role) for role in roles):
            await asyncio.sleep(0.05)
        began = time.monotonic()
        while not all(self._is_back(unit, before[unit], everything) for unit in made.units):
            if time.monotonic() - began > SETTLED_S:
                self.faults.append("a unit did not come back")
                break
            await asyncio.sleep(0.05)
        self.back_s.append(time.monotonic() - began)
        await watch

    def _is_back(self, unit: str, boot: str, everything: bool) -> bool:
        said = self._staff.units.get(unit)
        return said is not None and said.online and (said.boot != boot) == everything

    async def _belts_only_fall(self) -> None:
        """From the cut on, until all stand and a second longer: none goes faster than it had been told to, and one that
        stands is not started."""
        began, still_since = time.monotonic(), time.monotonic()
        told = {treadmill: self._told(treadmill) for treadmill in self._staff.treadmills}
        while time.monotonic() - still_since < 1.0:
            for treadmill in told:
                speed = self._speed(treadmill)
                if speed > told[treadmill] + RIPPLE_CKMH:
                    self.faults.append(
                        f"{treadmill} goes {speed} after a cut, and was told {told[treadmill]}"
                    )
                told[treadmill] = min(told[treadmill], self._told(treadmill))
            if any(told.values()):
                still_since = time.monotonic()
            if time.monotonic() - began > REST_MAX_S:
                self.faults.append(f"belts not at rest {REST_MAX_S:.0f} s after a cut: {told}")
                return
            await asyncio.sleep(0.05)

    def _told(self, treadmill: str) -> int:
        """What the belt goes, or is to go; 0 for one that stands and has not been started (0.01 km/h)."""
        belt = self._made.gym.station(treadmill).computer.belt
        return max(belt.speed_ckmh, belt.target_ckmh) if belt.under_way else belt.speed_ckmh

    def _speed(self, treadmill: str) -> int:
        return self._made.gym.station(treadmill).computer.belt.speed_ckmh

    async def settled(self) -> list[Key]:
        """Frames that are acknowledged by now and are not stored a minute later."""
        wanted, end = self._wanted(), time.monotonic() + SETTLED_S
        while not wanted <= self._made.stored() and time.monotonic() < end:
            await asyncio.sleep(0.5)
        return sorted(wanted - self._made.stored())

    def _wanted(self) -> set[Key]:
        return (self._tap.acked - self.in_memory) | self._on_disk


async def _gone(pid: int) -> None:
    while Path(f"/proc/{pid}").exists():  # until the supervisor has seen it
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def _staffed(data: Path, seed: int, tap: MqttTap) -> AsyncIterator[tuple[Site, Staff]]:
    async with site(data, treadmills=4, straps=4, units=2, seed=seed, tap=tap) as made:
        time_passes = asyncio.create_task(made.gym.run())
        hub = str(data / "hub.toml")
        made.supervisor.start(
            "session", (sys.executable, "-m", "services.cli", "run", "session", "--config", hub)
        )
        await made.supervisor.wait_ready("session")
        staff = Staff(made.mqtt_port)
        line = asyncio.create_task(staff.bus.run())
        try:
            async with asyncio.timeout(SETTLED_S):
                while (
                    len(staff.units) < 2 or sum(s.link == "connected" for s in staff.treadmills.values()) < 4
                ):
                    await asyncio.sleep(0.1)
            yield made, staff
        finally:
            await made.supervisor.stop("session")
            for task in (line, time_passes):
                task.cancel()
            await asyncio.wait([line, time_passes])


async def _run(rounds: int, seed: int) -> int:
    with tempfile.TemporaryDirectory(prefix="backstride-cuts-") as folder:
        tap = MqttTap()
        async with _staffed(Path(folder), seed, tap) as (made, staff):
            cuts = Cuts(made, staff, tap, random.Random(seed))
            await cuts.run(rounds)
            lost = await cuts.settled()
            acked, stored = len(tap.acked), made.stored()
            died_with_all = cuts.in_memory - stored
            slow = [seconds for seconds in cuts.back_s if seconds > BACK_MAX_S]
    print(f"cuts      {dict(cuts.cut)}; units back after {max(cuts.back_s):.1f} s at the most")
    print(f"belts     {cuts.moving} were moving when the power went; faults: {cuts.faults or 'none'}")
    print(f"frames    {acked} acknowledged by the broker, {len(stored)} stored, each once")
    print(f"apart     {len(died_with_all)} were in the memory of broker and unit alone when all of them died")
    print(f"lost      {len(lost)} acknowledged frames {lost[:10] or ''}")
    return 1 if lost or cuts.faults or slow or not cuts.moving else 0


def main() -> int:
    """Exit code 0 if nothing was lost, nothing moved and all were back in time."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    asked = parser.parse_args()
    logs.configure("critical")
    print(f"power cuts: {vars(asked)}", flush=True)
    return asyncio.run(_run(asked.rounds, asked.seed))


if __name__ == "__main__":
    sys.exit(main())
