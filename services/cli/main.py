"""The `backstride` command. Each subcommand imports what it needs when it runs, so that `--help` is quick."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.accounts.token import token_app
from services.cli.accounts.user import console_app, user_app
from services.cli.config import config_app
from services.cli.hub.alerts import alerts_app
from services.cli.hub.diary import diary_app
from services.cli.hub.fleet import fleet_app
from services.cli.hub.offsite import offsite_app
from services.cli.hub.release import release_app
from services.cli.hub.site import hub_app
from services.cli.hub.treadmill import treadmill_app
from services.cli.hub_settings import HubFile
from services.cli.incident import incident_app
from services.cli.members.commands import member_app
from services.cli.programme.commands import programme_app
from services.cli.roles.command import run_app
from services.cli.session.class_commands import class_app
from services.cli.session.commands import session_app, sessions
from services.cli.session.line_command import EXIT_CODES
from services.cli.stores.metrics import metrics_app
from services.cli.stores.provision import provision_app
from services.cli.unit.clicker import clicker_app
from services.cli.unit.enrol import unit_app
from services.cli.unit.stop_line import stop_line_app

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich takes half of the time of --help
    context_settings={"max_content_width": 120},
    help="Guided retro (backward) sessions on gym treadmills that stay inside safe limits.",
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("backstride"))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    pass


app.add_typer(run_app, name="run")
app.add_typer(programme_app, name="programme")
app.add_typer(session_app, name="session")
app.command(epilog=EXIT_CODES)(sessions)
app.add_typer(class_app, name="class")
app.add_typer(member_app, name="member")
app.add_typer(metrics_app, name="metrics")
app.add_typer(token_app, name="token")
app.add_typer(hub_app, name="hub")
app.add_typer(fleet_app, name="fleet")
app.add_typer(config_app, name="config")
app.add_typer(clicker_app, name="clicker")
app.add_typer(incident_app, name="incident")
app.add_typer(stop_line_app, name="stop-line")
app.add_typer(unit_app, name="unit")
app.add_typer(treadmill_app, name="treadmill")
app.add_typer(provision_app, name="provision")
app.add_typer(alerts_app, name="alerts")
app.add_typer(diary_app, name="diary")
app.add_typer(offsite_app, name="offsite")
app.add_typer(release_app, name="release")
app.add_typer(user_app, name="user")
app.add_typer(console_app, name="console")


@app.command()
def decode(
    characteristic: Annotated[str, typer.Argument(help="16-bit UUID: 2acd, 2acc, 2ad4, 2ad9, 2a37, ...")],
    frames: Annotated[list[str], typer.Argument(help="Hex of one or more frames of one stream.")],
    device: Annotated[str, typer.Option(help="Model, for its known quirks.")] = "",
) -> None:
    """Decode Bluetooth frames to JSON, one line per record."""
    from services.cli.devices.decode import decode as run

    run(characteristic, frames, device)


@app.command("belt-sensor")
def belt_sensor(
    treadmill: Annotated[str, typer.Argument(help="Its id, such as tm-01.")],
    config: Annotated[Path, typer.Option(help="The unit's settings, TOML.")],
    belt_m: Annotated[float, typer.Option(min=1, max=10, help="The belt's length all the way round, in m.")],
    by: Annotated[str, typer.Option(help="Who counts, and answers for it.")],
    turns: Annotated[int, typer.Option(min=3, max=1_000, help="How many turns are counted.")] = 20,
) -> None:
    """Count the pulses per metre of a sensor on a belt, with the unit stopped and nobody on the belt."""
    from services.cli.unit.belt_sensor import belt_sensor as run

    raise SystemExit(run(treadmill, config, belt_m, turns, by))


@app.command()
def devices(
    model: Annotated[str, typer.Argument(help="Tell all of one model, with sources.")] = "",
    json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """List the models whose ways are known, how they are told, and how sure we are."""
    from services.cli.devices.models import devices as run

    raise SystemExit(run(model, as_json=json))


@app.command()
def demo(
    treadmills: Annotated[int, typer.Option(min=1, max=100, help="How many virtual treadmills.")] = 6,
    straps: Annotated[
        int | None, typer.Option(min=0, max=100, help="Straps; default: one per treadmill.")
    ] = None,
    woodway: Annotated[
        int,
        typer.Option(min=0, max=100, help="So many of the treadmills are Woodways on cables, run backward."),
    ] = 0,
    trackmaster: Annotated[
        int, typer.Option(min=0, max=100, help="So many are Trackmasters on cables, run forward.")
    ] = 0,
    duration: Annotated[str, typer.Option(help="End by itself after this long: 20s, 5m, 1h.")] = "",
    seed: Annotated[int, typer.Option(help="Same seed, same people and machines.")] = 1,
    http_port: Annotated[int, typer.Option(min=0, max=65535, help="Console port; 0 = any free one.")] = 8080,
    mqtt_port: Annotated[int, typer.Option(min=0, max=65535, help="Broker port; 0 = any free one.")] = 18830,
    broker: Annotated[str, typer.Option(help="Use this broker: mqtt://host:port.")] = "",
    data: Annotated[Path | None, typer.Option(help="Keep logs and databases in this folder.")] = None,
    autostart: Annotated[
        bool, typer.Option("--autostart", help="Run one guided session per goal at once.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Write the summary to this file.")] = None,
) -> None:
    """Run a whole virtual gym: radio, treadmills, straps, broker, sessions, metrics, console."""
    from services.cli.demo.command import DemoOptions, parse_duration, run_demo

    options = DemoOptions(
        treadmills=treadmills,
        straps=treadmills if straps is None else straps,
        woodways=min(woodway, treadmills),
        trackmasters=max(0, min(trackmaster, treadmills - woodway)),
        duration_s=parse_duration(duration),
        seed=seed,
        http_port=http_port,
        mqtt_port=mqtt_port,
        broker=broker,
        data=data,
        autostart=autostart,
        json=json,
    )
    raise SystemExit(run_demo(options))


@app.command()
def stop(
    treadmills: Annotated[list[str] | None, typer.Argument(help="tm-01 tm-02 ...")] = None,
    all: Annotated[bool, typer.Option("--all", help="Every belt of the site.")] = False,
    broker: Annotated[str, typer.Option(help="mqtt://host:port; default: that of --config.")] = "",
    config: HubFile = None,
    site: Annotated[str, typer.Option(help="Default: that of --config.")] = "",
    by: Annotated[str, typer.Option(help="Who stops: a name for the hub's audit.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
) -> None:
    """Stop belts, and say what the units report. A process stop: in danger use the red button or the cord."""
    from services.cli.session.stop import stop as run

    raise SystemExit(
        run(treadmills or [], everything=all, broker=broker, config=config, site=site, by=by, as_json=json)
    )


@app.command()
def seed(
    weeks: Annotated[int, typer.Option(min=1, max=104, help="How far back.")] = 12,
    members: Annotated[int, typer.Option(min=1, max=1000, help="How many invented people.")] = 40,
    config: HubFile = None,
    seed: Annotated[int, typer.Option(help="Same seed, same past.")] = 1,
    until: Annotated[
        str, typer.Option(help="The past ends at midnight UTC of this day; default: today.")
    ] = "",
    people: Annotated[
        bool,
        typer.Option("--people", help="The members too, with alias, levels and sessions: for the console."),
    ] = False,
) -> None:
    """Fill a site's stores with an invented past, to see dashboards by. Never in stores of real people."""
    from services.cli.stores.seed import seed as run

    raise SystemExit(run(config, weeks=weeks, members=members, seed=seed, until=until, people=people))


@app.command()
def scan(
    config: Annotated[
        Path | None, typer.Option(help="The unit's settings, TOML: its radios, its ids.")
    ] = None,
    radio: Annotated[str, typer.Option(help="hci0 or virtual:host:port; default: those of --config.")] = "",
    seconds: Annotated[float | None, typer.Option(min=0.1, help="End by itself; default: Ctrl-C.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object at the end.")] = False,
) -> None:
    """Show what is around: treadmills, straps and the rest, their signal, and whether we know the model."""
    from services.cli.devices.scan import scan as run

    raise SystemExit(run(config, radio, seconds, as_json=json))


@app.command()
def capture(
    device: Annotated[str, typer.Argument(help="An id of the settings, or a Bluetooth address.")],
    config: Annotated[Path | None, typer.Option(help="The unit's settings, TOML.")] = None,
    radio: Annotated[str, typer.Option(help="hci0 or virtual:host:port; default: those of --config.")] = "",
    seconds: Annotated[float | None, typer.Option(min=0.1, help="End by itself; default: Ctrl-C.")] = None,
    output: Annotated[Path | None, typer.Option(help="The file to write; it must not exist.")] = None,
) -> None:
    """Write what a device says, with times, to a file without its address and name. Nothing is sent to it."""
    from services.cli.devices.capture import CaptureOptions
    from services.cli.devices.capture import capture as run

    options = CaptureOptions(device=device, config=config, radio=radio, seconds=seconds, output=output)
    raise SystemExit(run(options))


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="What backstride capture wrote.")],
    speed: Annotated[float, typer.Option(min=0.1, max=100, help="So many times as fast.")] = 1.0,
) -> None:
    """Let a captured device speak again on a virtual radio, and print what the unit's adapters make of it."""
    from services.cli.devices.replay import replay as run

    raise SystemExit(run(file, speed))


@app.command()
def support(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The zip file to write; - is standard output.")
    ] = None,
    config: HubFile = None,
    unit_config: Annotated[
        Path | None, typer.Option(help="The unit's settings, TOML; default: those of an installed unit.")
    ] = None,
    capture: Annotated[
        list[Path] | None, typer.Option(help="A treadmill's capture to put in; may be repeated.")
    ] = None,
    days: Annotated[int, typer.Option(min=0, max=90, help="How much of the log; 0: none.")] = 3,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Write one file for whoever helps: versions, settings, log and faults, without secrets and people."""
    from services.cli.support import SupportOptions
    from services.cli.support import support as run

    run(
        SupportOptions(
            output=output,
            config=config,
            unit_config=unit_config,
            captures=tuple(capture or ()),
            days=days,
            yes=yes,
        )
    )


@app.command()
def doctor(
    config: Annotated[Path | None, typer.Option(help="The unit's settings, TOML.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
) -> None:
    """Look whether this machine has what a unit needs, and say how to put right what it lacks."""
    from services.cli.unit.doctor import doctor as run

    raise SystemExit(run(config, as_json=json))


@app.command()
def commission(
    treadmill: Annotated[str, typer.Argument(help="Its id in the unit's settings, such as tm-01.")],
    config: Annotated[Path, typer.Option(help="The unit's settings, TOML. Stop the unit itself first.")],
    by: Annotated[str, typer.Option(help="Your name: it goes into the record.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing: for scripts. Nobody may be on the belt.")
    ] = False,
    measured_kmh: Annotated[
        float | None,
        typer.Option(help="Belt speed counted by a tachometer at 2.0 km/h asked."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Write the record to standard output as well.")
    ] = False,
) -> None:
    """Show, with nobody on the belt, what a treadmill does when it is told something; keep a dated record."""
    from services.cli.unit.commission import CommissionOptions
    from services.cli.unit.commission import commission as run

    options = CommissionOptions(
        treadmill=treadmill, config=config, by=by, yes=yes, measured_kmh=measured_kmh, json=json
    )
    raise SystemExit(run(options))


@app.command()
def backup(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Default: a name with today's date, here.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="The hub's settings.")] = Path("/etc/backstride"),
) -> None:
    """Write the hub's settings, keys and stores into one file; the services may run."""
    from services.cli.hub.backup import backup as run

    run(folder, output)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What backstride backup wrote.")],
    folder: Annotated[Path, typer.Option(help="The hub's settings.")] = Path("/etc/backstride"),
    data: Annotated[Path, typer.Option(help="The services' data.")] = Path("/var/lib/backstride"),
) -> None:
    """Put a backup back. Stop the services first; what is there now is moved aside."""
    from services.cli.hub.backup import restore as run

    run(file, folder, data)


@app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be forgotten.")] = False,
    config: HubFile = None,
    by: Annotated[str, typer.Option(help="Who does it; default: the user of this terminal.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
    yes_delete: Annotated[
        int | None, typer.Option(min=0, help="So many rows may go, though it asks: a person has looked.")
    ] = None,
    nightly: Annotated[
        bool, typer.Option("--nightly", help="Nobody looks on: refuse while nothing keeps the clock.")
    ] = False,
) -> None:
    """Forget what has been kept for long enough; run it each night.

    It stops before it forgets anything when the clock is far ahead of the newest rows, or more would go than one
    night's: then a person says how much may go with --yes-delete.
    """
    from services.cli.members.privacy import retention as run
    from services.cli.person import user

    run(config=config, by=user(by), dry_run=dry_run, as_json=json, nightly=nightly, allowed=yes_delete)


@app.command()
def audit(
    about: Annotated[str, typer.Argument(help="A member's or account's id; default: anybody.")] = "",
    days: Annotated[int, typer.Option(min=1, max=1_200, help="How far back.")] = 30,
    config: HubFile = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
) -> None:
    """Tell who looked at or gave out health data, signed off, raised, waived or changed an account."""
    from services.cli.members.audit import audit as run

    run(config, about=about, days=days, as_json=json)
