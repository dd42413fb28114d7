"""Environments of their own for other people's programs, under `build/`: each needs Pythons and packages of its own.

`ready(FOREIGN)` makes it if it is not there and gives its interpreter; None, said loudly, where this machine has no
Python for it. `node_ready` does the same for a program of npm's. Quick when there is nothing to do.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONSTRAINTS = ROOT / "constraints.txt"
PIP_S = 2_400


@dataclass(frozen=True)
class Foreign:
    """A program, what it needs, and the Pythons that it runs on, the best first. `ours`: our pins hold there too."""

    name: str
    requirements: tuple[str, ...]
    fitting: tuple[tuple[int, int], ...]
    ours: bool = False

    @property
    def folder(self) -> Path:
        """Where it is."""
        return ROOT / "build" / f"{self.name}-venv"

    @property
    def interpreter(self) -> Path:
        """Its Python, once it is made."""
        return self.folder / "bin" / "python"

    @property
    def pins(self) -> Path | None:
        """Our constraints, where they count."""
        return CONSTRAINTS if self.ours and CONSTRAINTS.exists() else None


@dataclass(frozen=True)
class NodeProgram:
    """A program of npm's: its folder's name, the package with its version, the file to run below `node_modules`."""

    name: str
    package: str
    entry: str

    @property
    def folder(self) -> Path:
        """Where it is."""
        return ROOT / "build" / self.name


def say(line: str) -> None:
    """For people; results alone go to standard output."""
    sys.stderr.write(f"{line}\n")


def ready(foreign: Foreign) -> Path | None:
    """Its interpreter; None: this machine has no Python for it."""
    made = foreign.folder / ".made"
    if not (made.exists() and made.read_text() == _wanted(foreign)):
        versions = " or ".join(f"{major}.{minor}" for major, minor in foreign.fitting)
        interpreter = next((each for each in _candidates(foreign) if _fits(foreign, each)), None)
        if interpreter is None:
            say(f"== NOT TESTED: {foreign.name} needs Python {versions} and this machine has none")
            return None
        say(f"== making an environment for {foreign.name} with {interpreter} (once)")
        _make(foreign, interpreter)
        made.write_text(_wanted(foreign))
    return foreign.interpreter


def node_ready(program: NodeProgram) -> Path | None:
    """The file to run with `node`; None: this machine has no npm."""
    made = program.folder / ".made"
    if not (made.exists() and made.read_text() == program.package):
        npm = shutil.which("npm")
        if npm is None or shutil.which("node") is None:
            say(f"== NOT TESTED: {program.name} needs node and npm and this machine has none")
            return None
        say(f"== installing {program.package} into build/ (once)")
        shutil.rmtree(program.folder, ignore_errors=True)
        program.folder.mkdir(parents=True)
        quiet = ["--no-fund", "--no-audit", "--ignore-scripts", "--loglevel", "error"]
        install = [npm, "install", *quiet, "--prefix", str(program.folder), program.package]
        subprocess.run(install, check=True, timeout=PIP_S, stdout=sys.stderr)
        made.write_text(program.package)
    return program.folder / "node_modules" / program.entry


def _candidates(foreign: Foreign) -> Iterator[str]:
    """Interpreters that may be there: this one, those on PATH, pyenv's."""
    yield sys.executable
    for major, minor in foreign.fitting:
        if found := shutil.which(f"python{major}.{minor}"):
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for major, minor in foreign.fitting:
        yield from (str(path) for path in sorted(pyenv.glob(f"{major}.{minor}.*/bin/python"), reverse=True))


def _fits(foreign: Foreign, interpreter: str) -> bool:
    """Does it start (pyenv's shims may not), is it of the right version, can it make environments?"""
    code = f"import sys, venv, ensurepip; sys.exit(sys.version_info[:2] not in {foreign.fitting!r})"
    try:
        return subprocess.run([interpreter, "-c", code], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _make(foreign: Foreign, interpreter: str) -> None:
    """From nothing, so that a half-made environment is never used."""
    shutil.rmtree(foreign.folder, ignore_errors=True)
    foreign.folder.parent.mkdir(exist_ok=True)
    subprocess.run([interpreter, "-m", "venv", str(foreign.folder)], check=True, timeout=PIP_S)
    pinned = ["-c", str(foreign.pins)] if foreign.pins else []
    pip = [str(foreign.interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *pinned, *foreign.requirements], check=True, timeout=PIP_S, stdout=sys.stderr)


def _wanted(foreign: Foreign) -> str:
    """Changes when the environment must be made anew."""
    pins = foreign.pins.read_bytes() if foreign.pins else b""
    return hashlib.sha256("\n".join(foreign.requirements).encode() + pins).hexdigest()
