"""The users of a hub's machine: one for each service, and two groups for what several of them share."""

import grp
import os
import pwd
import subprocess
from collections.abc import Callable

from device_adapters.errors import ConfigError

MEMBERS = "backstride-members"
"""May read and write the members store and the journal."""

MEASURED = "backstride-measured"
"""May read and write what was measured, and the tokens of its database."""

OPERATOR = "backstride"
"""The operator at a terminal, and all services of a release from before each had a user: no service runs as it."""

SESSION, METRICS = "backstride-session", "backstride-metrics"
ENROL = "backstride-enrol"
"""The enrolment desk; the installer makes it."""

CONSOLE, RETENTION, ALERTS = "backstride-console", "backstride-retention", "backstride-alerts"
USERS: dict[str, tuple[str, ...]] = {
    OPERATOR: (MEMBERS, MEASURED),
    SESSION: (MEMBERS,),
    METRICS: (MEASURED,),
    CONSOLE: (MEMBERS, MEASURED),
    RETENTION: (MEMBERS, MEASURED),
    ALERTS: (),
}
"""User → the groups that it is in besides its own."""


def installed() -> bool:
    """Is this a machine that the installer made a hub, and are we who may give things to others?"""
    return os.geteuid() == 0 and _known(pwd.getpwnam, OPERATOR)


def make_users() -> None:
    """Those that are missing, and what groups they lack. Raises ConfigError."""
    for group in (MEMBERS, MEASURED):
        if not _known(grp.getgrnam, group):
            _run("groupadd", "--system", group)
    for user, groups in USERS.items():
        if not _known(pwd.getpwnam, user):
            _run("useradd", "--system", "--user-group", "--home-dir", "/var/lib/backstride", "--no-create-home",
                 "--shell", "/usr/sbin/nologin", *(["--groups", ",".join(groups)] if groups else ()), user)  # fmt: skip
        elif lacking := [group for group in groups if user not in grp.getgrnam(group).gr_mem]:
            _run("usermod", "--append", "--groups", ",".join(lacking), user)


def _known(look_up: Callable[[str], object], name: str) -> bool:
    try:
        look_up(name)
    except KeyError:
        return False
    return True


def _run(command: str, *words: str) -> None:
    try:
        subprocess.run(  # noqa: S603  our own words
            [f"/usr/sbin/{command}", *words], check=True, capture_output=True, text=True
        )
    except OSError as e:
        raise ConfigError(f"{command}: {e.strerror}; install Debian's package passwd") from e
    except subprocess.CalledProcessError as e:
        raise ConfigError(f"{command} {' '.join(words)}: {e.stderr.strip()}; run it with sudo") from e
