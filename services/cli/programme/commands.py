"""`backstride programme`: what there is, whether a file may be run, and what it looks like."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from device_adapters.errors import ConfigError
from device_adapters.safety.limits import Goal, Level
from services.cli.hub_settings import HubFile, NeededHubFile

programme_app = typer.Typer(
    no_args_is_help=True, help="Programmes: list them, check and draw files, import from elsewhere."
)

FileArgument = Annotated[str, typer.Argument(help="A programme file, or the id of a built-in one.")]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


@programme_app.command("list")
def list_(config: HubFile = None, as_json: JsonOption = False) -> None:
    """The built-in programmes, and with --config the gym's own."""
    from rich.console import Console
    from rich.table import Table

    from services.cli.programme import plan_view
    from services.programme import library, own, plan
    from services.programme.parse import limits_of

    found = own.NONE if config is None else own.read(_folder(config))
    for fault in found.faults:
        print(f"Left out: {fault}", file=sys.stderr)  # noqa: T201
    known = library.catalogue(found.by_id())
    if as_json:
        _print_json([{"id": id_, **plan_view.summary(p, limits_of(p))} for id_, p in known.items()])
        return
    table = Table("id", "name", "per week", "sets", "retro min", box=None, header_style="bold")
    table.columns[0].no_wrap = True
    table.columns[0].min_width = max(map(len, known))
    for id_, programme in known.items():
        limits = limits_of(programme)
        table.add_row(
            id_,
            programme.name,
            plan_view.often(programme),
            str(programme.sets or ""),
            plan_view.clock(plan.retro_ms(plan.timeline(programme, limits), limits) // 1000),
        )
    Console().print(table)


@programme_app.command()
def check(file: FileArgument, as_json: JsonOption = False) -> None:
    """Hold a file against the limits of its goal and level; exit code 1 if it does not pass."""
    from services.programme.chart import described
    from services.programme.faults import ProgrammeFaultsError
    from services.programme.parse import limits_of, parse

    text = _text(file)
    try:
        programme = parse(text, file)
    except ProgrammeFaultsError as e:
        found = [str(fault) for fault in e.faults]
    else:
        found = []
    if as_json:
        _print_json({"file": file, "ok": not found, "faults": found})
    elif found:
        for fault in found:
            print(fault, file=sys.stderr)  # noqa: T201
    else:
        print(f"{file}: ok, {described(programme, limits_of(programme))}")  # noqa: T201
    raise SystemExit(1 if found else 0)


@programme_app.command("plan")
def plan_(
    file: FileArgument,
    goal: Annotated[Goal | None, typer.Option(help="Draw it inside this goal's limits instead.")] = None,
    level: Annotated[Level | None, typer.Option(help="Draw it inside this level's limits instead.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Write the drawing to this file as well.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Draw speed and grade over time; exit code 1 if it does not fit the limits."""
    from rich.console import Console

    from services.cli.programme import plan_view
    from services.programme import chart
    from services.programme.check import faults
    from services.programme.parse import limits_of, read

    programme = read(_text(file), file)
    programme = replace(programme, goal=goal or programme.goal, level=level or programme.level)
    limits = limits_of(programme)
    found = [str(fault) for fault in faults(programme, limits)]
    if svg is not None:
        _write(svg, chart.document(programme, limits))
    if as_json:
        _print_json({**plan_view.summary(programme, limits), "faults": found})
    else:
        plan_view.show(programme, limits, Console(highlight=False))
        for fault in found:
            print(f"Does not fit: {fault}", file=sys.stderr)  # noqa: T201
    raise SystemExit(1 if found else 0)


@programme_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="intervals.icu workout text, or a Zwift .zwo of a run.")],
    goal: Annotated[Goal, typer.Option(help="What it is to be used for.")],
    level: Annotated[Level, typer.Option(help="Experience in retro, not fitness.")],
    full_kmh: Annotated[
        float | None, typer.Option(min=0.5, max=30, help="The retro speed that 100 % stands for, km/h.")
    ] = None,
    lengths: Annotated[
        Literal["time", "distance"] | None,
        typer.Option(help="What the durations of a .zwo are that does not say."),
    ] = None,
    recovery_below: Annotated[
        float | None, typer.Option(min=0.5, max=30, help="Plain steps slower than this are recoveries, km/h.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The programme file; default: standard output.")
    ] = None,
) -> None:
    """Make a programme of a workout; what cannot be carried over is listed. Exit code 1 if it is refused."""
    from services.programme.faults import ProgrammeFaultsError
    from services.programme.foreign import intervals, zwo
    from services.programme.foreign.draft import programme_text, with_recoveries
    from services.programme.parse import SCHEMA

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(f"{file}: {_why(e)}; give a workout file") from e
    if SCHEMA in text:
        raise ConfigError(
            f"{file}: it is a programme already; look at it with backstride programme plan {file}"
        )
    if text.lstrip().startswith("<"):
        draft = zwo.draft(text, file.stem, full_kmh, lengths)
    else:
        draft = intervals.draft(text, file.stem, full_kmh)
    if recovery_below is not None:
        with_recoveries(draft, recovery_below)
    try:
        made = programme_text(draft, goal, level, file.name)
    except ProgrammeFaultsError as e:
        print(e, file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None
    finally:
        for left_out in draft.left_out:
            print(f"Not carried over: {left_out}", file=sys.stderr)  # noqa: T201
    if output is None:
        print(made, end="")  # noqa: T201
    else:
        _write(output, made)


@programme_app.command()
def add(
    file: Annotated[Path, typer.Argument(help="A programme file, such as one that import made.")],
    config: NeededHubFile,
) -> None:
    """Keep a file among the gym's own programmes: sessions can be started with it, here and on the floor page."""
    from services.programme import own

    made = own.add(_folder(config), _text(str(file)), file.name)
    print(  # noqa: T201
        f"{made.name}: kept for {made.goal} {made.level}; start it with: backstride session start --goal {made.goal} "
        f"--level {made.level} --programme {made.name!r}"
    )


@programme_app.command()
def remove(
    name: Annotated[str, typer.Argument(help="Its name, as `programme list --config` tells it.")],
    config: NeededHubFile,
) -> None:
    """Forget one of the gym's own programmes; a session that runs it goes on."""
    from services.programme import own

    gone = own.remove(_folder(config), name)
    print(f"{gone.name}: removed from {gone.goal} {gone.level}")  # noqa: T201


def _folder(config: Path) -> Path:
    from device_adapters.config import HubConfig, load
    from services.programme import own

    return Path(load(config, HubConfig).data) / own.FOLDER


def _text(file: str) -> str:
    """The text of a file or of a built-in programme. ConfigError if there is neither."""
    from services.programme import library

    path = Path(file)
    if not path.exists() and file in library.texts():
        return library.texts()[file]
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        known = ", ".join(library.texts())
        raise ConfigError(f"{file}: {_why(e)}; give a programme file, or one of {known}") from e


def _why(e: OSError | UnicodeDecodeError) -> str:
    return (e.strerror or str(e)) if isinstance(e, OSError) else "it is not text in UTF-8"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as e:
        raise ConfigError(f"{path}: {e}; choose another file") from e


def _print_json(told: object) -> None:
    print(json.dumps(told, indent=2, ensure_ascii=False))  # noqa: T201
