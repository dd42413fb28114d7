"""What a program that books may ask, and what it is told: less than a person of the gym. Pure."""

import msgspec

from device_adapters.contract import messages as m
from device_adapters.contract.permissions import BOOKING, MAY, START_FIELDS, VERBS
from services.session.request_parsing import Declined

PUBLIC = frozenset({
    "busy", "guest_novice_only", "id_used", "latched", "lease_taken", "link_lost", "machine_minimum_over_limit",
    "malformed", "member_busy", "members_unavailable", "no_programme", "no_session", "no_strap", "not_allowed",
    "not_still", "retained", "service_stopping", "slowest", "strap_busy", "too_late", "unit_offline", "unknown_member",
    "unknown_treadmill",
})  # fmt: skip
"""Causes that tell nothing of a member or a heart. All others are told to people of the gym only."""

PRIVATE = m.SessionReply(
    id="", ok=False, cause="ask_staff", text="Refused for a reason that only staff see: let them start it."
)
LATCHED = "The belt was stopped: staff have to look at it and clear it."


def signature(program: str) -> str:
    """Who did it, for the record: what the program says of a person counts for nothing."""
    return f"program {program}"


def beyond(request: m.SessionRequest) -> Declined | None:
    """Why a program may not ask this; None: it may."""
    if BOOKING not in MAY[VERBS[request.verb]]:
        return Declined(
            "not_allowed", f"A program may not {request.verb}: {VERBS[request.verb]} is for people."
        )
    for field, deed in START_FIELDS.items():
        if getattr(request, field) and BOOKING not in MAY[deed]:
            return Declined("not_allowed", f"A program may not give {field}: {deed} is for people.")
    return None


def told(reply: m.SessionReply) -> m.SessionReply:
    """The reply without anything about a member's health: neither why one is held back, nor how a heart beats."""
    if reply.ok:
        return msgspec.structs.replace(reply, text="", cause="")
    if reply.cause == "latched":
        return msgspec.structs.replace(reply, text=LATCHED)
    public = reply.cause in PUBLIC or reply.cause.startswith("not_while_")
    return reply if public else msgspec.structs.replace(PRIVATE, id=reply.id, asker=reply.asker)
