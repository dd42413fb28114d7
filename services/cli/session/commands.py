"""`backstride session` and `backstride sessions`: what staff need without a browser. Exit codes are in the help."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from device_adapters.contract.bounds import COUNTDOWN_S, HR_MAX_BPM, PAIN, PRESENCE_S, RPE
from device_adapters.errors import ConfigError
from device_adapters.safety.limits import Goal, Level
from services.cli.hub_settings import HubFile
from services.records.form import Format

if TYPE_CHECKING:
    from services.cli.hub_line import Hub

EXIT_CODES = (
    "Exit codes: 0 done; 1 refused (the cause is printed), or the session that was watched ended by a fault; "
    "2 wrong words or settings; 3 no answer: the broker or the session service is not there."
)


def _within(least_most: tuple[int, int], help_: str) -> Any:
    return typer.Option(min=least_most[0], max=least_most[1], help=help_)


session_app = typer.Typer(no_args_is_help=True, help=f"Guided sessions from a terminal. {EXIT_CODES}")

Treadmill = Annotated[str, typer.Argument(help="Its id, such as tm-01.")]
Broker = Annotated[str, typer.Option(help="mqtt://host:port; default: that of --config.")]
Site = Annotated[str, typer.Option(help="Default: that of --config.")]
By = Annotated[str, typer.Option(help="Who asks: a name for the hub's audit.")]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of words.")]
Data = Annotated[Path | None, typer.Option(help="The hub's data folder; default: that of --config.")]


def _hub(config: Path | None, broker: str, site: str) -> "Hub":
    from services.cli.hub_line import Hub

    return Hub.of(config, broker, site)


@session_app.command(epilog=EXIT_CODES)
def start(
    treadmill: Annotated[str, typer.Option(help="Its id, such as tm-01.")],
    goal: Annotated[
        Goal | None, typer.Option(help="What the member trains for; a programme file says it itself.")
    ] = None,
    level: Annotated[
        Level | None, typer.Option(help="Experience in retro, not fitness; default: novice, or the file's.")
    ] = None,
    programme: Annotated[
        str, typer.Option(help="Its name, or a file (.toml); default: the first of goal and level.")
    ] = "",
    member: Annotated[str, typer.Option(help="The member's pseudonymous id.")] = "",
    alias: Annotated[str, typer.Option(help="What screens show.")] = "",
    strap: Annotated[str, typer.Option(help="Default: the one usually worn at the treadmill.")] = "",
    waiver: Annotated[
        str, typer.Option(help="Why there is no strap; RPE is then asked each 2 minutes.")
    ] = "",
    hr_max: Annotated[int | None, _within(HR_MAX_BPM, "Highest heart rate, bpm.")] = None,
    countdown: Annotated[
        int,
        _within(COUNTDOWN_S, "Seconds before each start of the belt."),
    ] = 5,
    presence: Annotated[
        int | None,
        typer.Option(
            min=PRESENCE_S[0],
            max=PRESENCE_S[1],
            help="Ask staff each so many seconds: still with the member? Novices: 180.",
        ),
    ] = None,
    spotter: Annotated[bool, typer.Option("--spotter", help="A spotter stands at the stop button.")] = False,
    harness: Annotated[bool, typer.Option("--harness", help="The member wears a harness.")] = False,
    hold: Annotated[
        bool,
        typer.Option("--hold", help="Hold-to-run: the belt stops when the treadmill's button is let go."),
    ] = False,
    screened: Annotated[
        bool,
        typer.Option(
            "--screened", help="Asked now: nothing has changed; a guest, the whole screening, all no."
        ),
    ] = False,
    class_id: Annotated[
        str, typer.Option(help="For this class (`class show`): its goal, and the belt waits for it.")
    ] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Then watch it until its end.")] = False,
    config: HubFile = None,
    broker: Broker = "",
    site: Site = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Start a guided session. The belt starts after the countdown; `session pause` or `stop` calls it off."""
    from services.cli.hub_line import asked
    from services.cli.session.watch import watch as follow

    hub = _hub(config, broker, site)
    text, of = _programme_file(programme)
    goal, level = goal or of.get("goal"), level or of.get("level", Level.NOVICE)
    if goal is None and not class_id:
        raise ConfigError("say what the member trains for: --goal conditioning, or give a programme file")
    code = asked(
        hub, "start", treadmill, by=by, as_json=json, goal=goal, level=level, programme=programme,
        programme_text=text, member=member, alias=alias, strap=strap, waiver=waiver, hr_max_bpm=hr_max,
        countdown_s=countdown, presence_s=presence, spotter=spotter, harness=harness, hold=hold,
        screened=screened,
        class_id=class_id,
    )  # fmt: skip
    if code == 0 and watch:
        code = follow(hub, treadmill, as_json=json)
    raise SystemExit(code)


def _programme_file(programme: str) -> tuple[str, dict[str, Any]]:
    """The text of a programme file with its goal and level; nothing for a name."""
    path = Path(programme)
    if not programme.endswith(".toml"):
        return "", {}
    from services.programme.parse import parse

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(f"{path}: {e}; give a programme file, or a name of `programme list`") from e
    made = parse(text, path.name)
    return text, {"goal": made.goal, "level": made.level}


def _simple(verb: Any, about: str) -> None:
    """A command that only names a treadmill."""

    @session_app.command(verb, help=about, epilog=EXIT_CODES)
    def command(
        treadmill: Treadmill,
        config: HubFile = None,
        broker: Broker = "",
        site: Site = "",
        by: By = "",
        json: Json = False,
    ) -> None:
        from services.cli.hub_line import asked

        raise SystemExit(asked(_hub(config, broker, site), verb, treadmill, by=by, as_json=json))


_simple("pause", "Stop the belt and wait; or call a countdown off.")
_simple("resume", "Start the belt again, after the countdown: look at the member first.")
_simple(
    "stop",
    "End the session by a ramp. In danger: the red button or cord; `backstride stop` needs no service.",
)
_simple("skip", "Go on to the next step.")
_simple("repeat", "Do the present step again from its beginning.")
_simple("done", "A step that staff end is over; off the belt, resume comes after it.")
_simple("slower", "Slower at once, and 10 % slower from here on. Anyone may.")
_simple("present", "Answer: staff are with the member.")


@session_app.command(epilog=EXIT_CODES)
def clear(
    treadmill: Treadmill,
    by: Annotated[str, typer.Option(help="Who looked at member and belt: a person's name.")],
    latch: Annotated[str, typer.Option(help="The cause you saw (`latched`); default: the present one.")] = "",
    config: HubFile = None,
    broker: Broker = "",
    site: Site = "",
    json: Json = False,
) -> None:
    """Release a locked treadmill, after looking at member and belt."""
    from services.cli.hub_line import asked

    raise SystemExit(asked(_hub(config, broker, site), "clear", treadmill, by=by, as_json=json, latch=latch))


@session_app.command(epilog=EXIT_CODES)
def rpe(
    treadmill: Treadmill,
    value: Annotated[int, typer.Argument(min=RPE[0], max=RPE[1], help="How hard it is, 6 to 20.")],
    config: HubFile = None,
    broker: Broker = "",
    site: Site = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Answer: how hard is it?"""
    from services.cli.hub_line import asked

    raise SystemExit(asked(_hub(config, broker, site), "rpe", treadmill, by=by, as_json=json, rpe=value))


@session_app.command(epilog=EXIT_CODES)
def note(
    treadmill: Treadmill,
    text: Annotated[str, typer.Argument(help="What is to be remembered. No names.")],
    near_miss: Annotated[bool, typer.Option("--near-miss", help="Nearly an accident.")] = False,
    config: HubFile = None,
    broker: Broker = "",
    site: Site = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Have something recorded of the treadmill's session, also after its end."""
    from services.cli.hub_line import asked

    verb = "near_miss" if near_miss else "note"
    raise SystemExit(asked(_hub(config, broker, site), verb, treadmill, by=by, as_json=json, text=text))


@session_app.command(epilog=EXIT_CODES)
def feedback(
    treadmill: Treadmill,
    rpe: Annotated[int | None, _within(RPE, "How hard it was, 6 to 20.")] = None,
    pain: Annotated[int | None, _within(PAIN, "Pain, 0 to 10.")] = None,
    text: Annotated[str, typer.Option(help="In words. No names.")] = "",
    config: HubFile = None,
    broker: Broker = "",
    site: Site = "",
    by: By = "",
    json: Json = False,
) -> None:
    """What the member says of the session."""
    from services.cli.hub_line import asked

    hub = _hub(config, broker, site)
    raise SystemExit(asked(hub, "feedback", treadmill, by=by, as_json=json, rpe=rpe, pain=pain, text=text))


@session_app.command(epilog=EXIT_CODES)
def watch(
    treadmill: Annotated[
        str, typer.Argument(help="One treadmill until its session ends; default: all.")
    ] = "",
    config: HubFile = None,
    broker: Broker = "",
    site: Site = "",
    json: Json = False,
) -> None:
    """Watch sessions live: steps, speeds, heart rates, cues. Ctrl-C ends the watching, not the session."""
    from services.cli.session.watch import watch as follow

    raise SystemExit(follow(_hub(config, broker, site), treadmill, as_json=json))


@session_app.command(epilog=EXIT_CODES)
def show(
    session: Annotated[str, typer.Argument(help="Its id, such as s-1a2b3c4d5e6f.")],
    config: HubFile = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """One session from the journal: its plan, what was done of it, and what happened."""
    from services.cli.session.records import show as run

    raise SystemExit(run(session, config, data, as_json=json))


@session_app.command()
def export(
    session: Annotated[str, typer.Argument(help="Its id, as `backstride sessions` gives it.")],
    form: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.FIT,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; '-' is standard output.")
    ] = None,
    config: HubFile = None,
    data: Data = None,
) -> None:
    """Write a session to a file: FIT and TCX for training apps, CSV for sheets, JSON for programs."""
    from services.cli.session.export import write

    write(session, form, output, config, data)


def sessions(
    days: Annotated[int, typer.Option(min=1, max=3650, help="Today and so many days before, less one.")] = 1,
    treadmill: Annotated[str, typer.Option(help="Only this one.")] = "",
    member: Annotated[str, typer.Option(help="Only this member's.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="The latest so many.")] = 400,
    config: HubFile = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """List the sessions that the journal has: today's, or those of --days."""
    from services.cli.session.records import list_sessions as run

    raise SystemExit(run(days, treadmill, member, limit, config, data, as_json=json))
