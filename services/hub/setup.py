"""`backstride hub init`: everything a site needs, in one go; done again, it renews what is due and changes no more."""

import secrets
from pathlib import Path

import msgspec

from device_adapters.clock import Clock
from device_adapters.config import Broker, Https, HubConfig, Influx, Metrics
from device_adapters.drill import DRILL
from device_adapters.errors import ConfigError
from services.hub import authority, mosquitto
from services.hub.clients import HUB_ROLES, THE_DRILL, Client
from services.hub.files import PRIVATE, PUBLIC, SHARED, write
from services.hub.office import Office, credentials
from services.hub.site import Places, SiteConfig
from services.provisioning.names import Names
from services.provisioning.shipped import files as grafana_files

SETTINGS_OF = {
    "session": "session",
    "metrics": "metrics",
    "console": "console",
    "alerts": "alerts",
    "enrol": "enrol",
    "cli": "hub",
}
"""Client → the name of its settings file."""

PAGES = "console-https.pem"


def set_up(places: Places, wanted: SiteConfig | None, clock: Clock) -> SiteConfig:
    """Make or renew the site below `places`; returns its settings. `wanted` is for a site that is not there yet.

    Raises ConfigError if there is one of other settings: those are changed in site.toml, then this is run again.
    """
    site = _site(places, wanted)
    (places.broker / "conf.d").mkdir(parents=True, exist_ok=True)
    for folder in (places.office, places.broker, places.services, places.secrets, places.provisioning):
        folder.mkdir(parents=True, exist_ok=True)
    _authority(places, site, clock)
    office = Office(places, clock)
    root = office.root
    write(places.broker / "ca.crt", root.certificate, PUBLIC)
    write(places.services / "ca.crt", root.certificate, PUBLIC)
    _server(site, office, places.broker / "server.crt", places.broker / "server.key")
    if site.https_port and not site.https_certificate:
        _pages(places, site, office)
    with office.locked():
        office.write_lists()
    for role in HUB_ROLES:
        shared = SHARED if role == "cli" else PRIVATE
        credentials(office, Client(name=role, role=role), places.services / f"{role}.pem", shared)
        text = msgspec.toml.encode(_settings(places, site, role))
        write(places.services / f"{SETTINGS_OF[role]}.toml", text, SHARED)
    credentials(office, THE_DRILL, places.services / f"{DRILL}.pem", PRIVATE)
    write(places.services / f"{DRILL}.toml", msgspec.toml.encode(_settings(places, site, DRILL)), SHARED)
    conf = mosquitto.settings(
        places.broker,
        site.mqtt_port,
        site.hub_port,
        site.hub_host,
        Path("/var/lib/mosquitto"),
        host=site.mqtt_host,
    )
    write(places.broker / "mosquitto.conf", conf.encode(), PUBLIC)
    if site.backup.to and not site.backup.password_file and not places.backup_password.exists():
        write(places.backup_password, secrets.token_hex(24).encode())
    if site.influx_url:
        _database_secrets(places)
    for name, shipped in grafana_files(Names(site.site)).items():
        write(places.provisioning / name, shipped.encode(), PUBLIC)
    return site


def _site(places: Places, wanted: SiteConfig | None) -> SiteConfig:
    if not places.settings.exists():
        if wanted is None:
            raise ConfigError(
                f"{places.settings}: no site yet; name it: backstride hub init --site gym --host hub.local"
            )
        with_salt = msgspec.structs.replace(wanted, strap_salt=wanted.strap_salt or secrets.token_hex(16))
        write(places.settings, msgspec.toml.encode(with_salt), SHARED)
    site = places.site()
    if wanted is not None:
        differs = [
            name
            for name in site.__struct_fields__
            if name != "strap_salt" and getattr(wanted, name) != getattr(site, name)
        ]
        if differs:
            raise ConfigError(
                f"{places.settings} says otherwise ({', '.join(differs)}); change it there, then run "
                "backstride hub init without words"
            )
    return site


def _authority(places: Places, site: SiteConfig, clock: Clock) -> None:
    key = places.office / "authority.key"
    if not key.exists():
        made = authority.new_authority(site.site, Office(places, clock).now())
        write(places.office / "authority.crt", made.certificate, PUBLIC)
        write(key, made.key)


def _server(site: SiteConfig, office: Office, certificate: Path, key: Path) -> None:
    hosts = tuple(dict.fromkeys((*site.hosts, site.hub_host, "localhost", "127.0.0.1")))
    if certificate.exists() and key.exists():
        held = authority.Pair(certificate.read_bytes(), key.read_bytes())
        if held.belong_together and not _due(office, held.certificate, hosts):
            return
    made = authority.new_key()
    write(key, made, SHARED)
    write(certificate, authority.sign_server(office.root, hosts, made, office.now()), PUBLIC)


def _pages(places: Places, site: SiteConfig, office: Office) -> None:
    """The console's own certificate and key: its pages are served by another user than the broker."""
    hosts = tuple(dict.fromkeys((*site.hosts, "localhost", "127.0.0.1")))
    path = places.services / PAGES
    if path.exists() and not _due(office, authority.apart(path.read_bytes()).certificate, hosts):
        return
    key = authority.new_key()
    signed = authority.sign_server(office.root, hosts, key, office.now())
    write(path, authority.Pair(signed, key).together, PRIVATE)


def _due(office: Office, certificate: bytes, hosts: tuple[str, ...]) -> bool:
    """Does it end soon, or is it for other names?"""
    days = (authority.ends(certificate) - office.now()).days
    return days < authority.RENEW_DAYS or authority.hosts_of(certificate) != frozenset(hosts)


def _database_secrets(places: Places) -> None:
    """Made once. The token is for the metrics service; who sets InfluxDB up gives it the same."""
    for path in (
        places.services / "influx.token",
        places.secrets / "influx.password",
        places.secrets / "grafana.password",
        places.secrets / "grafana-influx.password",
    ):
        if not path.exists():
            write(path, secrets.token_hex(24).encode())


def _settings(places: Places, site: SiteConfig, role: str) -> HubConfig:
    folder = places.services
    broker = Broker(
        url=f"mqtts://{site.hub_host}:{site.hub_port}",
        ca_file=str(folder / "ca.crt"),
        cert_file=str(folder / f"{role}.pem"),
    )
    influx = Influx(url=site.influx_url, token_file=str(folder / "influx.token") if site.influx_url else "")
    own = not site.https_certificate
    https = Https(
        port=site.https_port,
        certificate=str(folder / PAGES) if own else site.https_certificate,
        key=site.https_key,
        root=str(folder / "ca.crt") if own else "",
        strict=site.https_strict,
    )
    return HubConfig(
        site=site.site,
        data=site.data,
        http_host=site.http_host,
        http_port=site.http_port,
        https=https if site.https_port else Https(),
        http_url=site.http_url,
        http_hosts=site.hosts,
        http_proxies=site.http_proxies,
        security_contact=site.security_contact,
        broker=broker,
        metrics=Metrics(),
        influx=influx,
        alerts=msgspec.structs.replace(site.alerts, targets_file=str(targets_file(places, site))),
    )


def targets_file(places: Places, site: SiteConfig) -> Path:
    """Where the addresses are that alerts go to."""
    return Path(site.alerts.targets_file or places.services / "alerts.urls")
