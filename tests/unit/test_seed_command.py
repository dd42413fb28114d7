"""`backstride seed`: an invented past that keeps to the schema, the same each time."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from device_adapters.errors import ConfigError
from device_adapters.safety.limits import Level
from device_adapters.units import DAY_MS
from services.cli.main import app
from services.members.model import Dossier
from services.members.progression import standing
from services.members.store import Members
from services.metrics import schema
from services.provisioning.history import day
from services.provisioning.visits import SeededGym

GYM = SeededGym(end_ms=20_000 * DAY_MS, days=14, members=16)
UNTIL_MS = round(datetime(2026, 3, 31, tzinfo=UTC).timestamp() * 1000)
TYPES = {"float": float, "int": int, "bool": bool, "text": str}


def seed(config: Path, *words: str) -> None:
    done = CliRunner().invoke(
        app, ["seed", "--config", str(config), "--weeks", "1", "--members", "4", *words]
    )
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output


SEEDED = set(schema.MEASUREMENTS) - {"treadmill_heart"}
"""Invented members wear straps: nobody holds the grips."""


def test_every_value_is_one_of_the_schema_and_of_its_kind() -> None:
    points = [point for nth in range(GYM.days) for point in day(GYM, nth)]
    for point in points:
        kinds = {field.name: TYPES[field.kind] for field in point.measurement.fields}
        assert set(point.tags) <= set(point.measurement.tags)
        for name, value in point.fields.items():
            assert type(value) is kinds[name], (point.measurement.name, name, value)
    assert {point.measurement.name for point in points} == SEEDED


def test_no_two_points_are_one_to_a_store() -> None:
    points = [point for nth in range(GYM.days) for point in day(GYM, nth)]
    assert len({point.key for point in points}) == len(points)
    series = {(p.measurement.name, tuple(sorted(p.tags.items())), p.at_ns) for p in points}
    assert len(series) == len(points)


def test_members_are_pseudonyms_and_speeds_stay_within_their_limit() -> None:
    rows = [p for nth in range(GYM.days) for p in day(GYM, nth) if p.measurement is schema.SESSION]
    assert {p.tags["member"][:2] for p in rows} == {"m-"}
    assert all(float(p.fields["target_kmh"]) <= float(p.fields["speed_limit_kmh"]) for p in rows)


def test_seeding_twice_changes_nothing(tmp_path: Path) -> None:
    config = tmp_path / "hub.toml"
    config.write_text(f'data = "{tmp_path}"\n')
    counts = []
    for _ in range(2):
        seed(config, "--until", "2026-03-31")
        with sqlite3.connect(tmp_path / "metrics.db") as db:
            tables = [f"SELECT count(*) FROM {name}" for name in sorted(SEEDED)]  # noqa: S608
            counts.append([db.execute(query).fetchone() for query in tables])
        db.close()
    assert counts[0] == counts[1]
    assert all(count > 0 for (count,) in counts[0])


def test_the_members_are_who_the_measurements_are_of_and_their_levels_were_earned(tmp_path: Path) -> None:
    config = tmp_path / "hub.toml"
    config.write_text(f'data = "{tmp_path}"\n')
    words = ("--until", "2026-03-31", "--people", "--weeks", "10", "--members", "8")
    seed(config, *words)
    with sqlite3.connect(tmp_path / "metrics.db") as db:
        told = db.execute("SELECT session, member, level, outcome, minutes FROM session_end").fetchall()
    db.close()
    store = Members(f"sqlite:///{tmp_path / 'members.db'}", lambda: UNTIL_MS)
    try:
        portraits = {card.id: store.portrait(card.id, by="test") for card in store.search()}
        assert {member for _, member, *_ in told} <= set(portraits)
        assert len({p.person.alias for p in portraits.values()}) == 8
        kept = {r.session: (id_, r) for id_, p in portraits.items() for r in p.history}
        for session, member, level, outcome, minutes in told:
            owner, record = kept[session]
            assert (owner, record.level, record.outcome) == (member, level, outcome)
            assert record.actual_s == round(minutes * 60)
        for portrait in portraits.values():
            for record in portrait.history:
                before = _until(portrait.dossier, record.began_ms)
                assert standing(before, record.goal, record.began_ms).level is record.level
        assert {s.level for p in portraits.values() for s in p.sign_offs} == {
            Level.INTERMEDIATE,
            Level.ADVANCED,
        }
        entered = [len(p.history) + len(p.consents) + len(p.screenings) for p in portraits.values()]
        seed(config, *words)
        again = [store.portrait(id_, by="test") for id_ in portraits]
        assert entered == [len(p.history) + len(p.consents) + len(p.screenings) for p in again]
    finally:
        store.close()


def _until(dossier: Dossier, at_ms: int) -> Dossier:
    return replace(
        dossier,
        history=tuple(record for record in dossier.history if record.ended_ms <= at_ms),
        sign_offs=tuple(signed for signed in dossier.sign_offs if signed.at_ms <= at_ms),
    )


def test_a_wrong_date_is_refused_with_the_way_to_write_it(tmp_path: Path) -> None:
    config = tmp_path / "hub.toml"
    config.write_text(f'data = "{tmp_path}"\n')
    with pytest.raises(ConfigError, match="2026-03-31"):
        seed(config, "--until", "31.3.")
