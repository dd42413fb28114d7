"""Make `build/pyftms-venv`: pyftms needs Python 3.12 or 3.13, whatever Backstride itself runs on.

Prints the environment's interpreter as its last line, or says loudly that this machine has no Python for it and
prints nothing. Quick when there is nothing to do.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENV = ROOT / "build" / "pyftms-venv"
CONSTRAINTS = ROOT / "constraints.txt"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# With all that a unit needs, so that `make bench` runs both on one interpreter.
REQUIREMENTS = (
    "pyftms==0.4.15",
    "bumble",
    *PROJECT["dependencies"],
    *PROJECT["optional-dependencies"]["unit"],
)
FITTING = ((3, 13), (3, 12))
PIP_S = 300


def say(line: str) -> None:
    """For people; the result alone goes to standard output."""
    sys.stderr.write(f"{line}\n")


def candidates() -> Iterator[str]:
    """Interpreters that may be there: this one, those on PATH, pyenv's."""
    yield sys.executable
    for major, minor in FITTING:
        if found := shutil.which(f"python{major}.{minor}"):
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for major, minor in FITTING:
        yield from (str(path) for path in sorted(pyenv.glob(f"{major}.{minor}.*/bin/python"), reverse=True))


def fits(interpreter: str) -> bool:
    """Does it start (pyenv's shims may not), is it of the right version, can it make environments?"""
    code = f"import sys, venv, ensurepip; sys.exit(sys.version_info[:2] not in {FITTING!r})"
    try:
        return subprocess.run([interpreter, "-c", code], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def make(interpreter: str) -> None:
    """From nothing, so that a half-made environment is never used."""
    shutil.rmtree(ENV, ignore_errors=True)
    ENV.parent.mkdir(exist_ok=True)
    subprocess.run([interpreter, "-m", "venv", str(ENV)], check=True, timeout=PIP_S)
    pinned = ["-c", str(CONSTRAINTS)] if CONSTRAINTS.exists() else []
    pip = [str(ENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *pinned, *REQUIREMENTS], check=True, timeout=PIP_S, stdout=sys.stderr)


def wanted() -> str:
    """Changes when the environment must be made anew."""
    pins = CONSTRAINTS.read_bytes() if CONSTRAINTS.exists() else b""
    return hashlib.sha256("\n".join(REQUIREMENTS).encode() + pins).hexdigest()


def main() -> None:
    """Make what is missing and say where it is."""
    made = ENV / ".made"
    if not (made.exists() and made.read_text() == wanted()):
        interpreter = next(filter(fits, candidates()), None)
        if interpreter is None:
            say(
                "== NOT TESTED: pyftms, a peer's FTMS client, needs Python 3.12 or 3.13 and this machine has none"
            )
            return
        say(f"== making an environment for pyftms with {interpreter} (once)")
        make(interpreter)
        made.write_text(wanted())
    sys.stdout.write(f"{ENV / 'bin' / 'python'}\n")


if __name__ == "__main__":
    main()
