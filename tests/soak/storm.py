"""What goes wrong in a soak: lost links, devices that flap, dips of the mains, a broker that
ends, is killed, or hangs. Seeded."""

import asyncio
import random
from collections import Counter

from site_processes import Site

FLAPPING = ("tm-01", "hr-02")
LOSS_EVERY_S = (0.3, 2.0)
LOSS_S = (0.1, 6.0)
"""Some shorter than the supervision timeout, 0.72 s: those links survive."""
FLAP_S = (0.8, 2.5)
DIP_EVERY_S = (15.0, 45.0)
DIP_S = (0.8, 3.0)
DIP_SHARE = 0.3
"""Of all devices, in a dip of the mains."""
BROKER_EVERY_S = (10.0, 40.0)
BROKER_DOWN_S = (0.0, 4.0)
BROKER_FROZEN_S = (0.5, 8.0)


class Storm:
    """`run` until cancelled, then `calm`. `count` says what happened how often."""

    def __init__(self, site: Site, seed: int) -> None:
        self._site = site
        self._chance = random.Random(seed)
        self._restart: asyncio.Task[None] | None = None
        self.count: Counter[str] = Counter()

    @property
    def flapping(self) -> list[str]:
        """Devices that come and go all the time."""
        return [name for name in FLAPPING if name in self._site.gym.device_ids]

    async def run(self) -> None:
        """All of it at once."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._lose_links(tasks))
            tasks.create_task(self._dip(tasks))
            tasks.create_task(self._restart_brokers())
            for name in self.flapping:
                tasks.create_task(self._flap(name))

    async def calm(self) -> None:
        """Everything is there and stays: a broker that was down comes back."""
        if self._restart is not None:
            await self._restart
        self._site.thaw_broker()
        for name in self._site.gym.device_ids:
            self._site.gym.reappear(name)

    async def _lose_links(self, tasks: asyncio.TaskGroup) -> None:
        steady = [name for name in self._site.gym.device_ids if name not in self.flapping]
        while True:
            await asyncio.sleep(self._chance.uniform(*LOSS_EVERY_S))
            tasks.create_task(self._away(self._chance.choice(steady), self._chance.uniform(*LOSS_S)))
            self.count["links lost"] += 1

    async def _dip(self, tasks: asyncio.TaskGroup) -> None:
        names = self._site.gym.device_ids
        while True:
            await asyncio.sleep(self._chance.uniform(*DIP_EVERY_S))
            self.count["dips of the mains"] += 1
            for name in self._chance.sample(names, round(DIP_SHARE * len(names))):
                tasks.create_task(self._away(name, self._chance.uniform(*DIP_S)))

    async def _flap(self, name: str) -> None:
        while True:
            await asyncio.sleep(self._chance.uniform(*FLAP_S))
            await self._away(name, self._chance.uniform(*FLAP_S))
            self.count["flaps"] += 1

    async def _away(self, name: str, seconds: float) -> None:
        self._site.gym.vanish(name)
        await asyncio.sleep(seconds)
        self._site.gym.reappear(name)

    async def _restart_brokers(self) -> None:
        while True:
            await asyncio.sleep(self._chance.uniform(*BROKER_EVERY_S))
            how = self._chance.choice(("restarted", "killed", "frozen"))
            self.count[f"broker {how}"] += 1
            if how == "frozen":
                self._site.freeze_broker()
                await asyncio.sleep(self._chance.uniform(*BROKER_FROZEN_S))
                self._site.thaw_broker()
            else:
                down_s = self._chance.uniform(*BROKER_DOWN_S)
                self._restart = asyncio.create_task(
                    self._site.restart_broker(kill=how == "killed", down_s=down_s)
                )
                await asyncio.shield(self._restart)
