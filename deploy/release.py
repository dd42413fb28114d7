"""A release, from a clean tree: release.py VERSION [--day YYYY-MM-DD]; `make release VERSION=0.2.0` runs it.

In this order, and nothing is committed or tagged unless all of it is good: the version and its changelog section, the
wheel and a bundle for each kind of machine with its bill of materials, the gate of known vulnerabilities, the wheel in
an empty environment; then the commit, the tag, and everything with its sums in build/release-VERSION.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

TOP = Path(__file__).parents[1]
ARCHS = ("aarch64", "x86_64")
VERSION = re.compile(r"\d+\.\d+\.\d+(rc\d+)?")
PROOF = "docs/safety-evidence.md"


class NoReleaseError(Exception):
    """Why there is none, and what to do."""


def run(*words: str, **environment: str) -> str:
    """Its output; NoReleaseError if it fails."""
    done = subprocess.run(  # noqa: S603  our own words
        words, cwd=TOP, env={**os.environ, **environment}, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise NoReleaseError(f"{' '.join(words)}:\n{done.stdout}{done.stderr}".strip())
    return done.stdout


def ready(version: str) -> None:
    """Can a release of that version be made of this tree?"""
    if not VERSION.fullmatch(version):
        raise NoReleaseError(f"{version!r} is no version; write it like 0.2.0")
    if run("git", "status", "--porcelain").strip():
        raise NoReleaseError("the tree has changes that are not committed: commit them first")
    if run("git", "tag", "--list", f"v{version}").strip():
        raise NoReleaseError(f"there is a v{version} already: give the next version")


def numbers(version: str) -> tuple[int, ...]:
    """To compare; a candidate comes before its release."""
    plain, _, candidate = version.partition("rc")
    return (*map(int, plain.split(".")), int(candidate) if candidate else 1_000_000)


def with_version(project: str, version: str) -> str:
    """pyproject.toml with that version; it may be there already, and may not be older."""
    found = re.search(r'^version = "([^"]+)"$', project, re.MULTILINE)
    if found is None:
        raise NoReleaseError("pyproject.toml names no version")
    if numbers(version) < numbers(found[1]):
        raise NoReleaseError(f"{version} is older than {found[1]}, which pyproject.toml has")
    return project[: found.start()] + f'version = "{version}"' + project[found.end() :]


def with_section(changelog: str, version: str, day: str) -> str:
    """The changelog, with what is unreleased as the section of that version."""
    head, mark, rest = changelog.partition("## Unreleased\n")
    if not mark:
        raise NoReleaseError("CHANGELOG.md has no section 'Unreleased'")
    at = rest.find("\n## ") + 1
    told, older = (rest[:at], rest[at:]) if at else (rest, "")
    if re.search(rf"^## {re.escape(version)}( |$)", older, re.MULTILINE):
        raise NoReleaseError(f"CHANGELOG.md has a section {version} already")
    if not re.search(r"^- ", told, re.MULTILINE):
        raise NoReleaseError("CHANGELOG.md: nothing is unreleased, so there is nothing to release")
    return f"{head}{mark}\n## {version} - {day}\n{told}{older}"


def wheel_works(wheel: Path, work: Path) -> None:
    """In an environment with nothing else: it starts, and says its version."""
    place = work / "empty"
    run(sys.executable, "-m", "venv", "--clear", str(place))
    pip = [str(place / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    run(*pip, "-c", str(TOP / "constraints.txt"), str(wheel))
    said = run(str(place / "bin/backstride"), "--version").strip()
    if f"-{said}-" not in wheel.name:
        raise NoReleaseError(f"{wheel.name} says that it is {said}")
    shutil.rmtree(place)


def built(version: str, folder: Path) -> None:
    """Wheel, bundles, bills of materials and the page of the proof; judged."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.rmtree(TOP / "build/lib", ignore_errors=True)  # else setuptools packs files that are gone
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--disable-pip-version-check",
        "--no-deps",
        "-w",
        str(folder),
        ".",
    )
    (wheel,) = folder.glob("*.whl")
    bundles = [folder / f"backstride-{version}-{arch}.tar.gz" for arch in ARCHS]
    for arch, bundle in zip(ARCHS, bundles, strict=True):
        run("bash", "deploy/bundle.sh", str(bundle), ARCH=arch, PYTHON=sys.executable)
    bills = [str(bundle).removesuffix(".tar.gz") + ".cdx.json" for bundle in bundles]
    sys.stdout.write(run(sys.executable, "deploy/cve_gate.py", *bills))
    (folder / "audited.txt").unlink(missing_ok=True)
    wheel_works(wheel, folder)
    shutil.copy(TOP / PROOF, folder / "proof.md")
    sums = [
        f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in sorted(folder.iterdir())
    ]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


def release(version: str, day: str) -> None:
    """All of it. What does not come to its end leaves the tree as it was."""
    ready(version)
    before = {name: (TOP / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "CHANGELOG.md")}
    after = {
        "pyproject.toml": with_version(before["pyproject.toml"], version),
        "CHANGELOG.md": with_section(before["CHANGELOG.md"], version, day),
    }
    try:
        for name, text in after.items():
            (TOP / name).write_text(text, encoding="utf-8")
        built(version, TOP / f"build/release-{version}")
        run("git", "commit", "-q", "-m", f"Release {version}", *after)
    except BaseException:
        for name, text in before.items():
            (TOP / name).write_text(text, encoding="utf-8")
        raise
    run("git", "tag", "-a", f"v{version}", "-m", f"Backstride {version}")


def main() -> None:
    """By the words of a command."""
    words = argparse.ArgumentParser(description="Make a release of this tree.")
    words.add_argument("version")
    words.add_argument("--day", default=f"{datetime.now(UTC):%Y-%m-%d}")
    asked = words.parse_args()
    try:
        release(asked.version, asked.day)
    except NoReleaseError as e:
        raise SystemExit(f"error: {e}\nno release was made") from None
    sys.stdout.write(
        f"v{asked.version}: build/release-{asked.version}; sign the bundles by hand, where the key is\n"
    )


if __name__ == "__main__":
    main()
