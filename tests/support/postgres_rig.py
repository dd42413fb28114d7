"""A PostgreSQL server of our own for tests: Debian's binaries, a Unix socket in a short folder, no network."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

START_S = 90.0
_numbers = count(1)


@contextmanager
def postgres_server() -> Iterator[str]:
    """The folder of its socket. Run as user `postgres` when we are root: the server refuses to be root's."""
    home = Path(tempfile.mkdtemp(prefix="bs-pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(home, user.pw_uid, user.pw_gid)
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    bin_ = _binaries()
    data = home / "data"
    options = ["--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8", "--locale=C"]
    subprocess.run(
        [*as_user, bin_ / "initdb", "-D", data, *options], check=True, capture_output=True, cwd=home
    )
    server = subprocess.Popen(
        [*as_user, bin_ / "postgres", "-D", data, "-k", home, "-c", "listen_addresses=", "-c", "fsync=off"],
        cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(server, home)
        yield str(home)
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(home, ignore_errors=True)


def fresh_database(home: str, encoding: str = "UTF8") -> str:
    """The URL of a new, empty database."""
    name = f"members_{next(_numbers)}"
    with psycopg.connect(host=home, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}'".encode())
    return f"postgresql://postgres@/{name}?host={home}"


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    on_path = shutil.which("postgres")
    if not found and on_path:
        return Path(on_path).resolve().parent
    assert found, "no PostgreSQL here: apt-get install postgresql (make test does it)"
    return found[-1].parent


def _wait(server: subprocess.Popen[bytes], home: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        assert server.poll() is None, f"PostgreSQL ended with {server.returncode}"
        try:
            psycopg.connect(host=str(home), user="postgres", dbname="postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.05)
        else:
            return
