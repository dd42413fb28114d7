"""Who is behind a request: the sign-in of its cookie, looked up in the store, remembered for when that is away."""

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from device_adapters.clock import Clock
from device_adapters.errors import BackstrideError
from services.console.auth.auth_db import AuthDb
from services.console.auth.model import SignedInUser, TimeOuts
from services.console.auth.passwords import key_hash, new_key
from services.console.auth.roles import Role

COOKIE = "backstride"
TABLET_COOKIE = "backstride-tablet"
REMEMBERED_MAX = 500


HELD_MAX = 100


@dataclass(frozen=True, slots=True)
class _Seen:
    person: SignedInUser
    until_ms: int


@dataclass(frozen=True, slots=True)
class _Held:
    account: str
    began_ms: int
    seen_ms: int


class SignedIn:
    """The sign-ins of one console. Stops ask only what is remembered: they never wait for a database."""

    def __init__(self, members_db: AuthDb, clock: Clock, time_outs: TimeOuts) -> None:
        self.time_outs = time_outs
        self._members_db = members_db
        self._clock = clock
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def hold(self, account: str) -> str:
        """The key of a sign-in that no disk has room for: it holds here, and ends with this process."""
        key, now_ms = new_key(), self._clock.now_ms()
        self._held[key_hash(key)] = _Held(account, now_ms, now_ms)
        if len(self._held) > HELD_MAX:
            self._held.popitem(last=False)
        return key

    async def person(self, key: str, *, active: bool) -> SignedInUser | None:
        """Who is signed in by this key. With the store away, who was a moment ago still is; else StorageError."""
        if not key:
            return None
        held = self._held.get(key_hash(key))
        try:
            if held is None:
                found = await run_in_threadpool(self._look_up, key, active=active)
            else:
                found = await self._of_held(key_hash(key), held, active=active)
        except BackstrideError:
            if (person := self.remembered(key)) is not None:
                return person
            raise
        if found is None:
            self._seen.pop(key_hash(key), None)
        elif active:
            self._remember(key, found)
        return found

    def now_ms(self) -> int:
        """The console's own clock."""
        return self._clock.now_ms()

    async def still(self, key: str, roles: frozenset[Role]) -> bool:
        """Is this key still that of somebody in one of `roles`?"""
        try:
            person = await self.person(key, active=False)
        except BackstrideError:
            return False
        return person is not None and person.role in roles

    async def leave(self, key: str) -> None:
        """Sign out. With the store away it ends here, and there by its time-out."""
        self._seen.pop(key_hash(key), None)
        self._held.pop(key_hash(key), None)
        with suppress(BackstrideError):
            await run_in_threadpool(lambda: self._members_db.sign_ins(self.time_outs).end(key))

    def remembered(self, key: str) -> SignedInUser | None:
        """Who was signed in by this key when it was last asked for; only within the idle time-out."""
        seen = self._seen.get(key_hash(key)) if key else None
        return seen.person if seen is not None and self._clock.now_ms() < seen.until_ms else None

    async def _of_held(self, hashed: str, held: _Held, *, active: bool) -> SignedInUser | None:
        """Whose it is, as the account is now."""
        now_ms = self._clock.now_ms()
        if not self.time_outs.holds(held.began_ms, held.seen_ms, now_ms):
            self._held.pop(hashed, None)
            return None
        account = await run_in_threadpool(lambda: self._members_db.accounts().find(held.account))
        if account.disabled_ms is not None:
            self._held.pop(hashed, None)
            return None
        if active:
            self._held[hashed] = replace(held, seen_ms=now_ms)
        return SignedInUser(
            id=account.id, name=account.name, role=account.role, has_password=account.has_password
        )

    def _remember(self, key: str, person: SignedInUser) -> None:
        hashed = key_hash(key)
        self._seen[hashed] = _Seen(person, self._clock.now_ms() + self.time_outs.idle_ms)
        self._seen.move_to_end(hashed)
        if len(self._seen) > REMEMBERED_MAX:
            self._seen.popitem(last=False)

    def _look_up(self, key: str, *, active: bool) -> SignedInUser | None:
        return self._members_db.sign_ins(self.time_outs).of(key, active=active)


def cookie(headers: Headers, name: str) -> str:
    """One cookie of a request; empty if it has none."""
    for part in headers.get("cookie", "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""
