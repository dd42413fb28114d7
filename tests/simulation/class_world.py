"""A gym of twelve whose staff lead a class: the production conductor beside the real engines and gates, under faults.

What the checkers of every world look at, they look at here too; besides, a belt of a class starts only after somebody
let the class go, and lanes that nothing happened to go by its clock.
"""

from dataclasses import replace
from typing import Any

from sim_faults import KINDS
from sim_network import Network, Peer
from sim_people import StaffDesk
from sim_service import TICK_MS, SimulatedService
from sim_time import Timeline
from sim_unit import SITE
from world import SimulatedWorld

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.phrase import Refusal
from device_adapters.safety.limits import Goal, Level
from services.programme import library
from services.session.classes import Classes
from services.session.engine.events import RequestAnswer
from services.session.engine.state import Asker
from services.session.request_parsing import event_for

LANES = 12
COUNTDOWNS_MS = (0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 0, 6_000, 2_000, 5_000, 3_000)
SHARED = (
    "unit_crash", "unit_stalled", "unit_cut_off", "clock_jump", "hub_clock_jump", "disk_hangs", "line_behind",
    "broker_down", "broker_forgets", "service_crash", "service_cut_off", "line_slow", "messages_twice",
    "journal_broken", "stop_all",
)  # fmt: skip
"""Faults of what several lanes, or all, have in common."""

OF_ONE = tuple(kind for kind in KINDS if kind not in SHARED)
"""Faults of one lane: its belt, its machine's console and radio, its member's heart, a rogue at it."""


class ClassService(SimulatedService):
    """The session service with its class."""

    def start(self) -> None:
        """As every service: of a class before it, it knows nothing."""
        super().start()
        shell: Any = self
        self.classes = Classes(self._floor, shell, self.clock)
        self._hear_raw(registry.CLASS_REQUEST.topic(SITE), self._class_request)
        self.classes.publish_again()

    def _class_request(self, payload: bytes) -> None:
        request = registry.CLASS_REQUEST.decode(payload)
        if (request.client, request.id) in self._answered:
            return
        self._answered.add((request.client, request.id))
        asker = Asker(request.id, request.client, request.by)
        if (why := self.classes.ask(request, asker, library.NONE)) is not None:
            self._declined("", asker, why)

    def _request(self, payload: bytes) -> None:
        request = registry.SESSION_REQUEST.decode(payload)
        if request.verb != "start" or not request.class_id:
            super()._request(payload)
            return
        if (request.client, request.id) in self._answered:
            return
        self._answered.add((request.client, request.id))
        self._sessions += 1
        self.on_request(request)
        led = self.classes.programme_for(request)
        event = event_for(request, f"s-{self._sessions}", self._floor.choose_strap(request), led=led)
        if isinstance(event, Refusal):
            self._declined(request.treadmill, Asker(request.id, request.client, request.by), event)
        else:
            self._floor.feed(request.treadmill, event)

    def _declined(self, treadmill: str, asker: Asker, why: Refusal) -> None:
        self._floor.answer(treadmill, RequestAnswer(asker=asker, ok=False, cause=why.cause, said=why.said))

    def _wake(self) -> None:
        if self._floor.busy and not self._ticking:
            self._ticking = True
            holder = self._holder
            due_ms = round(self.classes.due_s(TICK_MS / 1000) * 1000)
            self.timeline.after(due_ms, lambda: self._tick(holder))

    def _tick(self, holder: str) -> None:
        if self._alive and holder == self._holder:
            self.classes.tick()
        super()._tick(holder)


class ClassWorld(SimulatedWorld):
    """`seen`: what the desk of the class was told, and when; `steps`: when each lane was first in each step."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, treadmills=LANES, kinds=(), cables=())
        for machine, countdown_ms in zip((d.machine for d in self.desks), COUNTDOWNS_MS, strict=True):
            machine.belt.spec = machine.spec = replace(machine.spec, start_delay_ms=countdown_ms)
        self.peer = Peer("leader")
        self.seen: list[tuple[int, m.ClassView]] = []
        self.steps: dict[str, dict[int, int]] = {desk.machine.name: {} for desk in self.desks}
        self.moved_ms: dict[str, int] = {}
        self._serial = 0
        self.network.subscribe(self.peer, registry.CLASS_VIEW.topic(SITE), self._class_told)
        for desk in self.desks:
            topic = registry.SESSION_VIEW.topic(SITE, desk.machine.name)
            self.network.subscribe(self.peer, topic, self._lane_told)
        self.network.connect(self.peer)

    def made_service(self, timeline: Timeline, network: Network, units: list[str], names: list[str]) -> Any:
        """With a class."""
        return ClassService(timeline, network, units, names)

    def peers(self) -> list[Peer]:
        """With the one who leads."""
        return [*super().peers(), self.peer]

    @property
    def view(self) -> m.ClassView:
        """The class as it was told last."""
        return self.seen[-1][1] if self.seen else m.ClassView(at_ms=0)

    def lane(self, desk: StaffDesk) -> str:
        """Where this lane stands."""
        return next((each.phase for each in self.view.lanes if each.treadmill == desk.machine.name), "")

    def ask(self, verb: m.ClassVerb, **more: Any) -> None:
        """Ask something of the class."""
        self._serial += 1
        request = m.ClassRequest(id=f"c-{self._serial}", client="leader", verb=verb, by="Anna", **more)
        payload = registry.CLASS_REQUEST.encode(request)
        self.network.publish(self.peer, registry.CLASS_REQUEST.topic(SITE), payload)

    def after(self, ms: int) -> None:
        """Let time pass."""
        self.timeline.run_until(self.timeline.now_ms + ms)

    def confirm(self, desk: StaffDesk) -> None:
        """Somebody at the belt starts the lane for the class."""
        desk.wear(at=desk.machine.name)
        desk.ask(
            "start", goal=Goal.CONDITIONING, level=Level.NOVICE, hr_max_bpm=185, class_id=self.view.class_id
        )

    def gathered(self) -> None:
        """A class for which all who can stand ready."""
        for desk in self.desks:
            desk.machine.wake()
        self.after(4_000)
        self.ask("open", goal=Goal.CONDITIONING, level=Level.NOVICE)
        self.after(1_000)
        for desk in self.desks:
            self.confirm(desk)
            self.after(500)
        self.after(4_000)

    def under_way(self, within_ms: int = 240_000) -> None:
        """A class whose clock runs."""
        self.gathered()
        self.ask("go")
        end_ms = self.timeline.now_ms + within_ms
        while self.view.phase != "running" or self.view.starts_in_s is not None:
            self.after(500)
            if self.timeline.now_ms > end_ms:
                raise AssertionError(f"the clock does not run: {self.view}")

    def _class_told(self, payload: bytes) -> None:
        self.seen.append((self.timeline.now_ms, registry.CLASS_VIEW.decode(payload)))

    def _lane_told(self, payload: bytes) -> None:
        view = registry.SESSION_VIEW.decode(payload)
        if view.phase == "running":
            self.steps[view.treadmill].setdefault(view.step, view.at_ms)
