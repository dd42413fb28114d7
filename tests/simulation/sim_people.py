"""The people of a gym: members who come, ask for a session, press what they like, and go; and a rogue client.

A desk is all that one treadmill's people know: what the bus shows and replies. They never look into the software.
"""

from functools import partial
from typing import Any, Protocol

import msgspec
from sim_machine import SimulatedMachine
from sim_network import Network, Peer
from sim_service import strap_of
from sim_time import Timeline
from sim_unit import SITE

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.limits import Goal, Level
from device_adapters.sim.runner import Runner, person
from services.programme import library

STEERING = ("skip", "skip", "repeat", "slower", "slower", "slower", "done")

BY_HAND_MS = (60_000, 1_200_000)
"""How long somebody walks on a belt that was started at its console."""


class ToldStaff(Protocol):
    """Who keeps count of what people did."""

    def pressed_console(self, machine: SimulatedMachine) -> None: ...
    def replied(self, machine: SimulatedMachine, verb: str, reply: m.SessionReply) -> None: ...
    def viewed(self, machine: SimulatedMachine, view: m.SessionView) -> None: ...
    def heart_read(self, machine: SimulatedMachine, bpm: int) -> None: ...
    def deck_set(self, machine: SimulatedMachine) -> None: ...


class StaffDesk:
    """The people around one treadmill. `unruly`: how often they press something during a session."""

    def __init__(
        self,
        machine: SimulatedMachine,
        number: int,
        timeline: Timeline,
        network: Network,
        told: ToldStaff,
        unruly: float,
    ) -> None:
        self.machine = machine
        self.strap = strap_of(number)
        self.hr_mode = "worn"
        self.racing = False
        self.peer = Peer(f"desk-{number + 1}")
        self.view: m.SessionView | None = None
        self.state: m.TreadmillState | None = None
        self.sessions = 0
        self._timeline = timeline
        self._network = network
        self._told = told
        self._unruly = unruly
        self._asked: dict[str, str] = {}
        self._serial = 0
        self._beat_seq = 0
        self._runner = Runner(person(f"{number}"), f"{number}")
        self._beating = False
        self._turning = ""
        network.subscribe(self.peer, registry.SESSION_VIEW.topic(SITE, machine.name), self._on_view)
        network.subscribe(self.peer, registry.TREADMILL_STATE.topic(SITE, machine.name), self._on_state)
        network.subscribe(self.peer, registry.SESSION_REPLY.topic(SITE, self.peer.name), self._on_reply)
        network.connect(self.peer)

    @property
    def live(self) -> bool:
        """Does the screen show a session that has not ended?"""
        return self.view is not None and self.view.phase != "ended"

    def _on_view(self, payload: bytes) -> None:
        self.view = registry.SESSION_VIEW.decode(payload)
        self._told.viewed(self.machine, self.view)
        self.machine.in_use = self.live
        if self.live:
            self.machine.wake()
        if self.view.phase == "paused" and self._turning != self.view.session:
            self._turning = self.view.session
            self._timeline.after(self._timeline.chance.randrange(1_500, 9_000), self._turned)
        for question in self.view.asks:
            self._answer(question)

    def _turned(self) -> None:
        self._turning = ""
        if self.live and self.view is not None and self.view.phase == "paused":
            if self.view.waits_for == "done":
                self.ask("done")
            self.ask("resume")

    def _answer(self, question: str) -> None:
        """Most questions are answered, sooner or later; some are not heard."""
        if self._timeline.chance.random() < 0.1:
            self.ask(question, rpe=self._timeline.chance.randrange(9, 17) if question == "rpe" else None)

    def _on_state(self, payload: bytes) -> None:
        self.state = registry.TREADMILL_STATE.decode(payload)

    def _on_reply(self, payload: bytes) -> None:
        reply = registry.SESSION_REPLY.decode(payload)
        verb = self._asked.pop(reply.id, "")
        if verb == "start" and reply.ok:
            self.sessions += 1
        if verb:
            self._told.replied(self.machine, verb, reply)

    def ask(self, verb: Any, **more: Any) -> None:
        """A request to the session service."""
        self._serial += 1
        request = m.SessionRequest(
            id=f"{self.machine.name}-{self._serial}",
            client=self.peer.name,
            verb=verb,
            treadmill=self.machine.name,
            by="Anna",
            **more,
        )
        self._asked[request.id] = verb
        payload = registry.SESSION_REQUEST.encode(request)
        self._network.publish(self.peer, registry.SESSION_REQUEST.topic(SITE), payload)

    def ask_start(self, goal: Goal | None = None, hr_max_bpm: int | None = None) -> None:
        """Anyone's session."""
        chance = self._timeline.chance
        plans = [p for p in library.builtins() if goal in (None, p.goal)]
        plan = chance.choice(plans)
        waived = hr_max_bpm is None and chance.random() < 0.15
        self.wear(at="" if waived else self.machine.name)
        self.ask(
            "start",
            goal=plan.goal,
            level=plan.level,
            programme=plan.name,
            hr_max_bpm=hr_max_bpm or chance.choice((None, 185)),
            waiver="no strap fits" if waived else "",
            countdown_s=chance.choice((0, 0, 3, 10)),
            presence_s=chance.choice((None, None, 120)),
        )

    def come(self) -> None:
        """Someone steps up to the treadmill: wakes it, has a lock cleared, asks for a session, stays a while."""
        after, chance = self._timeline.after, self._timeline.chance
        if self.live:
            return
        self.machine.wake()
        after(4_000, self.clear_if_locked)
        after(7_000, self.ask_start)
        for _ in range(4):
            if chance.random() < self._unruly:
                after(chance.randrange(7_000, 420_000), self.press_something)

    def clear_if_locked(self) -> None:
        """Staff look at the belt and clear it."""
        if self.state is not None and self.state.latched:
            self.ask("clear")

    def press_something(self) -> None:
        """Whatever people press."""
        if self.machine.belt.speed_ckmh == 0 and not self.live:
            return
        match self._timeline.chance.choice(
            ("pause", "pause", "resume", "stop", "clear", "process stop", "start", *STEERING)
        ):
            case "process stop":
                self.press_stop()
            case "start":
                self.ask_start()
            case verb:
                self.ask(verb)

    def press_stop(self, *, all_belts: bool = False) -> None:
        """The stop that goes straight to the units."""
        channel, id_ = (registry.STOP_ALL, "") if all_belts else (registry.STOP_ONE, self.machine.name)
        self._network.publish(self.peer, channel.topic(SITE, id_), b'{"by":"Anna","why":"seen"}')

    def press_console(self, ckmh: int) -> None:
        """The machine's own buttons; 0 is its Stop. Who walks by hand gets off before long, and stops the belt."""
        self.machine.catch_up()
        self.machine.wake()
        if ckmh > 0:
            self._told.pressed_console(self.machine)
            self._timeline.after(self._timeline.chance.randrange(*BY_HAND_MS), self._get_off)
        self.machine.say(self.machine.computer.press_speed(ckmh))

    def press_incline(self, dpct: int) -> None:
        """The machine's own incline buttons."""
        self.machine.catch_up()
        self._told.deck_set(self.machine)
        self.machine.belt.set_incline(dpct)

    def _get_off(self) -> None:
        if self.machine.belt.under_way and not self.live:
            self.press_console(0)

    # The strap.

    def wear(self, at: str) -> None:
        usual = m.StrapState(
            strap=self.strap, unit="unit-01", boot="b", at_ms=0, link="connected", treadmill=at
        )
        topic = registry.STRAP_STATE.topic(SITE, self.strap)
        self._network.publish(self.peer, topic, registry.STRAP_STATE.encode(usual), retain=True)
        if not self._beating:
            self._beating = True
            self._timeline.after(1_000, self._beat)

    def _beat(self) -> None:
        self._beating = self.live
        if not self._beating:
            return
        self._timeline.after(2_000, self._beat)
        self._runner.racing = self.racing
        if self.hr_mode != "frozen":
            self._runner.step(2_000, self.machine.belt.speed_ckmh / 100, self.machine.belt.incline_dpct / 10)
        if self.hr_mode == "lost":
            return
        self._told.heart_read(self.machine, self._runner.bpm)
        self._beat_seq += 1
        said = m.StrapTelemetry(
            strap=self.strap, boot="b", seq=self._beat_seq, at_ms=self._timeline.now_ms,
            hr_bpm=self._runner.bpm, contact=True,
        )  # fmt: skip
        topic = registry.STRAP_TELEMETRY.topic(SITE, self.strap)
        self._network.publish(self.peer, topic, registry.STRAP_TELEMETRY.encode(said))


class Rogue:
    """A client with valid credentials: hears all, sends well-formed leases, commands and copies of others' messages."""

    def __init__(self, machines: list[SimulatedMachine], timeline: Timeline, network: Network) -> None:
        self.peer = Peer("rogue")
        self._timeline = timeline
        self._network = network
        self._names = [machine.name for machine in machines]
        self._heard: list[tuple[str, bytes]] = []
        self._leases: dict[str, m.Lease] = {}
        self._states: dict[str, m.TreadmillState] = {}
        self._serial = 0
        for name in self._names:
            for channel in (registry.LEASE, registry.COMMAND):
                topic = channel.topic(SITE, name)
                network.subscribe(self.peer, topic, partial(self._hear, topic))
            topic = registry.TREADMILL_STATE.topic(SITE, name)
            network.subscribe(self.peer, topic, partial(self._see, name))
        network.connect(self.peer)

    def _hear(self, topic: str, payload: bytes) -> None:
        self._heard = [*self._heard[-199:], (topic, payload)]
        if topic.endswith("/lease"):
            self._leases[topic.split("/")[-2]] = msgspec.json.decode(payload, type=m.Lease)

    def _see(self, name: str, payload: bytes) -> None:
        self._states[name] = registry.TREADMILL_STATE.decode(payload)

    def misbehave(self, name: str) -> None:
        """One piece of mischief at a treadmill."""
        chance = self._timeline.chance
        if self._heard and chance.random() < 0.4:
            topic, payload = chance.choice(self._heard)
            self._network.publish(self.peer, topic, payload)
            return
        self._lease(name)
        for _ in range(chance.randrange(4)):
            self._timeline.after(chance.randrange(20, 3_000), lambda: self._command(name))

    def _lease(self, name: str) -> None:
        chance, state, seen = self._timeline.chance, self._states.get(name), self._leases.get(name)
        if state is None:
            return
        forged = seen is not None and chance.random() < 0.5
        ceiling = m.Limits(
            speed_max_kmh=20, accel_max_kmh_s=5, decel_stop_kmh_s=9, grade_min_pct=-10, grade_max_pct=20,
            session_max_s=9_999, bout_max_s=9_999, hr_max_pct=100,
        )  # fmt: skip
        lease = m.Lease(
            epoch=seen.epoch if forged and seen else max(1, state.lease_epoch + chance.randrange(-1, 4)),
            beat=seen.beat + chance.randrange(0, 5) if forged and seen else chance.randrange(1, 4),
            holder=seen.holder if forged and seen else "rogue",
            boot=state.boot,
            session=seen.session if forged and seen else "rogue",
            goal=chance.choice(list(Goal)),
            level=chance.choice(list(Level)),
            ttl_ms=chance.choice((0, 1_000, 3_000, 5_000)),
            limits=ceiling if chance.random() < 0.3 else None,
            raised=ceiling if chance.random() < 0.3 else None,
            raised_by=chance.choice(("", "Eve")),
            raised_why=chance.choice(("", "because")),
            spotter=chance.random() < 0.3,
            harness=chance.random() < 0.3,
        )
        self._network.publish(self.peer, registry.LEASE.topic(SITE, name), registry.LEASE.encode(lease))

    def _command(self, name: str) -> None:
        chance, seen = self._timeline.chance, self._leases.get(name)
        if seen is None:
            return
        self._serial += 1
        command = m.Command(
            id=f"rogue-{self._serial}",
            verb=chance.choice(("start", "target", "target", "stop", "clear")),
            epoch=seen.epoch,
            beat=max(0, seen.beat - chance.randrange(0, 6)),
            speed_kmh=chance.choice((None, 0.0, 3.0, 9.9, 25.0)),
            incline_pct=chance.choice((None, 0.0, 15.0, -9.0)),
            by=chance.choice(("", "Eve")),
        )
        self._network.publish(self.peer, registry.COMMAND.topic(SITE, name), registry.COMMAND.encode(command))
