"""A bundle says which Pythons it is for, and an installer on a machine with another one says so and stops."""

import hashlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def release(bundle: Path, pythons: str) -> subprocess.CompletedProcess[str]:
    """What the installers do with a bundle, without doing it, on the Python that runs this test."""
    (bundle / "VERSION").write_text("9.9.9\n")
    (bundle / "PYTHONS").write_text(f"{pythons}\n")
    (bundle / "bin").mkdir()
    (bundle / "bin" / "python3").symlink_to(sys.executable)
    code = (
        f'set -euo pipefail; PATH="{bundle}/bin:$PATH"; DRY_RUN=yes; . deploy/lib.sh; release "{bundle}" unit'
    )
    return subprocess.run(["bash", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_bundle_for_other_pythons_is_refused_with_what_mends_it(tmp_path: Path) -> None:
    done = release(tmp_path, "3.7 3.8")
    assert done.returncode == 1
    assert f"this bundle is for Python 3.7 3.8, and this machine has {HERE}" in done.stderr
    assert f"PYTHONS={HERE} make bundle" in done.stderr


def test_a_bundle_for_this_python_is_taken(tmp_path: Path) -> None:
    done = release(tmp_path, f"3.7 {HERE}")
    assert done.returncode == 0, done.stderr
    assert "would install backstride[unit]==9.9.9" in done.stdout


def install(bundle: Path, root: Path) -> subprocess.CompletedProcess[str]:
    """What the installers do with a bundle, below another root."""
    (bundle / "VERSION").write_text("9.9.9\n")
    (bundle / "PYTHONS").write_text(f"{HERE}\n")
    code = f'set -euo pipefail; . deploy/lib.sh; release "{bundle}" unit'
    here = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # the installers take the first python3
    environment = {**os.environ, "PATH": here, "BACKSTRIDE_ROOT": str(root)}
    return subprocess.run(
        ["bash", "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("0" * 64 + "  ./wheels/one.whl\n", "the bundle is damaged"),
        (
            hashlib.sha256(b"other").hexdigest() + "  ./wheels/other.whl\n",
            "one.whl is not in the bundle's list",
        ),
    ],
)
def test_no_wheel_is_installed_that_the_bundles_list_does_not_have(
    listed: str, said: str, tmp_path: Path
) -> None:
    bundle, root = tmp_path / "bundle", tmp_path / "root"
    (bundle / "wheels").mkdir(parents=True)
    (bundle / "wheels" / "one.whl").write_bytes(b"one")
    if "other" in listed:
        (bundle / "wheels" / "other.whl").write_bytes(b"other")
    (bundle / "SHA256SUMS").write_text(listed)
    done = install(bundle, root)
    assert done.returncode == 1
    assert said in done.stderr
    assert not root.exists()


def test_bundles_are_for_every_python_that_the_package_names_from_the_oldest_on() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [
        c.rpartition(" ")[2]
        for c in project["classifiers"]
        if c.startswith("Programming Language :: Python :: 3.")
    ]
    assert project["requires-python"] == f">={named[0]}"
    asked = subprocess.run(
        ["bash", "deploy/bundle.sh", "--pythons"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert asked.stdout.split() == named


def needed(python: str, arch: str) -> set[str]:
    words = [sys.executable, str(ROOT / "deploy/needed.py"), python, arch, "unit,hub"]
    return set(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())


def test_what_a_bundle_needs_is_judged_by_the_machine_that_it_is_for() -> None:
    assert "lgpio" in needed("3.11", "aarch64")
    assert "lgpio" not in needed("3.13", "aarch64")
    assert "lgpio" not in needed("3.11", "x86_64")
    assert {"bleak", "dbus-fast", "fastapi", "mqtt5<0.9,>=0.8"} <= needed("3.13", "aarch64")


@pytest.mark.parametrize("has_wheel", [False, True])
def test_debians_lgpio_is_lent_to_a_release_that_has_none(has_wheel: bool, tmp_path: Path) -> None:
    debian, release_ = tmp_path / "usr/lib/python3/dist-packages", tmp_path / "release"
    debian.mkdir(parents=True)
    for name in ("lgpio.py", "_lgpio.cpython-313-aarch64-linux-gnu.so"):
        (debian / name).write_text("debian = True\n")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", release_], check=True)
    (packages,) = release_.glob("lib/python3*/site-packages")
    if has_wheel:
        (packages / "lgpio.py").write_text("debian = False\n")
    code = f'set -euo pipefail; . deploy/lib.sh; lend_lgpio "{release_}"; lend_lgpio "{release_}"'
    environment = {**os.environ, "BACKSTRIDE_ROOT": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    asked = [str(release_ / "bin/python"), "-c", "import lgpio; print(lgpio.debian)"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert told == f"{not has_wheel}\n"
