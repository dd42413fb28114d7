"""The unit's side of another id for a treadmill: its settings, what was measured of it, and nothing else."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec

from device_adapters import belt_sensor_record, commissioning, record_file
from device_adapters.belt_sensor_record import Counted
from device_adapters.config import UnitConfig, load
from device_adapters.contract.messages import Id
from device_adapters.errors import ConfigError
from device_adapters.stop_line.record import Fitted
from device_adapters.stop_line.record import path_of as stop_line_path
from services.hub.files import write
from services.hub.settings_check import Where, line_of

MEASURED: tuple[tuple[type[msgspec.Struct], Callable[[Path, str], Path]], ...] = (
    (commissioning.Record, commissioning.path_of),
    (Counted, belt_sensor_record.path_of),
    (Counted, partial(belt_sensor_record.path_of, pod=True)),
    (Fitted, stop_line_path),
)
"""Records of a treadmill, and where a unit keeps each."""


def checked_id(new: str) -> str:
    """ConfigError for what is no id."""
    try:
        return msgspec.convert(new, Id)
    except msgspec.ValidationError as e:
        raise ConfigError(f"{new!r} is no id: give lower-case letters, digits and hyphens, at most 40") from e


def rename_in_unit(path: Path, old: str, new: str) -> UnitConfig:
    """Change it in the settings file `path`, with its comments kept, and beside the unit's data; done twice is once.

    Raises ConfigError, StorageError; then the settings are as before.
    """
    checked_id(new)
    before = load(path, UnitConfig)
    if before == (renamed := _renamed(before, old, new)):
        if new in {treadmill.id for treadmill in before.treadmill}:
            return before
        there = ", ".join(treadmill.id for treadmill in before.treadmill) or "none"
        raise ConfigError(f"{path}: no treadmill {old} (there: {there})")
    if new in {*(one.id for one in before.treadmill), *(one.id for one in before.strap)}:
        raise ConfigError(f"{path}: {new} is there already; give another id")
    data = Path(before.data)
    if (data / "moving" / old).exists():
        raise ConfigError(
            f"{old} is in a session, locked, or was when the unit ended; end it, clear the stop, then try again"
        )
    text = _edited(path, before, old, new)
    measured = [(kind, place(data, old), place(data, new)) for kind, place in MEASURED]
    for kind, was, becomes in measured:
        if (
            record := record_file.read(was, kind, "take it away, and measure it again afterwards")
        ) is not None:
            record_file.write(becomes, msgspec.structs.replace(record, treadmill=new))
    write(path, text.encode(), path.stat().st_mode & 0o777)
    for _, was, _ in measured:
        was.unlink(missing_ok=True)
    return renamed


def _renamed(config: UnitConfig, old: str, new: str) -> UnitConfig:
    def name(id_: str) -> str:
        return new if id_ == old else id_

    return msgspec.structs.replace(
        config,
        treadmill=tuple(msgspec.structs.replace(one, id=name(one.id)) for one in config.treadmill),
        strap=tuple(msgspec.structs.replace(one, treadmill=name(one.treadmill)) for one in config.strap),
    )


def _edited(path: Path, config: UnitConfig, old: str, new: str) -> str:
    """The file's text with the id changed where it stands, and only there. ConfigError if that cannot be told."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    quoted = re.compile(rf"(['\"]){re.escape(old)}\1")
    for where in _places(config, old):
        number = line_of("".join(lines), where)
        if not number or len(quoted.findall(lines[number - 1])) != 1:
            raise _by_hand(path, old, new)
        lines[number - 1] = quoted.sub(f'"{new}"', lines[number - 1])
    text = "".join(lines)
    if msgspec.toml.decode(text, type=UnitConfig) != _renamed(config, old, new):
        raise _by_hand(path, old, new)
    return text


def _places(config: UnitConfig, old: str) -> Iterator[Where]:
    yield from (("treadmill", n, "id") for n, one in enumerate(config.treadmill) if one.id == old)
    yield from (("strap", n, "treadmill") for n, one in enumerate(config.strap) if one.treadmill == old)


def _by_hand(path: Path, old: str, new: str) -> ConfigError:
    return ConfigError(
        f"{path}: write {new} in the place of {old} by hand (its treadmill, its straps), then try again"
    )
