"""`backstride session` and `backstride sessions`: what staff need without a browser. Exit codes are in the help."""

from pathlib import Path
from typing import Annotated, Any

import typer

from device_adapters.contract.bounds import COUNTDOWN_S, HR_MAX_BPM, PAIN, PRESENCE_S, RPE
from device_adapters.errors import ConfigError
from device_adapters.safety.limits import Goal, Level
from services.cli.hub_settings import HubFile
from services.cli.session.line_command import EXIT_CODES, AskingLine, Broker, Json, Site, hub_of, line_command
from services.records.form import Format


def _within(least_most: tuple[int, int], help_: str) -> Any:
    return typer.Option(min=least_most[0], max=least_most[1], help=help_)


session_app = typer.Typer(no_args_is_help=True, help=f"Guided sessions from a terminal. {EXIT_CODES}")

Treadmill = Annotated[str, typer.Argument(help="Its id, such as tm-01.")]
Data = Annotated[Path | None, typer.Option(help="The hub's data folder; default: that of --config.")]


@line_command(session_app)
def start(
    line: AskingLine,
    *,
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
    language: Annotated[
        str, typer.Option(help="What the unit's voice speaks to the member (de); default: its own.")
    ] = "",
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
) -> int:
    """Start a guided session. The belt starts after the countdown; `session pause` or `stop` calls it off."""
    from services.cli.session.watch import watch as follow

    text, of = _programme_file(programme)
    goal, level = goal or of.get("goal"), level or of.get("level", Level.NOVICE)
    if goal is None and not class_id:
        raise ConfigError("say what the member trains for: --goal conditioning, or give a programme file")
    code = line.ask(
        "start", treadmill, goal=goal, level=level, programme=programme,
        programme_text=text, member=member, alias=alias, strap=strap, waiver=waiver, hr_max_bpm=hr_max,
        countdown_s=countdown, presence_s=presence, spotter=spotter, harness=harness, hold=hold,
        language=language,
        screened=screened,
        class_id=class_id,
    )  # fmt: skip
    if code == 0 and watch:
        code = follow(line.hub, treadmill, as_json=line.json)
    return code


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

    @line_command(session_app, verb, about)
    def command(line: AskingLine, *, treadmill: Treadmill) -> int:
        return line.ask(verb, treadmill)


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


@line_command(session_app)
def clear(
    line: AskingLine,
    *,
    treadmill: Treadmill,
    by: Annotated[str, typer.Option(help="Who looked at member and belt: a person's name.")],  # noqa: ARG001
    latch: Annotated[str, typer.Option(help="The cause you saw (`latched`); default: the present one.")] = "",
) -> int:
    """Release a locked treadmill, after looking at member and belt."""
    return line.ask("clear", treadmill, latch=latch)


@line_command(session_app)
def rpe(
    line: AskingLine,
    *,
    treadmill: Treadmill,
    value: Annotated[int, typer.Argument(min=RPE[0], max=RPE[1], help="How hard it is, 6 to 20.")],
) -> int:
    """Answer: how hard is it?"""
    return line.ask("rpe", treadmill, rpe=value)


@line_command(session_app)
def note(
    line: AskingLine,
    *,
    treadmill: Treadmill,
    text: Annotated[str, typer.Argument(help="What is to be remembered. No names.")],
    near_miss: Annotated[bool, typer.Option("--near-miss", help="Nearly an accident.")] = False,
) -> int:
    """Have something recorded of the treadmill's session, also after its end."""
    return line.ask("near_miss" if near_miss else "note", treadmill, text=text)


@line_command(session_app)
def feedback(
    line: AskingLine,
    *,
    treadmill: Treadmill,
    rpe: Annotated[int | None, _within(RPE, "How hard it was, 6 to 20.")] = None,
    pain: Annotated[int | None, _within(PAIN, "Pain, 0 to 10.")] = None,
    text: Annotated[str, typer.Option(help="In words. No names.")] = "",
) -> int:
    """What the member says of the session."""
    return line.ask("feedback", treadmill, rpe=rpe, pain=pain, text=text)


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

    raise SystemExit(follow(hub_of(config, broker, site), treadmill, as_json=json))


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
