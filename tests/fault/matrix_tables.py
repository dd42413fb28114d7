"""The fault matrix as it is printed, and whether all of it is as it should be."""

from matrix_runs import RowOutcome
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from store_faults import StoreOutcome
from things_kept import KeptOutcome

WIDTH_MIN = 130


def show(outcomes: list[RowOutcome], missing: dict[str, int]) -> bool:
    """Print the matrix; returns whether all of it is green."""
    table = Table(title="Faults in the running demo: seconds from the fault, measured / bound")
    for column in ("fault", "component", "said as", "said", "belt at rest", "moved again", ""):
        table.add_column(column)
    for each in outcomes:
        row = each.row
        said, rest = _times(each.said_s, row.said_s), _times(each.rest_s, row.rest_s)
        cause = "session goes on" if row.goes_on and each.went_on else each.cause or "–"
        again = "" if row.goes_on else "faster" if each.faster else "yes" if each.moved_again else "no"
        mark = "[green]✓[/]" if each.green else "[red]✗[/]"
        table.add_row(row.name, row.component, cause, said, rest, again, mark)
    console = _console()
    console.print(table)
    lost = sum(missing.values())
    console.print(f"frames of {len(missing)} treadmills missing in the store after all of this: {lost}")
    return all(each.green for each in outcomes) and not lost


def show_stores(outcomes: list[StoreOutcome]) -> bool:
    """Print what became of the databases; returns whether all of it is green."""
    table = Table(title="Faults of databases: rows that there should be / are")
    for column in ("fault", "measured", "minute means", "each its own", ""):
        table.add_column(column)
    for each in outcomes:
        raw, minutes = ("{} / {}".format(*pair) for pair in (each.raw, each.minutes))
        mark = "[green]✓[/]" if each.green else "[red]✗[/]"
        table.add_row(each.name, raw, minutes, "yes" if each.whole else "no", mark)
    _console().print(table)
    return bool(outcomes) and all(each.green for each in outcomes)


def show_kept(outcomes: list[KeptOutcome]) -> bool:
    """Print what was there afterwards; returns whether all of it is green."""
    table = Table("fault", "looked at", "not as it should be", "", title="What is there afterwards")
    for each in outcomes:
        mark = "[green]✓[/]" if each.green else "[red]✗[/]"
        table.add_row(each.name, each.looked_at, escape("\n".join(each.wrong)) or "nothing", mark)
    _console().print(table)
    return bool(outcomes) and all(each.green for each in outcomes)


def _console() -> Console:
    return Console(width=max(Console().width, WIDTH_MIN))


def _times(measured_s: float | None, bound_s: float | None) -> str:
    if bound_s is None:
        return ""
    return f"{'never' if measured_s is None else f'{measured_s:.1f}'} / {bound_s:.1f}"
