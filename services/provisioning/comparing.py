"""Is what a server tells of a thing what it was told? It has more in it, and hides secrets. Pure."""

from collections.abc import Mapping

HIDDEN = "[REDACTED]"


def has(there: object, wanted: object) -> bool:
    """Is all of `wanted` in `there`? What is hidden counts as right."""
    if there == HIDDEN:
        return True
    if isinstance(wanted, Mapping):
        return isinstance(there, Mapping) and all(has(there.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(there, list) and len(there) == len(wanted) and all(map(has, there, wanted))
    return there == wanted
