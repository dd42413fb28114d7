"""How long a belt took from a hazard to its confirmed rest, added to the event that says so."""

from dataclasses import replace

from device_adapters.safety.events import Note
from device_adapters.safety.hazards import Action, Cause

_STOPPING = tuple(action.name.lower() for action in (Action.CONTROLLED_STOP, Action.STOP_NOW))


class TimeToRest:
    """Of one belt. Counted from the first hazard that was to stop it, to the end of the still belt's confirmation.

    A lost link ends the count: nothing can be done, and nothing is owed, until it is back.
    """

    def __init__(self) -> None:
        self._since_ms: int | None = None

    def timed(self, note: Note, now_ms: int) -> Note:
        """The note; `stopped` with `took_ms`, if a hazard came before. Monotonic time."""
        since_ms = self._since_ms
        if note.cause == Cause.LINK_LOST or note.kind == "stopped":
            self._since_ms = None
        elif since_ms is None and note.kind == "hazard" and note.after.get("action") in _STOPPING:
            self._since_ms = now_ms
        if note.kind != "stopped" or since_ms is None:
            return note
        return replace(note, after={**note.after, "took_ms": now_ms - since_ms})
