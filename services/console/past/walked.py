"""Cadence and step length in words, with how sure they are. Pure."""

from services.console.languages import say
from services.history.gait import Gait
from services.texts.figures import fixed

APART = 0.1
"""From this difference on the pod's own step length is said beside the reckoned one."""


def walked_facts(gait: Gait | None) -> list[tuple[str, str]]:
    """For the list of a session's facts; nothing where nothing is known."""
    if gait is None:
        return []
    step = say(
        "{cm} cm, half of all between {low} and {high}", cm=gait.step_cm, low=gait.low_cm, high=gait.high_cm
    )
    return [(say("Cadence"), say("{spm} steps a minute", spm=gait.cadence_spm)), (say("Step length"), step)]


def walked_bounds(gait: Gait | None) -> str:
    """Where the numbers come from, and what they leave open; empty where there are none."""
    if gait is None:
        return ""
    source = (
        say("Cadence by the foot pod, which counts one foot.")
        if gait.source == "pod"
        else say("Cadence by the treadmill's own count of steps; how it counts is its maker's.")
    )
    told = [
        source,
        say(
            "Step length is the belt's speed divided by the cadence, over {minutes} minutes at a steady speed, "
            "parts walked forward included: the "
            "counting alone leaves {cm} cm open, the belt's own error comes on top. It is longer at a higher speed.",
            minutes=fixed(gait.minutes),
            cm=fixed(gait.step_off_cm),
        ),
    ]
    if gait.pod_cm is not None and abs(gait.pod_cm - gait.step_cm) > APART * gait.step_cm:
        told.append(say("The pod itself says {cm} cm: pods reckon for walking forward.", cm=gait.pod_cm))
    told.append(say("It says nothing of left against right, and makes no diagnosis."))
    return " ".join(told)
