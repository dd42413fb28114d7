"""Export, erasure and retention over the members store, the journal and the embedded store of measurements."""

import json
import sqlite3
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import pytest
from fit_readers import activity_by_garmin
from members_rig import BEGIN_MS, WREN, at, screening, session
from typer.testing import CliRunner

from device_adapters.config import HubConfig
from device_adapters.contract.messages import Event, SessionView, StrapTelemetry, TreadmillTelemetry
from device_adapters.safety.limits import Goal, Level
from device_adapters.units import DAY_MS
from services.cli.main import app
from services.members import forgetting
from services.members.errors import MembersError, UnknownMemberError
from services.members.model import Purpose, SessionRecord
from services.metrics import points
from services.metrics.measured import Window
from services.metrics.sqlite import SqliteSink
from services.privacy import wishes
from services.privacy.hub import HubStores, opened
from services.privacy.retention import retain
from services.session import record
from services.session.journal import Entry
from services.session.journalled import StartRecord

BEATS = (101, 103, 108)


@dataclass
class PrivacyHouse:
    """A hub whose time a test sets, and what its members have done there."""

    folder: Path
    hub: HubStores = field(init=False)
    now: int = BEGIN_MS

    def member(self, *purposes: Purpose) -> str:
        alias = f"{WREN.alias}{len(self.hub.members.search()) or ''}"
        id_ = self.hub.members.create(replace(WREN, alias=alias), by="Anna")
        self.hub.members.screen(id_, screening())
        for purpose in (Purpose.SESSION_RECORDS, *purposes):
            self.hub.members.consent(id_, purpose, text_version="1", by="Anna")
        return id_

    def train(self, member: str, day: float, strap: str = "hr-01") -> SessionRecord:
        """A session as all three stores have it."""
        done = session(day, session=f"s-{member}-{day:g}", strap=strap)
        began = StartRecord(Goal.KNEE_STRENGTH, Level.NOVICE, "p", member, "Anna")
        body = msgspec.json.encode(began)
        self.hub.journal.append(
            [
                Entry(done.began_ms, done.session, "tm-01", "start", body),
                Entry(done.ended_ms, done.session, "tm-01", "end", b'{"outcome":"completed"}'),
                record.summary(member, done, done.ended_ms),
            ]
        )
        self.hub.members.record(member, done)
        sink = SqliteSink(self.folder / "metrics.db")
        rows: list[points.Point] = []
        for n, bpm in enumerate(BEATS):
            frame = StrapTelemetry(
                strap=strap,
                boot=done.session,
                seq=n,
                at_ms=done.began_ms + n * 1000,
                hr_bpm=bpm,
                rr_ms=(600.0,),
            )
            rows += points.strap_frame(strap, frame)
            belt = TreadmillTelemetry(
                treadmill="tm-01", boot=done.session, seq=n, at_ms=done.began_ms + n * 1000, speed_kmh=2.0
            )
            rows += points.treadmill_frame("tm-01", belt)
        view = SessionView(
            session=done.session, treadmill="tm-01", at_ms=done.began_ms, phase="running", programme="p",
            goal=done.goal, level=done.level, member=member, hr_bpm=BEATS[0],
        )  # fmt: skip
        rows += points.session_view("tm-01", view)
        said = Event(
            id=f"e-{done.session}",
            at_ms=done.ended_ms,
            source="session",
            kind="feedback",
            after={"member": member},
        )
        sink.write([*rows, *points.event("", said)])
        sink.close()
        return done

    def beats(self, done: SessionRecord) -> list[int]:
        window = Window(done.strap, done.began_ms, done.ended_ms)
        return [bpm for _, bpm in self.hub.measured.heart_rates(window)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[PrivacyHouse]:
    made = PrivacyHouse(tmp_path)
    with opened(HubConfig(data=str(tmp_path)), lambda: made.now) as hub:
        made.hub = hub
        yield made


def test_everything_of_a_member_is_in_one_file(house: PrivacyHouse, tmp_path: Path) -> None:
    wren, other = house.member(), house.member()
    done = house.train(wren, 0)
    house.train(other, 1)
    file = tmp_path / "wren.zip"
    assert wishes.export(house.hub, wren, file, by="Ben") == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as zipped:
        names = set(zipped.namelist())
        told = json.loads(zipped.read("member.json"))
        audit = json.loads(zipped.read("audit.json"))
        heart = zipped.read(f"sessions/{done.session}-heart.csv").decode().splitlines()
        text = "".join(zipped.read(name).decode() for name in names if not name.endswith(".fit"))
        activity = activity_by_garmin(zipped.read(f"sessions/{done.session}.fit"))
    assert names == {
        "README.txt", "member.json", "audit.json", f"sessions/{done.session}.json", f"sessions/{done.session}.fit",
        f"sessions/{done.session}-heart.csv",
    }  # fmt: skip
    assert activity.seconds == len(BEATS)
    assert told["person"]["name"] == "Wanda Rennick"
    assert told["history"][0]["answers"]["rpe"] == 11
    assert [line.split(",")[1] for line in heart] == ["hr_bpm", "101", "103", "108"]
    assert (audit[-1]["by"], audit[-1]["what"]) == ("Ben", "exported")
    assert other not in text
    with pytest.raises(MembersError, match="--to"):
        wishes.export(house.hub, wren, file, by="Ben")


@pytest.mark.parametrize(("began_h", "runs"), [(0, True), (11, True), (13, False)])
def test_who_trains_now_is_not_erased_half(house: PrivacyHouse, began_h: int, runs: bool) -> None:
    wren, other = house.member(), house.member()
    for member, treadmill in ((wren, "tm-02"), (other, "tm-03")):
        body = msgspec.json.encode(StartRecord(Goal.KNEE_STRENGTH, Level.NOVICE, "p", member, "Anna"))
        began_ms = house.now - began_h * 3_600_000
        house.hub.journal.append([Entry(began_ms, f"s-{member}", treadmill, "start", body)])
    if runs:
        with pytest.raises(MembersError, match=f"^{wren}: a session of this member runs on tm-02; end it"):
            wishes.erase(house.hub, wren, by="Anna")
        assert house.hub.members.portrait(wren, by="Anna").person.alias == "Wren"
        house.hub.journal.append([Entry(house.now, f"s-{wren}", "tm-02", "end", b'{"outcome":"completed"}')])
    wishes.erase(house.hub, wren, by="Anna")
    assert wren.encode() not in b"".join(e.body for e in house.hub.journal.entries(f"s-{wren}"))


def test_an_erased_member_is_nowhere_but_in_the_audit_and_the_sessions_are_nobody_s(
    house: PrivacyHouse, tmp_path: Path
) -> None:
    wren, other = house.member(Purpose.HEART_RATE), house.member(Purpose.HEART_RATE)
    done, kept = house.train(wren, 0), house.train(other, 1)
    wishes.erase(house.hub, wren, by="Anna")
    with pytest.raises(UnknownMemberError):
        house.hub.members.portrait(wren, by="Anna")
    assert house.beats(done) == []
    assert house.beats(kept) == list(BEATS)
    for file in ("sessions.db", "metrics.db", "members.db"):
        db = sqlite3.connect(tmp_path / file)
        said = "\n".join(line for line in db.iterdump() if 'INTO "audit"' not in line)
        db.close()
        assert wren not in said.replace(done.session, ""), file
        assert other in said
    assert [e.kind for e in house.hub.journal.entries(done.session)] == ["start", "end"]
    with house.hub.members.transaction() as db_:
        row = db_.connection().exec_driver_sql(
            "SELECT member, strap, rpe, pain, hr_over_s, speed_max_ckmh, outcome FROM session WHERE id = ?",
            (done.session,),
        ).one()  # fmt: skip
    assert tuple(row) == (None, "", None, None, None, 250, "completed")
    assert [line.what for line in house.hub.members.audit(wren)][-1] == "erased"
    assert house.hub.members.record(wren, done) is False
    with pytest.raises(UnknownMemberError):
        wishes.erase(house.hub, wren, by="Anna")


def test_heart_rates_without_consent_go_at_once_and_others_after_90_days(house: PrivacyHouse) -> None:
    without, consenting = house.member(), house.member(Purpose.HEART_RATE)
    mine, theirs = house.train(without, 0), house.train(consenting, 1)
    house.now = at(2)
    planned = retain(house.hub, by="night", dry_run=True)
    assert (planned.heart_rates_without_consent, planned.heart_rates_old) == (4, 0)
    assert house.beats(mine) == list(BEATS)
    assert retain(house.hub, by="night", dry_run=False) == planned
    assert (house.beats(mine), house.beats(theirs)) == ([], list(BEATS))
    house.now = theirs.ended_ms + 90 * DAY_MS + 1
    told = retain(house.hub, by="night", dry_run=False)
    assert (told.heart_rates_old, told.sessions_summed_up) == (4, 1)
    assert house.beats(theirs) == []
    (judged,) = house.hub.members.history(consenting, by="Anna")
    assert (judged.record.hr_mean_bpm, judged.record.hr_peak_bpm) == (104, 108)
    assert retain(house.hub, by="night", dry_run=False).heart_rates_old == 0


def test_members_go_24_months_after_their_last_visit_and_records_after_3_years(house: PrivacyHouse) -> None:
    wren = house.member()
    done = house.train(wren, 0)
    house.now = done.ended_ms + 730 * DAY_MS
    assert retain(house.hub, by="night", dry_run=False).members_long_gone == 0
    house.now += 1
    assert retain(house.hub, by="night", dry_run=True).members_long_gone == 1
    assert forgetting.long_gone(house.hub.members, house.now) == (wren,)
    assert retain(house.hub, by="night", dry_run=False).members_long_gone == 1
    assert house.hub.members.search() == ()
    house.now = done.ended_ms + 1_095 * DAY_MS + 1
    told = retain(house.hub, by="night", dry_run=False)
    assert (told.safety_records, told.journal_entries) == (1, 2)
    assert told.audit_lines == 3
    assert [line.what for line in house.hub.members.audit()] == ["erased"]


def test_the_commands(tmp_path: Path) -> None:
    house = PrivacyHouse(tmp_path)
    with opened(HubConfig(data=str(tmp_path)), lambda: house.now) as hub:
        house.hub = hub
        wren = house.member()
        house.train(wren, 0)
    config = tmp_path / "hub.toml"
    config.write_text(f'data = "{tmp_path}"\n', encoding="utf-8")

    def run(*words: str, type_in: str = "") -> tuple[int, str]:
        result = CliRunner().invoke(app, [*words, "--config", str(config)], input=type_in)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    file = tmp_path / "all.zip"
    assert run("member", "export", wren, "--to", str(file)) == (
        0, f"{file}: everything of {wren}, 1 sessions\n",
    )  # fmt: skip
    planned = json.loads(run("retention", "--dry-run", "--json")[1])
    assert planned["heart_rates_without_consent"] == 4
    assert run("retention", "--dry-run")[1].startswith("Would be forgotten:\n")
    assert run("member", "erase", wren, type_in="n\n")[0] == 1
    assert run("member", "show", wren)[0] == 0
    assert run("member", "erase", wren, "--yes")[1].startswith(f"{wren}: erased")
