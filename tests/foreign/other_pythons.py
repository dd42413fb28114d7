"""`make test-pythons`: the fast tests on every Python that Backstride runs on and this machine has, beside the one
that `make test` uses. Each has an environment of its own in `build/pythons`, made once.

Exit code 1 if a test fails on one of them, 0 otherwise; says which Pythons were found.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "build" / "pythons"
PROJECT = ROOT / "pyproject.toml"
CONSTRAINTS = ROOT / "constraints.txt"
REQUIRES = tomllib.loads(PROJECT.read_text())["project"]["requires-python"]
OLDEST = int(REQUIRES.removeprefix(">=3."))
EXTRAS = ".[unit,hub,influx,postgresql,fit,grafana,sim,dev]"
FAST = ("tests/unit", "tests/safety", "tests/property", "tests/contract")
VERSION = "import sys, ensurepip, venv; print(sys.version_info.minor, sys.version_info.releaselevel)"


def say(line: str) -> None:
    """At once, so that it stands above what the processes it tells of write themselves."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def candidates() -> Iterator[Path]:
    """Interpreters that may be there: those on PATH, then pyenv's."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        yield from sorted(
            path for path in Path(folder).glob("python3.*") if re.fullmatch(r"python3\.\d+", path.name)
        )
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob("versions/3.*/bin/python3"))


def found() -> dict[int, Path]:
    """The first working interpreter of each minor version that is new enough. Pre-releases are nobody's to hold."""
    by_minor: dict[int, Path] = {}
    for python in candidates():
        asked = subprocess.run([python, "-c", VERSION], capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            minor, level = asked.stdout.split()
            if int(minor) >= OLDEST and level == "final":
                by_minor.setdefault(int(minor), python)
    return dict(sorted(by_minor.items()))


def environment(minor: int, python: Path) -> Path:
    """The interpreter of an environment with all that the fast tests need; made anew when that has changed."""
    folder = HOME / f"3.{minor}"
    inside, stamp = folder / "bin" / "python", folder / ".made"
    made_of = hashlib.sha256(
        PROJECT.read_bytes() + CONSTRAINTS.read_bytes() + str(python).encode()
    ).hexdigest()
    if stamp.exists() and stamp.read_text() == made_of:
        return inside
    say(f"== making {folder.relative_to(ROOT)} (once)")
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([python, "-m", "venv", folder], check=True)
    pip = [
        inside,
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "-c",
        CONSTRAINTS,
        "-e",
        EXTRAS,
    ]
    subprocess.run(pip, cwd=ROOT, check=True)
    stamp.write_text(made_of)
    return inside


def main() -> int:
    """Run them one after the other."""
    there = found()
    there.pop(sys.version_info.minor, None)
    names = ", ".join(f"3.{minor}" for minor in there) or "none"
    say(f"== Pythons beside 3.{sys.version_info.minor} on this machine: {names}")
    if not there:
        say("== SKIPPED: the fast tests ran on one Python only (install another: apt or pyenv)")
    failed = []
    for minor, python in there.items():
        inside = environment(minor, python)
        say(f"== fast tests on Python 3.{minor} ({python})")
        began = time.monotonic()
        tests = [
            inside,
            "-m",
            "pytest",
            "-q",
            "-n",
            "2",
            "--dist",
            "loadfile",
            "-p",
            "no:cacheprovider",
            *FAST,
        ]
        if subprocess.run(tests, cwd=ROOT, check=False).returncode:
            failed.append(f"3.{minor}")
        say(f"== Python 3.{minor}: {time.monotonic() - began:.0f} s")
    if failed:
        say(f"== FAILED on Python {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
