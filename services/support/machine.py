"""What this machine is and runs."""

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import distributions, version
from pathlib import Path

RELEASES = Path("/opt/backstride")
LOG_LINES_MAX = 20_000
LOG_MAX_S = 30
NO_JOURNAL = "There is no journal here, or this user may not read it: sudo backstride support does."


def about(now_ms: int) -> Mapping[str, object]:
    """Versions, load and room."""
    free = shutil.disk_usage(Path.cwd())
    return {
        "backstride": version("backstride"),
        "at": datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="seconds"),
        "python": sys.version,
        "system": platform.platform(),
        "debian": _line("/etc/os-release", "PRETTY_NAME="),
        "model": _text("/proc/device-tree/model"),
        "up_s": round(time.clock_gettime(time.CLOCK_BOOTTIME)),
        "load": os.getloadavg(),
        "memory": _line("/proc/meminfo", "MemAvailable:"),
        "disk_free_mb": free.free // 1_000_000,
        "release": _link(RELEASES / "current"),
        "release_before": _text(str(RELEASES / "previous")),
        "releases_that_did_not_hold": _text(str(RELEASES / "broken")).split(),
        "packages": dict(sorted((found.name, found.version) for found in distributions())),
    }


def log(days: int, folders: tuple[Path, ...]) -> str:
    """The journal of our services and the broker; where there is none, logs in these folders (a demo's)."""
    command = shutil.which("journalctl")
    said = ""
    if command is not None:
        asked = [
            command, "--no-pager", "--no-hostname", "-q", "-o", "short-iso", f"--since=-{days}d", f"-n{LOG_LINES_MAX}",
            "-ubackstride-*", "-umosquitto",
        ]  # fmt: skip
        try:
            told = subprocess.run(asked, capture_output=True, timeout=LOG_MAX_S, check=False)  # noqa: S603
            said = told.stdout.decode(errors="replace")
        except (OSError, subprocess.TimeoutExpired):
            said = ""
    for folder in folders:
        for file in sorted(folder.glob("*.log")):
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES_MAX:]
            said += f"== {file.name}\n" + "\n".join(lines) + "\n"
    return said or f"{NO_JOURNAL}\n"


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip("\0\n ")
    except (OSError, UnicodeDecodeError):
        return ""


def _line(path: str, begin: str) -> str:
    found = (line for line in _text(path).splitlines() if line.startswith(begin))
    return next(found, "").removeprefix(begin).strip(' "')


def _link(path: Path) -> str:
    return path.readlink().name if path.is_symlink() else ""
