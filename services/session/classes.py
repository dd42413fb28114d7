"""The site's class: what people ask of it, and what it tells its lanes and the bus. One at a time.

It is in this process only: where the service ends, so does the class, and its lanes are sessions like all others.
"""

import uuid
from collections.abc import Mapping

import msgspec

from device_adapters.clock import Clock
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.keys import requests as keys
from device_adapters.contract.phrase import Refusal
from device_adapters.frozen import replace
from services.programme import library, together
from services.programme.faults import ProgrammeFaultsError
from services.programme.model import Programme
from services.programme.unsuited import UnsuitedError
from services.session.engine import class_clock, conductor
from services.session.engine.class_view import class_view
from services.session.engine.conductor import Led
from services.session.engine.events import ClassOver, EventNote, RequestAnswer
from services.session.engine.state import Asker, Session
from services.session.floor import VIEW_EVERY_MS, Floor
from services.session.lanes import Lanes


class Classes:
    """Called from the service's loop; returns at once."""

    def __init__(self, floor: Floor, lanes: Lanes, clock: Clock) -> None:
        self._floor = floor
        self._lanes = lanes
        self._clock = clock
        self._led: Led | None = None
        self._said: m.ClassView | None = None
        self._said_ms = 0

    def programme_for(self, request: m.SessionRequest) -> Programme | Refusal:
        """What a session runs that is started for the class."""
        led, level = self._led, request.level
        if (why := conductor.join_refusal(led, request.class_id, self._clock.now_ms())) is not None:
            return why
        if led is None or level is None:
            return Refusal("malformed", keys.start_needs_goal())
        if request.goal not in (None, led.programme.goal):
            return Refusal("other_goal", keys.class_of_other_goal(led.programme.goal, request.goal or ""))
        own = together.at_level(led.programme, level)
        if wrong := together.misfits(own):
            return Refusal("no_programme", keys.class_does_not_fit(tuple(wrong)))
        return own

    def ask(self, request: m.ClassRequest, asker: Asker, own: Mapping[str, Programme]) -> Refusal | None:
        """Do what a person asks of the class, and answer; or why not."""
        led, by = self._led, asker.by.strip() or "staff"
        if request.verb == "open":
            why = self._open(request, by, own)
        elif led is None or led.phase == "ended" or request.class_id not in ("", led.class_id):
            why = Refusal("no_class", keys.no_class())
        elif request.verb == "go":
            why = conductor.go_refusal(led, self._in_class(led))
            self._led = led if why else replace(led, phase="starting")
        else:
            why = None
            self._end(led, by, stop=request.verb == "stop")
        if why is None and self._led is not None:
            self._note(request.verb, by)
            self._floor.answer("", RequestAnswer(asker=asker, ok=True, class_id=self._led.class_id))
            self.tick()
        return why

    def tick(self) -> None:
        """Time passed: tell the lanes whose turn it is, and say how the class stands."""
        now_ms, before = self._clock.now_ms(), self._led
        if before is not None:
            self._led, told = conductor.conduct(before, self._in_class(before), now_ms)
            for treadmill, event in told:
                self._floor.feed(treadmill, event)
            if self._led.phase != before.phase:
                self._note(self._led.phase, "")
                if self._led.phase == "ended":
                    self._end(self._led, before.by, stop=False)
        self._publish()

    def publish_again(self) -> None:
        """The broker may have been away, or still have what a service before this one said."""
        self._said = None
        self._publish()

    def due_s(self, most_s: float) -> float:
        """How long until the class changes its step, at most `most_s`: a tick is due then."""
        led = self._led
        if led is None or led.clock is None:
            return most_s
        now_ms = self._clock.now_ms()
        changes_ms = class_clock.read(led.programme.steps, led.clock, now_ms).changes_ms
        begins_ms = led.clock.began_ms if led.clock.began_ms > now_ms else changes_ms
        return most_s if begins_ms is None else min(most_s, max(0.001, (begins_ms - now_ms) / 1000))

    def _open(self, request: m.ClassRequest, by: str, own: Mapping[str, Programme]) -> Refusal | None:
        if self._led is not None and self._led.phase != "ended":
            return Refusal("class_is_open", keys.class_is_open())
        if request.goal is None or request.level is None:
            return Refusal("malformed", keys.class_needs_goal())
        try:
            found = library.find(request.goal, request.level, request.programme, own)
        except (UnsuitedError, ProgrammeFaultsError) as e:
            return Refusal("no_programme", e.said)
        programme = together.timed(found)
        if wrong := together.misfits(programme):
            return Refusal("no_programme", keys.class_does_not_fit(tuple(wrong)))
        self._led = Led(
            class_id=f"c-{uuid.uuid4().hex[:12]}",
            programme=programme,
            by=by,
            since_ms=self._clock.now_ms(),
        )
        return None

    def _end(self, led: Led, by: str, *, stop: bool) -> None:
        """Lanes go on alone, or are stopped: also those that left the class, if all are to stop."""
        self._led = replace(led, phase="ended", clock=None)
        for treadmill, session in self._floor.sessions().items():
            if session.live and session.wanted.class_id == led.class_id:
                self._floor.feed(treadmill, ClassOver(by, stop))

    def _in_class(self, led: Led) -> dict[str, Session]:
        return {
            treadmill: session
            for treadmill, session in self._floor.sessions().items()
            if session.live and session.lane is not None and session.lane.class_id == led.class_id
        }

    def _note(self, cause: str, by: str) -> None:
        led = self._led
        if led is not None:
            after: dict[str, float | int | str | None] = {"class": led.class_id, "phase": led.phase, "by": by}
            self._floor.note("", EventNote(kind="class", cause=cause, after=after))

    def _publish(self) -> None:
        now_ms, said = self._clock.now_ms(), self._said
        over = self._led is None or self._led.phase == "ended"
        if over and said is not None and said.phase == "ended" and now_ms - self._said_ms < VIEW_EVERY_MS:
            return
        view = class_view(self._led, self._floor.sessions(), now_ms, self._clock.wall_ms())
        timeless = {"at_ms": 0, "clock_s": None, "step_left_s": None, "starts_in_s": None}
        if said is not None and _same(view, said, timeless):
            due = now_ms - self._said_ms >= VIEW_EVERY_MS
            self._said_ms = now_ms if due else self._said_ms
            if view.phase == "ended" or not due:
                return
        self._said, self._said_ms = view, now_ms
        self._lanes.send("", registry.CLASS_VIEW, view)


def _same(one: m.ClassView, other: m.ClassView, timeless: dict[str, int | None]) -> bool:
    return msgspec.structs.replace(one, **timeless) == msgspec.structs.replace(other, **timeless)
