"""The one table of roles is what it was written down to be, and no role learns of a topic what its word forbids."""

import typing
from typing import Any

import msgspec
import pytest
from role_matrix import PAGE, page, rows

from device_adapters.contract import messages as m
from device_adapters.contract.permissions import MAY, MEMBER, ROLES, VERBS, Deed
from device_adapters.contract.registry import CHANNELS, Channel
from services.console.auth.roles import Role
from services.hub.clients import ROLES as PROGRAMS


def test_every_cell_is_as_it_was_written_down() -> None:
    written = PAGE.read_text(encoding="utf-8").splitlines()
    assert page().splitlines() == written, (
        "if that was meant: python tests/security/role_matrix.py, and look at the diff"
    )


def test_the_table_knows_every_role_and_every_request() -> None:
    assert {*Role, *PROGRAMS, MEMBER} == ROLES
    assert set(MAY) == set(Deed)
    assert set(VERBS) == set(typing.get_args(m.SessionVerb))


def test_a_topic_that_gives_a_role_more_than_its_word_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="viewer may not hear heart rates"):
        Channel(
            "strap/{id}/new",
            m.StrapTelemetry,
            Deed.MEASURE,
            ("unit",),
            Deed.HEAR_HEARTS,
            ("viewer",),
        )
    with pytest.raises(ValueError, match="booking may not lease"):
        Channel("treadmill/{id}/new", m.Command, Deed.MOVE, ("booking",), Deed.OBEY, ("unit",))


def field_names(type_: Any, seen: frozenset[Any] = frozenset()) -> set[str]:
    """Every field of a message, and of the messages in it."""
    if type_ in seen:
        return set()
    found: set[str] = set()
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        for name, hint in typing.get_type_hints(type_).items():
            found |= {name} | field_names(hint, seen | {type_})
    for part in typing.get_args(type_):
        found |= field_names(part, seen)
    return found


HEARTS = {"hr_bpm", "hr_limit_bpm", "hr_max_bpm", "rr_ms"}
PERSONS = {"member", "alias"}


def test_only_who_may_hear_hearts_reads_a_message_that_has_one() -> None:
    with_hearts = {c.path for c in CHANNELS if HEARTS & field_names(c.message)}
    assert with_hearts == {
        "strap/{id}/telemetry", "treadmill/{id}/heart", "treadmill/{id}/session",
        "session/request", "session/request/{id}",
    }  # fmt: skip
    for channel in CHANNELS:
        if channel.path in with_hearts and not channel.path.startswith("session/request"):
            assert channel.shows is Deed.HEAR_HEARTS, channel.path


def test_what_programs_of_others_read_holds_neither_hearts_nor_members_nor_free_words_of_sessions() -> None:
    for role in ("booking", "viewer"):
        for channel in CHANNELS:
            if role in channel.readers:
                assert not (HEARTS | PERSONS) & field_names(channel.message), (role, channel.path)
    read = {role: {c.path for c in CHANNELS if role in c.readers} for role in ("booking", "viewer")}
    assert read == {
        "booking": {"session/beat", "session/reply/{id}", "treadmill/{id}/brief"},
        "viewer": {
            "unit/{id}/status",
            "store/{id}/status",
            "treadmill/{id}/state",
            "treadmill/{id}/telemetry",
        },
    }


def test_there_is_one_row_for_each_thing() -> None:
    things = [what for what, _, _ in rows()]
    assert len(things) == len(set(things))
