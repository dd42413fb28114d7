"""What may be odd about a device or a unit, in words, with what to do. Messages carry the keys. Pure.

An oddity keeps nothing from being read that can be read: it is told, in an event when it is first seen and in the
device's state for as long as it lasts.
"""

from enum import StrEnum
from typing import NamedTuple


class Odd(StrEnum):
    """What may be odd about a device or a unit; the keys on the wire."""

    ADAPTER_FAILED = "adapter_failed"
    SERVICES_INCOMPLETE = "services_incomplete"
    NO_ANSWER = "no_answer"
    DOUBLED = "doubled"
    SILENT = "silent"
    MALFORMED = "malformed"
    NEVER_ENDS = "never_ends"
    RANGE_UNUSABLE = "range_unusable"
    INCLINE_RANGE_UNUSABLE = "incline_range_unusable"
    FEATURES_UNUSABLE = "features_unusable"
    INCLINE_IMPLAUSIBLE = "incline_implausible"
    STATUS_REFUSED = "status_refused"
    ANSWERS_REFUSED = "answers_refused"
    BATTERY_UNREADABLE = "battery_unreadable"
    CADENCE_IMPLAUSIBLE = "cadence_implausible"
    CADENCE_MAY_BE_POWER = "cadence_may_be_power"
    BELT_SENSOR_UNHEARD = "belt_sensor_unheard"
    BELT_SENSOR_BATTERY = "belt_sensor_battery"
    ANOTHER_MACHINE = "another_machine"
    ANOTHER_UNIT = "another_unit"
    RECORD_UNREADABLE = "record_unreadable"


ALARMS = frozenset({Odd.BELT_SENSOR_UNHEARD})
"""Told as alarms; all others are warnings."""


class Words(NamedTuple):
    """What is seen, and what to do about it."""

    what: str
    todo: str


WORDS: dict[Odd, Words] = {
    Odd.ADAPTER_FAILED: Words(
        "Reading this device failed for a reason nobody foresaw; it is tried again.",
        "Report it with the unit's log and a capture of the device.",
    ),
    Odd.SERVICES_INCOMPLETE: Words(
        "The device does not show what it is needed for; what was remembered of it was dropped and it is asked anew.",
        "If it stays: switch the device off and on; then clear it with bluetoothctl remove and its address.",
    ),
    Odd.NO_ANSWER: Words(
        "The device leaves a question unanswered; it is read without it and asked again in an hour.",
        "Nothing, if it is otherwise well. Ask its maker for newer firmware.",
    ),
    Odd.DOUBLED: Words(
        "The device has a characteristic twice; the first one is used.", "Nothing, if its values are right."
    ),
    Odd.SILENT: Words(
        "The link is up and no measurements come; they are asked for anew, and then the link is made anew.",
        "A strap: moisten it, or change its battery. A treadmill that is silent at rest: nothing.",
    ),
    Odd.MALFORMED: Words(
        "The device sends measurements that cannot be read; they are left out.",
        "Send a capture of it to whoever keeps the profiles.",
    ),
    Odd.NEVER_ENDS: Words(
        "The treadmill says of every record that more follows; what is there is taken.",
        "Send a capture of it to whoever keeps the profiles.",
    ),
    Odd.RANGE_UNUSABLE: Words(
        "The treadmill's speed range cannot be read or cannot be: it is read and can be stopped, but not started.",
        "Switch the treadmill off and on; if it stays, use it without guidance.",
    ),
    Odd.INCLINE_RANGE_UNUSABLE: Words(
        "The treadmill's incline range cannot be read: its deck is left alone.",
        "Nothing, if the deck is not to be tilted.",
    ),
    Odd.FEATURES_UNUSABLE: Words(
        "The treadmill does not tell what it can do: its deck is left alone.",
        "Nothing, if the deck is not to be tilted.",
    ),
    Odd.INCLINE_IMPLAUSIBLE: Words(
        "The incline told is a level and no percentage, or beyond any deck or this one's range.",
        "Look at the console for the incline. Send a capture to whoever keeps the profiles.",
    ),
    Odd.STATUS_REFUSED: Words(
        "The treadmill does not tell what is done at its console.",
        "Tell staff: a stop at its console is seen by the belt's speed only.",
    ),
    Odd.ANSWERS_REFUSED: Words(
        "The treadmill's control point answers nobody; what it was told is seen by the belt's speed only.",
        "Commission the treadmill before it is used.",
    ),
    Odd.BATTERY_UNREADABLE: Words(
        "The strap's battery level cannot be read.", "Change the battery by the calendar."
    ),
    Odd.CADENCE_IMPLAUSIBLE: Words(
        "The foot pod's steps per minute cannot be at this speed: they are left out.",
        "Check that the pod is worn here and fastened; a pod that counts both feet needs a profile.",
    ),
    Odd.CADENCE_MAY_BE_POWER: Words(
        "The foot pod's steps per minute cannot be at this speed, and may be its power: they are left out.",
        "Switch power in cadence off in the pod's app; else check that the pod is worn here and fastened.",
    ),
    Odd.BELT_SENSOR_UNHEARD: Words(
        "The belt moves and its own sensor is not heard: only the machine tells its speed.",
        "Look for the sensor on the belt: its battery, its place, its address in the settings.",
    ),
    Odd.BELT_SENSOR_BATTERY: Words(
        "The battery of the belt's own sensor is low.", "Change or charge it today."
    ),
    Odd.ANOTHER_MACHINE: Words(
        "The treadmill tells another model or firmware than the one that was commissioned: its record holds no more.",
        "Commission it again: backstride commission and its id.",
    ),
    Odd.RECORD_UNREADABLE: Words(
        "The treadmill's commissioning record cannot be read: it is held to be without one.",
        "Commission it again: backstride commission and its id.",
    ),
    Odd.ANOTHER_UNIT: Words(
        "Two machines connect by this unit's name and throw each other out, again and again (a cloned card?).",
        "Switch one of them off and give it a name of its own: backstride unit invite on the hub, backstride unit join "
        "on the machine.",
    ),
}


def words(key: str) -> Words:
    """The words of a key; of one that a newer unit sends, the key itself."""
    try:
        return WORDS[Odd(key)]
    except ValueError:
        return Words(key, "Update the hub: its unit knows more than it does.")
