"""Commands that ask the session service something: the options that all of them have, declared once."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.hub_settings import HubFile

if TYPE_CHECKING:
    from services.cli.hub_line import Hub

EXIT_CODES = (
    "Exit codes: 0 done; 1 refused (the cause is printed), or the session that was watched ended by a fault; "
    "2 wrong words or settings; 3 no answer: the broker or the session service is not there."
)

Broker = Annotated[str, typer.Option(help="mqtt://host:port; default: that of --config.")]
Site = Annotated[str, typer.Option(help="Default: that of --config.")]
By = Annotated[str, typer.Option(help="Who asks: a name for the hub's audit.")]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of words.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingLine:
    """Where the services are, who asks, and how the answer is printed: what stands behind every such command."""

    config: HubFile = None
    broker: Broker = ""
    site: Site = ""
    by: By = ""
    json: Json = False

    @property
    def hub(self) -> "Hub":
        """The services of the site that is named."""
        return hub_of(self.config, self.broker, self.site)

    def ask(self, verb: Any, treadmill: str, **more: Any) -> int:
        """Ask the session service, and print its answer; the exit code."""
        from services.cli.hub_line import asked

        return asked(self.hub, verb, treadmill, by=self.by, as_json=self.json, **more)

    def ask_class(self, verb: Any, **more: Any) -> int:
        """As `ask`, of the site's class."""
        from services.cli.hub_line import asked_of_class

        return asked_of_class(self.hub, verb, by=self.by, as_json=self.json, **more)


def hub_of(config: Path | None, broker: str, site: str) -> "Hub":
    """From settings, with what the command line says instead."""
    from services.cli.hub_line import Hub

    return Hub.of(config, broker, site)


def line_command(
    app: typer.Typer, name: str | None = None, about: str | None = None
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Declare a command of a function that takes an `AskingLine`, then the command's own words, and returns the exit
    code. Words of its own stand for an option of the same name.
    """

    def declared(function: Callable[..., int]) -> Callable[..., int]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        words = {each.name for each in own}
        options = inspect.signature(AskingLine, eval_str=True).parameters
        others = [each for each in options.values() if each.name not in words]

        def command(**given: Any) -> None:
            line = AskingLine(**{option: given[option] for option in options})
            raise SystemExit(function(line, **{word: given[word] for word in words}))

        every = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *others)]
        command.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
        command.__annotations__ = {each.name: each.annotation for each in every}
        command.__doc__ = function.__doc__
        app.command(name or function.__name__, help=about, epilog=EXIT_CODES)(command)
        return function

    return declared
