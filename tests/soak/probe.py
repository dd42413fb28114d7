"""A role as it always runs, which also says what tasks its event loop has when it gets SIGUSR1.

python tests/soak/probe.py FILE run unit --config unit.toml
"""

import asyncio
import signal
import sys
from pathlib import Path

from services.cli.main import main


def say(file: Path) -> None:
    """Replace the file, so that whoever reads it never sees half of it."""
    tasks = sorted(str(getattr(task.get_coro(), "__qualname__", task)) for task in asyncio.all_tasks())
    fresh = file.with_suffix(".new")
    fresh.write_text("\n".join(tasks))
    fresh.replace(file)


if __name__ == "__main__":
    file = Path(sys.argv.pop(1))
    signal.signal(signal.SIGUSR1, lambda *_: say(file))
    main()
