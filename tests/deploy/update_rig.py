"""A machine below a folder, on which deploy/update.sh runs: real releases, bundles and signatures; of systemd what it asks.

A release is a venv with a small wheel; its `backstride` command says its version and does what the script asks of it.
`systemctl` is a script: a service runs the release that was current when it was last restarted, and does not hold if
that release is on the list of those that break.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[2]
SERVICE = "backstride-unit.service"
COMMAND = """\
import os, pathlib, sys
root = pathlib.Path(os.environ["BACKSTRIDE_ROOT"])
def main():
    said = sys.argv[1:]
    if said == ["--version"]:
        print({version!r})
    if said[:2] == ["backup", "--output"]:
        pathlib.Path(said[2]).write_text({version!r})
    if said == ["hub", "one-user"]:
        (root / "made-by").write_text("one user, by " + {version!r})
    if said[:2] == ["hub", "init"] and {version!r} not in (root / "shares").read_text().split():
        (root / "made-by").write_text({version!r})
    if {version!r} in (root / "refuses").read_text().split() and said[:2] == ["config", "check"]:
        sys.exit(1)
"""
SYSTEMCTL = """\
#!/bin/bash
root=$BACKSTRIDE_ROOT
runs=$(cat "$root/runs" 2>/dev/null)
case "$1" in
    is-enabled) [ "$3" = backstride-unit.service ] ;;
    is-active)
        case "$*" in *backstride-install*) echo inactive; exit 3 ;; esac
        if [ -n "$runs" ] && ! grep -qxF "$runs" "$root/breaks"; then echo active; else echo failed; exit 3; fi ;;
    restart) readlink "$root/opt/backstride/current" | sed 's,^releases/,,' >"$root/runs" ;;
    show) echo "$runs" >>"$root/watched"; echo 0 ;;
esac
"""
NOTHING = "#!/bin/bash\n"
"""Nothing here needs time, and what a kill leaves needs no disk."""


@dataclass(frozen=True, slots=True)
class Update:
    """How one run of the script ended."""

    code: int
    said: str


class UpdatedComputer:
    """A unit below `root` that runs release 0.1.0."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.opt = root / "opt/backstride"

    def current(self) -> str:
        """The release that `current` leads to; it must be whole."""
        found = self.opt / os.readlink(self.opt / "current")
        assert (found / ".complete").exists(), f"{found.name} is not whole"
        return found.name

    def runs(self) -> str:
        """The release that the service was last started from."""
        return (self.root / "runs").read_text().strip()

    def lines(self, name: str) -> list[str]:
        """A file of lines; none if there is no file."""
        path = self.root / name
        return path.read_text().split() if path.exists() else []

    def moments(self, *words: str, before_note: bool = False) -> list[int]:
        """The number of the first command of each line that a run comes to, from its first note on; or up to it."""
        self.update(*words, cut=0)
        seen: dict[str, int] = {}
        for line in (self.root / "commands").read_text().splitlines():
            number, place = line.split()
            seen.setdefault(place, int(number))
        text = (self.opt / "current/deploy/watched.sh").read_text().splitlines()
        (noting,) = [
            n for n, line in enumerate(text, 1) if line.strip().startswith("printf") and "step=" in line
        ]
        first = seen[f"watched.sh:{noting}"]
        return sorted(number for number in seen.values() if (number < first) == before_note)

    def update(self, *words: str, cut: int | None = None) -> Update:
        """Run the script of the release that is current; `cut`: kill all of it before its so-many-th command."""
        spare = self.root / "tmp"
        spare.mkdir(exist_ok=True)
        made = {
            **os.environ,
            "TMPDIR": str(spare),
            "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}",
            "BACKSTRIDE_ROOT": str(self.root),
            "PYTHONPATH": str(TOP),  # a shell may carry any
            "HOLD_S": "0",
            "COME_UP_S": "1",
        }
        if cut is not None:
            made |= {"BASH_ENV": str(self.root / "cut.sh"), "CUT": str(cut)}
        done = subprocess.run(
            ["bash", self.opt / "current/deploy/update.sh", *words],
            env=made, capture_output=True, text=True, check=False, start_new_session=True, timeout=120,
        )  # fmt: skip
        return Update(done.returncode, done.stdout + done.stderr)

    def install_wheels(self, inside: Path, requirement: str, *, again: bool = False) -> Update:
        """What the scripts do with the wheels of an unpacked bundle, into a venv of their own; `again`: a new one."""
        place = self.root / "venv"
        if again or not place.exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        code = f'set -euo pipefail; . {TOP}/deploy/lib.sh; wheels "{inside}" "{place}/bin/python" "{requirement}"'
        done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=False, timeout=120)
        return Update(done.returncode, done.stdout + done.stderr)

    def left_over(self) -> list[Path]:
        """What an update had for itself and nobody took away."""
        return [*(self.root / "tmp").iterdir(), *self.opt.glob("update.work*")]


CUT = """\
if [ "${0##*/}" = update.sh ]; then
    set -o functrace
    commands=0
    trap 'commands=$((commands + 1))
          [ "$CUT" -ne 0 ] || echo "$commands ${BASH_SOURCE[0]##*/}:$LINENO" >>"$BACKSTRIDE_ROOT/commands"
          [ "$commands" -ne "$CUT" ] || kill -9 -- -$$' DEBUG
fi
"""


def computer(root: Path, key: Path, bundle: Path) -> UpdatedComputer:
    """A new one, with release 0.1.0 installed from its bundle, as the installers do it."""
    for folder in (
        "bin",
        "opt/backstride/releases",
        "etc/backstride-unit",
        "etc/backstride",
        "etc/systemd/system",
    ):
        (root / folder).mkdir(parents=True)
    (root / "etc/backstride-unit/update.pub").write_bytes(key.with_suffix(".pub").read_bytes())
    (root / "etc/backstride-unit/unit.toml").write_text("")
    (root / "etc/backstride/site.toml").write_text("")
    (root / f"etc/systemd/system/{SERVICE}").write_text("# backstride 0.1.0\n")
    for name, text in (
        ("bin/systemctl", SYSTEMCTL),
        ("bin/sleep", NOTHING),
        ("bin/sync", NOTHING),
        ("cut.sh", CUT),
        ("breaks", ""),
        ("refuses", ""),
        ("shares", ""),
    ):
        (root / name).write_text(text)
        (root / name).chmod(0o755)
    inside = unpacked(bundle, root / "inside")
    environment = {**os.environ, "BACKSTRIDE_ROOT": str(root), "PYTHONPATH": str(TOP)}
    code = f'set -euo pipefail; . {TOP}/deploy/lib.sh; release "{inside}" unit; supersede "$VERSION"'
    subprocess.run(["bash", "-c", code], env=environment, check=True, capture_output=True)
    shutil.rmtree(inside)
    (root / "runs").write_text("0.1.0\n")
    return UpdatedComputer(root)


def unpacked(bundle: Path, inside: Path) -> Path:
    """The folder with what a bundle holds."""
    inside.mkdir()
    subprocess.run(["tar", "-xzf", bundle, "-C", inside, "--strip-components=1"], check=True)
    return inside


def copy(of: UpdatedComputer, root: Path) -> UpdatedComputer:
    """The same machine once more."""
    releases = of.opt / "releases"
    shutil.copytree(
        of.root, root, symlinks=True, ignore=lambda folder, _names: ["releases"] * (Path(folder) == of.opt)
    )
    shutil.copytree(releases, root / "opt/backstride/releases", symlinks=True, copy_function=os.link)
    return UpdatedComputer(root)


def bundle(folder: Path, version: str, key: Path, *, one_user: bool = False, installer: str = "") -> Path:
    """A signed bundle of that version: the scripts of this tree, and a wheel of a few lines. `one_user`: the hub's
    services run as one, as they did in earlier releases. `installer`: in the place of the units' own."""
    inside = folder / f"backstride-{version}"
    (inside / "wheels").mkdir(parents=True)
    _wheel(inside / "wheels", version)
    shutil.copytree(TOP / "deploy", inside / "deploy")
    (inside / f"deploy/systemd/{SERVICE}").write_text(f"# backstride {version}\n")
    if installer:
        (inside / "deploy/raspberry-pi/install.sh").write_text(installer)
    if one_user:
        (inside / "deploy/systemd/backstride-metrics.service").write_text("[Service]\nUser=backstride\n")
    (inside / "VERSION").write_text(f"{version}\n")
    (inside / "ARCH").write_text(f"{platform.machine()}\n")
    (inside / "CHANGELOG.md").write_text(f"# Changelog\n## {version} - today\n- What {version} changed.\n")
    (inside / "PYTHONS").write_text(f"{sys.version_info.major}.{sys.version_info.minor}\n")
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  ./{path.relative_to(inside)}\n"
        for path in sorted(inside.rglob("*"))
        if path.is_file()
    ]
    (inside / "SHA256SUMS").write_text("".join(sums))
    made = folder / f"backstride-{version}.tar.gz"
    subprocess.run(["tar", "-C", folder, "-czf", made, inside.name], check=True)
    sign(made, key)
    return made


def make_key(folder: Path, name: str = "update") -> Path:
    """An Ed25519 key; its public half is beside it, `.pub`."""
    key = folder / f"{name}.key"
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True, capture_output=True
    )
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", key.with_suffix(".pub")], check=True)
    return key


def sign(made: Path, key: Path) -> None:
    """Put `.sig` beside it."""
    words = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", made, "-out", f"{made}.sig"]
    subprocess.run(list(map(str, words)), check=True)


def _wheel(folder: Path, version: str) -> None:
    name, tag = f"backstride-{version}", "py3-none-any"
    files = {
        "backstride_command.py": COMMAND.format(version=version),
        f"{name}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: backstride\nVersion: {version}\nProvides-Extra: unit\n",
        f"{name}.dist-info/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{name}.dist-info/entry_points.txt": "[console_scripts]\nbackstride = backstride_command:main\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{name}.dist-info/RECORD"))
    with zipfile.ZipFile(folder / f"{name}-{tag}.whl", "w") as wheel:
        for path, text in {**files, f"{name}.dist-info/RECORD": record}.items():
            wheel.writestr(path, text)
