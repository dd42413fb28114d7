"""Each service of a hub is a user of its own: who breaks into one has its key and its stores, and no other's.

On a machine below a folder, with real users and groups (`users_in_namespace.py`). `make deploy-test` looks again on
whole hubs.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services.hub.users import MEASURED, MEMBERS, OPERATOR, USERS

REPO = Path(__file__).parents[2]
UNITS = REPO / "deploy/systemd"
MACHINE = """
set -e
mount --make-rprivate /
mkdir "$0/etc"
cd /etc
cp -a passwd group shadow gshadow login.defs nsswitch.conf pam.d security default "$0/etc/"
sed -i /^backstride/d "$0"/etc/{passwd,group,shadow,gshadow}
cd /
mount --bind "$0/etc" /etc
mount -t tmpfs tmpfs /opt
mount -t tmpfs tmpfs /var/lib
exec "$1" "$2" "$3"
"""


def _users() -> dict[str, str]:
    """Unit file → its user; root's have none."""
    return {
        path.name: found[1]
        if (found := re.search(r"^User=(.+)$", path.read_text(), re.MULTILINE))
        else "root"
        for path in UNITS.glob("*.service")
    }


def test_no_two_services_share_a_user() -> None:
    users = _users()
    own = {name: user for name, user in users.items() if user not in ("root", "backstride-unit")}
    assert len(set(own.values())) == len(own)
    assert OPERATOR not in own.values()
    assert set(own.values()) == USERS.keys() - {OPERATOR} | {"backstride-enrol"}
    assert {name for name, user in users.items() if user == "root"} == {
        "backstride-broker-reload.service",
        "backstride-install.service",
        "backstride-offsite-send.service",
        "backstride-offsite-try.service",
        "backstride-renew.service",
        "backstride-update.service",
    }, "they restart the broker, own what they give to others, read what is others', or install"


def test_the_installer_takes_away_every_user_and_group_that_there_is() -> None:
    script = (REPO / "deploy/hub/install.sh").read_text()
    said = subprocess.run(
        ["bash", "-c", "\n".join(re.findall(r"^ *(for name in .*); do$", script, re.MULTILINE)).replace(
            "for name in", "echo")],
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert sorted(said) == sorted([*USERS, "backstride-enrol", MEMBERS, MEASURED])


@pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "useradd", "groupadd", "usermod"))),
    reason="NEEDS root, unshare and useradd (passwd)",
)
@pytest.mark.parametrize("scenario", ["new", "update", "cuts", "links"])
def test_on_a_machine(scenario: str, tmp_path: Path) -> None:
    script = Path(__file__).with_name("users_in_namespace.py")
    done = subprocess.run(
        ["unshare", "--mount", "--fork", "bash", "-c", MACHINE, tmp_path, sys.executable, script, scenario],
        env={**os.environ, "PYTHONPATH": str(REPO)}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
