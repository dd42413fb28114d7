"""Settings files: TOML → frozen values. Unknown keys are errors; each error names file, key and fix.

The descriptions here are the reference: deploy/CONFIGURATION.md is made from them.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from device_adapters.drill import DRILL, RADIO
from device_adapters.errors import ConfigError

C = TypeVar("C", bound=msgspec.Struct)
Pin = Annotated[int, Meta(ge=0, le=27)]
"""BCM number of a pin on the header of a Raspberry Pi."""


def load(path: Path, kind: type[C]) -> C:
    """Read `path` as a `kind`. Raises ConfigError with the key that does not fit."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; give one with --config") from None
    except (ValueError, RecursionError) as e:
        raise ConfigError(f"{path}: not TOML: {e}") from e
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as e:
        raise ConfigError(f"{path}: {e}") from e


CONTACT = r"^((mailto:|https://|tel:)[^\s]{1,200})?$"
TIME_OF_DAY = r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$"
"""HH:MM, or none."""

MqttClient = Literal["auto", "mqtt5", "paho"]


class Broker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the MQTT broker is, and how to show who we are."""

    url: Annotated[str, Meta(description="mqtt://host:port, or mqtts://host:port for TLS.")] = (
        "mqtt://127.0.0.1:1883"
    )
    username: Annotated[
        str, Meta(description="Where the broker asks for one; with a certificate leave it empty.")
    ] = ""
    password_file: Annotated[str, Meta(description="File with the password; never the password itself.")] = ""
    ca_file: Annotated[
        str, Meta(description="PEM of the authority that the broker's certificate must be of.")
    ] = ""
    cert_file: Annotated[str, Meta(description="PEM of our certificate; may hold its key as well.")] = ""
    key_file: Annotated[str, Meta(description="PEM of its key, if that is in a file of its own.")] = ""
    enrol: Annotated[
        str, Meta(description="host:port of the hub's enrolment desk, where a unit renews its certificate.")
    ] = ""
    client: Annotated[
        MqttClient,
        Meta(description="MQTT library: mqtt5 (fast, in Rust), paho, or auto: mqtt5 where it is installed."),
    ] = "auto"


SERIAL = "serial:"


class Treadmill(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A treadmill this unit owns. `address` or `link` identifies it; names do not (some belts advertise none)."""

    id: Annotated[str, Meta(description="Its name in topics, such as tm-01.")]
    address: Annotated[
        str, Meta(description="Bluetooth address; `backstride scan` shows it. Empty: it has a link.")
    ] = ""
    link: Annotated[
        str,
        Meta(description="A cable in the place of an address: serial:/dev/serial/by-id/..., its adapter's."),
    ] = ""
    protocol: Annotated[
        Literal["ftms", "woodway", "trackmaster"],
        Meta(description="What it speaks: ftms over Bluetooth; woodway or trackmaster over a cable."),
    ] = "ftms"
    arrangement: Annotated[str, Meta(description="member_turned or belt_reversed.")] = "member_turned"
    footpod: Annotated[str, Meta(description="Address of a foot pod that is worn here, for the cadence.")] = (
        ""
    )
    stop_button_gpio: Annotated[
        Pin | None,
        Meta(
            description="BCM number of the pin whose normally-closed contact to ground stops this treadmill."
        ),
    ] = None
    slower_button_gpio: Annotated[
        Pin | None,
        Meta(description="BCM number of the pin whose normally-open contact to ground slows this treadmill."),
    ] = None
    hold_button_gpio: Annotated[
        Pin | None,
        Meta(
            description="BCM number of the pin whose contact to ground is closed while a hand holds it: hold-to-run."
        ),
    ] = None
    stop_line_gpio: Annotated[
        Pin | None,
        Meta(
            description="BCM number of the pin that holds this treadmill's stop line closed (docs/stop-line.md)."
        ),
    ] = None
    audio: Annotated[
        str,
        Meta(
            description="ALSA device (`aplay -L`) where the unit speaks this treadmill's cues, such as default; empty: "
            "nowhere."
        ),
    ] = ""
    belt_sensor_gpio: Annotated[
        Pin | None,
        Meta(description="BCM number of the pin that a reed or optical sensor on the belt pulls to ground."),
    ] = None
    belt_sensor_address: Annotated[
        str,
        Meta(
            description="In its place: Bluetooth address of a CSC sensor on the belt's roller, or of an RSC pod that "
            "tells the belt's speed."
        ),
    ] = ""
    clicker: Annotated[
        str,
        Meta(
            description="Name or Bluetooth address of the USB or Bluetooth clicker whose keys stop this treadmill; "
            "`backstride clicker list` shows it."
        ),
    ] = ""
    clicker_slower_keys: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=767)], ...],
        Meta(description="Numbers of its keys that slow down (`backstride clicker try`); all others stop."),
    ] = ()
    clicker_hold_keys: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=767)], ...],
        Meta(
            description="Numbers of its keys that are held for hold-to-run, on one that tells when they go up."
        ),
    ] = ()

    def __post_init__(self) -> None:
        if not self.known_by:
            raise ValueError("a treadmill needs its Bluetooth address, or the link of its cable")

    @property
    def known_by(self) -> str:
        """What tells it from others: its Bluetooth address, or its port and the way that its belt runs, so that no
        record of one direction counts for the other.
        """
        return f"{self.link}#{self.arrangement}" if self.link else self.address

    @property
    def port(self) -> str:
        """The path of its serial port; "" for one without."""
        return self.link.removeprefix(SERIAL) if self.link.startswith(SERIAL) else ""


class Strap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A strap this unit reads; `treadmill` is where it is usually worn."""

    id: Annotated[str, Meta(description="Its name in topics, such as hr-01.")]
    address: Annotated[str, Meta(description="Bluetooth address; `backstride scan` shows it.")]
    treadmill: Annotated[str, Meta(description="Id of the treadmill where it is usually worn.")] = ""


class RadioConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One Bluetooth adapter, and how many links it bears at once."""

    name: Annotated[str, Meta(description="BlueZ's name (hci0), or virtual:host:port.")]
    slots: Annotated[int, Meta(description="Connections at once.", ge=1, le=200)] = 5


class UnitConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One unit: a machine with Bluetooth near its treadmills."""

    unit: Annotated[str, Meta(description="Its name in topics, such as unit-01.")]
    site: Annotated[str, Meta(description="The site's name in topics; the same at hub and units.")] = "gym"
    radio: Annotated[
        str, Meta(description="Bluetooth adapter of BlueZ (hci0), or virtual:host:port, the virtual gym's.")
    ] = "hci0"
    slots: Annotated[int, Meta(description="Connections that it bears at once.", ge=1, le=200)] = 5
    radios: Annotated[
        tuple[RadioConfig, ...], Meta(description="In the place of radio and slots, for several.")
    ] = ()
    stop_button_gpio: Annotated[
        Pin | None,
        Meta(
            description="BCM number of the pin whose normally-closed contact to ground stops all its treadmills."
        ),
    ] = None
    alarm_light_gpio: Annotated[
        Pin | None,
        Meta(
            description="BCM number of the pin that is high while a belt needs a hand, until it is cleared."
        ),
    ] = None
    alarm_sounder_gpio: Annotated[
        Pin | None, Meta(description="... and while such a belt is not known to be at rest.")
    ] = None
    stop_line_delay_s: Annotated[
        float,
        Meta(
            ge=0,
            le=60,
            description="So long, in s, may a belt that was to stop go unheard before its stop line opens.",
        ),
    ] = 8
    stop_line_pulses: Annotated[
        bool,
        Meta(
            description="Stop lines are held by pulses of 10 Hz, for relays that drop without them; else steadily."
        ),
    ] = False
    stop_line_socket: Annotated[str, Meta(description="Where unit and stop line's process meet.")] = (
        "/run/backstride-stopline/beat"
    )
    voice_language: Annotated[
        str,
        Meta(
            pattern="^[a-z]{2}$",
            description="What the unit speaks where a treadmill has `audio`; one of the console's languages.",
        ),
    ] = "en"
    voice_volume: Annotated[int, Meta(ge=1, le=100, description="How loud, in percent; never louder.")] = 80
    lock_after_s: Annotated[
        Annotated[int, Meta(ge=10, le=86_400)] | None,
        Meta(
            description="A treadmill that stands free so long, in s, locks itself until a person clears it."
        ),
    ] = None
    home_assistant: Annotated[
        bool, Meta(description="Announce the devices to Home Assistant over the broker.")
    ] = False
    home_assistant_heart_rate: Annotated[
        bool, Meta(description="Heart rates too: they are health data, and stay out otherwise.")
    ] = False
    metrics_port: Annotated[
        Annotated[int, Meta(ge=1, le=65535)] | None,
        Meta(description="Where /metrics (Prometheus) and /healthz are served; not at all unless set."),
    ] = None
    metrics_host: Annotated[str, Meta(description="The address they are served on.")] = "127.0.0.1"
    data: Annotated[
        str,
        Meta(description="Folder for what could not be sent yet (64 MB), commissioning records and marks."),
    ] = "var/unit"
    broker: Annotated[Broker, Meta(description="The site's broker.")] = Broker()
    treadmill: Annotated[tuple[Treadmill, ...], Meta(description="The treadmills it owns.")] = ()
    strap: Annotated[tuple[Strap, ...], Meta(description="The straps that belong to its treadmills.")] = ()
    strap_salt: Annotated[
        str, Meta(description="Secret of the site, the same at all its units, that makes straps' pseudonyms.")
    ] = ""

    def __post_init__(self) -> None:
        named = DRILL in (self.unit, *(treadmill.id for treadmill in self.treadmill))
        if named and [radio.name for radio in self.all_radios] != [RADIO]:
            raise ValueError(f"{DRILL} is the name of the treadmill that staff practise on; give another one")

    @property
    def all_radios(self) -> tuple[RadioConfig, ...]:
        """Every radio of the unit; at least one."""
        return self.radios or (RadioConfig(self.radio, self.slots),)


class Influx(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A time-series database that speaks InfluxDB's v2 write API; without `url` the embedded store is used."""

    url: Annotated[str, Meta(description="http://host:8086; empty for the embedded store.")] = ""
    org: Annotated[str, Meta(description="InfluxDB's organisation.")] = "backstride"
    bucket: Annotated[str, Meta(description="InfluxDB's bucket.")] = "backstride"
    token_file: Annotated[str, Meta(description="File with a token that may write there.")] = ""
    spool_mb: Annotated[
        int,
        Meta(description="Room on disk for what the database has not taken yet, in MB.", ge=1, le=100_000),
    ] = 1000
    cannot_forget: Annotated[
        bool,
        Meta(
            description="Store in a database that cannot delete (InfluxDB 3, VictoriaMetrics): you forget heart rates "
            "and members by its own means."
        ),
    ] = False


class Metrics(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One metrics writer.

    The broker keeps a writer's share for an hour while it is away: the share of one that never comes back is lost.
    """

    name: Annotated[str, Meta(description="Its own name, and its certificate's.")] = "metrics"
    group: Annotated[
        str, Meta(description="Writers of one group share the load; empty: it takes everything.")
    ] = ""
    raw_days: Annotated[
        int,
        Meta(
            ge=3,
            le=3_650,
            description="Embedded store: days that frames in and around sessions are kept (all others: 2); then there "
            "are minute means.",
        ),
    ] = 100
    minutes_days: Annotated[
        int, Meta(ge=3, le=3_650, description="Embedded store: days that minute means are kept.")
    ] = 730
    store_mb: Annotated[
        int,
        Meta(
            ge=10,
            le=10_000_000,
            description="Embedded store: its most megabytes; the oldest frames give way. The last part of the disk "
            "(5 %, at most 500 MB) is left to others in any case.",
        ),
    ] = 8_000


class Alerts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What needs somebody, told to their phones. To whom: `backstride alerts add`, one address a line in a file."""

    targets_file: Annotated[
        str,
        Meta(
            description="File of the addresses, which hold secrets; empty: alerts.urls beside these settings."
        ),
    ] = ""
    language: Annotated[
        str,
        Meta(pattern="^[a-z]{2}$", description="In which language phones are told; one of the console's."),
    ] = "en"
    quiet_from: Annotated[
        str,
        Meta(
            pattern=TIME_OF_DAY,
            description="From this time of day on (22:00) only belts that may not stop and a lost broker are told.",
        ),
    ] = ""
    quiet_until: Annotated[
        str, Meta(pattern=TIME_OF_DAY, description="Until then (06:00), when the rest is told.")
    ] = ""


class Https(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The console's pages by TLS. `http_port` then only sends people there, answers stops, and tells tablets how to
    trust the site."""

    port: Annotated[
        int, Meta(ge=0, le=65535, description="The console's port for TLS; 0: pages by HTTP.")
    ] = 0
    certificate: Annotated[
        str, Meta(description="Its certificate (PEM), with what is between it and the root.")
    ] = ""
    key: Annotated[str, Meta(description="Its key (PEM); empty: in the file of the certificate.")] = ""
    root: Annotated[
        str,
        Meta(
            description="The certificate (PEM) of the authority that made it, for tablets to trust; empty: a known one."
        ),
    ] = ""
    strict: Annotated[
        bool,
        Meta(
            description="HSTS: browsers that came by TLS once never come by HTTP again, whatever becomes of the "
            "certificate."
        ),
    ] = False


class HubConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A service of the hub: session, metrics, console or alerts; and commands at a terminal."""

    site: Annotated[str, Meta(description="The site's name in topics; the same at hub and units.")] = "gym"
    data: Annotated[str, Meta(description="Folder for journal, members and measurements.")] = "var/hub"
    members: Annotated[
        str,
        Meta(
            description="Members store, such as postgresql://user@host/backstride; empty: members.db in data."
        ),
    ] = ""
    profile: Annotated[
        Literal["gym", "clinic"],
        Meta(
            description="clinic: short sign-ins, no public board, member pages end soon after their session."
        ),
    ] = "gym"
    http_host: Annotated[str, Meta(description="Where the console listens.")] = "127.0.0.1"
    http_port: Annotated[int, Meta(description="The console's port.")] = 8080
    https: Annotated[Https, Meta(description="The console by TLS.")] = Https()
    http_url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^/\s]+/?)?$",
            description="How people reach the console through a proxy, such as https://hub.example; links and QR codes "
            "say it. Empty: as they asked.",
        ),
    ] = ""
    http_hosts: Annotated[
        tuple[str, ...],
        Meta(
            description="Names and addresses by which the console may be asked, beside this machine's own and "
            "localhost."
        ),
    ] = ()
    http_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses or networks of proxies whose X-Forwarded-For is believed, such as 127.0.0.1; wrong "
            "sign-ins then count by the address behind them."
        ),
    ] = ()
    security_contact: Annotated[
        str,
        Meta(
            pattern=CONTACT,
            description="Whom to tell of a weakness of this hub, mailto: or https:, at /.well-known/security.txt.",
        ),
    ] = ""
    broker: Annotated[Broker, Meta(description="The site's broker.")] = Broker()
    metrics: Annotated[Metrics, Meta(description="The metrics service.")] = Metrics()
    influx: Annotated[Influx, Meta(description="Its database.")] = Influx()
    alerts: Annotated[Alerts, Meta(description="Alerts on phones.")] = Alerts()


def console_url(hub: HubConfig, port: int) -> str:
    """Where people reach the console, as far as its settings tell."""
    host = "127.0.0.1" if hub.http_host in ("0.0.0.0", "::", "") else hub.http_host
    written = f"[{host}]" if ":" in host else host
    itself = f"https://{written}:{hub.https.port}" if hub.https.port else f"http://{written}:{port}"
    return hub.http_url.rstrip("/") or itself
