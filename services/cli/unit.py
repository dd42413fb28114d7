"""`backstride unit`: how a Pi becomes a unit of a site, and how it stops being one."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from device_adapters.errors import ConfigError
from services.cli.hub import DEFAULT, Folder
from services.cli.hub_settings import HubFile

unit_app = typer.Typer(
    no_args_is_help=True, help="Enrol units: invite, list and revoke on the hub; join and rotate on the Pi."
)

UNIT_FOLDER = Path("/etc/backstride-unit")
UNIT_CONFIG = UNIT_FOLDER / "unit.toml"
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
    from services.hub import code
    from services.hub.authority import fingerprint
    from services.hub.clients import Client
    from services.hub.invitations import Invitations
    from services.hub.office import Office
    from services.hub.site import Places

    office = Office(Places(folder), SystemClock())
    site, root = office.places.site(), office.root
    known = office.register().find(name)
    treadmills = _devices(treadmill) or (msgspec.to_builtins(known.treadmills) if known else ())
    straps = _devices(strap) or (msgspec.to_builtins(known.straps) if known else ())
    try:
        client = msgspec.convert(
            {"name": name, "role": "unit", "treadmills": treadmills, "straps": straps}, Client
        )
    except msgspec.ValidationError as e:
        raise ConfigError(f"{name}: {e}; ids have lower-case letters, digits and hyphens") from e
    if not client.treadmills and not client.straps:
        raise ConfigError("a unit without devices has nothing to do; give --treadmill ID and --strap ID")
    office.admit(client)
    made = code.new(site.hosts[0], site.enrol_port, fingerprint(root.certificate))
    now_s = int(office.now().timestamp())
    with office.locked():
        Invitations(office.places.invitations).add(name, made.secret, now_s + 60 * minutes, now_s)
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


def _devices(words: list[str] | None) -> list[dict[str, str]]:
    return [dict(zip(("id", "address"), word.split("=", 1), strict=False)) for word in words or ()]


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
    invited = {i.name for i in Invitations(office.places.invitations).open_at(int(office.now().timestamp()))}
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
    from services.cli.forget import forget
    from services.cli.session_line import Hub
    from services.hub.office import Office
    from services.hub.site import Places

    count = forget(Hub.of(config, broker, site), "unit", name)
    office = Office(Places(folder), SystemClock())
    known = office.places.register.exists() and office.register().find(name)
    if known and not known.revoked:
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
