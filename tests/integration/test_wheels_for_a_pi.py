"""Every run-time dependency has a wheel for a 64-bit Raspberry Pi, as pinned, on each Python that we name, or is from
Debian: nothing is compiled there, and a bundle can be made on another machine.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from sampling import some

ROOT = Path(__file__).parents[2]
EXTRAS = ("unit", "hub", "fit", "influx", "alerts", "report", "postgresql")
PLATFORMS = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")
"""As deploy/bundle.sh asks for them: Raspberry Pi OS has glibc 2.36 and newer."""

NO_INDEX = re.compile(
    r"NewConnectionError|Temporary failure|Name or service not known|ReadTimeoutError|ProxyError"
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = [found[1] for line in PROJECT["classifiers"] if (found := re.search(r"Python :: (3\.\d+)$", line))]


FROM_DEBIAN = {"3.13": {"lgpio"}}
"""Python → what no wheel is for: Debian's package of it is lent to the release (`lend_lgpio` in deploy/lib.sh)."""


def needed(python: str) -> list[str]:
    """As deploy/bundle.sh asks for them."""
    words = [sys.executable, str(ROOT / "deploy/needed.py"), python, "aarch64", ",".join(EXTRAS)]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("python", some(PYTHONS, 1))
def test_each_dependency_has_a_wheel_for_a_pi(python: str, tmp_path: Path) -> None:
    platforms = [word for each in PLATFORMS for word in ("--platform", f"{each}_aarch64")]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--dry-run", "--ignore-installed",
         "--report", "-", "--only-binary", ":all:", "--python-version", python, "--implementation", "cp",
         "--target", tmp_path, "-c", ROOT / "constraints.txt", *platforms, *needed(python)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode and NO_INDEX.search(done.stderr):
        pytest.skip("NO PACKAGE INDEX IS REACHED: nobody looked for wheels")
    assert done.returncode == 0, done.stderr[-2_000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)["install"]
    files = {one["metadata"]["name"]: one["download_info"]["url"].rpartition("/")[2] for one in found}
    assert all(file.endswith(".whl") for file in files.values())
    assert not [file for file in files.values() if "x86_64" in file and "aarch64" not in file]
    assert {"lgpio", "mqtt5", "dbus-fast", "cryptography"} - FROM_DEBIAN.get(python, set()) <= files.keys()
    assert FROM_DEBIAN.get(python, set()).isdisjoint(files), (
        "there is a wheel by now: ask for it in pyproject.toml"
    )


def test_a_bundle_holds_each_extra_that_an_installer_takes() -> None:
    held = re.search(r"EXTRAS:-([a-z,]+)", (ROOT / "deploy/bundle.sh").read_text(encoding="utf-8"))
    assert held is not None
    taken = [
        one
        for script in ("hub/install.sh", "raspberry-pi/install.sh")
        for one in re.findall(
            r'^release "\$bundle" "?([a-z,]+)', (ROOT / "deploy" / script).read_text("utf-8"), re.MULTILINE
        )
    ]
    assert len(taken) == 2
    assert {extra for one in taken for extra in one.split(",")} <= set(held[1].split(",")) <= set(EXTRAS)
