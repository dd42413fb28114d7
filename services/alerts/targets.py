"""Whom alerts go to: one address a line, in the form of Apprise (ntfys://, mailtos://, jsons://, gotifys://, …).

An address holds what only its owner may know, so it is named elsewhere by its place in the file and its kind alone.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device_adapters.errors import ConfigError

TARGETS_MAX = 50
HEAD = "# Whom alerts go to: backstride alerts add. One address a line, as on github.com/caronc/apprise; secret.\n"
FORMS = "ntfys://ntfy.example/topic, mailtos://user:password@mail.example?to=desk@gym.example, jsons://host/path, gotifys://host/token"


@dataclass(frozen=True, slots=True)
class AlertTarget:
    """One of them: `name` may be told, `plugin` (Apprise's) sends."""

    name: str
    plugin: Any

    def send(self, title: str, body: str, *, urgent: bool, over: bool) -> bool:
        """Blocks until it was taken or not; never longer than the provider's time-outs (8 s)."""
        import apprise

        kinds = apprise.NotifyType
        kind = kinds.SUCCESS if over else kinds.FAILURE if urgent else kinds.WARNING
        form = apprise.NotifyFormat.TEXT
        try:
            return bool(self.plugin.notify(body=body, title=title, notify_type=kind, body_format=form))
        except Exception:  # noqa: BLE001  a provider's module of a hundred: whatever it is, the message was not taken
            return False


def read(path: Path) -> tuple[AlertTarget, ...]:
    """The targets in a file. Raises ConfigError for one that cannot be, or no file; the address is not repeated."""
    return tuple(target(address, place) for place, address in enumerate(addresses(path), 1))


def addresses(path: Path) -> Sequence[str]:
    """As they stand, without notes and empty lines. ConfigError where there is no such file, or too many."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(
            f"{path}: {getattr(e, 'strerror', e)}; say whom alerts go to: backstride alerts add"
        ) from e
    found = [line for line in lines if line and not line.startswith("#")]
    if len(found) > TARGETS_MAX:
        raise ConfigError(f"{path}: {len(found)} addresses; at most {TARGETS_MAX}")
    return found


def target(address: str, place: int) -> AlertTarget:
    """The target with this address, the so-manieth of its file. Raises ConfigError."""
    apprise = _apprise()
    plugin = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if plugin is None:
        raise ConfigError(f"address {place} is none that Apprise knows; write one such as {FORMS}")
    return AlertTarget(f"{place} {plugin.service_name}", plugin)


def _apprise() -> Any:
    try:
        import apprise
    except ImportError as e:
        raise ConfigError(
            "backstride[alerts] is not installed: run deploy/hub/install.sh of this release's bundle once, or "
            "pip install 'backstride[alerts]'"
        ) from e
    # Its warnings hold addresses.
    logging.getLogger("apprise").disabled = True
    return apprise
