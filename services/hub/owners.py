"""What of a hub belongs to which of its users, and how it comes to be so: of a release where all ran as one, and back.

`hub init` sees to it each time, so each update and each night does. The one user of earlier releases may open all of
it still: whatever cuts an update, the release before runs. While an update is under watch nothing is moved to where
that release would not find it.
"""

import errno
import grp
import os
import pwd
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from device_adapters.drill import DRILL
from device_adapters.private_store import SIDE_FILES
from services import store_folder as kept
from services.hub.users import (
    ALERTS,
    CONSOLE,
    ENROL,
    MEASURED,
    MEMBERS,
    METRICS,
    OPERATOR,
    RETENTION,
    SESSION,
    installed,
    make_users,
)

UNDER_WATCH = Path("/opt/backstride/update.state")
MEASURED_FILES = (kept.MEASURED, "spool-*.db", "influx-*.token")


@dataclass(frozen=True, slots=True)
class Right:
    """Who has a path, with which rights."""

    path: Path
    user: str
    group: str
    mode: int


def of_settings(services: Path) -> Iterator[Right]:
    """The folder of the services' settings and keys, and what may be in it."""
    yield Right(services, OPERATOR, OPERATOR, 0o751)
    for role, user in (
        ("session", SESSION),
        ("metrics", METRICS),
        ("console", CONSOLE),
        ("alerts", ALERTS),
        ("enrol", ENROL),
        (DRILL, CONSOLE),
    ):
        yield Right(services / f"{role}.toml", user, OPERATOR, 0o640)
        yield Right(services / f"{role}.pem", user, OPERATOR, 0o640)
    yield Right(services / "alerts.urls", ALERTS, OPERATOR, 0o640)
    yield Right(services / "console-https.pem", CONSOLE, OPERATOR, 0o640)
    yield Right(services / "hub.toml", RETENTION, OPERATOR, 0o640)
    yield Right(services / "cli.pem", OPERATOR, OPERATOR, 0o640)
    yield Right(services / "influx.token", OPERATOR, MEASURED, 0o640)


def of_data(data: Path, path: Path, *, folder: bool, apart: bool) -> Right:
    """The data folder itself, or something in it; `apart`: what was measured has a folder of its own."""
    if path == data:
        # Whoever has a folder may make SQLite's side files in it.
        return Right(path, OPERATOR if apart else METRICS, MEMBERS, 0o2771)
    if path.name in kept.OF_CONSOLE:
        return Right(path, CONSOLE, CONSOLE, 0o600)
    if path.relative_to(data).parts[0] == kept.OF_ALERTS:
        return Right(path, ALERTS, ALERTS, 0o700 if folder else 0o600)
    measured = path.relative_to(data).parts[0] == kept.NAME or any(
        map(path.match, _with_sides(MEASURED_FILES))
    )
    user, group = (METRICS, MEASURED) if measured else (OPERATOR, MEMBERS)
    return Right(path, user, group, 0o2770 if folder else 0o660)


def of_machine(services: Path, data: Path, releases: Path) -> None:
    """Make the users and settle, if this is an installed hub. Raises ConfigError, OSError."""
    if installed():
        make_users()
        settle(services, data)
        _release_folder(Right(releases, ENROL, ENROL, 0o755))


def _release_folder(right: Right) -> None:
    """There and the desk's. A unit file of the release before lets an update write nothing here: the desk makes it."""
    try:
        right.path.mkdir(parents=True, exist_ok=True)
        if not _is_so(right):
            _give(right)
    except OSError as e:
        if e.errno != errno.EROFS:
            raise


def settle(services: Path, data: Path) -> None:
    """Give everything to whom it has to belong. Raises OSError."""
    settle_settings(services)
    (data / kept.OF_ALERTS).mkdir(parents=True, exist_ok=True)
    _give(of_data(data, data / kept.OF_ALERTS, folder=True, apart=True))
    if kept.store_folder(data) == data and not UNDER_WATCH.exists():
        _with_metrics_at_rest(partial(_set_apart, data))
    apart = kept.store_folder(data) != data
    top = of_data(data, data, folder=True, apart=apart)
    if _is_so(top):
        return  # what services made since is theirs already
    for at, folders, files, handle in os.fwalk(data):
        for name in (*folders, *files):
            _give(of_data(data, Path(at) / name, folder=name in folders, apart=apart), handle)
    _give(top)


def settle_settings(services: Path) -> None:
    """The settings and keys alone. Raises OSError."""
    for right in of_settings(services):
        _give(right)


def give_back(services: Path, data: Path) -> None:
    """As a release has it whose services share one user. Raises OSError."""
    _with_metrics_at_rest(partial(_together, data))
    for place in (services, data):
        for at, folders, files, handle in os.fwalk(place):
            for name in (*folders, *files):
                private = name.endswith((".db", ".key", ".token", *SIDE_FILES))
                mode = 0o750 if name in folders else 0o600 if private else 0o640
                _give(Right(Path(at) / name, OPERATOR, OPERATOR, mode), handle)
        _give(Right(place, OPERATOR, OPERATOR, 0o750))


def _set_apart(data: Path) -> None:
    """The folder gets its name once all is in it: until then everybody looks where it was."""
    fresh = data / f"{kept.NAME}.new"
    fresh.mkdir(exist_ok=True)
    for file in _found(data):
        file.rename(fresh / file.name)
    _give(Right(fresh, METRICS, MEASURED, 0o2770))
    fresh.rename(data / kept.NAME)


def _together(data: Path) -> None:
    away = data / f"{kept.NAME}.new"
    if (data / kept.NAME).is_dir():
        (data / kept.NAME).rename(away)
    if away.is_dir():
        for file in _found(away):
            file.rename(data / file.name)
        away.rmdir()


def _found(folder: Path) -> list[Path]:
    return sorted(path for name in _with_sides(MEASURED_FILES) for path in folder.glob(name))


def _with_sides(names: tuple[str, ...]) -> list[str]:
    return [f"{name}{side}" for name in names for side in ("", *SIDE_FILES)]


def _with_metrics_at_rest(move: Callable[[], None]) -> None:
    """A store is moved while nobody writes to it; units keep meanwhile what they measure."""
    look = ["/usr/bin/systemctl", "is-active", "--quiet", "backstride-metrics.service"]
    asked = subprocess.run(look, check=False, stderr=subprocess.DEVNULL) if Path(look[0]).exists() else None  # noqa: S603
    ran = asked is not None and asked.returncode == 0
    if ran:
        subprocess.run(["/usr/bin/systemctl", "stop", "backstride-metrics.service"], check=True)
    try:
        move()
    finally:
        if ran:
            subprocess.run(
                ["/usr/bin/systemctl", "start", "--no-block", "backstride-metrics.service"], check=True
            )


def _is_so(right: Right) -> bool:
    known = right.path.stat()
    owner = (pwd.getpwnam(right.user).pw_uid, grp.getgrnam(right.group).gr_gid)
    return (known.st_uid, known.st_gid, known.st_mode & 0o7777) == (*owner, right.mode)


def _give(right: Right, within: int | None = None) -> None:
    """`within`: the folder that it is in, open: a service may put a link in the place of what is in its folder."""
    path = right.path if within is None else right.path.name
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=within)
    except FileNotFoundError:
        return  # there is no such file in this hub, or it went with the last who had it open
    except OSError as e:
        if e.errno in (errno.ELOOP, errno.ENXIO):
            return  # a link, or a socket
        raise
    try:
        known = os.fstat(handle)
        if stat.S_ISDIR(known.st_mode) or (stat.S_ISREG(known.st_mode) and known.st_nlink == 1):
            os.fchown(handle, pwd.getpwnam(right.user).pw_uid, grp.getgrnam(right.group).gr_gid)
            os.fchmod(handle, right.mode)
    finally:
        os.close(handle)
