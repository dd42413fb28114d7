"""`backstride run ROLE`: one role as a process, for those who type it; see `__main__` for how systemd gets there."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from services.cli.roles.table import ROLES

run_app = typer.Typer(no_args_is_help=True, help="Run one role as a process.")


def _command(role: Callable[[Path], None]) -> Callable[[Path], None]:
    def command(config: Annotated[Path, typer.Option(help="The role's settings, TOML.")]) -> None:
        role(config)

    return command


for _name, _role in ROLES.items():
    run_app.command(_name, help=_role.__doc__)(_command(_role))
