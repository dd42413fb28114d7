"""`backstride hub`: the site's authority, settings and clients, for whoever runs the gym's server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from device_adapters.drill import MINUTES
from device_adapters.errors import ConfigError

if TYPE_CHECKING:
    from services.hub.clients import Client

hub_app = typer.Typer(no_args_is_help=True, help="Set up the hub of a site and say who may use its broker.")
client_app = typer.Typer(no_args_is_help=True, help="Certificates for other programs at the site's broker.")
hub_app.add_typer(client_app, name="client")

SETTINGS = Path("/etc/backstride/services/drill.toml")
Folder = Annotated[Path, typer.Option(help="Where the site's settings and keys are.")]
DEFAULT = Path("/etc/backstride")


@hub_app.command()
def init(
    site: Annotated[str, typer.Option(help="The site's name in every topic, such as gym.")] = "",
    host: Annotated[
        list[str] | None, typer.Option(help="Name or address of this hub as units reach it; may be repeated.")
    ] = None,
    data: Annotated[str, typer.Option(help="Where the services keep their data.")] = "/var/lib/backstride",
    mqtt_port: Annotated[int, typer.Option(help="The broker, for units (TLS).")] = 8883,
    hub_port: Annotated[int, typer.Option(help="The broker, for the hub's own services.")] = 8884,
    hub_host: Annotated[str, typer.Option(help="Where those services reach the broker.")] = "127.0.0.1",
    enrol_port: Annotated[int, typer.Option(help="Where units are enrolled.")] = 8885,
    http_host: Annotated[str, typer.Option(help="Where the console listens.")] = "127.0.0.1",
    http_port: Annotated[int, typer.Option(help="The console's port.")] = 8080,
    https_port: Annotated[
        int, typer.Option(min=0, max=65535, help="The console's port for TLS; 0: pages by HTTP.")
    ] = 0,
    influx_url: Annotated[str, typer.Option(help="InfluxDB 2; without it the embedded store is used.")] = "",
    folder: Folder = DEFAULT,
) -> None:
    """Make a site: authority, certificates, access list, the broker's and every service's settings.

    Run it again at any time: what is due is renewed, what was changed in site.toml is taken over.
    """
    import msgspec

    from device_adapters.clock import SystemClock
    from services.hub import owners
    from services.hub.authority import fingerprint
    from services.hub.setup import set_up
    from services.hub.site import Places, SiteConfig
    from services.metrics.influx_extra import required

    if bool(site) != bool(host):
        raise ConfigError("give both --site and --host, or neither to renew the site that is there")
    wanted = None
    if site and host:
        raw = {
            "site": site, "hosts": host, "data": data, "mqtt_port": mqtt_port, "hub_port": hub_port,
            "hub_host": hub_host,
            "enrol_port": enrol_port, "http_host": http_host, "http_port": http_port,
            "https_port": https_port, "influx_url": influx_url,
        }  # fmt: skip
        try:
            wanted = msgspec.convert(raw, SiteConfig)
        except msgspec.ValidationError as e:
            raise ConfigError(f"hub init: {e}") from e
    places = Places(folder)
    try:
        made = set_up(places, wanted, SystemClock())
        if folder == DEFAULT:
            owners.of_machine(places.services, Path(made.data), Path(made.releases))
    except PermissionError as e:
        raise ConfigError(f"{e.filename}: not allowed; run it with sudo") from e
    if made.influx_url:
        required()
    typer.echo(f"site {made.site}: ready in {folder}")
    typer.echo(
        f"broker     mqtts://{made.hosts[0]}:{made.mqtt_port}, settings {places.broker}/mosquitto.conf"
    )
    console = (
        f"https://{made.hosts[0]}:{made.https_port}"
        if made.https_port
        else f"http://{made.http_host}:{made.http_port}"
    )
    typer.echo(f"console    {console}, settings {places.services}/console.toml")
    if made.https_port and not made.https_certificate:
        typer.echo(f"tablets    http://{made.hosts[0]}:{made.http_port}/trust says how they come to trust it")
        shown = fingerprint((places.services / "ca.crt").read_bytes()).hex(" ").upper()
        typer.echo(f"           by the certificate whose SHA-256 is {shown}")
    typer.echo(f"keep safe  {places.office} (backstride backup keeps it)")
    if made.backup.to:
        typer.echo(
            f"           and {made.backup.password_file or places.backup_password} elsewhere too: without it"
        )
        typer.echo("           no backup that left this hub can be read")
    typer.echo("next       start the services, then invite a unit:")
    typer.echo("           sudo backstride unit invite unit-01 --treadmill tm-01 --strap hr-01")


@hub_app.command("one-user", hidden=True)
def one_user(folder: Folder = DEFAULT) -> None:
    """Give all to one user again, before a release runs whose services share one; deploy/update.sh does so."""
    from services.hub import owners
    from services.hub.site import Places

    places = Places(folder)
    owners.give_back(places.services, Path(places.site().data))


@hub_app.command()
def bridge(
    address: Annotated[str, typer.Argument(help="HOST:PORT of the chain's broker (TLS).")],
    folder: Folder = DEFAULT,
) -> None:
    """Send what this site measures to a chain's broker; nothing comes back. See deploy/chain/README.md."""
    from services.hub.bridge import settings
    from services.hub.files import PUBLIC, write
    from services.hub.site import Places
    from services.rules.whole import whole

    host, _, text = address.rpartition(":")
    port = whole(text)
    if not host or not port or port > 65_535:
        raise ConfigError(f"{address!r}: write HOST:PORT, such as broker.chain.example:8883")
    places = Places(folder)
    target = places.broker / "conf.d" / "chain.conf"
    write(target, settings(places.site().site, host, port, str(places.broker)).encode(), PUBLIC)
    typer.echo(f"{target}: needs chain-ca.crt and chain.pem in {places.broker} (from the chain's hub: "
               f"backstride hub client add {places.site().site} --role bridge)")  # fmt: skip
    typer.echo("next       sudo systemctl restart mosquitto")


@hub_app.command("broker-restart")
def broker_restart(
    now: Annotated[bool, typer.Option("--now", help="At once: every belt that moves is stopped.")] = False,
    stamp: Annotated[
        Path | None,
        typer.Option(help="Write this file for who restarts the broker, in the place of systemctl."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Each time the broker's lists have changed.")
    ] = False,
    folder: Folder = DEFAULT,
) -> None:
    """Restart the broker with its newest lists, in a moment when no belt is leased and none moves."""
    import asyncio
    import subprocess
    import time

    from device_adapters.clock import SystemClock
    from device_adapters.config import HubConfig, load
    from services import logs
    from services.hub.quiet import LOOK_S, lists_of, wait_until_quiet
    from services.hub.site import Places

    logs.configure("error")
    places, clock = Places(folder), SystemClock()
    known = lists_of(places.broker)
    while True:
        while watch and lists_of(places.broker) == known:
            time.sleep(LOOK_S)
        if not now:
            settings = load(places.services / "hub.toml", HubConfig)
            asyncio.run(wait_until_quiet(settings, clock, typer.echo))
        known = lists_of(places.broker)
        if stamp is not None:
            stamp.write_text(f"{clock.wall_ms()}\n", encoding="utf-8")
        else:
            subprocess.run(["/usr/bin/systemctl", "restart", "mosquitto.service"], check=True)
        typer.echo("the broker is restarted with its newest lists")
        if not watch:
            return


@client_app.command()
def add(
    name: Annotated[str, typer.Argument(help="Its name, such as wall-display.")],
    role: Annotated[
        str,
        typer.Option(
            help="booking, viewer, home-assistant, home-assistant-hearts, telegraf, bridge, metrics or sim."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for its certificate and key.")],
    folder: Folder = DEFAULT,
) -> None:
    """Make a certificate for a program: booking may ask for sessions; all others only look.

    Hearts are heard by home-assistant-hearts and bridge alone.
    """
    from device_adapters.clock import SystemClock
    from services.hub.files import PUBLIC, write
    from services.hub.office import Office, credentials
    from services.hub.site import Places

    client = _client(name, role)
    office = Office(Places(folder), SystemClock())
    credentials(office, client, output / f"{name}.pem", 0o600)
    write(output / "ca.crt", office.root.certificate, PUBLIC)
    site = office.places.site()
    typer.echo(f"{name} ({role}): {output / f'{name}.pem'} (certificate and key), {output / 'ca.crt'}")
    typer.echo(f"broker     mqtts://{site.hosts[0]}:{site.mqtt_port}, MQTT 5; client id and user are {name}")


def _client(name: str, role: str) -> "Client":
    import msgspec

    from services.hub.clients import PROGRAM_ROLES, Client

    if role not in PROGRAM_ROLES:
        raise ConfigError(f"{role!r} is no role here; give one of: {', '.join(PROGRAM_ROLES)}")
    try:
        return msgspec.convert({"name": name, "role": role}, Client)
    except msgspec.ValidationError as e:
        raise ConfigError(f"{name}: {e}; lower-case letters, digits and hyphens") from e


@hub_app.command()
def drill(
    settings: Annotated[Path, typer.Option(help="The drill's settings, as hub init makes them.")] = SETTINGS,
    minutes: Annotated[int, typer.Option(min=1, max=60, help="It ends by itself after these.")] = MINUTES,
) -> None:
    """A treadmill that is not there, on the real floor, for staff to practise on; also a button of the page Drill.

    Type link_lost, ignore_stop or safety_key, or right. It ends by itself, with Ctrl-C, or at the end of its input.
    """
    from device_adapters.config import HubConfig, load
    from services.cli.hub.drill import drill as run
    from services.cli.hub.drill import line_of_input
    from services.cli.roles.process import run_role

    hub = load(settings, HubConfig)
    run_role(lambda ready: run(hub, minutes, line_of_input, ready))
