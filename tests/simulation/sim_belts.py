"""The oracles of `tests/oracle/true_belt.py` in the whole-world simulation: one for each treadmill.

Here they hold the three promises that need no clock: never faster after a press, never started by itself, and 08 as
the end of a stop. Bounds in time are the checkers' own: in this world lines are slow, processes die and units stall.
"""

import sys
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "oracle")]

from sim_machine import SimulatedMachine  # noqa: E402
from true_belt import Promise, TrueBelt  # noqa: E402

from device_adapters.contract import messages as m  # noqa: E402

HELD = (Promise.NEVER_FASTER, Promise.NEVER_STARTS, Promise.ENDS_WITH_STOP)
DISTURBED_MS = 30_000
RADIO_MS = 100


class Belts:
    """Watches the true belt of each treadmill."""

    def __init__(self, violated: Callable[[SimulatedMachine, str, str], None]) -> None:
        self._violated = violated
        self._oracles: dict[str, TrueBelt] = {}
        self._told: dict[str, int] = {}
        self._disturbed_ms: dict[str, int] = {}

    def add(self, machine: SimulatedMachine) -> None:
        """Watch this treadmill."""
        self._told[machine.name] = 0
        self._disturbed_ms[machine.name] = -DISTURBED_MS
        self._oracles[machine.name] = TrueBelt(
            obeys=True,
            frame_ms=machine.frame_ms + RADIO_MS,
            decel_ckmh_s=100,
            accel_ckmh_s=machine.spec.accel_ckmh_s,
        )

    def _of(self, machine: SimulatedMachine, now: int) -> TrueBelt:
        quirks, name = machine.belt.quirks, machine.name
        if quirks.overspeed or quirks.mph_firmware or quirks.ignore_stop:
            self._disturbed_ms[name] = now
        oracle = self._oracles[name]
        oracle.obeys = machine.obeys and now - self._disturbed_ms[name] > DISTURBED_MS
        return oracle

    def seen(self, machine: SimulatedMachine, now: int) -> None:
        """The true belt."""
        oracle = self._of(machine, now)
        oracle.saw(now, machine.belt.speed_ckmh, under_way=machine.belt.under_way)
        self._tell(machine, oracle)

    def wrote(self, machine: SimulatedMachine, now: int, op: int, value: int) -> None:
        """This reached its control point."""
        oracle = self._of(machine, now)
        oracle.wrote(now, bytes([op]) + (value & 0xFFFF).to_bytes(2, "little"))
        self._tell(machine, oracle)

    def linked(self, machine: SimulatedMachine, now: int, *, up: bool) -> None:
        """Its link, or the process that has it, came or went."""
        self._of(machine, now).linked(now, up=up)

    def stopped(self, machine: SimulatedMachine, now: int) -> None:
        """A process stop reached a living unit."""
        self._of(machine, now).pressed(now, locks=True)

    def result(
        self, machine: SimulatedMachine, now: int, command: m.Command | None, result: m.Result
    ) -> None:
        """What the unit took of what the session service ordered."""
        oracle = self._of(machine, now)
        if command is None or result.outcome == "refused":
            return
        speed = None if result.speed_kmh is None else round(result.speed_kmh * 100)
        if command.verb == "start":
            oracle.started(now)
        elif command.verb == "stop":
            oracle.pressed(now)
        elif command.verb == "clear":
            oracle.cleared()
        elif speed is not None and speed < oracle.told:
            oracle.pressed(now, stops=False)
        elif speed is not None and speed > oracle.told:
            oracle.raised()

    def by_hand(self, machine: SimulatedMachine, now: int) -> None:
        """Somebody sets a speed at the console."""
        self._of(machine, now).started(now)

    def _tell(self, machine: SimulatedMachine, oracle: TrueBelt) -> None:
        told = self._told[machine.name]
        for promise, text in oracle.broken[told:]:
            if promise in HELD:
                self._violated(machine, "true belt", f"{promise}: {text}")
        self._told[machine.name] = len(oracle.broken)
