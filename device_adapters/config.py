"""Settings files: TOML → frozen values. Unknown keys are errors; each error names file, key and fix."""

import tomllib
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from device_adapters.errors import ConfigError

C = TypeVar("C", bound=msgspec.Struct)


def load(path: Path, kind: type[C]) -> C:
    """Read `path` as a `kind`. Raises ConfigError with the key that does not fit."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; give one with --config") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise ConfigError(f"{path}: not TOML: {e}") from e
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as e:
        raise ConfigError(f"{path}: {e}") from e


class Broker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the MQTT broker is: `url` is mqtt://host:port or mqtts://host:port.

    `enrol`: host:port of the hub's enrolment desk, where a unit renews its certificate.
    """

    url: str = "mqtt://127.0.0.1:1883"
    username: str = ""
    password_file: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    enrol: str = ""


class Treadmill(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A treadmill this unit owns. `address` identifies it; names do not (some belts advertise none).

    `footpod`: the address of a foot pod that is worn here, for the cadence; '' for none.
    """

    id: str
    address: str
    arrangement: str = "member_turned"
    footpod: str = ""


class Strap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A strap this unit reads; `treadmill` is where it is usually worn."""

    id: str
    address: str
    treadmill: str = ""


class RadioConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One Bluetooth adapter: BlueZ's name (`hci0`) or `virtual:host:port`, and how many links it bears at once."""

    name: str
    slots: Annotated[int, Meta(ge=1, le=200)] = 5


class UnitConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One unit. `radio` is a BlueZ adapter (`hci0`) or `virtual:host:port`, the virtual gym's radio, with `slots`
    connections; `radios`, where there are several, takes their place.

    `strap_salt`: a secret of the site, the same at all its units, that makes straps' pseudonyms; '' makes one.
    `stop_button_gpio`: BCM number of the pin whose normally-closed contact to ground is this unit's stop button.
    `home_assistant`: announce the devices to Home Assistant over the same broker; heart rates, which are health data,
    only with `home_assistant_heart_rate` as well.
    `metrics_port`: where /metrics (Prometheus) and /healthz are served, on `metrics_host`; not at all unless set.
    """

    unit: str
    site: str = "gym"
    radio: str = "hci0"
    slots: Annotated[int, Meta(ge=1, le=200)] = 5
    radios: tuple[RadioConfig, ...] = ()
    stop_button_gpio: Annotated[int, Meta(ge=0, le=27)] | None = None
    home_assistant: bool = False
    home_assistant_heart_rate: bool = False
    metrics_port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    metrics_host: str = "127.0.0.1"
    data: str = "var/unit"
    broker: Broker = Broker()
    treadmill: tuple[Treadmill, ...] = ()
    strap: tuple[Strap, ...] = ()
    strap_salt: str = ""

    @property
    def all_radios(self) -> tuple[RadioConfig, ...]:
        """Every radio of the unit; at least one."""
        return self.radios or (RadioConfig(self.radio, self.slots),)


class Influx(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A time-series database that speaks InfluxDB's v2 write API; without `url` the embedded store is used."""

    url: str = ""
    org: str = "backstride"
    bucket: str = "backstride"
    token_file: str = ""
    spool_mb: Annotated[int, Meta(ge=1, le=100_000)] = 1000


class Metrics(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One metrics writer. Writers of one `group` share the load; each needs a `name` of its own.

    The broker keeps a writer's share for an hour while it is away: the share of one that never comes back is lost.
    """

    name: str = "metrics"
    group: str = ""


class HubConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The hub's services of one site.

    `members`: the members store, such as postgresql://user@host/backstride; empty: members.db in `data`.
    """

    site: str = "gym"
    data: str = "var/hub"
    members: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    broker: Broker = Broker()
    metrics: Metrics = Metrics()
    influx: Influx = Influx()
