"""`replace` for frozen dataclasses without slots, ten times as fast as that of the standard library. Pure.

The states of a belt and of a session have up to 40 fields and are replaced several times per event.
`dataclasses.replace` looks at each field in Python and calls `__init__`: 19 µs for 36 fields, which was 40 % of all
time of the simulation; copying the instance's dictionary takes 2 µs. mypy checks names and types of the changes
as it does for the original.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import replace as replace
else:

    def replace(value: Any, /, **changes: Any) -> Any:
        """A copy of `value` with these fields changed; TypeError if it has no such field."""
        new = object.__new__(type(value))
        fields = new.__dict__
        fields.update(value.__dict__)
        known = len(fields)
        fields.update(changes)
        if len(fields) != known:
            raise TypeError(
                f"{type(value).__name__} has no {', '.join(changes.keys() - value.__dict__.keys())}"
            )
        return new
