"""Letting people in: each guess costs more than the one before, and nobody's guesses shut out everybody.

A device that is known for an account (an enrolled tablet; a browser where its person signed in before) has its own
count for it, and its own turn: what others guess delays nobody there. Strangers are counted by account and network, by
network, and by account over many networks.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import structlog
from starlette.concurrency import run_in_threadpool

from device_adapters.clock import Clock
from device_adapters.errors import StorageError
from services.console.auth.auth_db import AuthDb
from services.console.auth.known_devices import SignInDevice
from services.console.auth.model import Account
from services.console.auth.roles import Role
from services.console.auth.signed_in import SignedIn
from services.console.auth.throttle import Delays
from services.members.text import key
from services.networks import network_of

ACCOUNT_FREE = 3
NETWORK_FREE = 15
STRANGERS_FREE = 12
"""Of one account's wrong tries by strangers. A network counts ACCOUNT_FREE at most: one alone shuts nobody out."""

STRANGERS_WAITING_MAX = 20
"""Each check of a password takes a tenth of a second: who floods the door waits, and keeps nobody else waiting."""

BUSY_S = 2


log = structlog.get_logger("console")


class WaitError(Exception):
    """Guessed too often; `seconds` until the next try."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class Login:
    """One console's sign-in desk. Everything may raise StorageError; tries raise WaitError."""

    def __init__(self, members_db: AuthDb, signed_in: SignedIn, clock: Clock) -> None:
        self._members_db = members_db
        self._signed_in = signed_in
        self._clock = clock
        self._known = Delays(ACCOUNT_FREE)
        self._strangers_here = Delays(ACCOUNT_FREE)
        self._networks = Delays(NETWORK_FREE)
        self._strangers = Delays(STRANGERS_FREE)
        self._turn_of_known = asyncio.Lock()
        self._turn_of_strangers = asyncio.Lock()
        self._strangers_waiting = 0

    async def by_password(self, name: str, password: str, *, device: SignInDevice, before: str) -> str | None:
        """A new cookie's key if name and password are right. `before`: the key that the browser had."""
        name = name.strip()[:40]
        account = await self._tried(
            f"password {key(name)}",
            device.place(name),
            device,
            lambda: self._members_db.accounts().with_password(name, password),
        )
        return None if account is None else await self._begin(account.id, "password", before)

    async def by_pin(self, id: str, pin: str, *, device: SignInDevice, before: str) -> str | None:
        """As by password, with a PIN; the caller has seen that the tablet is enrolled."""
        account = await self._tried(
            f"pin {id[:40]}",
            device.place(id),
            device,
            lambda: self._members_db.accounts().with_pin(id, pin),
        )
        return None if account is None else await self._begin(account.id, "PIN", before)

    async def by_link(self, link: str, *, before: str) -> str | None:
        """A new cookie's key for a one-time link that still holds."""

        def used() -> str | None:
            return self._members_db.sign_ins(self._signed_in.time_outs).use_link(link)

        account = await run_in_threadpool(used)
        return None if account is None else await self._begin(account, "link", before)

    async def first_account(self, link: str, name: str, password: str, *, before: str) -> str | None:
        """The first account, an operator's, by the set-up link. MembersError: a name or password that is none."""

        def made() -> str | None:
            if not self._members_db.sign_ins(self._signed_in.time_outs).opens_set_up(link):
                return None
            return self._members_db.accounts().add(name, Role.OPERATOR, password=password, by="set-up link")

        async with self._turn_of_known:
            account = await run_in_threadpool(made)
        return None if account is None else await self._begin(account, "link", before)

    async def change_password(self, id: str, current: str, new: str, *, device: SignInDevice) -> str | None:
        """A new cookie's key; None: the current password is not right. MembersError: the new one is none.

        Who has none yet was let in by a link, and needs none.
        """
        account = await run_in_threadpool(lambda: self._members_db.accounts().find(id))
        if account.has_password and await self.confirmed(id, current, device=device) is None:
            return None
        await run_in_threadpool(lambda: self._members_db.accounts().set_password(id, new, by=id))
        return await self._begin(id, "password", "")

    async def confirmed(self, id: str, password: str, *, device: SignInDevice) -> Account | None:
        """The account of who is signed in, if this is its password: asked before something of weight."""
        account = await run_in_threadpool(lambda: self._members_db.accounts().find(id))
        return await self._tried(
            f"password {key(account.name)}",
            f"signed in {id}",
            device,
            lambda: self._members_db.accounts().with_password(account.name, password),
        )

    async def _tried(
        self, what: str, place: str, device: SignInDevice, check: Callable[[], Account | None]
    ) -> Account | None:
        """One try. `place`: where it counts, for a device that is known; '' for a stranger's."""
        counted = (
            [(self._known, f"{what} at {place}")]
            if place
            else [
                (self._strangers_here, f"{what} at {device.network}"),
                (self._networks, device.network),
                (self._strangers, what),
            ]
        )
        async with self._turn(known=bool(place)):
            now_ms = self._clock.now_ms()
            wait_s = max(delays.wait_s(at, now_ms) for delays, at in counted)
            if wait_s:
                raise WaitError(wait_s)
            account = await run_in_threadpool(check)
            if account is not None:
                counted[0][0].passed(counted[0][1])
                return account
            for delays, at in counted:
                beyond = delays is self._strangers and counted[0][0].failures(counted[0][1]) > ACCOUNT_FREE
                if not beyond:
                    delays.failed(at, self._clock.now_ms())
            return None

    @contextlib.asynccontextmanager
    async def _turn(self, *, known: bool) -> AsyncIterator[None]:
        """One check at a time of each kind; of strangers only so many wait."""
        if known:
            async with self._turn_of_known:
                yield
            return
        if self._strangers_waiting >= STRANGERS_WAITING_MAX:
            raise WaitError(BUSY_S)
        self._strangers_waiting += 1
        try:
            async with self._turn_of_strangers:
                yield
        finally:
            self._strangers_waiting -= 1

    async def _begin(self, account: str, how: str, before: str) -> str:
        def begun() -> str:
            return self._members_db.sign_ins(self._signed_in.time_outs).begin(account, how, instead_of=before)

        try:
            return await run_in_threadpool(begun)
        except StorageError as e:
            # A disk without room keeps nobody out who gave the right word: what is on it can still be read.
            log.warning("sign_in_not_stored", account=account, how=how, code=e.code, why=str(e)[:200])
            return self._signed_in.hold(account)


def stranger(address: str) -> SignInDevice:
    """A device that nothing is known of, at this address."""
    return SignInDevice(network=network_of(address))
