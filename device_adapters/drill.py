"""The drill: a treadmill that is not there, on which staff practise on the real floor. Pure.

Its mark is its id, which stands in every topic and message of it: no word of it can be without. The broker lets only
the drill's own identity speak for it, an office enrols nobody in its name, and no unit with a radio takes it.
"""

DRILL = "drill"
"""Id of the treadmill, of its unit, and of the unit's identity at the broker."""


RADIO = f"virtual:{DRILL}"
"""The radio of that unit: in memory, so that no device of the gym is in its reach."""

MINUTES = 15
FAULTS = ("link_lost", "ignore_stop", "safety_key")
"""What can be practised: the link goes while the belt runs on; it runs on whatever it is told; the key is pulled."""

RIGHT = "right"
"""The word that ends every fault."""


def of_drill(id: str, said: object) -> bool:
    """Is this message, on the topic of `id` ('' where the topic names none), about the drill?"""
    return id == DRILL or any(getattr(said, name, "") == DRILL for name in ("treadmill", "unit", "source"))
