"""A hub's machine for `test_users.py`, as root in a mount namespace of its own, with a copy of /etc and a new /var/lib.

Real users by the real command, real stores opened as each of them. One scenario by its name; it ends with 1 at a fault.
"""

import contextlib
import os
import pwd
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig, load
from services.alerts.memory import Memory
from services.cli import main
from services.console.auth.member_links import MemberLinks
from services.members.store import Members
from services.metrics.service import spool_path
from services.metrics.spool import Spool
from services.metrics.sqlite import SqliteSink
from services.session.archive import Archive
from services.session.journal import Entry, Journal
from services.store_folder import OF_ALERTS, store_folder

ETC, DATA = Path("/etc/backstride"), Path("/var/lib/backstride")
STATE = Path("/opt/backstride/update.state")
SERVICES = ("session", "metrics", "console")


def as_user(user: str, deed: Callable[[], object]) -> str:
    """Do it in a process of that user and its groups; '' if it went well, else what was raised."""
    who = pwd.getpwnam(user)
    ear, mouth = os.pipe()
    if not (child := os.fork()):
        said = ""
        try:
            os.initgroups(user, who.pw_gid)
            os.setgid(who.pw_gid)
            os.setuid(who.pw_uid)
            os.umask(0o027)
            deed()
        except BaseException as e:  # noqa: BLE001  told to who waits
            said = f"{type(e).__name__}: {e}"
        os.write(mouth, said.encode())
        os._exit(0)
    os.close(mouth)
    with os.fdopen(ear) as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return said


def backstride(*words: str) -> None:
    """The command, as root."""
    with contextlib.suppress(SystemExit):
        main.app(words, standalone_mode=False)


def init(*words: str) -> None:
    backstride("hub", "init", *words)


def sessions(data: Path = DATA) -> None:
    with closing(Journal(data / "sessions.db")) as journal:
        journal.append([Entry(1, "s-1", "tm-01", "start", b"{}")])


def past(data: Path = DATA) -> None:
    with closing(Archive(data / "sessions.db")) as archive:
        archive.session("s-1")


def members(data: Path = DATA) -> None:
    Members(f"sqlite:///{data / 'members.db'}", SystemClock().wall_ms).close()


def measured(data: Path = DATA) -> None:
    with closing(SqliteSink(store_folder(data) / "metrics.db")) as store:
        store.stored("tm-01")


def spool(data: Path = DATA) -> None:
    with closing(Spool(spool_path(HubConfig(site="gym", data=str(data))), 1_000_000)):
        pass


def links(data: Path = DATA) -> None:
    MemberLinks(data)


def alerts(data: Path = DATA) -> None:
    Memory(data).keep({}, {})
    (data / OF_ALERTS / "incidents.json").read_bytes()


def import_all() -> None:
    """This Python may lie where other users have no way to: nothing may be left to import once we are one of them."""
    with tempfile.TemporaryDirectory() as folder:
        for deed in (sessions, past, members, measured, spool, links, alerts):
            deed(Path(folder))


def settings(name: str) -> Callable[[], object]:
    def read() -> None:
        config = load(ETC / f"services/{name}.toml", HubConfig)
        if name != "hub":
            assert config.broker.cert_file is not None
            Path(config.broker.cert_file).read_bytes()

    return read


WORK: dict[str, tuple[Callable[[], object], ...]] = {
    "backstride-session": (settings("session"), sessions, members),
    "backstride-metrics": (settings("metrics"), measured, spool),
    "backstride-console": (settings("console"), members, links, past, measured),
    "backstride-alerts": (settings("alerts"), alerts),
    "backstride-enrol": (settings("enrol"),),
    "backstride-retention": (settings("hub"), members, sessions, measured),
    "backstride": (settings("hub"), members, sessions, past, measured),
}
BARRED = {
    "backstride-session": ("console.pem", "metrics.pem", "cli.pem", "metrics.db", "member-links.key"),
    "backstride-metrics": (
        "console.pem",
        "session.pem",
        "cli.pem",
        "sessions.db",
        "members.db",
        "member-links.key",
    ),
    "backstride-console": ("session.pem", "metrics.pem", "enrol.pem", "cli.pem", "incidents.json"),
    "backstride-alerts": (
        "console.pem",
        "session.pem",
        "metrics.pem",
        "cli.pem",
        "sessions.db",
        "members.db",
        "metrics.db",
    ),
    "backstride-retention": ("session.pem", "metrics.pem", "console.pem", "cli.pem", "member-links.key"),
    "backstride-enrol": (
        "session.pem",
        "metrics.pem",
        "console.pem",
        "sessions.db",
        "members.db",
        "metrics.db",
    ),
}


def all_work() -> None:
    """Each user does its work, whoever opened the stores first and last; and nobody reads what is not theirs."""
    for order in (list(WORK), list(reversed(WORK))):
        for user in order:
            for deed in WORK[user]:
                assert not (fault := as_user(user, deed)), (user, deed, fault)


def all_barred() -> None:
    places = {path.name: path for top in (ETC, DATA) for path in top.rglob("*")}
    for user, names in BARRED.items():
        for name in names:
            assert "PermissionError" in as_user(user, places[name].read_bytes), (user, name)
    for user in ("backstride-session", "backstride-metrics"):
        assert "PermissionError" in as_user(user, (ETC / "services/more.toml").touch), user
    assert "PermissionError" in as_user("backstride-metrics", (DATA / "members.db-journal").touch)


def older_hub() -> None:
    """As a release leaves it whose services are all `backstride`."""
    for user in ("backstride", "backstride-enrol"):
        subprocess.run(["useradd", "--system", "--user-group", "--no-create-home", user], check=True)
    for folder in (ETC / "services", DATA):
        folder.mkdir(parents=True)
        subprocess.run(["chown", "backstride:backstride", folder], check=True)
        folder.chmod(0o750)


def as_older(deeds: tuple[Callable[[], object], ...]) -> None:
    for deed in deeds:
        assert not (fault := as_user("backstride", deed)), (deed, fault)


OLDER = (
    settings("session"),
    settings("metrics"),
    settings("console"),
    sessions,
    members,
    measured,
    spool,
    links,
)


def new() -> None:
    older_hub()
    init("--site", "gym", "--host", "localhost")
    site = ETC / "site.toml"
    site.write_text(site.read_text().replace("https_port = 0", "https_port = 8443"))
    init()
    assert not as_user("backstride-console", (ETC / "services/console-https.pem").read_bytes)
    for user in ("backstride-session", "backstride-metrics", "backstride-retention"):
        assert "PermissionError" in as_user(user, (ETC / "services/console-https.pem").read_bytes)
    (ETC / "services/alerts.urls").write_text("ntfys://ntfy.example/secret\n")
    init()
    assert not as_user("backstride-alerts", (ETC / "services/alerts.urls").read_bytes)
    for user in ("backstride-session", "backstride-metrics", "backstride-console", "backstride-enrol"):
        assert "PermissionError" in as_user(user, (ETC / "services/alerts.urls").read_bytes)
    all_work()
    all_barred()
    init()
    all_work()
    all_barred()
    assert (DATA / "metrics/metrics.db").exists()
    assert not (DATA / "metrics.db").exists()


def update() -> None:
    """From an older release: under watch, taken back, once more, kept; and rolled back."""
    older_hub()
    init("--site", "gym", "--host", "localhost")
    backstride("hub", "one-user")
    as_older(OLDER)
    STATE.parent.mkdir(parents=True, exist_ok=True)
    STATE.write_text("step=switch")
    init()
    all_work()
    assert (DATA / "metrics.db").exists(), "the release before would not find it elsewhere"
    as_older(
        (*OLDER[:-1], past)
    )  # taken back: systemd gives the whole folder, with its keys, to one user by itself
    init()
    STATE.unlink()
    before = (DATA / "metrics.db").stat().st_ino
    init()
    assert (DATA / "metrics/metrics.db").stat().st_ino == before
    all_work()
    all_barred()
    backstride("hub", "one-user")
    assert (DATA / "metrics.db").stat().st_ino == before
    assert not list(DATA.glob("metrics*/"))
    as_older(OLDER)


def cuts() -> None:
    """What was cut while it was moved is found, and moved the rest of the way."""
    older_hub()
    init("--site", "gym", "--host", "localhost")
    all_work()
    (DATA / "metrics").rename(DATA / "metrics.new")
    (DATA / "metrics.new/metrics.db").rename(DATA / "metrics.db")
    init()
    assert {"metrics.db", "spool-metrics.db"} <= {path.name for path in (DATA / "metrics").iterdir()}
    all_work()
    (DATA / "metrics").rename(DATA / "metrics.new")
    (DATA / "metrics.new/metrics.db").rename(DATA / "metrics.db")
    backstride("hub", "one-user")
    assert {"metrics.db", "spool-metrics.db"} <= {path.name for path in DATA.iterdir()}
    as_older(OLDER)


def links_of_a_service() -> None:
    """A service that was broken into gains nothing by links in its folder when the owners are set."""
    older_hub()
    init("--site", "gym", "--host", "localhost")
    secret, other = ETC / "office/authority.key", DATA.parent / "of-root"
    other.write_text("root's")
    other.chmod(0o600)
    (DATA / "metrics/metrics.db-more").symlink_to(other)
    (DATA / "metrics/hard.db").hardlink_to(DATA / "metrics/metrics.db") if (
        DATA / "metrics/metrics.db"
    ).exists() else None
    DATA.chmod(0o700)  # so that everything is given anew
    init()
    assert other.stat().st_uid == 0
    assert other.stat().st_mode & 0o777 == 0o600
    assert "PermissionError" in as_user("backstride-metrics", secret.read_bytes)


if __name__ == "__main__":
    import_all()
    try:
        {"new": new, "update": update, "cuts": cuts, "links": links_of_a_service}[sys.argv[1]]()
    except BaseException:  # noqa: BLE001  the test shows it
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
