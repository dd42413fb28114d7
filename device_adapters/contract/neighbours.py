"""Which releases of hub and unit understand each other, by the number of the contract that each speaks. Pure.

The number rises with each change of `messages/` after which somebody who does not know it would be misunderstood. A
release speaks with the one before and the one after, whichever of both the hub runs.
"""

CONTRACT = 2
"""What this release speaks."""

UNTOLD = 1
"""What those speak who tell no number: the releases up to 0.1.0."""


def neighbours(theirs: int) -> bool:
    """May a hub of this release lead belts of a unit that speaks `theirs`?"""
    return abs(theirs - CONTRACT) <= 1
