"""Which hub a command is about: the settings that `--config` names, or else BACKSTRIDE_CONFIG."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from device_adapters.contract.permissions import CLI

if TYPE_CHECKING:
    from device_adapters.config import Broker, HubConfig

VARIABLE = "BACKSTRIDE_CONFIG"
HELP = "The hub's settings, TOML; the demo has a hub.toml."

HubFile = Annotated[Path | None, typer.Option(envvar=VARIABLE, help=HELP)]
NeededHubFile = Annotated[Path, typer.Option(envvar=VARIABLE, help=HELP)]


def hub_settings(config: Path | None) -> "HubConfig":
    """The settings in force; those of a hub without a file where none is named. ConfigError."""
    from device_adapters.config import HubConfig, load

    return load(config, HubConfig) if config else HubConfig()


def hub_with(config: Path | None, data: Path | None) -> "HubConfig":
    """The same, but with the data that `--data` names: a hub's folder, or that of a demo. ConfigError."""
    from msgspec.structs import replace

    if data is None:
        return hub_settings(config)
    made_by_demo = data / "hub.toml"
    if made_by_demo.is_file():
        return replace(hub_settings(config or made_by_demo), data=str(data / "hub"))
    return replace(hub_settings(config), data=str(data))


def broker_at(url: str) -> "Broker":
    """The broker that `--broker` names: there the command line is the user `cli`, as on the demo's own."""
    from device_adapters.config import Broker

    return Broker(url=url, username=CLI)


def named_hub(config: Path | None) -> "HubConfig":
    """The settings of the hub whose stores are opened. ConfigError if none is named: its stores would be new ones."""
    from device_adapters.errors import ConfigError

    if config is None:
        raise ConfigError(
            f"say which hub: --config FILE, or {VARIABLE}; on a hub it is /etc/backstride/services/hub.toml, in the "
            "demo hub.toml in its --data folder"
        )
    return hub_settings(config)
