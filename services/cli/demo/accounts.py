"""The demo's accounts: staff and an operator, with one password made for this run, and a link that signs staff in."""

import secrets
from dataclasses import dataclass

from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig
from services.console.auth.accounts import AccountStore
from services.console.auth.model import GYM, LINK_MOST_MS
from services.console.auth.roles import Role
from services.console.auth.sign_ins import SignIns
from services.members.opening import opened_members

BY = "demo"
STAFF = "demo"
OPERATOR = "demo-operator"
PASSWORD_BYTES = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDoor:
    """How to get in: `link` below the console's address, once; both accounts with `password`."""

    link: str
    password: str
    names: tuple[str, ...] = (STAFF, OPERATOR)


def admit(hub: HubConfig) -> DemoDoor:
    """Make the accounts; those of an earlier demo in the same folder get the new password."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with opened_members(hub, SystemClock().wall_ms) as store:
        accounts = AccountStore(store)
        known = {account.name for account in accounts.all()}
        for name, role in ((STAFF, Role.STAFF), (OPERATOR, Role.OPERATOR)):
            if name in known:
                accounts.set_password(name, password, by=BY)
            else:
                accounts.add(name, role, password=password, by=BY)
        link = SignIns(store, GYM).link(accounts.find(STAFF).id, holds_ms=LINK_MOST_MS)
    return DemoDoor(link=f"/enter/{link}", password=password)
