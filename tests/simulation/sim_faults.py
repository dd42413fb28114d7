"""Everything that goes wrong, by name. A fault has a beginning and, where it lasts, an end; chance is the seed's."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Protocol

from sim_checks import Checkers
from sim_machine import SimulatedMachine
from sim_network import Network, Peer
from sim_people import Rogue, StaffDesk
from sim_service import SimulatedService
from sim_time import Timeline
from sim_unit import SimulatedUnit

End = Callable[[], None]

LASTS_MAX_MS = 40_000
HEART_MAX_MS = 200_000
"""Long enough for every rung of the ladders."""


class FaultyGym(Protocol):
    """What a fault may reach."""

    timeline: Timeline
    network: Network
    service: SimulatedService
    units: list[SimulatedUnit]
    desks: list[StaffDesk]
    rogue: Rogue
    checks: Checkers

    def unit_of(self, machine: SimulatedMachine) -> SimulatedUnit: ...
    def peers(self) -> list[Peer]: ...


KINDS = (
    "overspeed", "mph_firmware", "ignore_stop", "control_revoked", "safety_key", "data_silent", "answers_lost",
    "link_lost", "console_faster", "console_slower", "console_stop", "console_incline", "hr_lost", "hr_frozen",
    "hr_high", "unit_crash", "unit_stalled", "unit_cut_off", "clock_jump", "hub_clock_jump", "disk_hangs",
    "line_behind",
    "broker_down", "broker_forgets",
    "service_crash", "service_cut_off", "line_slow", "messages_twice", "journal_broken", "stop_all", "rogue",
)  # fmt: skip


class Faults:
    """Begins faults and remembers how to end them."""

    def __init__(self, gym: FaultyGym) -> None:
        self.injected: Counter[str] = Counter()
        self._gym = gym
        self._lasting: dict[str, End] = {}

    def begin(self, kind: str, desk: StaffDesk) -> None:
        """Let it go wrong at this treadmill (or in what all share), if it is not wrong already."""
        gym = self._gym
        key = f"{kind}:{desk.machine.name}"
        if key in self._lasting:
            return
        desk.machine.catch_up()
        end = getattr(self, f"_{kind}")(desk)
        self.injected[kind] += 1
        gym.timeline.trace("fault", kind, desk.machine.name)
        if end is not None:
            self._lasting[key] = end
            longest_ms = HEART_MAX_MS if kind.startswith("hr_") else LASTS_MAX_MS
            lasts_ms = int(gym.timeline.chance.random() ** 2 * longest_ms) + 200
            gym.timeline.after(lasts_ms, lambda: self.end(key))

    def end(self, key: str) -> None:
        """Let it be right again."""
        end = self._lasting.pop(key, None)
        if end is not None:
            end()

    def end_all(self) -> None:
        """From now on nothing goes wrong."""
        for key in list(self._lasting):
            self.end(key)

    # At the treadmill.

    def _quirk(self, desk: StaffDesk, name: str) -> End:
        machine = desk.machine
        setattr(machine.belt.quirks, name, True)

        def end() -> None:
            machine.catch_up()
            setattr(machine.belt.quirks, name, False)

        return end

    def _overspeed(self, desk: StaffDesk) -> End:
        return self._quirk(desk, "overspeed")

    def _mph_firmware(self, desk: StaffDesk) -> End:
        return self._quirk(desk, "mph_firmware")

    def _ignore_stop(self, desk: StaffDesk) -> End:
        return self._quirk(desk, "ignore_stop")

    def _control_revoked(self, desk: StaffDesk) -> None:
        said = desk.machine.computer.revoke_control()
        if said:
            self._gym.checks.taken(desk.machine)
        desk.machine.say(said)

    def _safety_key(self, desk: StaffDesk) -> End:
        machine = desk.machine
        machine.say(machine.computer.pull_key())

        def end() -> None:
            machine.catch_up()
            machine.belt.insert_key()

        return end

    def _data_silent(self, desk: StaffDesk) -> End:
        desk.machine.silent = True

        def end() -> None:
            desk.machine.silent = False

        return end

    def _answers_lost(self, desk: StaffDesk) -> End:
        desk.machine.answers_lost = 0.5

        def end() -> None:
            desk.machine.answers_lost = 0.0

        return end

    def _link_lost(self, desk: StaffDesk) -> End:
        machine, unit = desk.machine, self._gym.unit_of(desk.machine)
        machine.radio_up = False
        self._gym.checks.linked(machine, up=False)
        if unit.alive:
            unit.adapters[machine.name].radio_lost()

        def end() -> None:
            machine.radio_up = True

        return end

    def _console_faster(self, desk: StaffDesk) -> None:
        desk.press_console(desk.machine.belt.speed_ckmh + self._gym.timeline.chance.randrange(10, 400, 10))

    def _console_slower(self, desk: StaffDesk) -> None:
        if desk.machine.belt.under_way:
            desk.press_console(max(desk.machine.spec.speed_min_ckmh, desk.machine.belt.speed_ckmh // 2))

    def _console_stop(self, desk: StaffDesk) -> None:
        desk.press_console(0)

    def _hr_lost(self, desk: StaffDesk) -> End:
        return self._strap(desk, "lost")

    def _hr_frozen(self, desk: StaffDesk) -> End:
        return self._strap(desk, "frozen")

    def _strap(self, desk: StaffDesk, mode: str) -> End:
        desk.hr_mode = mode

        def end() -> None:
            desk.hr_mode = "worn"

        return end

    def _hr_high(self, desk: StaffDesk) -> End:
        desk.racing = True

        def end() -> None:
            desk.racing = False

        return end

    def _console_incline(self, desk: StaffDesk) -> End:
        desk.press_incline(self._gym.timeline.chance.randrange(10, 150, 5))
        return lambda: desk.press_incline(0)

    # At the unit.

    def _unit_crash(self, desk: StaffDesk) -> End | None:
        unit = self._gym.unit_of(desk.machine)
        if not unit.alive:
            return None
        unit.crash()
        return unit.start

    def _unit_stalled(self, desk: StaffDesk) -> None:
        gym, unit = self._gym, self._gym.unit_of(desk.machine)
        if not unit.alive or unit.stalled_until_ms > gym.timeline.now_ms:
            return
        stall_ms = gym.timeline.chance.choice((300, 1_500, 2_500, 4_000, 9_000))
        unit.stalled_until_ms = gym.timeline.now_ms + stall_ms
        if stall_ms > 2_300:
            for machine in unit.machines:
                gym.checks.stalled(machine, ends=False)
                gym.timeline.after(stall_ms + 1, partial(gym.checks.stalled, machine, ends=True))

    def _clock_jump(self, desk: StaffDesk) -> None:
        unit = self._gym.unit_of(desk.machine)
        unit.clock.skew_ms += self._gym.timeline.chance.choice((-3_600_000, -4_000, 4_000, 3_600_000))

    def _hub_clock_jump(self, desk: StaffDesk) -> None:
        clock, chance = self._gym.service.clock, self._gym.timeline.chance
        clock.skew_ms += chance.choice((-3_600_000, -4_000, 4_000, 3_600_000))

    def _disk_hangs(self, desk: StaffDesk) -> None:
        unit = self._gym.unit_of(desk.machine)
        unit.disk_hangs_until_ms = self._gym.timeline.now_ms + 25_000

    def _unit_cut_off(self, desk: StaffDesk) -> End:
        return self._cut_off(self._gym.unit_of(desk.machine).peer)

    # Between and at the hub.

    def _cut_off(self, peer: Peer) -> End:
        network = self._gym.network
        network.cut(peer, will_after_ms=self._gym.timeline.chance.choice((10, 7_500)))
        return lambda: network.connect(peer)

    def _broker(self, *, remembers: bool) -> End | None:
        gym = self._gym
        if not gym.network.up:
            return None
        gym.network.goes_down(gym.peers())

        def end() -> None:
            gym.network.comes_up(remembers=remembers)
            for peer in gym.peers():
                gym.timeline.after(
                    gym.timeline.chance.randrange(100, 3_000), partial(gym.network.connect, peer)
                )

        return end

    def _broker_down(self, desk: StaffDesk) -> End | None:
        return self._broker(remembers=True)

    def _broker_forgets(self, desk: StaffDesk) -> End | None:
        return self._broker(remembers=False)

    def _service_crash(self, desk: StaffDesk) -> End | None:
        if not self._gym.service.alive:
            return None
        self._gym.service.crash()
        return self._gym.service.start

    def _service_cut_off(self, desk: StaffDesk) -> End:
        return self._cut_off(self._gym.service.peer)

    def _line_slow(self, desk: StaffDesk) -> End:
        chance = self._gym.timeline.chance
        peer = chance.choice((self._gym.unit_of(desk.machine).peer, self._gym.service.peer))
        peer.slow_ms = chance.choice((300, 1_500, 6_000))

        def end() -> None:
            peer.slow_ms = 0

        return end

    def _line_behind(self, desk: StaffDesk) -> End:
        """All that goes to this unit comes so much later, evenly; what it says comes in time."""
        peer = self._gym.unit_of(desk.machine).peer
        peer.behind_ms = self._gym.timeline.chance.choice((1_000, 2_500, 4_500))

        def end() -> None:
            peer.behind_ms = 0

        return end

    def _messages_twice(self, desk: StaffDesk) -> End:
        peers = (self._gym.unit_of(desk.machine).peer, self._gym.service.peer)
        for peer in peers:
            peer.doubles = 0.3

        def end() -> None:
            for peer in peers:
                peer.doubles = 0.0

        return end

    def _journal_broken(self, desk: StaffDesk) -> End:
        journal = self._gym.service.journal
        journal.broken = True

        def end() -> None:
            journal.broken = False

        return end

    # People of the worse kind.

    def _stop_all(self, desk: StaffDesk) -> None:
        desk.press_stop(all_belts=True)

    def _rogue(self, desk: StaffDesk) -> None:
        for _ in range(self._gym.timeline.chance.randrange(1, 6)):
            self._gym.timeline.after(
                self._gym.timeline.chance.randrange(15_000),
                lambda: self._gym.rogue.misbehave(desk.machine.name),
            )
