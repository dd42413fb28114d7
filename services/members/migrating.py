"""The tables of the members store, in their newest form: made in it, or brought there from an earlier release's.

Alembic takes a seventh of a console's start to import: nobody pays for it whose tables need no change.
"""

from functools import cache
from importlib.resources import files

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, insert, inspect, select, text

from services.members.tables import Base

NEWEST = "head"
_LOCK = 4_279_001
"""Any number that nobody else of this database takes."""

_FORM = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
_FORM.primary_key.name = "alembic_version_pkc"
"""Where Alembic keeps which form the tables have."""


class UnknownFormError(Exception):
    """The tables have a form that this release knows no way from."""


def migrate(engine: Engine, to: str = NEWEST) -> None:
    """Bring the tables to a revision, in one transaction; a second process that comes to it waits. UnknownFormError."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if to != NEWEST or not _newest_at_once(connection):
            _step_by_step(connection, to)


def _newest_at_once(connection: Connection) -> bool:
    """There is nothing to bring anywhere: the form is the newest, or there are no tables yet and now there are."""
    there = set(inspect(connection).get_table_names())
    if _FORM.name in there:
        return connection.execute(select(_FORM.c.version_num)).scalars().all() == [_newest_revision()]
    if there & set(Base.metadata.tables):
        return False
    Base.metadata.create_all(connection)
    _FORM.create(connection)
    connection.execute(insert(_FORM).values(version_num=_newest_revision()))
    return True


@cache
def _newest_revision() -> str:
    """By the names of the migrations' files: `m0011_own_straps.py` is revision 0011."""
    names = (each.name for each in files("services.members.migrations.versions").iterdir())
    return max(name[1:5] for name in names if name.startswith("m") and name.endswith(".py"))


def _step_by_step(connection: Connection, to: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "services.members:migrations")
    config.attributes["connection"] = connection
    try:
        if to == "base":
            command.downgrade(config, to)
        else:
            command.upgrade(config, to)
    except CommandError as e:
        raise UnknownFormError(str(e)) from e
