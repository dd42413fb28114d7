"""The settings of a site's office, and where everything that `backstride hub init` makes has its place."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from device_adapters.config import CONTACT, Alerts, load
from device_adapters.contract.messages import Id
from device_adapters.errors import ConfigError

Port = Annotated[int, Meta(ge=1, le=65535)]
ADDRESS = r"^[0-9A-Za-z:._%-]*$"


class Backup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Backups that leave the hub each night, by restic (Debian's package)."""

    to: Annotated[
        str,
        Meta(
            description="Where to: a folder (another disk), sftp:user@host:/path, s3:https://host/bucket, or what else "
            "restic knows; empty: none leave."
        ),
    ] = ""
    password_file: Annotated[
        str,
        Meta(
            description="File with the password that they are encrypted by; empty: office/backup.password, made once. "
            "Without it nobody reads them: keep it elsewhere too."
        ),
    ] = ""
    environment_file: Annotated[
        str,
        Meta(description="File of KEY=VALUE lines for restic, such as AWS_ACCESS_KEY_ID; root's own (0600)."),
    ] = ""
    keep_days: Annotated[int, Meta(ge=1, le=365, description="How many daily ones are kept.")] = 14
    keep_weeks: Annotated[
        int,
        Meta(ge=0, le=520, description="How many weekly ones; what was forgotten is in them for so long."),
    ] = 8
    work: Annotated[str, Meta(description="Room for one backup and one trial, and restic's cache.")] = (
        "/var/lib/backstride-backup"
    )


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
    https_port: Annotated[
        int,
        Meta(
            ge=0,
            le=65535,
            description="The console's port for TLS; http_port then only sends people there and answers stops. 0: "
            "pages by HTTP.",
        ),
    ] = 0
    https_certificate: Annotated[
        str,
        Meta(
            description="A certificate (PEM) that browsers know already; empty: one of this site's own authority."
        ),
    ] = ""
    https_key: Annotated[str, Meta(description="Its key (PEM).")] = ""
    https_strict: Annotated[
        bool, Meta(description="HSTS: browsers that came by TLS once never come by HTTP again.")
    ] = False
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
    security_contact: Annotated[
        str,
        Meta(
            pattern=CONTACT,
            description="Whom to tell of a weakness of this hub, mailto: or https:, at /.well-known/security.txt.",
        ),
    ] = ""
    mqtt_host: Annotated[
        str,
        Meta(pattern=ADDRESS, description="Address on which the broker listens for units; empty: on all."),
    ] = ""
    enrol_host: Annotated[
        str, Meta(pattern=ADDRESS, description="Address on which the enrolment desk listens; empty: on all.")
    ] = ""
    influx_url: Annotated[str, Meta(description="InfluxDB 2; '' for the embedded store.")] = ""
    alerts: Annotated[Alerts, Meta(description="Alerts on phones.")] = Alerts()
    backup: Annotated[Backup, Meta(description="Backups that leave the hub.")] = Backup()
    releases: Annotated[str, Meta(description="Where the hub holds releases for its units.")] = (
        "/var/lib/backstride-releases"
    )
    strap_salt: Annotated[
        str, Meta(description="Secret: makes the pseudonyms of straps, the same at all units of the site.")
    ] = ""


@dataclass(frozen=True, slots=True)
class Places:
    """Below one folder: what the office alone may read, what the broker, and what each service."""

    folder: Path

    @property
    def settings(self) -> Path:
        """Where `site.toml` is."""
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
    def backup_password(self) -> Path:
        """By which backups that leave the hub are encrypted."""
        return self.office / "backup.password"

    @property
    def update_key(self) -> Path:
        """The public key by which updates are checked."""
        return self.folder / "update.pub"

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
