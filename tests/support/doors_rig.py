"""One gym and its three doors: REST, the bus and the staff's page, with the real console and session service behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from console_rig import WAIT_MAX_S, ConsoleProcess
from ports import free_port
from rest_rig import bearer, open_tokens
from session_hub import SessionHub, open_hub
from sign_in import NAMES, headers, make_accounts, sign_in

from services.console.auth.roles import Role

BEFORE = {"latched": "clear", "busy": "stop"}
"""What has to be done first, where a start is refused for what a test before has left."""


@dataclass
class DoorsGym:
    """The hub's services as processes; units and a desk on the bus in the test's own."""

    hub: SessionHub
    console: ConsoleProcess
    tokens: dict[str, str]
    signed_in: dict[Role, str] = field(default_factory=dict)

    def rest(self, token: str = Role.STAFF) -> httpx.AsyncClient:
        """A program with this token: one of each role, and `other` of staff."""
        url = f"{self.console.url}/api/v1"
        return httpx.AsyncClient(base_url=url, headers=bearer(self.tokens[token]), timeout=60)

    async def page(self, role: Role = Role.STAFF) -> httpx.AsyncClient:
        """The browser of somebody who signed in."""
        url = self.console.url
        if role not in self.signed_in:
            self.signed_in[role] = await sign_in(url, NAMES[role])
        return httpx.AsyncClient(base_url=url, headers=headers(url, self.signed_in[role]), timeout=60)

    async def knows(self, treadmills: int) -> None:
        """The console has heard of that many treadmills, and can tell each of them."""
        async with asyncio.timeout(WAIT_MAX_S), self.rest(Role.OPERATOR) as http:
            while len((await http.get("/treadmills")).json().get("treadmills", ())) < treadmills:
                await asyncio.sleep(0.05)

    async def runs(self, treadmill: str = "tm-01", **changes: Any) -> str:
        """A session that runs there, by the desk; its id."""
        async with asyncio.timeout(WAIT_MAX_S):
            while not (reply := await self.hub.desk.start(treadmill, **changes)).ok:
                if reply.cause in BEFORE:
                    await self.hub.desk.ask(BEFORE[reply.cause], treadmill)
                await asyncio.sleep(0.05)
            while self.hub.desk.phase(treadmill) != "running":
                await asyncio.sleep(0.02)
        return reply.session


@asynccontextmanager
async def open_gym(data: Path, treadmills: int = 2) -> AsyncIterator[DoorsGym]:
    """All of it running; ended in any case."""
    async with open_hub(data, treadmills) as hub:
        await hub.serve()
        await asyncio.to_thread(make_accounts, data)
        with open_tokens(data) as tokens:
            made = {role.value: tokens.create(f"{role}-desk", role, days=1, by="test") for role in Role}
            made["other"] = tokens.create("other-desk", Role.STAFF, days=1, by="test")
        console = ConsoleProcess(free_port(), hub.broker.url, data)
        try:
            await console.start()
            gym = DoorsGym(hub, console, made)
            await gym.knows(treadmills)
            yield gym
        finally:
            await console.end()
