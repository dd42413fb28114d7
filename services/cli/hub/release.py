"""`backstride release`: releases that the hub holds for its units, and their way to them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.hub.site import DEFAULT, Folder

if TYPE_CHECKING:
    from services.hub.releases import Releases
    from services.hub.rollout import RollOut

release_app = typer.Typer(
    no_args_is_help=True, help="Hold signed releases on the hub, and let them go to the units, one first."
)
Json = Annotated[bool, typer.Option("--json", help="For machines.")]
By = Annotated[str, typer.Option(help="Who asks: a name for the record.")]


@release_app.command()
def add(
    bundle: Annotated[Path, typer.Argument(help="backstride-VERSION-ARCH.tar.gz, its .sig beside it.")],
    folder: Folder = DEFAULT,
) -> None:
    """On the hub: hold a release, if it is signed by the key in update.pub. Nothing is updated yet."""
    from device_adapters.clock import SystemClock
    from services.hub.site import Places

    held = _releases(folder).add(bundle, Places(folder).update_key, SystemClock().wall_ms())
    typer.echo(
        f"{held.version} for {held.arch} is held. What changed:\n\n{held.changes or '(its changelog says nothing)'}\n"
    )
    typer.echo(
        f"next       sudo backstride release roll-out {held.version} --canary UNIT, or on the operator page"
    )


@release_app.command(name="list")
def list_(json: Json = False, folder: Folder = DEFAULT) -> None:
    """On the hub: what is held, the newest first."""
    import msgspec

    held = _releases(folder).all()
    if json:
        typer.echo(msgspec.json.encode({"releases": held}).decode())
        return
    for one in held:
        typer.echo(f"{one.version:12} {one.arch:8} {one.file}")


@release_app.command("roll-out")
def roll_out(
    version: Annotated[str, typer.Argument(help="As backstride release list shows it.")],
    canary: Annotated[str, typer.Option(help="The unit that gets it first.")],
    begin: Annotated[
        str, typer.Option(help="HH:MM, from when on units may be updated; default: at any time.")
    ] = "",
    end: Annotated[str, typer.Option(help="HH:MM, until when.")] = "",
    by: By = "",
    folder: Folder = DEFAULT,
) -> None:
    """On the hub: let a release go to all units, one after the other, each while none of its belts is leased."""
    from device_adapters.clock import SystemClock
    from services.hub import rollouts

    rollouts.begin(
        _releases(folder), version, canary, (begin, end), by or _me(), _units(folder), SystemClock()
    )
    typer.echo(f"{version} goes to {canary} first; backstride release status says how it goes")


@release_app.command()
def stop(by: By = "", folder: Folder = DEFAULT) -> None:
    """On the hub: send no further unit off."""
    from services.hub import rollouts

    stopped = rollouts.stop(_releases(folder), by or _me())
    typer.echo(
        f"{stopped.version} goes to no further unit; one that is on its way goes on, or back by itself"
    )


@release_app.command()
def status(json: Json = False, folder: Folder = DEFAULT) -> None:
    """On the hub: where the newest roll-out is. Exit code 1 if something stopped it."""
    import msgspec

    from device_adapters.clock import SystemClock
    from services.hub import rollouts

    rollout = rollouts.seen(_releases(folder), SystemClock())
    if json:
        typer.echo(msgspec.json.encode({"rollout": rollout}).decode())
    elif rollout is None:
        typer.echo("nothing was rolled out yet")
    else:
        _tell(rollout)
    raise typer.Exit(int(rollout is not None and rollout.stopped in ("failed", "away")))


def _tell(rollout: "RollOut") -> None:
    state = f"stopped ({rollout.stopped})" if rollout.stopped else "done" if rollout.done else "under way"
    window = f", {rollout.begin} to {rollout.end}" if rollout.begin else ""
    typer.echo(f"{rollout.version}: {state}; first {rollout.canary}{window}; by {rollout.by}")
    for name, one in rollout.units.items():
        typer.echo(f"  {name:20} {one.stage:8} {one.version:12} {one.why}".rstrip())


def _releases(folder: Path) -> "Releases":
    from services.hub.releases import Releases
    from services.hub.site import Places

    return Releases(Path(Places(folder).site().releases))


def _units(folder: Path) -> list[str]:
    from device_adapters.clock import SystemClock
    from services.hub import rollouts
    from services.hub.office import Office
    from services.hub.site import Places

    office = Office(Places(folder), SystemClock())
    return rollouts.joined(office.register())


def _me() -> str:
    import getpass

    return getpass.getuser()
