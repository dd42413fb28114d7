"""A whole gym in virtual time: real engines, gates, messages and belts; simulated bus, radio, people and faults.

Everything comes from the seed: the same seed gives the same trace, to the byte. First the safety phase: people come
and go while a random choice of faults (swarm: not every world has every kind) goes on. Then all faults end, and
the liveness phase shows that people can go on.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from sim_cable import CABLES, LineRecord, SimulatedCable, read
from sim_checks import Checkers
from sim_faults import KINDS, Faults
from sim_machine import SimulatedMachine
from sim_network import Network, Peer
from sim_people import Rogue, StaffDesk
from sim_service import SimulatedService
from sim_time import Timeline
from sim_unit import SimulatedUnit

from device_adapters.contract import messages as m
from device_adapters.gate import Gate
from device_adapters.safety.limits import Goal

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
OPEN_MS = 16 * HOUR_MS
"""Of each day of 24 hours; at night the treadmills stand."""

BETWEEN_MS = 80 * 60_000
"""From one person's coming to a treadmill to the next one's, on average, while the gym is open."""

FAULT_AFTER_MS = (5_000, 330_000)
SETTLE_MS = 90_000
WORLD_MAX_MS = 10 * DAY_MS


@dataclass(frozen=True, slots=True)
class ToldWorld:
    """What one world did. Hours are those of virtual time; a belt counts while its treadmill stands in the world."""

    seed: int
    sessions: int
    belt_hours: float
    moving_hours: float
    events: int
    faults: Counter[str]
    acted: Counter[str]
    results: Counter[str]
    rungs: Counter[str]
    lines: LineRecord
    violations: tuple[str, ...]
    digest: str


class SimulatedWorld:
    """One gym. `cables`: what the first of its treadmills are, on cables; by chance if None. `gate` may be a broken
    one, to see a checker fire.
    """

    def __init__(
        self,
        seed: int,
        *,
        treadmills: int = 6,
        kinds: Sequence[str] | None = None,
        cables: Sequence[str] | None = None,
        gate: type[Gate] = Gate,
    ) -> None:
        self.seed = seed
        self.timeline = Timeline(seed)
        chance = self.timeline.chance
        self.network = Network(self.timeline)
        self.checks = Checkers(self.timeline)
        on_cables = self._on_cables(treadmills) if cables is None else cables
        machines = [
            self._machine(f"tm-{n + 1:02d}", kind, commissioned=chance.random() < 0.8)
            for n, kind in enumerate([*on_cables, *[""] * treadmills][:treadmills])
        ]
        for machine in machines:
            self.checks.add(machine)
        self.units = [
            SimulatedUnit(
                f"unit-{n // 3 + 1:02d}", machines[n : n + 3], self.timeline, self.network, self.checks, gate
            )
            for n in range(0, treadmills, 3)
        ]
        names = [machine.name for machine in machines]
        self.service = self.made_service(self.timeline, self.network, [u.name for u in self.units], names)
        self.service.on_request = self._asked
        unruly = chance.choice((0.1, 0.3, 0.6))
        self.desks = [
            StaffDesk(machine, n, self.timeline, self.network, self.checks, unruly)
            for n, machine in enumerate(machines)
        ]
        self.rogue = Rogue(machines, self.timeline, self.network)
        self.faults = Faults(self)
        self.lines = LineRecord()
        self.kinds = self._swarm() if kinds is None else tuple(kinds)
        self.began_ms = self.timeline.now_ms
        self._wanted = 0

    def _on_cables(self, treadmills: int) -> list[str]:
        """A chance of its own: whoever has none on cables is as it was."""
        chance = Random(f"cables of {self.seed}")
        return chance.sample(list(CABLES), min(treadmills // 2, chance.choice((0, 1, 1, 2, 3))))

    def _machine(self, name: str, kind: str, *, commissioned: bool) -> SimulatedMachine:
        if not kind:
            return SimulatedMachine(name, self.timeline, self.checks, commissioned=commissioned)
        protocol, arrangement = CABLES[kind]
        return SimulatedCable(
            name,
            self.timeline,
            self.checks,
            commissioned=commissioned,
            protocol=protocol,
            arrangement=arrangement,
        )

    def made_service(
        self, timeline: Timeline, network: Network, units: list[str], names: list[str]
    ) -> SimulatedService:
        """The session service of this world."""
        return SimulatedService(timeline, network, units, names)

    def _swarm(self) -> tuple[str, ...]:
        chance = self.timeline.chance
        share = chance.choice((0.2, 0.5, 1.0))
        return tuple(kind for kind in KINDS if chance.random() < share)

    def unit_of(self, machine: SimulatedMachine) -> SimulatedUnit:
        """The unit that serves it."""
        return next(unit for unit in self.units if machine in unit.machines)

    def peers(self) -> list[Peer]:
        """Every client of the broker whose process is there."""
        units = [unit.peer for unit in self.units if unit.alive]
        hub = [self.service.peer] if self.service.alive else []
        return [*units, *hub, *(desk.peer for desk in self.desks), self.rogue.peer]

    def _asked(self, request: m.SessionRequest) -> None:
        self.checks.asked(request)
        desk = next(desk for desk in self.desks if desk.machine.name == request.treadmill)
        self.checks.ends(request, desk.view.phase if desk.view is not None else "")

    @property
    def sessions(self) -> int:
        """Sessions that were granted so far."""
        return sum(desk.sessions for desk in self.desks)

    def run(self, sessions: int) -> ToldWorld:
        """So many sessions with faults, to the end of that day, then the proof that all is well again."""
        self._wanted = sessions
        timeline = self.timeline
        for desk in self.desks:
            timeline.after(int(timeline.chance.random() * BETWEEN_MS), partial(self._visit, desk))
        while self.sessions < sessions and timeline.now_ms - self.began_ms < WORLD_MAX_MS:
            timeline.run_until(timeline.now_ms + 300_000)
        self._wanted = 0
        passed_ms = timeline.now_ms + 400_000 - self.began_ms
        timeline.run_until(self.began_ms + -(-passed_ms // DAY_MS) * DAY_MS)
        self.faults.end_all()
        self.liveness()
        self._recorded()
        return self._told()

    def _visit(self, desk: StaffDesk) -> None:
        if self.sessions >= self._wanted:
            return
        timeline, chance = self.timeline, self.timeline.chance
        timeline.after(int(chance.expovariate(1 / BETWEEN_MS)) + 60_000, lambda: self._visit(desk))
        if (timeline.now_ms - self.began_ms) % DAY_MS >= OPEN_MS:
            return
        desk.come()
        if self.kinds:
            for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
                kind = chance.choice(self.kinds)
                timeline.after(chance.randrange(*FAULT_AFTER_MS), partial(self.faults.begin, kind, desk))

    def liveness(self) -> None:
        """After all faults: every belt at rest or in its session, and a person can clear, start and stop again."""
        timeline, checks = self.timeline, self.checks
        timeline.run_until(timeline.now_ms + SETTLE_MS)
        for desk in self.desks:
            if not checks.at_rest_or_live(desk.machine, desk.live) and desk.machine.name in self._ours():
                checks.violated(desk.machine, "liveness", "the belt moves without a session after all faults")
            desk.ask("stop")
            desk.press_console(0)
            desk.press_incline(0)  # a stop leaves the deck as it is; the next member needs it level
        timeline.run_until(timeline.now_ms + SETTLE_MS)
        for desk in self.desks:
            desk.machine.wake()
            desk.press_console(0)
            timeline.after(5_000, desk.clear_if_locked)
            timeline.after(8_000, partial(desk.ask_start, Goal.MOBILITY))
            timeline.after(50_000, partial(self._try_again, desk))
        timeline.run_until(timeline.now_ms + 90_000)
        for desk in self.desks:
            desk.machine.catch_up()
            follows = desk.live and desk.machine.belt.speed_ckmh > 0
            if not follows and desk.machine.spec.speed_min_ckmh <= 150:
                state = desk.state
                why = (desk.view.why if desk.view else "no view", state.latched if state else "no state")
                checks.violated(desk.machine, "liveness", f"no session could be started anew: {why}")
            desk.ask("stop")
        timeline.run_until(timeline.now_ms + 60_000)
        for desk in self.desks:
            desk.machine.catch_up()
            if desk.machine.belt.speed_ckmh or desk.live:
                checks.violated(desk.machine, "liveness", "the session did not end")

    def _recorded(self) -> None:
        """No byte but the allowed ones was ever on a cable."""
        for desk in self.desks:
            if isinstance(desk.machine, SimulatedCable):
                line = read(desk.machine)
                self.lines += line
                if line.first:
                    self.checks.violated(desk.machine, "line", line.first)

    @staticmethod
    def _try_again(desk: StaffDesk) -> None:
        if not desk.live:
            desk.ask_start(Goal.MOBILITY)

    def _ours(self) -> set[str]:
        """Belts that a lease set going; one that somebody started at its console is theirs."""
        return {name for name, watched in self.checks.watched.items() if watched.mover is not None}

    def _told(self) -> ToldWorld:
        passed_ms = self.timeline.now_ms - self.began_ms
        return ToldWorld(
            seed=self.seed,
            sessions=self.sessions,
            belt_hours=passed_ms * len(self.desks) / HOUR_MS,
            moving_hours=self.checks.moving_ms / HOUR_MS,
            events=self.timeline.events,
            faults=self.faults.injected,
            acted=self.checks.acted,
            results=self.checks.results,
            rungs=self.checks.hearts.reached,
            lines=self.lines,
            violations=tuple(self.checks.violations),
            digest=self.timeline.digest,
        )
