"""Beginning, stopping and carrying on a roll-out: what the command line, the console (over the desk) and units ask."""

from collections.abc import Collection
from pathlib import Path

import msgspec

from device_adapters.clock import Clock
from device_adapters.drill import DRILL
from device_adapters.errors import ConfigError
from services.hub.clients import Register
from services.hub.letters import UnitReport, UpdateWanted
from services.hub.releases import ROLLOUT, Releases
from services.hub.rollout import RollOut, carried_on, looked, reported

BOOT = Path("/proc/sys/kernel/random/boot_id")


class RollOutRefusedError(ConfigError):
    """Why an order for a roll-out is not done: `key`, for whoever says it in another language."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


def joined(register: Register) -> list[str]:
    """The units that have a certificate now."""
    return sorted(
        client.name
        for client in register.living()
        if client.role == "unit" and client.serials and client.name != DRILL
    )


def begin(
    releases: Releases,
    version: str,
    canary: str,
    window: tuple[str, str],
    by: str,
    units: Collection[str],
    clock: Clock,
) -> RollOut:
    """Let a release go to these units, `canary` first. Raises ConfigError that says what does not fit."""
    if not units:
        raise RollOutRefusedError("no_units", "no unit has joined this site: there is nothing to update")
    if canary not in units:
        raise RollOutRefusedError(
            "unknown_unit",
            f"canary: {canary!r} is no unit of this site; give one of {', '.join(sorted(units))}",
        )
    if bool(window[0]) != bool(window[1]) or (window[0] and window[0] == window[1]):
        raise RollOutRefusedError(
            "window", "window: give its begin and its end (HH:MM), two different times, or neither"
        )
    with releases.locked():
        if version not in {one.version for one in releases.all()}:
            raise RollOutRefusedError(
                "not_held", f"version: {version!r} is not held here; backstride release add FILE"
            )
        running = releases.rollout()
        if running is not None and not (running.stopped or running.done):
            raise RollOutRefusedError("running", f"{running.version} is being rolled out; stop that first")
        try:
            made = msgspec.convert(
                {
                    "version": version, "canary": canary, "begin": window[0], "end": window[1], "by": by,
                    "at_ms": clock.wall_ms(), "boot": _boot(), "units": {name: {} for name in sorted(units)},
                },
                RollOut,
            )  # fmt: skip
        except msgspec.ValidationError as e:
            raise RollOutRefusedError("window", f"roll-out: {e}; times are HH:MM, such as 02:00") from e
        releases.keep_rollout(made)
        return made


def stop(releases: Releases, by: str) -> RollOut:
    """Send no further unit off; one that is on its way goes on, or back by itself. Raises ConfigError."""
    with releases.locked():
        running = releases.rollout()
        if running is None or running.stopped or running.done:
            raise RollOutRefusedError("nothing", "nothing is being rolled out")
        stopped = msgspec.structs.replace(running, stopped="person", stopped_by=by)
        releases.keep_rollout(stopped)
        return stopped


def seen(releases: Releases, clock: Clock) -> RollOut | None:
    """How it stands, with who has not come back."""
    with releases.locked():
        running = releases.rollout()
        if running is None or running.stopped:
            return running
        now_ms = clock.now_ms()
        now = looked(carried_on(running, _boot(), now_ms), now_ms)
        if now != running:
            releases.keep_rollout(now)
        return now


def report(releases: Releases, unit: str, said: UnitReport, clock: Clock, minute: int) -> UpdateWanted:
    """A unit asks whether it is to update itself."""
    if not (releases.folder / ROLLOUT).exists():
        return UpdateWanted(wait="none")
    with releases.locked():
        running = releases.rollout()
        if running is None or running.done:
            return UpdateWanted(wait="none")
        held = releases.find(running.version, said.arch)
        now_ms = clock.now_ms()
        running = carried_on(running, _boot(), now_ms)
        after, wait = reported(running, unit, said, now_ms, minute, held=held is not None)
        releases.keep_rollout(after)
    return UpdateWanted(wait=wait) if wait or held is None else UpdateWanted(file=held.file)


def _boot() -> str:
    """Which run of this machine it is; its monotonic time begins with it, for all processes."""
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""
