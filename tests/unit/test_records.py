"""A session's record: from what the services stored to files for people and programs."""

import csv
import io
import json
import sqlite3
import xml.etree.ElementTree as ET
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from fit_readers import activity_by_fit_tool, activity_by_garmin
from programme_walk import Walk
from recorded_session import EPOCH_MS, KCAL_PER_KM, RecordedGym, recorded, store
from session_rig import programme, step
from typer.testing import CliRunner

from device_adapters.config import HubConfig
from device_adapters.errors import RecordError, StorageError
from device_adapters.safety.limits import Goal, Level
from services.cli.main import app
from services.history.model import LONGEST_MS
from services.metrics.forget_sqlite import EmbeddedMeasured
from services.metrics.history import history_of
from services.metrics.measured import Window
from services.programme.model import Facing, ForDistance, ForTime, Programme, Step, StepKind, UntilStaff
from services.records import stores
from services.records.export import COLUMNS, export
from services.records.form import Format
from services.records.model import FullRecord
from services.session import interrupted
from services.session.journal import Entry, Journal
from services.session.journalled import StartRecord
from services.session.record import summary_from

TCX = {"t": "http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"}
SPEED = "{http://www.garmin.com/xmlschemas/ActivityExtension/v2}Speed"

SHORT = programme(
    step(200, ForTime(20), Facing.FORWARD, StepKind.WARMUP),
    step(400, ForDistance(30), kind=StepKind.INTERVAL, grade=20),
    step(200, ForTime(20), kind=StepKind.COOLDOWN),
)


def read(data: Path, session: str) -> FullRecord:
    return stores.read(data, session, history_of(HubConfig(data=str(data))))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub's data folder with one session: forward, a turn, 30 m retro uphill, a cool-down."""
    folder = tmp_path_factory.mktemp("hub")
    recorded(folder, SHORT)
    return folder


@pytest.fixture
def record(data: Path) -> FullRecord:
    return read(data, "s-1")


def test_the_record_has_the_session_its_laps_and_its_turn(record: FullRecord) -> None:
    assert (record.outcome, record.treadmill, record.goal, record.level) == (
        "completed", "tm-01", Goal.CONDITIONING, Level.INTERMEDIATE
    )  # fmt: skip
    assert [(lap.step, lap.kind, lap.retro, lap.planned_m) for lap in record.laps] == [
        (1, "warmup", False, None), (2, "interval", True, 30), (3, "cooldown", True, None)
    ]  # fmt: skip
    assert [lap.begin_ms for lap in record.laps[1:]] == [lap.end_ms for lap in record.laps[:-1]]
    ((since_ms, until_ms),) = record.pauses
    assert record.laps[0].end_ms == since_ms < until_ms < record.laps[1].end_ms
    # 30 m at 4.0 km/h, and the ramp from 1.0 before it
    assert 30 <= record.laps[1].distance_m <= 30 + 10
    assert record.retro_m == pytest.approx(record.distance_m - record.laps[0].distance_m)


def test_there_is_a_sample_each_second_with_what_was_measured(record: FullRecord) -> None:
    samples = record.samples
    assert [s.at_ms for s in samples] == list(range(record.begin_ms, record.end_ms + 1, 1000))
    assert {s.retro for s in samples if s.at_ms < record.laps[0].end_ms} == {False}
    assert {s.retro for s in samples if s.at_ms >= record.laps[0].end_ms} == {True}
    assert max(s.speed_kmh or 0 for s in samples) == 4.0
    assert max(s.grade_pct or 0 for s in samples) == 2.0
    assert sum(s.hr_bpm is not None for s in samples) > len(samples) - 3
    assert samples[-1].distance_m == pytest.approx(record.distance_m, abs=0.01)
    at_four = [s.cadence_spm for s in samples if s.speed_kmh == 4.0]
    assert at_four[-1] == pytest.approx(4 * 28, abs=6)


def test_the_fit_file_says_the_same_to_two_readers(record: FullRecord) -> None:
    content = export(record, Format.FIT)
    garmin = activity_by_garmin(content)
    assert garmin == activity_by_fit_tool(content)
    assert (garmin.sport, garmin.sub_sport, garmin.directions) == ("walking", "treadmill", frozenset((0, 1)))
    assert garmin.hearts == tuple(s.hr_bpm for s in record.samples)
    paused_s = sum(b - a for a, b in record.pauses) / 1000
    assert garmin.timer_s == pytest.approx((record.end_ms - record.begin_ms) / 1000 - paused_s, abs=0.01)
    assert sum(lap.timer_s for lap in garmin.laps) == pytest.approx(garmin.timer_s, abs=0.01)
    assert [lap.kcal for lap in garmin.laps] == [lap.energy_kcal for lap in record.laps]
    assert garmin.kcal == record.energy_kcal
    assert garmin.order[:4] == ("file_id", "developer_data_id", "field_description", "event")
    assert garmin.order[-3:] == ("event", "session", "activity")


def test_the_tcx_file_is_well_formed_and_has_the_key_fields(record: FullRecord) -> None:
    root = ET.fromstring(export(record, Format.TCX))  # noqa: S314 our own text
    activity = root.findall("t:Activities/t:Activity", TCX)[0]
    assert [child.tag.partition("}")[2] for child in activity] == ["Id", "Lap", "Lap", "Lap", "Notes"]
    laps = activity.findall("t:Lap", TCX)
    assert [float(lap.findtext("t:DistanceMeters", "", TCX)) for lap in laps] == [
        pytest.approx(lap.distance_m, abs=0.01) for lap in record.laps
    ]
    assert [child.tag.partition("}")[2] for child in laps[0]] == [
        "TotalTimeSeconds", "DistanceMeters", "MaximumSpeed", "Calories", "AverageHeartRateBpm",
        "MaximumHeartRateBpm", "Intensity", "TriggerMethod", "Track",
    ]  # fmt: skip
    assert [int(lap.findtext("t:Calories", "", TCX)) for lap in laps] == [
        lap.energy_kcal for lap in record.laps
    ]
    points = root.findall(".//t:Trackpoint", TCX)
    assert len(points) == len(record.samples)
    assert [p.findtext("t:HeartRateBpm/t:Value", "", TCX) for p in points] == [
        str(s.hr_bpm) for s in record.samples
    ]
    assert max(float(e.text or 0) for e in root.iter(SPEED)) == pytest.approx(4 / 3.6, abs=0.001)
    assert "m partly retro (backward), on a treadmill" in (activity.findtext("t:Notes", "", TCX))


def test_pauses_are_no_training_time_in_any_file(record: FullRecord) -> None:
    root = ET.fromstring(export(record, Format.TCX))  # noqa: S314 our own text
    tcx_s = [float(told.text or 0) for told in root.findall(".//t:TotalTimeSeconds", TCX)]
    fit = activity_by_garmin(export(record, Format.FIT))
    assert record.pauses
    assert tcx_s == [pytest.approx(lap.timer_s, abs=0.06) for lap in fit.laps]
    assert json.loads(export(record, Format.JSON))["totals"]["timer_s"] == pytest.approx(
        fit.timer_s, abs=0.01
    )


def test_the_machines_kilocalories_are_counted_by_lap_and_from_where_they_began(
    record: FullRecord,
) -> None:
    told = json.loads(export(record, Format.JSON))
    assert record.energy_kcal == pytest.approx(KCAL_PER_KM * record.distance_m / 1000, abs=2)
    assert min(lap.energy_kcal or 0 for lap in record.laps) > 0
    assert told["totals"]["energy_kcal"] == record.energy_kcal
    assert [lap["energy_kcal"] for lap in told["laps"]] == [lap.energy_kcal for lap in record.laps]


def test_the_csv_file_has_a_row_a_second(record: FullRecord) -> None:
    rows = list(csv.DictReader(io.StringIO(export(record, Format.CSV).decode())))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(record.samples)
    assert {(r["step"], r["kind"], r["retro"]) for r in rows} == {
        ("1", "warmup", "0"), ("2", "interval", "1"), ("3", "cooldown", "1")
    }  # fmt: skip


def test_the_json_file_has_everything(record: FullRecord) -> None:
    told = json.loads(export(record, Format.JSON))
    assert told["schema"] == "retro-record/1"
    assert told["totals"]["retro_m"] == pytest.approx(record.retro_m)
    assert len(told["samples"]) == len(record.samples)
    assert [lap["kind"] for lap in told["laps"]] == ["warmup", "interval", "cooldown"]
    assert {"session_phase", "session_step"} <= {moment["kind"] for moment in told["moments"]}


def walked(seconds: int, built: Programme = SHORT) -> Walk:
    walk = Walk(built, RecordedGym())
    walk.go(seconds)
    return walk


def test_drills_beside_the_belt_are_laps_without_metres(tmp_path: Path) -> None:
    drill = Step(
        place="2",
        kind=StepKind.OPEN,
        facing=None,
        until=UntilStaff(300),
        speed_ckmh=0,
        cue="Cones",
        set_number=1,
        sets=2,
    )
    built = programme(
        step(200, ForTime(15)),
        drill,
        step(200, ForTime(15)),
        drill,
        step(100, ForTime(15), kind=StepKind.COOLDOWN),
    )
    recorded(tmp_path, built)
    record = read(tmp_path, "s-1")
    assert [lap.kind for lap in record.laps] == ["active", "open", "active", "open", "cooldown"]
    assert [lap.retro for lap in record.laps] == [True, False, True, False, True]
    assert all(lap.begin_ms < lap.end_ms for lap in record.laps)
    assert [lap.distance_m for lap in record.laps if lap.kind == "open"] == [0, 0]
    assert len(record.pauses) == 2
    assert [lap.kind for lap in activity_by_garmin(export(record, Format.FIT)).laps][1] == "other"


def test_an_early_end_keeps_what_was_done(tmp_path: Path) -> None:
    walk = walked(15)
    walk.gym.ask("stop")
    walk.to_the_end()
    store(tmp_path, walk)
    record = read(tmp_path, "s-1")
    assert (record.outcome, [lap.step for lap in record.laps]) == ("stopped", [1])
    assert "Stopped by Anna" in record.why
    garmin = activity_by_garmin(export(record, Format.FIT))
    assert len(garmin.laps) == 1
    assert garmin.directions == {0}


def test_a_session_whose_service_vanished_ends_when_its_belt_came_to_rest(tmp_path: Path) -> None:
    walk = walked(15)
    vanished_ms = walk.gym.now
    walk.gym.ask("stop")
    walk.to_the_end()
    still_ms = max(at_ms for at_ms, speed in walk.gym.speeds if speed)
    store(tmp_path, walk, until_ms=vanished_ms - 200)
    journal = Journal(tmp_path / "sessions.db")
    (started,) = journal.unfinished()
    journal.append([interrupted.end(started, EPOCH_MS + vanished_ms + 3_600_000)])
    journal.close()
    record = read(tmp_path, "s-1")
    assert record.outcome == "interrupted"
    assert record.end_ms - EPOCH_MS == pytest.approx(still_ms, abs=400)


def test_a_clock_that_was_set_meanwhile_makes_no_session_longer_than_one_can_be() -> None:
    was = StartRecord(goal=Goal.MOBILITY, level=Level.NOVICE, programme="p", member="m-1", by="u-1")
    started = Entry(EPOCH_MS, "s-1", "tm-01", "start", msgspec.json.encode(was))
    for later_ms, ended_ms in ((60_000, 60_000), (120 * 86_400_000, LONGEST_MS), (-3_600_000, 0)):
        entry = interrupted.summary(started, EPOCH_MS + later_ms)
        assert entry is not None
        told = summary_from(entry)
        assert told is not None
        assert told.record.ended_ms - EPOCH_MS == ended_ms


def test_without_telemetry_there_is_a_record_but_no_fit_file(tmp_path: Path) -> None:
    store(tmp_path, walked(15))
    (tmp_path / "metrics.db").unlink()
    record = read(tmp_path, "s-1")
    assert (record.distance_m, record.outcome) == (0, "")
    assert {s.speed_kmh for s in record.samples} == {None}
    with pytest.raises(RecordError, match="no movement of its belt is stored"):
        export(record, Format.FIT)
    assert export(record, Format.CSV)


def test_what_is_not_there_is_said(data: Path, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="has no session 's-99'; `backstride sessions` lists them"):
        read(data, "s-99")
    with pytest.raises(StorageError, match="no journal at"):
        read(tmp_path, "s-1")
    (tmp_path / "sessions.db").write_bytes(b"not a database at all, but long enough to be one")
    with pytest.raises(StorageError):
        read(tmp_path, "s-1")


def test_reading_changes_nothing(data: Path) -> None:
    with closing(sqlite3.connect(data / "sessions.db")) as db:
        before = db.execute("SELECT count(*) FROM entry").fetchone()
        read(data, "s-1")
        assert db.execute("SELECT count(*) FROM entry").fetchone() == before


@pytest.mark.parametrize("form", Format)
def test_the_command_writes_each_form(form: Format, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "out"
    words = ["session", "export", "s-1", "--format", form, "--data", str(data), "-o", str(path)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0
    assert "3 steps" in result.stdout
    assert path.read_bytes() == export(read(data, "s-1"), form)
    assert path.stat().st_mode & 0o777 == 0o600, "a heart by the second"


def test_the_folder_of_a_demo_is_found_as_it_is_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "hub").symlink_to(data)
    (tmp_path / "hub.toml").write_text('data = "somewhere/hub"\n', encoding="utf-8")
    words = [
        "session",
        "export",
        "s-1",
        "--format",
        "csv",
        "--data",
        str(tmp_path),
        "-o",
        str(tmp_path / "out"),
    ]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    shown = CliRunner().invoke(app, ["session", "show", "s-1", "--json", "--data", str(tmp_path)])
    assert json.loads(shown.stdout)["session"] == "s-1"


def test_heart_rates_that_were_forgotten_are_in_no_file(tmp_path: Path) -> None:
    recorded(tmp_path, SHORT)
    record = read(tmp_path, "s-1")
    assert any(s.hr_bpm for s in record.samples)
    window = Window("hr-01", record.begin_ms - 10_000, record.end_ms + 10_000)
    assert EmbeddedMeasured(tmp_path / "metrics.db").forget_heart_rates(window, "tm-01", dry_run=False)
    record = read(tmp_path, "s-1")
    assert {s.hr_bpm for s in record.samples} == {None}
    assert set(activity_by_garmin(export(record, Format.FIT)).hearts) == {None}
