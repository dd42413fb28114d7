"""What `backstride` and `python -m services.cli` start.

A role started as systemd and the demo do it goes straight to its code: reading the command line of the people's
commands takes 12 MiB and a quarter of a second, on each of a Pi's processes; what paints tables and tracebacks for them
takes 5 MiB, and structlog loads it wherever it is to be had.
"""

import sys
from pathlib import Path

from device_adapters.errors import BackstrideError
from services.cli.roles.table import ROLES


def main() -> None:
    """Run the command; an error of ours is one line and exit code 2."""
    try:
        match sys.argv[1:]:
            case ["run", role, "--config", config] if role in ROLES:
                sys.modules["rich"] = None  # type: ignore[assignment]  # Python's own word for "not to be had"
                ROLES[role](Path(config))
            case _:
                from services.cli.main import app

                app(prog_name="backstride")
    except BackstrideError as e:
        print(f"error {e.code}: {e}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
