"""Who speaks to the members: cues of each treadmill's session, each once, in every language. In order per treadmill."""

from collections import deque

from device_adapters.contract import messages as m
from services.session.catalogue import catalogues
from services.session.engine import cues
from services.session.engine.doubt import doubt
from services.session.engine.state import EngineState

REMEMBERED = 64
"""Cues of one treadmill that must not be said again: more than one step has."""


class Voice:
    """Remembers what was said."""

    def __init__(self) -> None:
        self._said: dict[str, deque[str]] = {}

    def heard(self, before: EngineState, after: EngineState, now_ms: int, at_ms: int) -> list[m.Cue]:
        """What is to be said of this change, as messages."""
        if after.session is None:
            return []
        in_doubt = doubt(after, after.session, now_ms)
        if after.session is before.session and (in_doubt is None or not after.session.live):
            return []
        said = self._said.setdefault(after.treadmill, deque(maxlen=REMEMBERED))
        found = []
        for cue in cues.due(before.session, after.session, now_ms, in_doubt):
            if cue.id not in said:
                said.append(cue.id)
                found.append(_message(cue, after, at_ms))
        return found


def _message(cue: cues.Utterance, state: EngineState, at_ms: int) -> m.Cue:
    return m.Cue(
        id=cue.id,
        treadmill=state.treadmill,
        session=state.session.wanted.session if state.session else "",
        at_ms=at_ms,
        key=cue.key,
        args=cue.args,
        text={c.language: c.text(cue.key, cue.args) for c in catalogues()},
        tone=cue.tone,
        language=state.session.wanted.language if state.session else "",
    )
