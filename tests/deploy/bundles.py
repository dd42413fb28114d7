"""Bundles of several versions, signed: as this tree is, a newer one, and a newer one that does not hold."""

import os
import shutil
import subprocess
from pathlib import Path

TOP = Path(__file__).parents[2]
EXTRAS = "unit,hub,fit,influx,alerts,report,sim"


def make_key(folder: Path, name: str) -> Path:
    """An Ed25519 key; its public half is beside it, `.pub`."""
    key = folder / f"{name}.key"
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True, capture_output=True
    )
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", key.with_suffix(".pub")], check=True)
    return key


def sign(bundle: Path, key: Path) -> None:
    """Put `bundle.sig` beside it."""
    words: list[str | Path] = [
        "openssl",
        "pkeyutl",
        "-sign",
        "-rawin",
        "-inkey",
        key,
        "-in",
        bundle,
        "-out",
        Path(f"{bundle}.sig"),
    ]
    subprocess.run(words, check=True)


def first(output: Path) -> str:
    """The bundle of this tree, by the script that operators use; returns its version."""
    environment = {**os.environ, "EXTRAS": EXTRAS, "PYTHON": str(TOP / ".venv/bin/python")}
    subprocess.run(["bash", "deploy/bundle.sh", output], cwd=TOP, env=environment, check=True)
    return _version(output)


def next_of(bundle: Path, version: str, output: Path, work: Path, *, broken: str = "") -> None:
    """The same under another version; `broken` is a module of the package that fails as soon as it is imported."""
    shutil.rmtree(work, ignore_errors=True)
    tree, inside = work / "tree", work / f"backstride-{version}"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        check=True,
        capture_output=True,
    ).stdout.decode()
    for name in filter(None, tracked.split("\0")):
        if name.split("/")[0] in ("device_adapters", "services", "deploy", "dashboards") or (
            "/" not in name and (TOP / name).is_file()
        ):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TOP / name, tree / name)
    settings = tree / "pyproject.toml"
    old = f'version = "{_version(bundle)}"'
    settings.write_text(settings.read_text().replace(old, f'version = "{version}"', 1))
    if broken:
        with (tree / broken).open("a") as module:
            module.write('\nraise RuntimeError("this release was broken on purpose")\n')
    inside.mkdir(parents=True)
    subprocess.run(["tar", "-xzf", bundle, "-C", inside, "--strip-components=1"], check=True)
    for wheel in (inside / "wheels").glob("backstride-*.whl"):
        wheel.unlink()
    python = str(TOP / ".venv/bin/python")
    build: list[str | Path] = [
        python,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--disable-pip-version-check",
        "--no-deps",
        "-w",
        inside / "wheels",
        tree,
    ]
    subprocess.run(build, check=True)
    (inside / "VERSION").write_text(f"{version}\n")
    subprocess.run(
        "find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum > ../sums && mv ../sums SHA256SUMS",
        shell=True, cwd=inside, check=True,
    )  # fmt: skip
    subprocess.run(["tar", "-C", work, "-czf", output, inside.name], check=True)


def _version(bundle: Path) -> str:
    found = subprocess.run(
        ["tar", "-xzOf", bundle, "--wildcards", "*/VERSION"], check=True, capture_output=True, text=True
    )
    return found.stdout.strip()
