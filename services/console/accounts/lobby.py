"""Letting people in: each guess costs more than the one before, and only one is checked at a time."""

import asyncio
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from device_adapters.clock import Clock
from services.console.accounts.delays import Delays, network_of
from services.console.accounts.door import Door
from services.console.accounts.model import Account
from services.console.api.storeroom import Storeroom
from services.console.roles import Role
from services.members.text import key

ACCOUNT_FREE = 3
ADDRESS_FREE = 15
"""A gym behind one proxy has one address for everybody's slips."""


class WaitError(Exception):
    """Guessed too often; `seconds` until the next try."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class Lobby:
    """One console's sign-in desk. Everything may raise StorageError; tries raise WaitError."""

    def __init__(self, storeroom: Storeroom, door: Door, clock: Clock) -> None:
        self._storeroom = storeroom
        self._door = door
        self._clock = clock
        self._accounts = Delays(ACCOUNT_FREE)
        self._addresses = Delays(ADDRESS_FREE)
        self._one_at_a_time = asyncio.Lock()

    async def by_password(self, name: str, password: str, *, address: str, before: str) -> str | None:
        """A new cookie's key if name and password are right. `before`: the key that the browser had."""
        name = name.strip()[:40]
        account = await self._tried(
            f"password {key(name)}",
            address,
            lambda: self._storeroom.accounts().with_password(name, password),
        )
        return None if account is None else await self._begin(account.id, "password", before)

    async def by_pin(self, id: str, pin: str, *, address: str, before: str) -> str | None:
        """As by password, with a PIN; the caller has seen that the tablet is enrolled."""
        account = await self._tried(
            f"pin {id[:40]}", address, lambda: self._storeroom.accounts().with_pin(id, pin)
        )
        return None if account is None else await self._begin(account.id, "PIN", before)

    async def by_link(self, link: str, *, before: str) -> str | None:
        """A new cookie's key for a one-time link that still holds."""

        def used() -> str | None:
            return self._storeroom.sign_ins(self._door.time_outs).use_link(link)

        account = await run_in_threadpool(used)
        return None if account is None else await self._begin(account, "link", before)

    async def first_account(self, link: str, name: str, password: str, *, before: str) -> str | None:
        """The first account, an operator's, by the set-up link. MembersError: a name or password that is none."""

        def made() -> str | None:
            if not self._storeroom.sign_ins(self._door.time_outs).opens_set_up(link):
                return None
            return self._storeroom.accounts().add(name, Role.OPERATOR, password=password, by="set-up link")

        async with self._one_at_a_time:
            account = await run_in_threadpool(made)
        return None if account is None else await self._begin(account, "link", before)

    async def change_password(self, id: str, current: str, new: str, *, address: str) -> str | None:
        """A new cookie's key; None: the current password is not right. MembersError: the new one is none.

        Who has none yet was let in by a link, and needs none.
        """
        account = await run_in_threadpool(lambda: self._storeroom.accounts().find(id))
        if account.has_password:
            right = await self._tried(
                f"password {key(account.name)}",
                address,
                lambda: self._storeroom.accounts().with_password(account.name, current),
            )
            if right is None:
                return None
        await run_in_threadpool(lambda: self._storeroom.accounts().set_password(id, new, by=id))
        return await self._begin(id, "password", "")

    async def _tried(self, key: str, address: str, check: Callable[[], Account | None]) -> Account | None:
        network = network_of(address)
        async with self._one_at_a_time:
            now_ms = self._clock.now_ms()
            wait_s = max(self._accounts.wait_s(key, now_ms), self._addresses.wait_s(network, now_ms))
            if wait_s:
                raise WaitError(wait_s)
            account = await run_in_threadpool(check)
            if account is None:
                self._accounts.failed(key, self._clock.now_ms())
                self._addresses.failed(network, self._clock.now_ms())
            else:
                self._accounts.passed(key)
            return account

    async def _begin(self, account: str, how: str, before: str) -> str:
        def begun() -> str:
            return self._storeroom.sign_ins(self._door.time_outs).begin(account, how, instead_of=before)

        return await run_in_threadpool(begun)
