"""The members store, on SQLite and on PostgreSQL alike."""

import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from members_rig import BEGIN_MS, BODY, WREN, at, demand, screening, session
from postgres_rig import fresh_database
from sqlalchemy import Engine, inspect, text

from device_adapters.contract.phrase import Refusal, english
from device_adapters.errors import ConfigError, StorageError
from device_adapters.safety.limits import Goal, Level
from device_adapters.units import DAY_MS
from services.members import forgetting
from services.members.admission import Allowance, StartWish
from services.members.database import open_engine, private_file
from services.members.errors import MembersError, RuleRefusedError, UnknownMemberError
from services.members.migrating import migrate
from services.members.model import Answers, HeartSource, Prescription, Purpose
from services.members.outcomes import OutcomeMeasure, OutcomeResult
from services.members.people import MemberDetails
from services.members.store import Members
from services.members.tables import Base

KNEE = Goal.KNEE_STRENGTH


@dataclass
class Shop:
    """A store whose time a test sets."""

    store: Members
    now: int = BEGIN_MS

    def member(self, **changes: object) -> str:
        id_ = self.store.create(replace(WREN, **changes), by="Anna")  # type: ignore[arg-type]
        self.store.screen(id_, screening())
        self.store.consent(id_, Purpose.SESSION_RECORDS, text_version="2026-01", by="Anna")
        return id_


@pytest.fixture
def shop(members_url: str) -> Iterator[Shop]:
    shop = Shop.__new__(Shop)
    shop.now = BEGIN_MS
    shop.store = Members(members_url, lambda: shop.now)
    yield shop
    shop.store.close()


def test_the_migrations_make_the_tables_of_the_models_and_take_them_away_again(members_url: str) -> None:
    engine = open_engine(members_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    migrate(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_a_new_store_is_made_as_all_migrations_would_have_made_it(members_url: str) -> None:
    engine = open_engine(members_url)
    made = _form(engine)
    migrate(engine, "base")
    migrate(engine, "0001")
    migrate(engine)
    brought = _form(engine)
    engine.dispose()
    assert set(made) == set(brought)
    for name, table in made.items():
        assert table == brought[name], name


def _form(engine: Engine) -> dict[str, list[list[str]]]:
    """All that the database tells of each table, whatever the order of the columns, and the revision."""
    seen = inspect(engine)
    with engine.connect() as connection:
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return {
        "": [list(revision)],
        **{
            name: [
                sorted(map(_told, seen.get_columns(name))),
                sorted(map(_told, seen.get_indexes(name))),
                sorted(map(_told, seen.get_foreign_keys(name))),
                sorted(map(_told, seen.get_unique_constraints(name))),
                [_told(seen.get_pk_constraint(name))],
            ]
            for name in seen.get_table_names()
        },
    }


def _told(what: Mapping[str, object]) -> str:
    return str(sorted((key, str(value)) for key, value in what.items()))


def test_a_store_of_an_earlier_release_keeps_its_rows_and_asks_its_members_anew(members_url: str) -> None:
    engine = open_engine(members_url)
    migrate(engine, "base")
    migrate(engine, "0003")
    with engine.begin() as db:
        db.execute(
            text(
                "INSERT INTO member (id, alias, birth_year, hr_max_source, beta_blocker, off_board, created_ms, "
                "created_by, visited_ms) VALUES ('m-1', 'Wren', 1980, 'formula', false, false, 1, 'Anna', 1)"
            )
        )
        db.execute(
            text(
                'INSERT INTO screening (member, at_ms, "by", backward_walk_cs, fall_12_months, contraindications, '
                "clinician_ok_by) VALUES ('m-1', 1, 'Anna', 400, false, '', '')"
            )
        )
        db.execute(
            text(
                "INSERT INTO session (id, member, goal, level, programme, treadmill, strap, began_ms, ended_ms, "
                "outcome, cause, done, planned_s, speed_max_ckmh, grade_max_dpct, override_why, balance_lost) "
                "VALUES ('s-1', 'm-1', 'mobility', 'novice', 'p', 'tm-01', '', 1, 2, 'completed', '', true, 300, 150, "
                "0, '', false)"
            )
        )
    migrate(engine)
    with engine.connect() as db:
        assert db.execute(text("SELECT form FROM screening")).scalars().all() == [1]
        kept = db.execute(text("SELECT unanswered, asks_next_day FROM session")).all()
        assert [(row[0], bool(row[1])) for row in kept] == [(0, False)]
    engine.dispose()


def _open(url: str) -> None:
    open_engine(url).dispose()


def test_processes_that_open_it_at_once_migrate_once(members_url: str) -> None:
    context = get_context("spawn")
    processes = [context.Process(target=_open, args=(members_url,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(50)
    assert [process.exitcode for process in processes] == [0, 0, 0]


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("nonsense", ConfigError),
        ("mysql://a/b", ConfigError),
        ("sqlite:////proc/none/m.db", StorageError),
        ("postgresql://nobody:secret-word@/x?host=/nonexistent", StorageError),
    ],
)
def test_a_store_that_cannot_be_opened_says_why_and_no_password(url: str, error: type[Exception]) -> None:
    with pytest.raises(error) as said:
        open_engine(url)
    assert "secret-word" not in str(said.value)


def test_a_sqlite_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    open_engine(f"sqlite:///{tmp_path / 'new' / 'members.db'}").dispose()
    assert stat.S_IMODE((tmp_path / "new" / "members.db").stat().st_mode) == 0o600


def test_a_new_sqlite_file_has_its_name_only_once_nobody_need_change_how_it_keeps_its_journal(
    tmp_path: Path,
) -> None:
    """SQLite turns away who comes during that change, however long they would wait."""
    private_file(tmp_path / "members.db")
    assert [file.name for file in tmp_path.iterdir()] == ["members.db"]
    write_version, read_version = (tmp_path / "members.db").read_bytes()[18:20]
    assert (write_version, read_version) == (2, 2)  # SQLite file format §1.3: WAL


def test_a_member_is_found_by_name_alias_or_id_and_who_was_here_last_comes_first(shop: Shop) -> None:
    wren = shop.member()
    shop.now += 1
    owl = shop.member(name="Ota Wlasak", alias="100% Owl", contact="")
    assert [c.id for c in shop.store.search()] == [owl, wren]
    assert [c.id for c in shop.store.search("RENN")] == [wren]
    assert [c.alias for c in shop.store.search("0% o")] == ["100% Owl"]
    assert [c.id for c in shop.store.search(wren)] == [wren]
    assert shop.store.search("nobody") == ()
    shop.store.record(wren, session(3))
    assert [c.id for c in shop.store.search()] == [wren, owl]


def test_ids_are_random_pseudonyms(shop: Shop) -> None:
    ids = {shop.member(alias=f"Wren {n}") for n in range(20)}
    assert len(ids) == 20
    assert all(id_.startswith("m-") and len(id_) == 14 for id_ in ids)


def test_what_was_entered_can_be_read_and_changed(shop: Shop) -> None:
    body = replace(
        BODY, hr_max_bpm=181, hr_max_source=HeartSource.MEASURED, hr_rest_bpm=55,
        hr_rest_source=HeartSource.CLINICIAN,
    )  # fmt: skip
    id_ = shop.member(body=body)
    assert shop.store.portrait(id_, by="Anna").person == replace(WREN, body=body)
    shop.store.update(id_, replace(WREN, alias="Robin", off_board=True), by="Ben")
    assert shop.store.portrait(id_, by="Anna").person == replace(WREN, alias="Robin", off_board=True)
    assert shop.store.alias(id_) == "Robin"


@pytest.mark.parametrize(
    ("person", "field"),
    [
        (replace(WREN, name=" "), "name"),
        (replace(WREN, alias="x" * 25), "alias"),
        (replace(WREN, contact="x" * 201), "contact"),
        (replace(WREN, body=replace(BODY, birth_year=68)), "68"),
        (replace(WREN, body=replace(BODY, birth_year=2009)), "18"),
        (replace(WREN, body=replace(BODY, birth_year=2008)), "confirm"),
        (replace(WREN, body=replace(BODY, hr_max_bpm=180)), "hr_max_bpm"),
        (
            replace(WREN, body=replace(BODY, hr_max_bpm=99, hr_max_source=HeartSource.MEASURED)),
            "hr_max_bpm: 99",
        ),
        (replace(WREN, body=replace(BODY, hr_max_source=HeartSource.MEASURED)), "hr_max_bpm"),
        (replace(WREN, body=replace(BODY, hr_rest_bpm=55)), "hr_rest_bpm"),
    ],
)
def test_what_does_not_fit_is_named(shop: Shop, person: MemberDetails, field: str) -> None:
    with pytest.raises(MembersError, match=field):
        shop.store.create(person, by="Anna")
    assert shop.store.search() == ()


def test_who_turns_18_this_year_is_taken_when_it_was_seen(shop: Shop) -> None:
    young = replace(WREN, body=replace(BODY, birth_year=2008))
    assert shop.store.create(young, by="Anna", adult=True)


def test_consents_stand_per_purpose_until_they_are_withdrawn_and_are_kept(shop: Shop) -> None:
    id_ = shop.member()
    shop.store.consent(id_, Purpose.WALL_BOARD, text_version="2026-01", by="Anna")
    shop.store.consent(id_, Purpose.WALL_BOARD, text_version="2026-01", by="Anna")
    assert shop.store.on_board(id_)
    shop.store.consent(id_, Purpose.WALL_BOARD, text_version="2026-02", by="Ben")
    assert shop.store.on_board(id_)
    shop.now += 1000
    shop.store.withdraw(id_, Purpose.WALL_BOARD, by="Cleo")
    assert not shop.store.on_board(id_)
    shown = shop.store.portrait(id_, by="Anna")
    kept = [c for c in shown.consents if c.purpose is Purpose.WALL_BOARD]
    assert [(c.text_version, c.given_by, c.withdrawn_by) for c in kept] == [
        ("2026-01", "Anna", "Ben"),
        ("2026-02", "Ben", "Cleo"),
    ]
    assert shown.dossier.purposes == {Purpose.SESSION_RECORDS}


def test_the_wall_board_needs_consent_and_respects_the_wish(shop: Shop) -> None:
    id_ = shop.member()
    assert not shop.store.on_board(id_)
    shop.store.consent(id_, Purpose.WALL_BOARD, text_version="1", by="Anna")
    shop.store.update(id_, replace(WREN, off_board=True), by="Anna")
    assert not shop.store.on_board(id_)


def test_a_session_is_kept_once_and_its_answers_come_later(shop: Shop) -> None:
    id_ = shop.member()
    record = session(0, answers={"rpe": None, "pain": None})
    assert shop.store.record(id_, record)
    assert shop.store.record(id_, replace(record, outcome="stopped"))
    (judged,) = shop.store.history(id_, by="Anna")
    assert (judged.record, english(judged.unclean)) == (record, "RPE and pain were not answered")
    shop.store.answer(record.session, Answers(rpe=12, pain=2), by="Anna")
    (judged,) = shop.store.history(id_, by="Anna")
    assert judged.unclean is None
    shop.store.answer(record.session, Answers(pain_next_day=4), by="Anna")
    (judged,) = shop.store.history(id_, by="Anna")
    assert judged.record.answers == Answers(rpe=12, pain=2, pain_next_day=4)
    assert english(judged.unclean) == "pain rose from 2 to 4 on the next day"
    with pytest.raises(MembersError, match="rpe: 5"):
        shop.store.answer(record.session, Answers(rpe=5), by="Anna")
    with pytest.raises(MembersError, match="s-none"):
        shop.store.answer("s-none", Answers(rpe=12), by="Anna")


def test_a_level_is_signed_off_once_the_sessions_are_there(shop: Shop) -> None:
    id_ = shop.member()
    for day in (0, 2, 4, 7, 9, 11):
        shop.store.record(id_, session(day))
    shop.now = at(12)
    with pytest.raises(RuleRefusedError) as refused:
        shop.store.sign_off(id_, KNEE, Level.INTERMEDIATE, by="Anna")
    assert refused.value.refusal.cause == "not_ready"
    assert "they span 11 of 14 days" in str(refused.value)
    shop.store.record(id_, session(14))
    shop.now = at(15)
    assert shop.store.progress(id_, KNEE, by="Anna").missing == ()
    shop.store.sign_off(id_, KNEE, Level.INTERMEDIATE, by="Anna")
    assert shop.store.progress(id_, KNEE, by="Anna").at.level is Level.INTERMEDIATE
    with pytest.raises(MembersError, match="by"):
        shop.store.sign_off(id_, KNEE, Level.NOVICE, by=" ")


def test_a_start_is_judged_from_the_store(shop: Shop) -> None:
    id_ = shop.member()
    wish = StartWish(goal=KNEE, level=Level.NOVICE, demand=demand(KNEE, Level.NOVICE))
    assert isinstance(shop.store.may_start(id_, wish), Allowance)
    shop.store.withdraw(id_, Purpose.SESSION_RECORDS, by="Anna")
    answer = shop.store.may_start(id_, wish)
    assert isinstance(answer, Refusal)
    assert answer.cause == "no_consent"
    with pytest.raises(UnknownMemberError):
        shop.store.may_start("m-none", wish)


def test_whoever_sees_or_changes_health_data_is_in_the_audit(shop: Shop) -> None:
    id_ = shop.member()
    shop.store.history(id_, by="Ben")
    shop.store.record(id_, session(0))
    shop.store.answer("s-knee_strength-0", Answers(rpe=11), by="Cleo")
    lines = shop.store.audit(id_)
    assert [(line.by, line.what) for line in lines] == [
        ("Anna", "created"),
        ("Anna", "screened"),
        ("Anna", "consented session_records"),
        ("Ben", "viewed"),
        ("Cleo", "answered"),
    ]


def test_a_database_that_fails_says_so_without_its_values(shop: Shop) -> None:
    id_ = shop.member()
    with pytest.raises(StorageError) as said, shop.store.transaction() as db:
        db.execute(Base.metadata.tables["person"].insert().values(member=id_, name="Secret Name", contact=""))
    assert "Secret Name" not in str(said.value)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
@pytest.mark.parametrize("role", ["session", "console"])
def test_a_postgresql_that_is_not_in_utf_8_is_refused_at_the_start_in_words(
    postgres_home: str, tmp_path: Path, encoding: str, role: str
) -> None:
    url = fresh_database(postgres_home, encoding)
    (tmp_path / "hub.toml").write_text(f'data = "{tmp_path}"\nmembers = "{url}"\n')
    told = subprocess.run(
        [sys.executable, "-m", "services.cli", "run", role, "--config", tmp_path / "hub.toml"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert told.returncode == 2
    (line,) = told.stderr.strip().splitlines()
    assert f"this database is in {encoding} and cannot keep every name; make one in UTF8 (createdb" in line
    assert "Traceback" not in told.stdout
    with pytest.raises(StorageError, match=f"is in {encoding}"):
        Members(url, lambda: 0)


def test_every_name_is_kept_as_it_was_entered(members_url: str) -> None:
    store = Members(members_url, lambda: BEGIN_MS)
    for number, name in enumerate(("李雷", "مریم", "Zoë", "🏃 Wren")):
        store.create(replace(WREN, name=name, alias=f"{name}{number}"), by="Anna")
    assert {card.name for card in store.search()} == {"李雷", "مریم", "Zoë", "🏃 Wren"}
    store.close()


def test_a_prescription_is_a_new_version_each_time_and_its_end_one_too(shop: Shop) -> None:
    wren = shop.member()
    first = Prescription(
        goal=Goal.MOBILITY, speed_ckmh=100, minutes=5, sessions_week=2, pain_stop=4, at_ms=shop.now,
        until_ms=shop.now + 28 * DAY_MS, by="coach u-1", why="slow steps", clinician="Dr. Grey",
    )  # fmt: skip
    shop.store.prescribe(wren, first)
    shop.now += DAY_MS
    second = replace(first, speed_ckmh=110, at_ms=shop.now, programme="Hill", hr_ceiling_bpm=120)
    shop.store.prescribe(wren, second)
    with pytest.raises(MembersError, match="minutes: 500"):
        shop.store.prescribe(wren, replace(second, minutes=500))
    known = shop.store.portrait(wren, by="Anna")
    assert known.prescriptions == (first, second)
    assert known.dossier.prescribed(Goal.MOBILITY, shop.now) == second
    shop.store.end_prescription(wren, by="staff u-2")
    shop.store.end_prescription(wren, by="staff u-2")
    known = shop.store.portrait(wren, by="Anna")
    assert known.dossier.prescribed(Goal.MOBILITY, shop.now) is None
    assert [(one.by, one.until_ms) for one in known.prescriptions[2:]] == [("staff u-2", shop.now)]
    assert [line.what for line in shop.store.audit(wren) if "prescri" in line.what] == [
        "prescribed", "prescribed", "ended prescription",
    ]  # fmt: skip
    with pytest.raises(UnknownMemberError):
        shop.store.prescribe("m-nobody", first)


def test_results_of_tests_are_kept_in_the_order_of_time_and_a_mistake_of_today_goes(shop: Shop) -> None:
    wren = shop.member()
    tug = OutcomeResult(measure=OutcomeMeasure.TIMED_UP_AND_GO, value_c=1250, at_ms=shop.now, by="coach u-1")
    shop.store.measure(wren, tug)
    shop.now += 28 * DAY_MS
    later = replace(tug, value_c=1100, at_ms=shop.now)
    shop.store.measure(wren, replace(later, measure=OutcomeMeasure.PAIN, value_c=300))
    shop.store.measure(wren, later)
    with pytest.raises(MembersError, match="value: 0 is outside"):
        shop.store.measure(wren, replace(later, value_c=0))
    for at_ms in (tug.at_ms, later.at_ms, later.at_ms, tug.at_ms):
        shop.store.take_back_outcome(wren, OutcomeMeasure.TIMED_UP_AND_GO, at_ms, by="Anna")
    known = shop.store.portrait(wren, by="Anna")
    assert [(one.measure, one.value_c) for one in known.outcomes] == [
        (OutcomeMeasure.TIMED_UP_AND_GO, 1250),
        (OutcomeMeasure.PAIN, 300),
    ]
    assert [line.what for line in shop.store.audit(wren) if "took_back" in line.what] == [
        "took_back timed_up_and_go"
    ]
    forgetting.erase(shop.store, wren, by="Anna")
    with pytest.raises(UnknownMemberError):
        shop.store.measure(wren, later)
