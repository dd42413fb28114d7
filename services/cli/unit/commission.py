"""`backstride commission`: a guided run, with nobody on the belt, that ends in a dated record of what was proven."""

import asyncio
import contextlib
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape

from device_adapters import commissioning
from device_adapters.ble.radios import Radios
from device_adapters.clock import SystemClock
from device_adapters.commission.course import Course, Outcome
from device_adapters.commission.findings import Check, record_of
from device_adapters.commission.ride import RideSetup
from device_adapters.config import Treadmill, UnitConfig, load
from device_adapters.errors import BackstrideError, ConfigError
from device_adapters.serial.port import is_virtual
from services import logs
from services.cli.devices.adapters import VIRTUAL, scanning
from services.cli.first_error import first
from services.cli.typed import line, typed

COUNTED_MAX_KMH = 30.0
PROMISES = (
    ("Nobody is on the belt, and 2 m behind it stay clear.", "CLEAR"),
    ("The safety cord was pulled by hand, and it stopped the belt.", "CORD"),
    ("The red button was pressed by hand, and it stopped the belt.", "RED"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionOptions:
    """What was asked for on the command line. `yes`: nobody is asked anything."""

    treadmill: str
    config: Path
    by: str
    yes: bool
    measured_kmh: float | None
    json: bool


class Terminal:
    """The person at the terminal."""

    def __init__(self, options: CommissionOptions, out: Console) -> None:
        self._options = options
        self._out = out

    def check(self, check: Check) -> None:
        """Print one line of the course: what was checked, and how it went."""
        mark = "[green]ok  [/]" if check.good else "[bold red]FAIL[/]"
        self._out.print(f"{mark} {check.name}: {escape(check.text)}", soft_wrap=True)

    def warn(self, text: str) -> None:
        """Print one line that must not be overlooked."""
        self._out.print(f"[bold red]{escape(text)}[/]", soft_wrap=True)

    async def counted_kmh(self, asked_kmh: float) -> float | None:
        """By option, or typed."""
        if self._options.measured_kmh is not None or self._options.yes:
            return self._options.measured_kmh
        self._out.print(f"Asked: {asked_kmh:.2f} km/h. Counted km/h (Enter: not counted): ", end="")
        answer = await typed()
        try:
            counted = float(answer.replace(",", ".")) if answer else None
        except ValueError:
            counted = -1.0
        if counted is None or 0 <= counted <= COUNTED_MAX_KMH:
            return counted
        self.warn("that is no belt speed; taken as not counted")
        return None

    async def deck_rose(self) -> bool | None:
        """Ask whether the deck rose; None: nobody looked."""
        if self._options.yes:
            return None
        return await self._yes_or_no("Did the front of the deck rise by 1 %? y / n (Enter: nobody looked): ")

    async def runs_backward(self) -> bool | None:
        """Ask which way the belt runs; None: nobody looked."""
        if self._options.yes:
            return None
        return await self._yes_or_no(
            "Does the top of the belt run from the rear to the front? y / n (Enter: nobody looked): "
        )

    async def pulled(self, what: str) -> bool | None:
        """Have somebody pull it and count; None: nobody looked."""
        if self._options.yes:
            return None
        return await self._yes_or_no(
            f"Pull {what}, and count. After 10 s, or once the belt rests, plug it in again. "
            "Was the belt at rest within 6 s? y / n (Enter: not pulled): "
        )

    async def _yes_or_no(self, question: str) -> bool | None:
        self._out.print(question, end="", soft_wrap=True)
        return {"y": True, "n": False}.get((await typed() or "").lower())


def commission(options: CommissionOptions) -> int:
    """Run it; 0 if the record allows full limits, 1 if not. ConfigError if it cannot begin."""
    logs.configure("error")
    config = load(options.config, UnitConfig)
    treadmill = next((t for t in config.treadmill if t.id == options.treadmill), None)
    if treadmill is None:
        known = ", ".join(t.id for t in config.treadmill) or "none"
        raise ConfigError(f"{options.config}: no treadmill {options.treadmill}; it has {known}")
    if not options.by.strip():
        raise ConfigError("--by: give the name of the person who answers for this commissioning")
    if options.measured_kmh is not None and not 0 <= options.measured_kmh <= COUNTED_MAX_KMH:
        raise ConfigError(f"--measured-kmh {options.measured_kmh}: give 0 to {COUNTED_MAX_KMH:g} km/h")
    out = Console(stderr=options.json, highlight=False)
    if not options.yes and not _promised(out):
        out.print("Nothing was moved, nothing was written.")
        return 1
    try:
        outcome = asyncio.run(_run(config, treadmill, options, Terminal(options, out)))
    except* BackstrideError as group:
        raise first(group) from None
    return _conclude(outcome, config, treadmill, options, out)


def _promised(out: Console) -> bool:
    for text, word in PROMISES:
        out.print(f"{text} Type {word} if that is so: ", end="", soft_wrap=True)
        try:
            if line() != word:
                return False
        except KeyboardInterrupt:
            return False
    return True


async def _run(
    config: UnitConfig, treadmill: Treadmill, options: CommissionOptions, person: Terminal
) -> Outcome:
    clock, interrupted = SystemClock(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupted.set)
    with tempfile.TemporaryDirectory(prefix="backstride-commission-") as scratch:
        by_radio = bool(treadmill.address or treadmill.belt_sensor_address)
        none = contextlib.nullcontext(Radios([], clock))
        async with scanning(config, clock) if by_radio else none as air:
            place = RideSetup(treadmill, air, clock, Path(scratch), interrupted)
            return await Course(place, person, options.by, Path(config.data)).run()


def _conclude(
    outcome: Outcome, config: UnitConfig, treadmill: Treadmill, options: CommissionOptions, out: Console
) -> int:
    if outcome.cut_short:
        out.print(f"[bold red]Cut short:[/] {escape(outcome.cut_short)}", soft_wrap=True)
    if not outcome.moved:
        out.print("The belt was not moved; nothing was written.")
        return 1
    wall_ms = SystemClock().wall_ms()
    record = record_of(
        outcome.findings,
        treadmill=treadmill.id,
        address=treadmill.known_by,
        at_ms=wall_ms,
        by=options.by.strip()[:60],
        simulated=_simulated(config, treadmill),
    )
    path = commissioning.write(Path(config.data), record)
    good = record.good(wall_ms)
    worth = (
        "full limits for 6 months" if good else "retro cap 3.0 km/h (6.0 with a spotter at the stop button)"
    )
    for note in record.notes:
        out.print(f"     {escape(note)}", soft_wrap=True)
    out.print(f"{treadmill.id}: {worth}. Record: {path}. Start the unit again to use it.", soft_wrap=True)
    if options.json:
        sys.stdout.write(msgspec.json.encode(record).decode() + "\n")
    return 0 if good else 1


def _simulated(config: UnitConfig, treadmill: Treadmill) -> bool:
    """Is it a machine of the virtual gym, whose record says nothing of a real one?"""
    if treadmill.link:
        return is_virtual(treadmill.port)
    return all(radio.name.startswith(VIRTUAL) for radio in config.all_radios)
