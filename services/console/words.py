"""All English of the console that is not in a template: one module to translate. Pure."""

from typing import Final

from device_adapters.safety.limits import Goal, Level, Limits
from device_adapters.units import kmh_from_ckmh

IN_DANGER: Final = "In danger use the red button / cord"
NOT_DELIVERED: Final = "NOT DELIVERED: use the red button or the cord"
NO_VALUE: Final = "–"

STATES: Final = {
    "ready": "Ready",
    "starting": "Starting",
    "running": "Running",
    "pausing": "Pausing",
    "paused": "Paused",
    "stopping": "Stopping",
    "stopped": "Stopped",
    "moving": "Moving",
    "waiting": "Waiting for data",
    "silent": "No data",
    "lost": "Link lost",
    "offline": "Unit offline",
    "absent": "Not found",
    "connecting": "Connecting",
}

GOALS: Final = {
    Goal.KNEE_STRENGTH: ("Knee strength", "Under your professional's plan"),
    Goal.CONDITIONING: ("Conditioning", "Short sets, rests between"),
    Goal.ATHLETIC: ("Athletic", "Faster, for trained people"),
    Goal.MOBILITY: ("Mobility", "Slow and short, rails in reach"),
}

LEVELS: Final = {
    Level.NOVICE: "Novice",
    Level.INTERMEDIATE: "Intermediate",
    Level.ADVANCED: "Advanced",
}

ZONES: Final = {"easy": "Easy", "working": "Working", "near": "Near limit", "over": "Over limit", "none": ""}

OUTCOMES: Final = {
    "completed": "Last session completed.",
    "stopped": "Last session was stopped.",
    "interrupted": "Last session was interrupted.",
    "refused": "The session was refused.",
}

STEP_KINDS: Final = {
    "warmup": "Warm-up",
    "active": "Walk",
    "interval": "Interval",
    "recovery": "Recovery",
    "rest": "Rest",
    "cooldown": "Cool-down",
}

CHECKLIST: Final = (
    "Screened: well today, no new pain",
    "Shoes closed and tied",
    "Cord clipped on",
    "Hands know the rails",
    "2 m clear behind the belt",
)
"""What staff look at before each start (SAFETY.md); the strap is looked for by the page."""

DONE: Final = {
    "start": "Session accepted: the belt starts slowly.",
    "pause": "Pausing: the belt ramps down.",
    "resume": "Resuming: the belt starts slowly.",
    "stop": "Session ended.",
    "clear": "Stop cleared.",
    "slower": "Slower.",
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
    "guest": "Guest",
    "guest_why": "Guests are novices: choose a member for a higher level.",
    "nobody_found": "Nobody is called that.",
    "strap_found": "Strap found",
    "strap_missing": "No strap is heard: put one on, choose another, or give a reason under More",
    "reason": "needs a reason",
}
"""What the page itself must be able to say without the server; it travels in the page."""


def last_reading(speed: str) -> str:
    """The newest speed of a treadmill that no longer tells it."""
    return PAGE["last"].format(speed=speed) if speed != NO_VALUE else PAGE["never"]


def step(k: int, n: int, kind: str) -> str:
    """Where a programme stands."""
    if not n:
        return ""
    name = STEP_KINDS.get(kind, kind.replace("_", " ").capitalize())
    return f"Step {k} of {n}" + (f" · {name}" if name else "")


def clock(seconds: float) -> str:
    """Minutes and seconds: 3:05; never below zero or beyond 999 minutes."""
    whole = round(max(0.0, min(seconds, 59_999.0)))
    return f"{whole // 60}:{whole % 60:02d}"


def left(seconds: float) -> str:
    """Time left of a programme."""
    return f"{clock(seconds)} left"


def unit_offline(unit: str) -> str:
    """Why a treadmill is not heard."""
    return f"{unit} is not online and the belt may still move. Use the red button or the cord."


def link_lost() -> str:
    """A treadmill out of reach."""
    return "Bluetooth link lost: assume that the belt moves. Use the red button or the cord."


def data_silent() -> str:
    """A treadmill that is linked and says nothing."""
    return "The treadmill is linked but tells no speed. Look at the belt."


def session_silent(seconds: int) -> str:
    """The session service no longer tells how the session stands."""
    return f"The session service has been silent for {seconds} s."


def no_strap() -> str:
    """No strap belongs to the treadmill."""
    return "No strap"


def no_contact() -> str:
    """The strap does not touch skin."""
    return "No skin contact"


def hr_waiting() -> str:
    """A strap is known and has not told a heart rate."""
    return "No reading yet"


def hr_old(seconds: int) -> str:
    """The heart rate is too old to show."""
    return f"No reading for {seconds} s"


def limit(value: str, over: bool = False) -> str:
    """A limit beside the value that it bounds."""
    return f"over limit {value}" if over else f"limit {value}"


def preview(programme: str, steps: int, seconds: int, fastest_ckmh: int, limits: Limits) -> str:
    """What a programme asks for and what bounds it."""
    grade = f"{limits.grade_max_dpct / 10:g} % uphill" if limits.grade_max_dpct else "flat"
    return (
        f"{programme}: {steps} steps, {clock(seconds)} min, up to {kmh_from_ckmh(fastest_ckmh):.1f} km/h. "
        f"Limits: {kmh_from_ckmh(limits.speed_max_ckmh):.1f} km/h, {grade}, {limits.session_max_s // 60} min, "
        f"heart rate {limits.hr_max_dpct / 10:g} % of maximum."
    )


def stop_sent(treadmill: str = "") -> str:
    """A stop that the broker has taken."""
    return f"Stop sent to {treadmill}." if treadmill else "Stop sent to all belts."


def out_of_reach(treadmills: list[str]) -> str:
    """A stop that the broker has taken and that nobody can carry out."""
    return f"Out of reach: {', '.join(treadmills)}. Use the red button or the cord there."


def unknown_treadmill(treadmill: str, known: list[str]) -> str:
    """A request for a treadmill that has never been heard of."""
    return f"treadmill is {treadmill!r}, which is not here; give one of: {', '.join(known) or 'none is known yet'}"


def no_session_service(seconds: float) -> str:
    """The session service did not answer."""
    return (
        f"The session service did not answer within {seconds:.0f} s. It may still act on this: watch the belt. "
        "If nothing happens, check that the session service runs, then try again."
    )


def not_sent() -> str:
    """A request that never left the console."""
    return "Not sent: the console has no connection to the message broker. Try again when it is back."


def asked_already() -> str:
    """The same request again."""
    return "This request is being answered already; wait for it."


def foreign_origin(origin: str) -> str:
    """A write from another site's page."""
    return f"Refused: the request comes from {origin}, which is not this console. Open the console itself."


def too_large(limit_bytes: int) -> str:
    """A body beyond what any request needs."""
    return f"The body is larger than {limit_bytes} bytes; no request needs that much."


def too_slow() -> str:
    """A body that does not arrive."""
    return "The body did not arrive in time; send it again."


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
    return "The members store does not answer: look at its database, or start a guest's novice session."


def session_over() -> str:
    """A member's page outlived its session."""
    return "This session is over, or the treadmill has a new one. Ask staff for a new code."


def no_session_there(treadmill: str) -> str:
    """No member page without a session."""
    return f"{treadmill} has no session to show; start one first."


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
    return f"No session has run on {treadmill} yet; start one."


def store_away() -> str:
    """The members store cannot be reached."""
    return "The members store does not answer; look at its database, then try again."


def misfit(field: str, problem: str) -> str:
    """A field of the API that does not fit: its name and the limit. What was given may be a name: it is not told."""
    return f"{field}: {problem}; see this request in /api/v1/openapi.json"


def no_record() -> str:
    """A download of what is not there (yet)."""
    return "There is no record of this session to download: it has not ended, or nothing of it was stored."
