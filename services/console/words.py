"""What the console says that is not in a template, in English. Functions answer in the language being spoken; what
stands in a table is translated by whoever shows it. Pure."""

from typing import Final

from device_adapters.contract import registry
from device_adapters.contract.messages import ClassVerb, SessionReply, SessionVerb
from device_adapters.contract.phrase import Phrase
from device_adapters.safety.limits import Goal, Level
from services.console import phrases
from services.console.languages import say
from services.texts.telling import tell

IN_DANGER: Final = "In danger use the red button / cord"
NOT_DELIVERED: Final = "NOT DELIVERED: use the red button or the cord"
NO_VALUE: Final = "–"
HEART_OVER: Final = "Heart over limit"
HOLD_TO_RUN: Final = "Hold to run"
DRILL: Final = "DRILL, no treadmill"

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

CLASS_DONE: Final = {
    "open": "The class is open. Start a session for it at each belt.",
    "go": "The belts that stand ready start one after the other.",
    "end": "The class is over. Who went with it goes on alone; the others are stopped.",
    "stop": "Every belt of the class comes to rest.",
}

PAGE: Final = {
    "live": "Live",
    "reconnecting": "Reconnecting",
    "silent": "No news",
    "signed_out": "Signed out",
    "full": "Too many pages",
    "full_page": "Too many pages of this console are open: this one shows nothing new. Close some that nobody "
    "looks at. Stop works here as ever.",
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
    "in_danger": "{names}: the belt may not stop. Red button or cord, now.",
    "no_tone": "Touch this page once, so that it can sound.",
    "not_delivered_still": "The stop was not delivered, and the belt stands now.",
    "sent_still": "The stop was sent, and the belt stands now.",
    "start_failed": "{start}, {treadmill}: {why}",
    "start_for": "Start for {name}",
    "start_guest": "Start as guest",
    "screened_member": "Asked: nothing has changed since the screening",
    "screened_guest": "Asked: the whole screening, each answer is no",
    "lacks_goal": "First choose a goal",
    "lacks_belt": "The treadmill is not ready",
    "lacks_level": "Not possible: see above",
    "lacks_asked": "First press “Asked”",
    "guest_why": "Guests are novices: choose a member for a higher level.",
    "nobody_found": "Nobody is called that.",
    "as_last": "As last time. Ask first: has anything changed since the screening (illness, pain, medicines, a fall)?",
    "asked_again": "Asked: nothing has changed",
    "held": "Held for this member: {what}",
    "held_machine": "This treadmill runs at most {kmh} km/h: it is not commissioned.",
    "taken": "This treadmill is not free any more: the start panel was closed.",
    "strap_found": "Strap found",
    "strap_missing": "No strap is heard: put one on, choose another, or give a reason under More",
    "health_first": "Tick what applies, or None of these",
    "built_in": "The built-in one",
    "just_put_on": "just put on",
    "use_strap": "Use {strap}, just put on",
}
"""What the page itself must be able to say without the server; it travels in the page."""


def page() -> dict[str, str]:
    """PAGE in the language being spoken."""
    return {name: say(text) for name, text in PAGE.items()}


def answer(reply: SessionReply, verb: SessionVerb) -> str:
    """What the session service answered; its own words, else what is said when it agrees."""
    told = tell(reply.said or reply.text)
    return told or (say(DONE[verb]) if reply.ok else reply.cause)


def class_answer(reply: SessionReply, verb: ClassVerb) -> str:
    """The same of a class."""
    return tell(reply.said or reply.text) or (say(CLASS_DONE[verb]) if reply.ok else reply.cause)


def level_text(goal: Goal, at: Level, above: Level | None, missing: tuple[Phrase, ...]) -> str:
    """Where a member stands in a goal."""
    here = f"{say(phrases.GOALS[goal][0])}: {say(phrases.LEVELS[at])}."
    if above is None:
        return here
    if missing:
        return f"{here} " + say(
            "Towards {level}: {missing}.",
            level=say(phrases.LEVELS[above]),
            missing=", ".join(map(tell, missing)),
        )
    return f"{here} " + say("Ready for {level}.", level=say(phrases.LEVELS[above]))


def sign_off_unknown() -> str:
    """What was sent is no level of a goal."""
    return say("Nothing was signed off: open the member's progress again, and press the button there.")


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


def strap_kept(alias: str, strap: str) -> str:
    """A strap that is a member's own from now on."""
    return say("{strap} is kept as {alias}'s own strap.", strap=strap, alias=alias)


def own_strap(name: str, strap: str) -> str:
    """Chooses both."""
    return say("{name}, with their own strap {strap}", name=name, strap=strap)


def strap_of_nobody() -> str:
    """There is none to keep."""
    return say(
        "There is no session of a member with a strap here: start one with theirs on, then press again."
    )


def taken_back(goal: Goal, level: Level) -> str:
    """A sign-off that was a mistake."""
    return say(
        "{goal}: the sign-off of {level} is taken back.",
        goal=say(phrases.GOALS[goal][0]),
        level=say(phrases.LEVELS[level]),
    )


def taken_in(alias: str) -> str:
    """To staff who took a new member in."""
    return say("{alias} is a member now.", alias=alias)


def same_name(name: str, alias: str) -> str:
    """Somebody of a newcomer's name is a member already."""
    return say(
        "{name} is already a member, as {alias}. Choose them in the search; is it another person, save once more.",
        name=name.strip(),
        alias=alias,
    )


def screened(alias: str) -> str:
    """A member's new screening."""
    return say("{alias} is screened.", alias=alias)


def taken_out(treadmill: str) -> str:
    """A treadmill that nobody may start."""
    return say("{treadmill} is out of use.", treadmill=treadmill)


def why_missing() -> str:
    """A treadmill is taken out of use for a reason."""
    return say("Give the reason, for who comes next.")


def brought_back(treadmill: str) -> str:
    """A treadmill that may be started again."""
    return say("{treadmill} is in use again.", treadmill=treadmill)


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


def unknown_stop(treadmill: str, known: list[str]) -> str:
    """A stop that was sent and names a treadmill that nobody has heard of."""
    return say(
        "But {strange} is not known here (known: {known}). Use the red button or the cord.",
        strange=treadmill,
        known=", ".join(known) or say("none is known yet"),
    )


def not_heard_yet(treadmill: str) -> str:
    """A stop that was sent by a console that has not heard yet whom it reaches; '': any treadmill."""
    if not treadmill:
        return say("But no treadmill was heard yet. Look at the belts; use the red button or the cord.")
    return say(
        "But {treadmill} was not heard yet: look at its belt. If it moves, use the red button or the cord.",
        treadmill=treadmill,
    )


def unknown_treadmill(treadmill: str, known: list[str], *, new: bool) -> str:
    """A request for a treadmill that was never heard of; `new`: by a console that has only just begun to hear."""
    if new:
        return say(
            "{treadmill} was not heard yet: the console has only just begun. Try again in a few seconds.",
            treadmill=treadmill,
        )
    return say(
        "treadmill is {treadmill}, which is not here; give one of: {known}",
        treadmill=repr(treadmill),
        known=", ".join(known) or say("none is known yet"),
    )


def no_session_service(verb: SessionVerb | ClassVerb, seconds: float) -> str:
    """The session service did not answer. What could move a belt it takes for as long as the answer was waited for."""
    if verb in registry.LATE_VERBS:
        return say(
            "The session service did not answer within {s} s. It may still act on this: watch the belt. "
            "If nothing happens, check that the session service runs, then try again.",
            s=round(seconds),
        )
    return say(
        "The session service did not answer within {s} s. What it has not taken by now it will not take any more: "
        "look at the tile and at the belt. Check that the session service runs, then try again.",
        s=round(seconds),
    )


def too_late() -> str:
    """A request that could move a belt and has waited somewhere on its way."""
    return say(
        "This came more than {s} s after it was pressed: something on the way hung. Nothing was done. Look at the "
        "belt, then press again.",
        s=registry.REQUEST_MAX_S,
    )


def not_sent() -> str:
    """A request that never left the console."""
    return say("Not sent: the console has no connection to the message broker. Try again when it is back.")


def foreign_host(host: str) -> str:
    """A request by a name that this machine is not known by."""
    return say(
        "This console is not known as {host}. Open it by its name or address; if {host} is right, add it to hosts in "
        "site.toml (hub.toml: http_hosts) and restart the console. Stop works meanwhile.",
        host=host or "(no name)",
    )


def foreign_origin(origin: str) -> str:
    """A write from another site's page."""
    return say(
        "Refused: the request comes from {origin}, which is not this console. Open the console itself.",
        origin=origin,
    )


def members_away() -> str:
    """The members store cannot be asked."""
    return say("The members store does not answer: look at its database, or start a guest's novice session.")


def session_over() -> str:
    """A member's page outlived its session."""
    return say("This session is over, or the treadmill has a new one. Ask staff for a new code.")


def no_session_there(treadmill: str) -> str:
    """No member page without a session."""
    return say("{treadmill} has no session to show; start one first.", treadmill=treadmill)


def no_session(treadmill: str) -> str:
    """A treadmill that has had no session since the hub knows it."""
    return say("No session has run on {treadmill} yet; start one.", treadmill=treadmill)


def store_away() -> str:
    """The members store cannot be reached."""
    return say("The members store does not answer; look at its database, then try again.")


def record_failed() -> str:
    """A file that could not be made."""
    return say("The record could not be made: a store of the hub cannot be read. Try again later.")


def no_record() -> str:
    """A download of what is not there (yet)."""
    return say(
        "There is no record of this session to download: it has not ended, or nothing of it was stored."
    )


def too_large(limit_bytes: int) -> str:
    """A body beyond what any request needs."""
    return say("The body is larger than {most} bytes; no request needs that much.", most=limit_bytes)


def too_slow() -> str:
    """A body that does not arrive."""
    return say("The body did not arrive in time; send it again.")
