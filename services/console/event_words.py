"""What an event is called that brings no sentence of its own: every kind and every cause of the bus. Pure.

`tests/unit/test_every_word.py` holds these tables against who emits what, in each language.
"""

from typing import Final

from device_adapters.contract.keys import hazards
from device_adapters.contract.phrase import Phrase
from device_adapters.errors import MessageError, StorageError
from device_adapters.safety.hazards import Cause
from services.console.languages import say
from services.texts.telling import tell

KINDS: Final = {
    "hazard": "Hazard",
    "hazard_over": "Hazard over",
    "stopped": "Belt at rest",
    "stop_escalated": "Stop repeated",
    "stop_hastened": "Stop without a ramp",
    "console_pause": "Paused at the treadmill",
    "gate_restarted": "The unit's guard of this belt began anew",
    "stop_button": "Stop button",
    "stop_button_back": "Stop button works again",
    "clicker_battery": "Clicker's battery is low",
    "stop_line": "Stop line open",
    "stop_line_closed": "Stop line closed again",
    "cleared": "Stop cleared",
    "clamped": "Held at a limit",
    "refused": "Refused",
    "request_refused": "Request refused",
    "lease_refused": "The unit did not take the session",
    "limits_changed": "Limits changed",
    "limits_lowered": "Limit lowered",
    "limits_raised": "Limit raised",
    "hr_waived": "Without heart rate",
    "slower": "Slower",
    "session_phase": "Session",
    "session_step": "Next step",
    "countdown": "Countdown",
    "class": "Class",
    "class_lane": "Lane of a class",
    "question": "Question",
    "present": "Staff are there",
    "rpe": "Exertion",
    "note": "Note",
    "near_miss": "Near miss",
    "feedback": "Member's answer",
    "control_point": "Treadmill's answer",
    "relink": "Linked anew",
    "radio_recovery": "Radio switched off and on",
    "radio_back": "Radio works again",
    "metrics_failing": "Measurements are not stored",
    "metrics_back": "Measurements are stored again",
    "odd": "Odd device",
    "part_failed": "A part of the unit failed and began again",
    "settings": "The unit's settings",
    "clock_step": "Clock was set",
    "service_stopping": "A service ends",
    "malformed": "A message was not understood",
}
"""Every kind of event that anybody publishes."""

CAUSES: Final = {
    "wrong_boot": "it was granted before the unit started anew",
    "bad_ttl": "its time to live is not one that a unit takes",
    "lease_expired": "it had run out",
    "other_session": "it names another session",
    "other_goal": "it names another goal or level",
    "old_beat": "a newer one is there",
    "old_epoch": "a newer session is there",
    "unit_updated": "an update of the unit is being tried",
    "lease_taken": "another service holds the belt",
    "not_free": "the belt is not known to stand still, or is locked",
    "no_lease": "no session holds the belt",
    "stale": "it came too late",
    "latched": "the treadmill is locked",
    "not_still": "the belt is not known to stand still",
    "out_of_range": "the machine cannot do that",
    "would_start": "it would start a still belt",
    "over_belt": "it would speed up a belt that was slowed",
    "not_marked": "the unit's disk has not noted yet that the belt is in use",
    "deck_unknown": "the treadmill does not tell how steep its deck is",
    "console": "somebody pressed Stop or Pause at the treadmill",
    "not_moving": "the belt is not under way",
    "over_limit": "it is over the limit",
    "over_ramp": "it is too quick a change",
    "over_target": "it is more than was asked for",
    "speed_moving": "the speed is still changing",
    "link_lost": "the treadmill is not linked",
    "takes_miles": "the treadmill takes km/h for mph",
    "malformed": "it was not understood",
    "not_readable": "the stop button cannot be read",
    "retained": "it was kept by the broker",
    MessageError.code: "a message is not of its form",
    StorageError.code: "a store does not take what it is given",
}
"""Causes of warnings whose events have no sentence; the other causes' events and replies bring theirs."""


def cause_words(kind: str, cause: str) -> str:
    """A cause in the language being spoken; empty for none."""
    if kind in ("hazard", "stopped") and cause in set(Cause):
        return tell(hazards.staff(Cause(cause)))
    return say(CAUSES[cause]) if cause in CAUSES else cause.replace("_", " ")


def sentence(kind: str, cause: str, said: Phrase | str) -> str:
    """An event in the language being spoken: its own words, else those of its cause, else of its kind."""
    if kind == "control_point":
        return say("The treadmill did not carry out an order.")
    if said:
        return tell(said)
    why = cause_words(kind, cause)
    if why.endswith("."):
        return why
    if kind not in KINDS:
        return f"{kind} {why}".strip().replace("_", " ").capitalize() + "."
    return f"{say(KINDS[kind])}: {why}." if why else f"{say(KINDS[kind])}."
