"""`backstride class`: a class from a terminal. Its lanes are started with `backstride session start --class-id`."""

from typing import Annotated

import typer

from device_adapters.safety.limits import Goal, Level
from services.cli.hub_settings import HubFile
from services.cli.session.commands import EXIT_CODES, Broker, By, Json, Site

class_app = typer.Typer(
    no_args_is_help=True,
    help="A class: belts that start one after the other, then go by one clock, each inside its own limits. "
    f"{EXIT_CODES}",
)


@class_app.command("open", epilog=EXIT_CODES)
def open_(
    goal: Annotated[Goal, typer.Option(help="What the class trains for.")],
    level: Annotated[Level, typer.Option(help="Whose speeds its programme has; lower levels go slower.")],
    programme: Annotated[str, typer.Option(help="Its name; default: the first of goal and level.")] = "",
    config: HubFile = None,
    broker: Broker = "",
    site: Site = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Open a class. Then, at each belt: `session start --treadmill tm-01 --class-id ID`."""
    from services.cli.hub_line import Hub, asked_of_class

    hub = Hub.of(config, broker, site)
    more = {"goal": goal, "level": level, "programme": programme}
    raise SystemExit(asked_of_class(hub, "open", by=by, as_json=json, **more))


@class_app.command(epilog=EXIT_CODES)
def go(config: HubFile = None, broker: Broker = "", site: Site = "", by: By = "", json: Json = False) -> None:
    """Let it begin, or go on after a turn: the belts that stand ready start one after the other."""
    from services.cli.hub_line import Hub, asked_of_class

    raise SystemExit(asked_of_class(Hub.of(config, broker, site), "go", by=by, as_json=json))


@class_app.command(epilog=EXIT_CODES)
def end(
    config: HubFile = None, broker: Broker = "", site: Site = "", by: By = "", json: Json = False
) -> None:
    """No class any more: who goes by its clock goes on alone, who does not yet is stopped."""
    from services.cli.hub_line import Hub, asked_of_class

    raise SystemExit(asked_of_class(Hub.of(config, broker, site), "end", by=by, as_json=json))


@class_app.command(epilog=EXIT_CODES)
def stop(
    config: HubFile = None, broker: Broker = "", site: Site = "", by: By = "", json: Json = False
) -> None:
    """Stop every session of the class by its ramp. In danger: red buttons, or `backstride stop --all`."""
    from services.cli.hub_line import Hub, asked_of_class

    raise SystemExit(asked_of_class(Hub.of(config, broker, site), "stop", by=by, as_json=json))


@class_app.command(epilog=EXIT_CODES)
def show(config: HubFile = None, broker: Broker = "", site: Site = "", json: Json = False) -> None:
    """The class as it stands: its clock, its step, and each lane."""
    from services.cli.hub_line import Hub
    from services.cli.session.class_view import show as run

    raise SystemExit(run(Hub.of(config, broker, site), as_json=json))
