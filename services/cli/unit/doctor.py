"""`backstride doctor`: is everything there that a unit needs? Each finding comes with its fix in one line."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from device_adapters import device_addresses
from device_adapters.bus.certificate import days_left
from device_adapters.config import UnitConfig, load
from device_adapters.errors import ConfigError
from device_adapters.host import kernel_clock
from device_adapters.unit import odd_file
from services import logs
from services.cli.devices.adapters import VIRTUAL
from services.cli.unit import doctor_checks as checks
from services.cli.unit import doctor_probes as probes
from services.cli.unit.doctor_checks import Finding

MARKS = {"ok": "[green]ok  [/]", "warning": "[yellow]warn[/]", "fail": "[bold red]FAIL[/]"}


def doctor(config: Path | None, *, as_json: bool) -> int:
    """Look and tell; 1 if anything fails, 0 if at most warnings."""
    logs.configure("critical")
    found = asyncio.run(examine(config))
    failed = any(finding.verdict == "fail" for finding in found)
    if as_json:
        print(json.dumps({"ok": not failed, "findings": [asdict(finding) for finding in found]}))  # noqa: T201
    else:
        _show(found, failed=failed)
    return int(failed)


async def examine(config: Path | None) -> list[Finding]:
    """All findings, those of the machine first. A settings file with faults is replaced by the defaults."""
    settings, error = UnitConfig(unit="unit-01"), ""
    if config:
        try:
            settings = load(config, UnitConfig)
        except ConfigError as e:
            error = str(e)
    found = [checks.python(*probes.python()), checks.settings(str(config or ""), error)]
    if config and not error:
        treadmills = [(treadmill.id, treadmill.known_by) for treadmill in settings.treadmill]
        straps = [(strap.id, strap.address) for strap in settings.strap]
        wrong = [fault.text for fault in device_addresses.faults(settings)]
        found.append(checks.devices(treadmills + straps, wrong))
        found += checks.oddities(odd_file.read(Path(settings.data)))
    found += await _bluetooth([radio.name for radio in settings.all_radios])
    found.append(checks.clock(*kernel_clock()))
    found.append(checks.broker(settings.broker.url, *await probes.broker(settings.broker)))
    found.append(checks.certificate(days_left(settings.broker)))
    found.append(checks.disk(settings.data, *probes.disk(Path(settings.data))))
    return found


async def _bluetooth(radios: Sequence[str]) -> list[Finding]:
    found = [
        checks.virtual_adapter(name, await probes.virtual_adapter(name.removeprefix(VIRTUAL)))
        for name in radios
        if name.startswith(VIRTUAL)
    ]
    real = [name for name in radios if not name.startswith(VIRTUAL)]
    if real:
        outcome, powered = await probes.bluez_adapters()
        found += [
            checks.bluez(probes.bluez_version()),
            checks.dbus(outcome),
            checks.rfkill(probes.rfkill_blocks()),
        ]
        if outcome == "ok":
            found += [checks.adapter(name, powered) for name in real]
    return found


def _show(found: Sequence[Finding], *, failed: bool) -> None:
    out = Console(highlight=False)
    for finding in found:
        out.print(f"{MARKS[finding.verdict]} {escape(finding.check)}: {escape(finding.text)}", soft_wrap=True)
        if finding.fix:
            out.print(f"     fix: {escape(finding.fix)}", soft_wrap=True)
    out.print("Something has to be put right." if failed else "This unit can run.")
