"""A session's gym that listens to what the member is told."""

from dataclasses import dataclass, field
from typing import Any

from session_rig import EngineGym

from device_adapters.contract import messages as m
from services.programme.model import Programme
from services.session.engine.events import Effect, Event
from services.session.voice import Voice


@dataclass
class Spoken(EngineGym):
    """A gym that listens."""

    voice: Voice = field(default_factory=Voice)
    said: list[tuple[int, m.Cue]] = field(default_factory=list)

    def feed(self, event: Event) -> tuple[Effect, ...]:
        before, at = self.state, self.now
        effects = super().feed(event)
        self.said += [(at, cue) for cue in self.voice.heard(before, self.state, self.now, self.now)]
        return effects

    def heard(self) -> list[str]:
        return [cue.key for _, cue in self.said]

    def to_the_end(self, plan: Programme, **changes: Any) -> None:
        """The whole programme, with people who do what the view waits for."""
        assert self.start(plan, **changes).ok
        while self.session.live:
            self.run(2_000)
            if self.session.phase == "paused":
                self.ask("done")
                self.ask("resume")
