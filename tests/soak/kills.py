"""`make kills`: units and broker killed (SIGKILL) at random moments; each acknowledged frame must be stored once.

A frame counts as acknowledged when it is in the outbox's file of a unit that was just killed, or when the broker has
sent its PUBACK, as a tap on the line sees, and a store had said by then that it is there. What a broker takes without
a store, a unit does not count as delivered; that, too, is on its disk within 0.2 s. What a unit had in memory only
dies with it.
"""

import argparse
import asyncio
import os
import random
import secrets
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mqtt_tap import MqttTap, key_in
from site_processes import Key, Site, site

from device_adapters.config import MqttClient
from services import logs

CLIENTS: tuple[MqttClient, ...] = ("mqtt5", "paho")
BETWEEN_S = (0.1, 4.0)
BROKER_DOWN_S = (0.0, 1.5)
SETTLED_S = 60.0


@dataclass(frozen=True)
class KillsOutcome:
    """What a run showed."""

    kills: Counter[str]
    acked: int
    on_disk: int
    stored: int
    produced: int
    missing: list[Key]
    only_taken: int
    forgotten: int


def on_disk(outbox: Path) -> set[Key]:
    """Frames in a dead unit's outbox; read from a copy, as the file is the next process's."""
    with tempfile.TemporaryDirectory() as folder:
        for part in outbox.parent.glob(f"{outbox.name}*"):
            shutil.copy(part, folder)
        db = sqlite3.connect(Path(folder) / outbox.name)
        try:
            rows = db.execute("SELECT payload FROM message WHERE topic LIKE '%/telemetry'").fetchall()
        except sqlite3.OperationalError:  # killed before it had made its table
            return set()
        finally:
            db.close()
    return {key_in(payload) for (payload,) in rows}


class Killing:
    """Kills on one site, and the account of what was acknowledged."""

    def __init__(self, made: Site, tap: MqttTap, seed: int) -> None:
        self._site = made
        self._tap = tap
        self._chance = random.Random(seed)
        self._kills: Counter[str] = Counter()
        self._on_disk: set[Key] = set()

    async def run(self, kills: int) -> KillsOutcome:
        """Kill, wait until all is quiet, and compare."""
        time_passes = asyncio.create_task(self._site.gym.run())
        for number in range(1, kills + 1):
            await asyncio.sleep(self._chance.uniform(*BETWEEN_S))
            running = [unit for unit in self._site.units if self._site.runs(unit)]
            if running and self._chance.random() < 0.5:
                await self._kill_unit(self._chance.choice(running))
            else:
                self._kills["broker"] += 1
                await self._site.restart_broker(kill=True, down_s=self._chance.uniform(*BROKER_DOWN_S))
            if number % 10 == 0:
                print(f"  {number} of {kills} kills, {len(self._tap.acked)} frames acknowledged", flush=True)
        async with asyncio.timeout(SETTLED_S):
            while self._site.gym.subscribed() < len(self._site.gym.device_ids):
                await asyncio.sleep(0.2)
        time_passes.cancel()
        await asyncio.wait([time_passes])
        stored = await self._stored()
        missing = sorted((self._tap.acked | self._on_disk) - stored)
        produced = self._site.gym.produced.total()
        return KillsOutcome(
            kills=self._kills,
            acked=len(self._tap.acked),
            on_disk=len(self._on_disk),
            stored=len(stored),
            produced=produced,
            missing=missing,
            only_taken=len(self._tap.only_taken),
            forgotten=len(self._tap.only_taken - self._tap.acked - stored),
        )

    async def _kill_unit(self, unit: str) -> None:
        self._kills[unit] += 1
        pid = self._site.pid(unit)
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists():  # until the supervisor has seen it
            await asyncio.sleep(0.01)
        self._on_disk |= on_disk(self._site.outbox(unit))

    async def _stored(self) -> set[Key]:
        """What is stored once everything acknowledged is, or once nothing more has come for a while."""
        stored = self._site.stored()
        news = time.monotonic()
        while not (self._tap.acked | self._on_disk) <= stored and time.monotonic() < news + SETTLED_S / 3:
            await asyncio.sleep(0.5)
            fresh = self._site.stored()
            if fresh != stored:
                stored, news = fresh, time.monotonic()
        return stored


async def kill_at_random(
    data: Path, client: MqttClient, *, kills: int, seed: int, treadmills: int, straps: int, units: int
) -> KillsOutcome:
    """Start a site whose buses run on `client`, kill parts of it, compare, end it."""
    tap = MqttTap()
    async with site(
        data, treadmills=treadmills, straps=straps, units=units, seed=seed, tap=tap, client=client
    ) as made:
        return await Killing(made, tap, seed).run(kills)


def main() -> int:
    """Exit code 0 if nothing acknowledged was lost, on either client library."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--treadmills", type=int, default=10)
    parser.add_argument("--straps", type=int, default=10)
    parser.add_argument("--units", type=int, default=2)
    parser.add_argument("--clients", nargs="+", choices=CLIENTS, default=CLIENTS)
    asked = vars(parser.parse_args())
    logs.configure("critical")
    return max(killed_on(client, asked) for client in asked.pop("clients"))


def killed_on(client: MqttClient, asked: dict[str, int]) -> int:
    """One run, told. Exit code as of the whole."""
    print(f"kills: {asked}, the bus on {client}", flush=True)
    with tempfile.TemporaryDirectory(prefix="backstride-kills-") as folder:
        outcome = asyncio.run(kill_at_random(Path(folder), client, **asked))
    print(f"killed    {', '.join(f'{name} {n} times' for name, n in sorted(outcome.kills.items()))}")
    print(
        f"frames    {outcome.acked} acknowledged by the broker, {outcome.on_disk} found on disk after a kill"
    )
    print(f"apart     {outcome.only_taken} taken while nobody stored and so kept by the unit; {outcome.forgotten} of "
          "them were in its memory only when it was killed")  # fmt: skip
    print(f"stored    {outcome.stored}, each once, of {outcome.produced} produced")
    print(f"lost      {len(outcome.missing)} acknowledged frames {outcome.missing[:10] or ''}")
    return 1 if outcome.missing or outcome.stored > outcome.produced else 0


if __name__ == "__main__":
    sys.exit(main())
