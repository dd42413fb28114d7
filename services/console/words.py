"""What the console says that is not in a template, in English. Functions answer in the language being spoken; what
stands in a table is translated by whoever shows it. Pure."""

import re
from typing import Final

from device_adapters.contract.messages import StepBrief
from device_adapters.safety.limits import Goal, Level, Limits
from device_adapters.units import kmh_from_ckmh
from services.console import phrases
from services.console.languages import say

_NEAREST = re.compile(r"(speed|time|grade|heart rate) (\S+) of (.+)")

IN_DANGER: Final = "In danger use the red button / cord"
NOT_DELIVERED: Final = "NOT DELIVERED: use the red button or the cord"
NO_VALUE: Final = "–"

DONE: Final = {
    "start": "Session accepted: the belt starts slowly.",
    "pause": "Pausing: the belt ramps down.",
    "resume": "Resuming: the belt starts slowly.",
    "stop": "Session ended.",
    "clear": "Stop cleared.",
    "slower": "Slower.",
    "skip": "On to the next step.",
    "repeat": "The step begins again.",
    "done": "The step is done.",
    "present": "Noted that staff are with the member.",
    "adjust": "The limit is set.",
    "note": "The note is in the session's record.",
    "near_miss": "The near miss is in the session's record.",
    "rpe": "Thank you.",
    "feedback": "Thank you. It is noted.",
}
"""What is said when the session service agrees and adds no words of its own."""

PAGE: Final = {
    "live": "Live",
    "reconnecting": "Reconnecting",
    "silent": "No news",
    "broker": "Broker lost",
    "no_server": "No connection to the console's server: stops cannot be sent from this page. "
    "Use the red button or the cord. Trying to reconnect.",
    "no_broker": "The console has lost the message broker: stops do not reach the belts. "
    "Use the red button or the cord.",
    "stopping": "Sending stop…",
    "sending": "Sending…",
    "not_delivered": NOT_DELIVERED + ".",
    "no_answer": "No answer from the console's server. Nothing is repeated by itself: look at the belt, "
    "then try again.",
    "last": "Last reading {speed} km/h",
    "never": "No reading yet",
    "ago": "· {s} s ago",
    "guest_why": "Guests are novices: choose a member for a higher level.",
    "nobody_found": "Nobody is called that.",
    "strap_found": "Strap found",
    "strap_missing": "No strap is heard: put one on, choose another, or give a reason under More",
    "health_first": "Tick what applies, or None of these",
    "just_put_on": "just put on",
    "use_strap": "Use {strap}, just put on",
}
"""What the page itself must be able to say without the server; it travels in the page."""


def page() -> dict[str, str]:
    """PAGE in the language being spoken."""
    return {name: say(text) for name, text in PAGE.items()}


def last_reading(speed: str) -> str:
    """The newest speed of a treadmill that no longer tells it."""
    return say(PAGE["last"], speed=speed) if speed != NO_VALUE else say(PAGE["never"])


def step(k: int, n: int, kind: str) -> str:
    """Where a programme stands."""
    if not n:
        return ""
    name = step_kind(kind)
    return say("Step {k} of {n}", k=k, n=n) + (f" · {name}" if name else "")


def step_kind(kind: str) -> str:
    """A kind of step."""
    return say(phrases.STEP_KINDS.get(kind, kind.replace("_", " ").capitalize()))


def step_brief(brief: StepBrief | None) -> str:
    """What a step asks for."""
    if brief is None:
        return say("none, it is the last")
    kind = step_kind(brief.kind)
    if brief.until == "staff":
        return say("{kind}, until staff say so", kind=kind)
    if brief.until == "hr_below":
        return say("{kind}, until the heart is calm", kind=kind)
    how_long = f"{brief.distance_m} m" if brief.distance_m else clock(brief.time_s or 0)
    facing = f" {say(phrases.FACING[brief.facing])}" if brief.facing else ""
    return say(
        "{kind}, {how_long} at {kmh} km/h",
        kind=kind + facing,
        how_long=how_long,
        kmh=f"{brief.speed_kmh:.1f}",
    )


def nearest(told: str) -> str:
    """The nearest limit as the session service tells it: "speed 2.4 of 2.5 km/h"."""
    found = _NEAREST.fullmatch(told)
    if found is None:
        return told
    what, now, most = found.groups()
    return say("{what} {now} of {most}", what=say(what), now=now, most=most)


def sets(done: int, total: int) -> str:
    """How many sets are behind."""
    return say("{done} of {total} done", done=done, total=total) if total else ""


def clock(seconds: float) -> str:
    """Minutes and seconds: 3:05; never below zero or beyond 999 minutes."""
    whole = round(max(0.0, min(seconds, 59_999.0)))
    return f"{whole // 60}:{whole % 60:02d}"


def left(seconds: float) -> str:
    """Time left of a programme."""
    return say("{time} left", time=clock(seconds))


def unit_offline(unit: str) -> str:
    """Why a treadmill is not heard."""
    return say(
        "{unit} is not online and the belt may still move. Use the red button or the cord.",
        unit=unit or say("The unit"),
    )


def link_lost() -> str:
    """A treadmill out of reach."""
    return say("Bluetooth link lost: assume that the belt moves. Use the red button or the cord.")


def data_silent() -> str:
    """A treadmill that is linked and says nothing."""
    return say("The treadmill is linked but tells no speed. Look at the belt.")


def session_silent(seconds: int) -> str:
    """The session service no longer tells how the session stands."""
    return say("The session service has been silent for {s} s.", s=seconds)


def no_strap() -> str:
    """No strap belongs to the treadmill."""
    return say("No strap")


def no_contact() -> str:
    """The strap does not touch skin."""
    return say("No skin contact")


def hr_waiting() -> str:
    """A strap is known and has not told a heart rate."""
    return say("No reading yet")


def hr_old(seconds: int) -> str:
    """The heart rate is too old to show."""
    return say("No reading for {s} s", s=seconds)


def limit(value: str, over: bool = False) -> str:
    """A limit beside the value that it bounds."""
    return say("over limit {v}", v=value) if over else say("limit {v}", v=value)


def level_text(goal: Goal, at: Level, above: Level | None, missing: str) -> str:
    """Where a member stands in a goal."""
    here = f"{say(phrases.GOALS[goal][0])}: {say(phrases.LEVELS[at])}."
    if above is None:
        return here
    if missing:
        return f"{here} " + say(
            "Towards {level}: {missing}.", level=say(phrases.LEVELS[above]), missing=missing
        )
    return f"{here} " + say("Ready for {level}.", level=say(phrases.LEVELS[above]))


def sign_off_offer(level: Level) -> str:
    """The button that signs a level off."""
    return say("Sign off {level}", level=say(phrases.LEVELS[level]))


def signed_off(goal: Goal, level: Level, by: str) -> str:
    """A level that was signed off."""
    return say(
        "{goal}: {level} signed off by {by}.",
        goal=say(phrases.GOALS[goal][0]),
        level=say(phrases.LEVELS[level]),
        by=by,
    )


def taken_in(alias: str) -> str:
    """A new member."""
    return say("{alias} is a member now.", alias=alias)


def preview(programme: str, steps: int, seconds: int, fastest_ckmh: int, limits: Limits) -> str:
    """What a programme asks for and what bounds it."""
    uphill = limits.grade_max_dpct
    return say(
        "{programme}: {steps} steps, {time} min, up to {kmh} km/h. "
        "Limits: {limit} km/h, {grade}, {most} min, heart rate {share} % of maximum.",
        programme=programme,
        steps=steps,
        time=clock(seconds),
        kmh=f"{kmh_from_ckmh(fastest_ckmh):.1f}",
        limit=f"{kmh_from_ckmh(limits.speed_max_ckmh):.1f}",
        grade=say("{pct} % uphill", pct=f"{uphill / 10:g}") if uphill else say("flat"),
        most=limits.session_max_s // 60,
        share=f"{limits.hr_max_dpct / 10:g}",
    )


def stop_sent(treadmill: str = "") -> str:
    """A stop that the broker has taken."""
    return (
        say("Stop sent to {treadmill}.", treadmill=treadmill) if treadmill else say("Stop sent to all belts.")
    )


def not_delivered() -> str:
    """A stop that the broker has not taken."""
    return say(PAGE["not_delivered"])


def out_of_reach(treadmills: list[str]) -> str:
    """A stop that the broker has taken and that nobody can carry out."""
    names = ", ".join(treadmills)
    return say("Out of reach: {names}. Use the red button or the cord there.", names=names)


def unknown_treadmill(treadmill: str, known: list[str]) -> str:
    """A request for a treadmill that has never been heard of."""
    return say(
        "treadmill is {treadmill}, which is not here; give one of: {known}",
        treadmill=repr(treadmill),
        known=", ".join(known) or say("none is known yet"),
    )


def no_session_service(seconds: float) -> str:
    """The session service did not answer."""
    return say(
        "The session service did not answer within {s} s. It may still act on this: watch the belt. "
        "If nothing happens, check that the session service runs, then try again.",
        s=round(seconds),
    )


def not_sent() -> str:
    """A request that never left the console."""
    return say("Not sent: the console has no connection to the message broker. Try again when it is back.")


def asked_already() -> str:
    """The same request again."""
    return say("This request is being answered already; wait for it.")


def foreign_origin(origin: str) -> str:
    """A write from another site's page."""
    return say(
        "Refused: the request comes from {origin}, which is not this console. Open the console itself.",
        origin=origin,
    )


def too_large(limit_bytes: int) -> str:
    """A body beyond what any request needs."""
    return say("The body is larger than {most} bytes; no request needs that much.", most=limit_bytes)


def too_slow() -> str:
    """A body that does not arrive."""
    return say("The body did not arrive in time; send it again.")


FIELD_FIXES: Final = {
    "id": "give 1 to 60 letters, digits or hyphens, new for each request",
    "treadmill": "give its id, such as tm-01",
    "goal": f"give one of {', '.join(Goal)}",
    "level": f"give one of {', '.join(Level)}",
    "programme": "give at most 200 characters, or leave it out for the goal's own",
    "strap": "give its id, such as hr-01, or leave it out for the treadmill's own",
    "asked_s_ago": "give 0 to 600 seconds",
    "alias": "give at most 24 characters",
    "hr_max_bpm": "give 100 to 230 beats per minute, or leave it out",
    "by": "give at most 200 characters",
    "member": "give the id of a member, or leave it out for a guest",
    "text": "give at most 200 characters",
    "why": "give at most 200 characters",
    "spotter": "give true or false",
    "harness": "give true or false",
    "countdown_s": "give 0 to 60 seconds",
    "presence_s": "give 120 to 300 seconds, or leave it out",
    "speed_max_kmh": "give 0 to 30 km/h",
    "minutes": "give 0 to 60 minutes",
    "session": "give the id of a session, or leave it out",
    "name": "give 1 to 200 characters",
    "birth_year": "give four digits, such as 1968",
    "fall_12_months": "give true or false",
    "clinician_ok_by": "give at most 200 characters",
    "backward_walk_s": "give 0.5 to 60 seconds, or leave it out",
}


def bad_field(field: str, given: str, problem: str) -> str:
    """A field that cannot be used: its name, what was given, the limit and the fix."""
    fix = FIELD_FIXES.get(field, f"leave it out; known fields: {', '.join(FIELD_FIXES)}")
    said = f"{field} is {given}" if given else field
    return f"{said}: {problem}; {fix}"


def bad_body(problem: str) -> str:
    """A body that is no JSON object."""
    return f"The body is not usable ({problem}); send a JSON object with content-type application/json."


def members_away() -> str:
    """The members store cannot be asked."""
    return say("The members store does not answer: look at its database, or start a guest's novice session.")


def session_over() -> str:
    """A member's page outlived its session."""
    return say("This session is over, or the treadmill has a new one. Ask staff for a new code.")


def no_session_there(treadmill: str) -> str:
    """No member page without a session."""
    return say("{treadmill} has no session to show; start one first.", treadmill=treadmill)


BEARER_MISSING: Final = (
    "A token is needed: send Authorization: Bearer with one that backstride token create made."
)
BEARER_UNKNOWN: Final = (
    "The token is unknown, expired or revoked; ask for a new one (backstride token create)."
)
BEARERS_TOO_MANY: Final = "Too many tokens from this address were none; wait a minute, and look at the token."
NOTED: Final = "Noted."

ASKED: Final = {
    "pause": "Ramp the belt down; the session can be resumed.",
    "resume": "Start a paused session's belt again: the belt moves. Somebody must be there.",
    "end": "End the session; its partial record is kept. To stop a belt at once, use stop.",
    "skip": "Go on to the next step.",
    "repeat": "Begin the present step again.",
    "done": "The step that staff end is over.",
    "slower": "Slower, at once.",
}
"""What the API's document says of the plain verbs."""


def role_refused(role: str, roles: list[str]) -> str:
    """A token of the wrong role."""
    return f"A token of role {role} may not do this; it takes one of: {', '.join(roles)}."


def no_session(treadmill: str) -> str:
    """A treadmill that has had no session since the hub knows it."""
    return say("No session has run on {treadmill} yet; start one.", treadmill=treadmill)


def store_away() -> str:
    """The members store cannot be reached."""
    return say("The members store does not answer; look at its database, then try again.")


def misfit(field: str, problem: str) -> str:
    """A field of the API that does not fit: its name and the limit. What was given may be a name: it is not told."""
    return f"{field}: {problem}; see this request in /api/v1/openapi.json"


def no_record() -> str:
    """A download of what is not there (yet)."""
    return say(
        "There is no record of this session to download: it has not ended, or nothing of it was stored."
    )
