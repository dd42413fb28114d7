"""Why a program's request is turned away at the door of the REST interface, and what to do."""

from device_adapters.contract.phrase import key


@key("A token is needed: send Authorization: Bearer with one that backstride token create made.")
def bearer_missing() -> None: ...


@key("The token is unknown, expired or revoked; ask for a new one (backstride token create).")
def bearer_unknown() -> None: ...


@key("Too many tokens from this address were none; wait a minute, and look at the token.")
def bearers_too_many() -> None: ...


@key("A token of role {role} may not do this; it takes one of: {roles}.")
def role_may_not(role: str, roles: str) -> None: ...


@key("session is {session}, which neither runs nor has ended here; GET /sessions lists what runs.")
def session_not_here(session: str) -> None: ...


@key("{method} does nothing here; this address takes {methods}.")
def method_does_nothing(method: str, methods: str) -> None: ...
