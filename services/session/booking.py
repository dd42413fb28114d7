"""What a program that books may ask, and what it is told: less than a person of the gym. Pure."""

import msgspec

from device_adapters.contract import messages as m
from device_adapters.contract.keys import requests as keys
from device_adapters.contract.permissions import BOOKING, MAY, START_FIELDS, VERBS
from device_adapters.contract.phrase import Refusal

PUBLIC = frozenset({
    "busy", "changes_not_asked", "guest_not_screened", "guest_novice_only", "id_used",
    "latched", "lease_taken", "link_lost", "machine_minimum_over_limit",
    "malformed", "member_busy", "members_unavailable", "no_programme", "no_session", "no_strap", "not_allowed",
    "not_still", "release_apart", "retained", "service_stopping", "slowest", "strap_busy", "too_late", "unit_offline",
    "unknown_member", "unknown_treadmill",
})  # fmt: skip
"""Causes that tell nothing of a member or a heart. All others are told to people of the gym only."""

ASK_STAFF = Refusal("ask_staff", keys.ask_staff())
LATCHED = Refusal("latched", keys.latched_for_programs())


def signature(program: str) -> str:
    """Who did it, for the record: what the program says of a person counts for nothing."""
    return f"program {program}"


def beyond(request: m.SessionRequest) -> Refusal | None:
    """Why a program may not ask this; None: it may."""
    if BOOKING not in MAY[VERBS[request.verb]]:
        return Refusal("not_allowed", keys.program_may_not(request.verb, VERBS[request.verb]))
    for field, deed in START_FIELDS.items():
        if getattr(request, field) and BOOKING not in MAY[deed]:
            return Refusal("not_allowed", keys.program_may_not_give(field, deed))
    return None


def told(reply: m.SessionReply) -> m.SessionReply:
    """The reply without anything about a member's health: neither why one is held back, nor how a heart beats."""
    if reply.ok:
        return msgspec.structs.replace(reply, text="", said=None, cause="")
    if reply.cause == "latched":
        return _with(reply, LATCHED)
    public = reply.cause in PUBLIC or reply.cause.startswith("not_while_")
    return reply if public else _with(reply, ASK_STAFF)


def _with(reply: m.SessionReply, why: Refusal) -> m.SessionReply:
    return m.SessionReply(
        id=reply.id, asker=reply.asker, ok=False, cause=why.cause, text=why.text, said=why.said
    )
