"""A log that cannot be written costs its line and nothing else."""

import subprocess
import sys
from pathlib import Path

FULL = Path("/dev/full")
CODE = """\
import sys
from services import logs
import structlog, logging
logs.configure("info")
for n in range(200):
    structlog.get_logger("x").warning("line", n=n)
    logging.getLogger("y").error("another")
sys.stderr = None
print("done")
"""


def test_a_disk_without_room_ends_nobody() -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", CODE], stdout=subprocess.PIPE, stderr=full, text=True, check=False
        )
    assert done.stdout == "done\n"


def test_lines_are_written_where_there_is_room() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stderr.count("event=line") == 200
    assert done.stderr.count("another") == 200
