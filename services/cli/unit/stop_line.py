"""`backstride stop-line`: what is measured when a stop line is fitted, and the record without which it never closes."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from device_adapters.errors import ConfigError

if TYPE_CHECKING:
    from device_adapters.config import Treadmill, UnitConfig

stop_line_app = typer.Typer(
    no_args_is_help=True, help="Stop lines: try and record what one does when it opens."
)
Config = Annotated[Path, typer.Option(help="The unit's settings, TOML.")]
HOLD_MAX_S = 120


@stop_line_app.command()
def hold(
    treadmill: Annotated[str, typer.Argument(help="Its id, such as tm-01.")],
    config: Config,
    seconds: Annotated[float, typer.Option(min=1, max=HOLD_MAX_S, help="It opens then at the latest.")] = 60,
) -> None:
    """Close a line for a trial, with nobody on the belt and backstride-stopline stopped; Enter opens it."""
    import select

    from device_adapters.pins import pin

    settings, found = _treadmill(config, treadmill)
    line = pin(
        found.stop_line_gpio or 0,
        f"the stop line of {treadmill}",
        lambda gpiozero: gpiozero.DigitalOutputDevice(found.stop_line_gpio, initial_value=False),
    )
    typer.echo(f"The line is closed for {seconds:g} s at most. Start the belt by hand; Enter opens the line.")
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            line.value = not line.is_active if settings.stop_line_pulses else True
            if select.select([sys.stdin], [], [], 0.05)[0]:
                break
    finally:
        line.close()
    typer.echo("The line is open. Measure from now until the belt stands.")


@stop_line_app.command()
def record(
    treadmill: Annotated[str, typer.Argument(help="Its id, such as tm-01.")],
    config: Config,
    circuit: Annotated[Literal["stop", "safety_key"], typer.Option(help="Which circuit the contact is in.")],
    belt: Annotated[Literal["coasts", "brakes"], typer.Option(help="What the belt does when it opens.")],
    from_kmh: Annotated[float, typer.Option(min=3, max=30, help="The speed that it was opened at.")],
    rest_s: Annotated[float, typer.Option(min=0.1, max=30, help="How long it took to stand, in s.")],
    by: Annotated[str, typer.Option(help="Who measured it, and answers for it.")],
    stays_at_rest: Annotated[
        bool, typer.Option("--stays-at-rest/--starts-again", help="What the belt does when it closes again.")
    ],
) -> None:
    """Keep what was measured. A line whose belt starts again when it closes is never armed."""
    import msgspec

    from device_adapters.clock import SystemClock
    from device_adapters.stop_line.record import Fitted, write

    settings, found = _treadmill(config, treadmill)
    clock = SystemClock()
    try:
        fitted = msgspec.convert(
            {
                "treadmill": treadmill, "address": found.known_by, "at_ms": clock.wall_ms(), "by": by.strip(),
                "circuit": circuit, "belt": belt, "from_kmh": from_kmh, "rest_s": rest_s,
                "stays_at_rest": stays_at_rest,
            },
            Fitted,
        )  # fmt: skip
    except msgspec.ValidationError as e:
        raise ConfigError(f"not kept: {e}") from e
    typer.echo(f"kept: {write(Path(settings.data), fitted)}")
    if not fitted.holds(clock.wall_ms()):
        typer.echo("This line is not armed and stays open: its belt starts again when it closes.")
        raise typer.Exit(1)


def _treadmill(config: Path, treadmill: str) -> "tuple[UnitConfig, Treadmill]":
    from device_adapters.config import UnitConfig, load

    settings = load(config, UnitConfig)
    found = next((t for t in settings.treadmill if t.id == treadmill), None)
    if found is None or found.stop_line_gpio is None:
        known = ", ".join(t.id for t in settings.treadmill if t.stop_line_gpio is not None) or "none"
        raise ConfigError(f"{config}: {treadmill} has no stop_line_gpio; those that have one: {known}")
    return settings, found
