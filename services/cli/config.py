"""`backstride config`: what is wrong with a settings file, and what is in force."""

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from device_adapters.errors import ConfigError

if TYPE_CHECKING:
    from services.hub.settings_check import SettingsFault

config_app = typer.Typer(no_args_is_help=True, help="Settings files: check them, show what is in force.")

File = Annotated[Path, typer.Argument(help="unit.toml, site.toml, or one of the hub's services.")]
Role = Annotated[
    Literal["unit", "hub", "site", ""], typer.Option(help="Whose settings; default: told from the keys.")
]


@config_app.command()
def check(
    file: File,
    role: Role = "",
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Name every fault with its line and its fix. Exit code 1 if there is one."""
    from services.hub.settings_check import faults

    try:
        text = file.read_text(encoding="utf-8")
        found = faults(text, role) or _no_influx(text) or _unfit_store(text, role)
    except OSError as e:
        raise ConfigError(f"{file}: {e.strerror or e}") from e
    except UnicodeDecodeError as e:
        raise ConfigError(f"{file}: it is not text in UTF-8") from e
    if as_json:
        typer.echo(json.dumps({"ok": not found, "faults": [{"line": f.line, "text": f.text} for f in found]}))
    else:
        for fault in found:
            typer.echo(f"{file}{f':{fault.line}' if fault.line else ''}: {fault.text}")
        if not found:
            typer.echo(f"{file}: nothing wrong")
    raise typer.Exit(1 if found else 0)


def _no_influx(text: str) -> "list[SettingsFault]":
    """Settings that ask for InfluxDB where what speaks to it is not installed."""
    from services.hub.settings_check import SettingsFault, line_of
    from services.metrics.influx_extra import missing

    raw = tomllib.loads(text)
    for path in (("influx_url",), ("influx", "url")):
        asked: object = raw
        for key in path:
            asked = asked.get(key) if isinstance(asked, dict) else None
        if asked and (why := missing()):
            return [SettingsFault(line_of(text, path), why)]
    return []


def _unfit_store(text: str, role: str) -> "list[SettingsFault]":
    """What answers at [influx] url and may not keep heart rates; a database that does not answer is no fault here."""
    import msgspec

    from device_adapters.config import HubConfig
    from services.hub.settings_check import SettingsFault, line_of, role_of

    raw = tomllib.loads(text)
    if (role or role_of(raw)) != "hub" or "influx" not in raw:
        return []
    from services.metrics import store_kind

    settings = msgspec.convert(raw, HubConfig).influx
    kind = store_kind.ask(settings.url) if settings.url else None
    why = store_kind.refusal(kind, settings) if kind else ""
    return [SettingsFault(line_of(text, ("influx", "url")), why)] if why else []


def _set(settings: Any) -> Any:
    """Without what is not set, which TOML has no word for."""
    if isinstance(settings, dict):
        return {key: _set(value) for key, value in settings.items() if value is not None}
    return [_set(each) for each in settings] if isinstance(settings, list | tuple) else settings


@config_app.command()
def show(file: File, role: Role = "") -> None:
    """Print all settings that are in force, defaults too; secrets are hidden."""
    import tomli_w

    from services.hub.settings_check import effective

    settings = effective(file, role)
    typer.echo(tomli_w.dumps(_set(settings)), nl=False)
