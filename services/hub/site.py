"""The settings of a site's office, and where everything that `backstride hub init` makes has its place."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from device_adapters.config import load
from device_adapters.contract.messages import Id
from device_adapters.errors import ConfigError

Port = Annotated[int, Meta(ge=1, le=65535)]
ADDRESS = r"^[0-9A-Za-z:._%-]*$"
HUB_FOLDER = Path("/etc/backstride")


class SiteConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One site: its name, under which names its hub is reached, and on which ports."""

    site: Annotated[Id, Meta(description="The site's name in every topic.")]
    hosts: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description="Names and addresses of the hub; units use the first one."),
    ]
    data: Annotated[str, Meta(description="Where the hub's services keep their data.")] = (
        "/var/lib/backstride"
    )
    mqtt_port: Annotated[Port, Meta(description="The broker, for units and other machines (TLS).")] = 8883
    hub_port: Annotated[Port, Meta(description="The broker, for the hub's own services (TLS).")] = 8884
    hub_host: Annotated[
        str,
        Meta(
            description="Where they reach it; unless it is 127.0.0.1, keep that port out of other networks."
        ),
    ] = "127.0.0.1"
    enrol_port: Annotated[Port, Meta(description="Where units are enrolled (TLS).")] = 8885
    http_host: Annotated[str, Meta(description="Where the console listens.")] = "127.0.0.1"
    http_port: Annotated[Port, Meta(description="The console's port.")] = 8080
    http_url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^/\s]+/?)?$",
            description="How people reach the console through a proxy, such as https://hub.example.",
        ),
    ] = ""
    http_proxies: Annotated[
        tuple[str, ...],
        Meta(description="Proxies before the console whose X-Forwarded-For is believed, such as 127.0.0.1."),
    ] = ()
    mqtt_host: Annotated[
        str,
        Meta(pattern=ADDRESS, description="Address on which the broker listens for units; empty: on all."),
    ] = ""
    enrol_host: Annotated[
        str, Meta(pattern=ADDRESS, description="Address on which the enrolment desk listens; empty: on all.")
    ] = ""
    influx_url: Annotated[str, Meta(description="InfluxDB 2; '' for the embedded store.")] = ""
    strap_salt: Annotated[
        str, Meta(description="Secret: makes the pseudonyms of straps, the same at all units of the site.")
    ] = ""


@dataclass(frozen=True, slots=True)
class Places:
    """Below one folder: what the office alone may read, what the broker, and what each service."""

    folder: Path

    @property
    def settings(self) -> Path:
        """site.toml."""
        return self.folder / "site.toml"

    @property
    def office(self) -> Path:
        """The authority's key, the register and the invitations."""
        return self.folder / "office"

    @property
    def register(self) -> Path:
        """Who has a certificate."""
        return self.office / "register.json"

    @property
    def invitations(self) -> Path:
        """Who may fetch one."""
        return self.office / "invitations.json"

    @property
    def broker(self) -> Path:
        """What Mosquitto reads."""
        return self.folder / "broker"

    @property
    def services(self) -> Path:
        """Settings, certificates and keys of the hub's services."""
        return self.folder / "services"

    @property
    def secrets(self) -> Path:
        """Passwords of the database and of Grafana, one a file."""
        return self.folder / "secrets"

    @property
    def provisioning(self) -> Path:
        """Files for Grafana."""
        return self.folder / "grafana"

    def site(self) -> SiteConfig:
        """Raises ConfigError, also where there is no site yet."""
        if not self.settings.exists():
            raise ConfigError(
                f"{self.settings}: no such file; name the site's folder with --folder, or make a site on its hub "
                "with backstride hub init"
            )
        return load(self.settings, SiteConfig)
