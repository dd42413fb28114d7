"""One start for other people's programs: is there a broker and the program, else say so; then a demo in a folder of its
own, which ends whatever becomes of the trial."""

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parents[1])]

from demo_process import RunningDemo, end_demo, start_demo  # noqa: E402

Made = Callable[[], Path | None]
"""Its interpreter or file, made if it is not there; None: this machine cannot have it, and that was said."""

Trial = Callable[[Path, RunningDemo, Path], None]
"""Given the program, the demo and the folder beside it."""


def program(name: str, made: Made) -> Path | None:
    """None, said: this machine has no broker, or cannot have the program."""
    if not shutil.which("mosquitto", path="/usr/bin:/usr/sbin:/usr/local/sbin"):
        sys.stdout.write(f"== NOT TESTED: {name}: this machine has no Mosquitto\n")
        return None
    return made()


def tried(name: str, made: Made, trial: Trial, *arguments: str) -> int:
    """Exit code: 0, it holds beside a demo with these arguments, or this machine cannot run it and that was said."""
    found = program(name, made)
    if found is None:
        return 0
    sys.stdout.write(f"== {name}\n")
    with tempfile.TemporaryDirectory(prefix="backstride-foreign-") as made_folder:
        folder = Path(made_folder)
        (folder / "demo").mkdir()
        demo = start_demo(folder / "demo", *arguments)
        try:
            trial(found, demo, folder)
        finally:
            if demo.process.poll() is None:
                end_demo(demo)
    sys.stdout.write(f"== {name}: all of it holds\n")
    return 0
