"""Opening the members store: SQLite by default, PostgreSQL by a URL; migrated to the newest form on the way."""

import contextlib
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from device_adapters.errors import ConfigError, StorageError
from device_adapters.private_store import give_to_folder, mode_in, narrow
from services.members.migrating import UnknownFormError, migrate
from services.store_folder import MEMBERS

BUSY_S = 5
TURN = 0x6273_6D65
"""PostgreSQL's name of the lock that transactions of members take in turn; of this database alone."""


def url_for(setting: str, data: Path) -> str:
    """The database URL: the setting, or a SQLite file in the hub's data folder if it is empty."""
    return setting or f"sqlite:///{data / MEMBERS}"


def open_engine(url: str) -> Engine:
    """Connect and migrate. ConfigError: not a URL of SQLite or PostgreSQL; StorageError: it cannot be opened."""
    try:
        parsed = make_url(url)
    except ArgumentError as e:
        raise ConfigError("members: not a database URL; give sqlite:///file.db or postgresql://...") from e
    shown = parsed.render_as_string(hide_password=True)
    match parsed.get_backend_name():
        case "sqlite":
            private_file(Path(parsed.database or MEMBERS))
            engine = create_engine(parsed, connect_args={"timeout": BUSY_S}, hide_parameters=True)
            event.listen(engine, "connect", _sqlite_connect)
            event.listen(engine, "begin", _sqlite_begin)
        case "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
            wait = {
                "connect_timeout": BUSY_S,
                "options": f"-c statement_timeout={BUSY_S}s -c client_encoding=UTF8",
            }
            engine = create_engine(parsed, connect_args=wait, pool_pre_ping=True, hide_parameters=True)
            event.listen(engine, "begin", _postgres_begin)
        case other:
            raise ConfigError(f"members: {other} is not supported; give a URL of SQLite or PostgreSQL")
    try:
        if engine.dialect.name == "postgresql" and (why := _encoding_fault(engine)):
            engine.dispose()
            raise StorageError(f"members store {shown}: {why}")
        migrate(engine)
    except UnknownFormError as e:
        engine.dispose()
        raise StorageError(
            f"members store {shown}: made by a newer release ({e}), and there is no way back. Install that release "
            "again, or restore the backup from before the update (backstride restore). Until then there are no members "
            "and no sign-ins; guests train, and Stop works"
        ) from e
    except SQLAlchemyError as e:
        engine.dispose()
        raise StorageError(f"members store {shown}: {e}; check the URL and who may write there") from e
    return engine


def check_encoding(url: str) -> None:
    """ConfigError for a PostgreSQL database that cannot keep every name; one that does not answer now passes."""
    try:
        open_engine(url).dispose()
    except StorageError as e:
        if "UTF8" in str(e):
            raise ConfigError(str(e)) from e


def _encoding_fault(engine: Engine) -> str:
    with engine.connect() as connection:
        encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding == "UTF8":
        return ""
    return (
        f"this database is in {encoding} and cannot keep every name; make one in UTF8 (createdb --encoding=UTF8 "
        "--template=template0 NAME), move what is in this one, and name it in the settings (members)"
    )


def private_file(path: Path) -> None:
    """Names and health are for the users of the hub that work with them alone.

    A new file gets its name once it keeps its journal as `_sqlite_connect` asks: SQLite lets nobody wait for that
    change, and of two processes that come to a new store at once one would be turned away.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            narrow(path)
            return
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}-") as new:
            with contextlib.closing(sqlite3.connect(new.name)) as db:
                db.execute("PRAGMA journal_mode=WAL")
            Path(new.name).chmod(mode_in(path.parent))
            give_to_folder(Path(new.name))
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(new.name)
    except (OSError, sqlite3.Error) as e:
        raise StorageError(f"members store {path}: {e}; give the hub a writable data folder") from e


def _sqlite_connect(connection: Any, _record: object) -> None:
    # Transactions are begun by us (below): the driver's own habit would leave migrations outside of any.
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _postgres_begin(connection: Connection) -> None:
    # One by one, as on SQLite: what a transaction looked up before it writes is still so.
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({TURN})")


def _sqlite_begin(connection: Connection) -> None:
    # IMMEDIATE: a reader that turns writer would fail instead of waiting for the other process.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
