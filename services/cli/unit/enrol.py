"""`backstride unit`: how a Pi becomes a unit of a site, and how it stops being one."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from device_adapters.errors import ConfigError
from services.cli.hub.site import DEFAULT, Folder
from services.cli.hub_settings import HubFile

unit_app = typer.Typer(
    no_args_is_help=True, help="Enrol units: invite, list and revoke on the hub; join and rotate on the Pi."
)

UNIT_FOLDER = Path("/etc/backstride-unit")
UNIT_CONFIG = UNIT_FOLDER / "unit.toml"
INSTALLER_OPTIONS = frozenset({"stop-button", "clicker", "voice", "stop-line", "serial"})
Devices = Annotated[list[str] | None, typer.Option(help="ID or ID=ADDRESS; may be repeated.")]
Json = Annotated[bool, typer.Option("--json", help="For machines.")]


@unit_app.command()
def invite(
    name: Annotated[str, typer.Argument(help="The unit's name, such as unit-01.")],
    treadmill: Devices = None,
    strap: Devices = None,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long the code is good.")] = 30,
    json: Json = False,
    folder: Folder = DEFAULT,
) -> None:
    """On the hub: make a code that lets one Pi in as this unit, once. An invited unit keeps its devices unless told."""
    import msgspec

    from device_adapters.clock import SystemClock
    from services.hub.invite import invite as made_for
    from services.hub.office import Office
    from services.hub.site import Places

    made = made_for(Office(Places(folder), SystemClock()), name, treadmill or (), strap or (), minutes)
    if json:
        typer.echo(msgspec.json.encode({"unit": name, "code": str(made), "minutes": minutes}).decode())
        return
    _show(str(made), name, minutes)


def _show(code: str, name: str, minutes: int) -> None:
    import segno

    if sys.stdout.isatty():
        segno.make(code, error="m").terminal(compact=True)
    typer.echo(f"{name} may join once, within {minutes} minutes. On the Pi:")
    typer.echo("    sudo backstride unit join")
    typer.echo(f"and when it asks: {code}")


def _asked_for() -> str:
    """The code, from a terminal or the first line of standard input: an argument stands in the list of processes."""
    code = typer.prompt("code") if sys.stdin.isatty() else sys.stdin.readline()
    if not code.strip():
        raise ConfigError("no code; backstride unit invite on the hub shows one")
    return str(code).strip()


@unit_app.command()
def card(
    name: Annotated[str, typer.Argument(help="The unit's name, such as unit-07.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder: the card's boot partition.")],
    treadmill: Devices = None,
    strap: Devices = None,
    wifi: Annotated[
        str, typer.Option(help="Name of the Wi-Fi network; without it the unit goes by cable.")
    ] = "",
    wifi_password_file: Annotated[
        Path | None, typer.Option(help="File with its password; it stands on the card in clear.")
    ] = None,
    country: Annotated[str, typer.Option(help="Where the Wi-Fi is, two letters, such as DE.")] = "",
    ssh_key: Annotated[
        Path | None,
        typer.Option(help="File of public keys that may sign in as backstride-admin; without it nobody may."),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            help="Of the installer: stop-button, clicker, voice, stop-line, serial; may be repeated."
        ),
    ] = None,
    arch: Annotated[str, typer.Option(help="The kind of machine.")] = "aarch64",
    hours: Annotated[int, typer.Option(min=1, max=24, help="How long the code is good.")] = 24,
    folder: Folder = DEFAULT,
) -> None:
    """On the hub: write what makes a Raspberry Pi this unit at its first start, without monitor or ssh (cloud-init)."""
    from device_adapters.clock import SystemClock
    from services.cli.unit import card as cards
    from services.hub.card import EnrolmentCard
    from services.hub.invite import invite as made_for
    from services.hub.office import Office
    from services.hub.site import Places

    if unknown := sorted(set(option or ()) - INSTALLER_OPTIONS):
        raise ConfigError(f"--option {unknown[0]}: give one of {', '.join(sorted(INSTALLER_OPTIONS))}")
    if country and not (len(country) == 2 and country.isascii() and country.isupper()):
        raise ConfigError(f"--country {country}: two capital letters, such as DE")
    if wifi_password_file and not wifi:
        raise ConfigError("--wifi-password-file without --wifi: name the network too")
    places = Places(folder)
    file, key = cards.bundle_of(places, arch), cards.key_of(places)
    wifi = cards.wifi_name(wifi)
    password, keys = cards.wifi_password(wifi_password_file), cards.ssh_keys(ssh_key)
    office = Office(places, SystemClock())
    code = made_for(office, name, treadmill or (), strap or (), 60 * hours)
    made = EnrolmentCard(
        unit=name, instance=cards.instance(name), hub=code.address, root=office.root.certificate.decode(),
        update_key=key, file=file, code=str(code), ssh_keys=keys, wifi=wifi, wifi_password=password,
        country=country, extras=tuple(f"--{each}" for each in option or ()),
    )  # fmt: skip
    for path in cards.write(made, output):
        typer.echo(path)
    typer.echo(f"{name} joins by this card once, within {hours} h. Keep the card: it holds the code"
               f"{' and the password of the Wi-Fi' if password else ''} until then.")  # fmt: skip
    typer.echo("next       put it into the Pi and switch it on; it shows on the operator page within minutes")


@unit_app.command()
def join(
    code: Annotated[
        str,
        typer.Argument(
            help="What backstride unit invite showed. Better none: then it is asked for, or read from standard input, "
            "and no list of processes has it."
        ),
    ] = "",
    device: Annotated[
        list[str] | None,
        typer.Option(help="ID=ADDRESS of a device the hub has no address of; may be repeated."),
    ] = None,
    radio: Annotated[str, typer.Option(help="Bluetooth adapter, for new settings.")] = "hci0",
    data: Annotated[
        str, typer.Option(help="Where the unit keeps its data, for new settings.")
    ] = "/var/lib/backstride-unit",
    folder: Annotated[Path, typer.Option(help="Where the unit's settings and key go.")] = UNIT_FOLDER,
) -> None:
    """On the Pi: become the unit that the code was made for. The key is made here and never leaves."""
    from services.hub.code import parse
    from services.hub.join import join as run

    code = code or _asked_for()
    pairs = [word.partition("=") for word in device or ()]
    if wrong := [id for id, equals, address in pairs if not (id and equals and address)]:
        raise ConfigError(f"--device {wrong[0]}: write ID=ADDRESS, such as tm-01=F1:00:00:00:00:01")
    try:
        joined = run(parse(code), folder, data, radio, {id: address for id, _, address in pairs})
    except PermissionError as e:
        raise ConfigError(f"{e.filename}: not allowed; run it with sudo") from e
    except OSError as e:
        raise ConfigError(
            f"{e.filename or folder}: {e.strerror}; make room on its disk (df -h), then join by the same code again"
        ) from e
    typer.echo(
        f"this is {joined.welcome.name} of site {joined.welcome.site} now; settings: {joined.settings}"
    )
    for id in joined.without_address:
        typer.echo(f"{id} needs its Bluetooth address: backstride scan shows it; invite with {id}=ADDRESS, or write it "
                   f"into {joined.settings}", err=True)  # fmt: skip
    typer.echo(f"next       backstride doctor --config {joined.settings}; then start the unit")


@unit_app.command()
def rotate(
    config: Annotated[Path, typer.Option(help="The unit's settings.")] = UNIT_CONFIG,
    due: Annotated[bool, typer.Option("--due", help="Only if fewer than 60 days are left.")] = False,
) -> None:
    """On the Pi: a new key and certificate. The unit goes on; it uses them from its next connection."""
    from device_adapters.bus.certificate import days_left
    from device_adapters.config import UnitConfig, load
    from services.hub.authority import RENEW_DAYS
    from services.hub.join import renew

    settings = load(config, UnitConfig)
    left = days_left(settings.broker)
    if due and left is not None and left >= RENEW_DAYS:
        typer.echo(f"{settings.unit}: {left} days left; nothing to do")
        return
    renew(settings)
    typer.echo(f"{settings.unit}: new certificate, {days_left(settings.broker)} days")


@unit_app.command()
def update(config: Annotated[Path, typer.Option(help="The unit's settings.")] = UNIT_CONFIG) -> None:
    """On the Pi: ask the hub whether a release is to be installed here now, and fetch it. A timer does so."""
    import os

    from device_adapters.config import UnitConfig, load
    from services.hub.unit_update import UpdatedUnit

    root = Path(os.environ.get("BACKSTRIDE_ROOT") or "/")
    if (root / "etc/backstride/site.toml").exists():
        typer.echo("this machine is the hub too, which other belts need: update it by hand, with update.sh")
        return
    unit = UpdatedUnit(load(config, UnitConfig), root)
    if unit.installs:
        typer.echo("a release is being installed")
        return
    wanted = unit.ask()
    if not wanted.file:
        typer.echo(f"nothing to do ({wanted.wait})")
        return
    unit.fetch(wanted.file)
    typer.echo(f"fetched {wanted.file}; backstride-install installs it")


@unit_app.command(name="list")
def list_(json: Json = False, folder: Folder = DEFAULT) -> None:
    """On the hub: every unit and program that has, had or may fetch a certificate."""
    import msgspec

    from device_adapters.clock import SystemClock
    from services.hub.invitations import Invitations
    from services.hub.office import Office
    from services.hub.site import Places

    office = Office(Places(folder), SystemClock())
    office.root  # noqa: B018 — says who may look
    register = office.register()
    kept = Invitations(office.places.invitations).open_at(int(office.now().timestamp()))
    invited = {invitation.name for invitation in kept if not invitation.key}
    if json:
        told = [{**msgspec.to_builtins(c), "invited": c.name in invited} for c in register.clients]
        typer.echo(msgspec.json.encode({"clients": told}).decode())
        return
    for client in register.clients:
        state = "revoked" if client.revoked else f"until {client.until}" if client.until else "never joined"
        extra = ", invited" if client.name in invited else ""
        devices = " ".join(device.id for device in (*client.treadmills, *client.straps))
        typer.echo(f"{client.name:20} {client.role:8} {state + extra:28} {devices}".rstrip())


@unit_app.command()
def retire(
    name: Annotated[str, typer.Argument(help="A unit that was taken away for good.")],
    config: HubFile = None,
    broker: Annotated[str, typer.Option(help="mqtt://host:port; default: that of --config.")] = "",
    site: Annotated[str, typer.Option(help="Default: that of --config.")] = "",
    folder: Folder = DEFAULT,
) -> None:
    """On the hub: end a unit's rights, where it has any, and have it and its treadmills forgotten.

    Look at its belts first: from then on nobody is told that they may move.
    """
    from device_adapters.clock import SystemClock
    from services.cli.hub.forget import forget
    from services.cli.hub_line import Hub
    from services.hub.office import Office
    from services.hub.site import Places

    count = forget(Hub.of(config, broker, site), "unit", name)
    office = Office(Places(folder), SystemClock())
    if office.places.register.exists() and office.register().find(name):
        revoke(name, folder)
    typer.echo(f"{name}: retired ({count} topics forgotten)")


@unit_app.command()
def revoke(name: Annotated[str, typer.Argument(help="A unit or program.")], folder: Folder = DEFAULT) -> None:
    """On the hub: end a unit's or program's rights at once, such as for a Pi that was stolen."""
    from device_adapters.clock import SystemClock
    from services.hub.invitations import Invitations
    from services.hub.office import Office
    from services.hub.site import Places

    office = Office(Places(folder), SystemClock())
    office.revoke(name)
    with office.locked():
        Invitations(office.places.invitations).close(name, int(office.now().timestamp()))
    typer.echo(
        f"{name}: revoked. The broker takes it no more once it is restarted, which happens when no belt is leased and "
        "none moves; at once, and every belt stops: sudo backstride hub broker-restart --now"
    )
