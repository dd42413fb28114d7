"""`backstride class`: a class from a terminal. Its lanes are started with `backstride session start --class-id`."""

from typing import Annotated

import typer

from device_adapters.safety.limits import Goal, Level
from services.cli.hub_settings import HubFile
from services.cli.session.line_command import EXIT_CODES, AskingLine, Broker, Json, Site, hub_of, line_command

class_app = typer.Typer(
    no_args_is_help=True,
    help="A class: belts that start one after the other, then go by one clock, each inside its own limits. "
    f"{EXIT_CODES}",
)


@line_command(class_app, "open")
def open_(
    line: AskingLine,
    *,
    goal: Annotated[Goal, typer.Option(help="What the class trains for.")],
    level: Annotated[Level, typer.Option(help="Whose speeds its programme has; lower levels go slower.")],
    programme: Annotated[str, typer.Option(help="Its name; default: the first of goal and level.")] = "",
) -> int:
    """Open a class. Then, at each belt: `session start --treadmill tm-01 --class-id ID`."""
    return line.ask_class("open", goal=goal, level=level, programme=programme)


@line_command(class_app)
def go(line: AskingLine) -> int:
    """Let it begin, or go on after a turn: the belts that stand ready start one after the other."""
    return line.ask_class("go")


@line_command(class_app)
def end(line: AskingLine) -> int:
    """No class any more: who goes by its clock goes on alone, who does not yet is stopped."""
    return line.ask_class("end")


@line_command(class_app)
def stop(line: AskingLine) -> int:
    """Stop every session of the class by its ramp. In danger: red buttons, or `backstride stop --all`."""
    return line.ask_class("stop")


@class_app.command(epilog=EXIT_CODES)
def show(config: HubFile = None, broker: Broker = "", site: Site = "", json: Json = False) -> None:
    """The class as it stands: its clock, its step, and each lane."""
    from services.cli.session.class_view import show as run

    raise SystemExit(run(hub_of(config, broker, site), as_json=json))
