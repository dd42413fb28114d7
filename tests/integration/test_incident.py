"""An incident's file, made and verified at the terminal; and the journal's chain, whatever is done to it later."""

import io
import json
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.main import app
from services.console.incident_notes import IncidentNotes, note_of
from services.hub import authority
from services.session import chain
from services.session.journal import Entry, Journal
from services.store_folder import INCIDENT_NOTES

NOW = 1_790_000_000_000
MEMBER = "m-7kq2"


class IncidentHub:
    """A hub's settings, authority and journal; two members trained."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "hub.toml"
        self.config.write_text(f'data = "{folder}"\n[broker]\nurl = "mqtt://u:very-secret@127.0.0.1"\n')
        office = folder / "office"
        office.mkdir()
        pair = authority.new_authority("gym", datetime.fromtimestamp(NOW / 1000, UTC))
        (office / "authority.crt").write_bytes(pair.certificate)
        (office / "authority.key").write_bytes(pair.key)
        with closing(Journal(self.journal)) as journal:
            for n in range(4):
                journal.append(
                    [self._entry(n, "s-1", MEMBER, "tm-01"), self._entry(n, "s-2", "m-other", "tm-02")]
                )

    @property
    def journal(self) -> Path:
        return self.folder / "sessions.db"

    def _entry(self, n: int, session: str, member: str, treadmill: str) -> Entry:
        kind = ("start", "event", "event", "end")[n]
        started = {"goal": "mobility", "level": "novice", "programme": "p", "member": member, "by": "session"}
        body = {"start": started, "end": {"outcome": "stopped"}}.get(kind, {"n": n, "member": member})
        return Entry(NOW + 1_000 * n, session, treadmill, kind, json.dumps(body).encode())

    def run(self, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["incident", *words, "--folder", str(self.folder)])
        return done.exit_code, done.output + str(done.exception or "")

    def recorded(self, *more: str) -> Path:
        path = self.folder / "incident.zip"
        code, said = self.run(
            "record", "s-1", "--config", str(self.config), "--what", "Stumbled, caught the rail.", "--injury", "none",
            "--by", "Kim", "--witness", "staff A", "--measures", "stopped, rested", "-o", str(path), *more,
        )  # fmt: skip
        assert code == 0, said
        assert path.stat().st_mode & 0o777 == 0o600
        return path

    def verify(self, path: Path, *more: str) -> tuple[int, str]:
        return self.run("verify", str(path), "--config", str(self.config), *more)

    def sql(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.journal)) as db:
            for statement in statements:
                db.execute(statement)
            db.commit()


@pytest.fixture
def hub(tmp_path: Path) -> IncidentHub:
    return IncidentHub(tmp_path)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(path: Path, content: dict[str, bytes]) -> Path:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    path.write_bytes(made.getvalue())
    return path


def test_a_file_holds_what_was_said_and_its_evidence_and_nobody_elses(
    hub: IncidentHub, tmp_path: Path
) -> None:
    extra = tmp_path / "commissioning.json"
    extra.write_text("{}")
    held = parts(hub.recorded("--also", str(extra)))
    told = json.loads(held["incident.json"])
    assert [told[key] for key in ("member", "injury", "witnesses")] == [MEMBER, "none", ["staff A"]]
    assert {"journal.json", "telemetry.json", "events.json", "about.json", "settings.json"} <= held.keys()
    assert held["also/commissioning.json"] == b"{}"
    records = json.loads(held["journal.json"])["records"]
    assert len(records) == 7  # from its own first to its own last, three of another session between them
    assert [r["row"] is not None for r in records] == [True, False, True, False, True, False, True]
    everything = b"".join(held.values())
    assert b"very-secret" not in everything
    assert b"m-other" not in bytes.fromhex("".join(r["row"][5] for r in records if r["row"]))


def test_a_file_that_nobody_touched_holds(hub: IncidentHub) -> None:
    code, said = hub.verify(hub.recorded())
    assert (code, "nothing was changed" in said, "(this site)" in said) == (0, True, True)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("incident.json", "incident.json was changed"),
        ("list.json", "not signed"),
        ("journal.json", "was changed"),
    ],
)
def test_a_part_that_was_changed_is_seen(hub: IncidentHub, name: str, why: str) -> None:
    path = hub.recorded()
    held = parts(path)
    held[name] = held[name].replace(b'"', b' "', 1)
    code, said = hub.verify(written(path, held))
    assert code == 1
    assert why in said


@pytest.mark.parametrize("name", ["incident.json", "journal.json"])
@pytest.mark.parametrize("content", [b"[" * 100_000, b"9" * 5_000, b"[]", b"\xff", b"{}"])
def test_a_part_that_is_nothing_is_told_with_its_file(hub: IncidentHub, name: str, content: bytes) -> None:
    path = hub.recorded()
    code, said = hub.verify(written(path, {**parts(path), name: content}))
    assert code == 1
    if name == "incident.json":
        assert "incident.json was changed" in said
    else:
        assert f"{path}: this is no incident's file, or is damaged: its journal cannot be read" in said


def test_a_part_that_is_missing_or_new_and_another_authority_are_seen(hub: IncidentHub) -> None:
    path = hub.recorded()
    held = parts(path)
    telemetry = held.pop("telemetry.json")
    assert "telemetry.json is missing" in hub.verify(written(path, held))[1]
    more = {**held, "telemetry.json": telemetry, "more.json": b""}
    assert "more.json is not in the list" in hub.verify(written(path, more))[1]
    other = authority.new_authority("other", datetime.fromtimestamp(NOW / 1000, UTC))
    path = hub.recorded()
    (hub.folder / "office/authority.crt").write_bytes(other.certificate)
    assert "another authority" in hub.verify(path)[1]


@pytest.mark.parametrize(
    ("done", "why"),
    [
        ("UPDATE entry SET body = X'7B7D' WHERE seq = 3", "record 3 was changed"),
        ("DELETE FROM entry WHERE seq = 5", "record 5 is gone"),
        ("DELETE FROM chain WHERE seq = 3", "record 3: the journal's chain is another one"),
    ],
)
def test_a_journal_that_was_changed_later_is_seen(hub: IncidentHub, done: str, why: str) -> None:
    path = hub.recorded()
    hub.sql("DROP TRIGGER entry_stays", done)
    code, said = hub.verify(path)
    assert code == 1
    assert why in said


def test_a_chain_that_was_made_anew_over_a_changed_journal_is_another_one(hub: IncidentHub) -> None:
    path = hub.recorded()
    hub.sql("DROP TRIGGER entry_stays", "UPDATE entry SET body = X'7B7D' WHERE seq = 3", "DELETE FROM chain")
    Journal(hub.journal).close()
    code, said = hub.verify(path)
    assert code == 1
    assert "record 3: the journal's chain is another one" in said
    assert "record 1:" not in said


def test_what_was_forgotten_by_a_wish_or_by_age_breaks_nothing(hub: IncidentHub) -> None:
    path = hub.recorded()
    with closing(Journal(hub.journal)) as journal:
        journal.forget_member("m-other")
        journal.forget_member(MEMBER)
        assert journal.forget_before(NOW + 1_500, dry_run=False) == 4
        journal.append([Entry(NOW + 9_000, "s-3", "tm-01", "start", b"{}")])
    code, said = hub.verify(path)
    assert (code, "record 1 was let go since (age)" in said) == (1, True)
    assert hub.verify(path, "--let-go")[0] == 0
    with closing(sqlite3.connect(hub.journal)) as db:
        assert chain.broken(chain.FIRST, list(chain.links(db, 0))) == []
        assert [each.let_go for each in chain.links(db, 0)][:2] == ["age", "age"]


def test_a_record_that_says_it_was_let_go_or_slips_in_beside_the_chain_is_seen(hub: IncidentHub) -> None:
    path = hub.recorded()
    hub.sql(
        "DROP TRIGGER entry_stays",
        "UPDATE chain SET let_go = 'age' WHERE seq = 3",
        "UPDATE entry SET body = X'7B7D' WHERE seq = 3",
        "INSERT INTO entry (seq, at_ms, session, treadmill, kind, body) "
        "VALUES (-1, 1, 's-1', 'tm-01', 'event', X'7B7D')",
    )
    code, said = hub.verify(path)
    assert code == 1
    assert "record 3 was let go since (age)" in said
    assert "record -1 of the journal is in no chain" in said
    words = ("--what", "Seen again.", "--injury", "none", "--by", "Kim", "-o", str(hub.folder / "later.zip"))
    assert (
        "record -1 of the journal is in no chain"
        in hub.run("record", "s-1", "--config", str(hub.config), *words)[1]
    )


def test_what_staff_noted_in_the_console_is_what_is_signed(hub: IncidentHub) -> None:
    """The latest note; what is given at the terminal stands before it. Its member is the journal's."""
    words, path = ("record", "s-1", "--config", str(hub.config), "--noted"), hub.folder / "noted.zip"
    assert "nothing was noted" in hub.run(*words)[1]
    notes = IncidentNotes(hub.folder)
    for what in ("Stumbled.", "Fell at the turn."):
        form = {"what": what, "injury": "suspected", "measures": "ice", "witnesses": "staff A\nB. K."}
        note = note_of("s-1", form, "staff u-1", NOW)
        assert note is not None
        notes.keep(note)
    assert hub.run(*words, "--by", "Kim", "-o", str(path))[0] == 0
    with zipfile.ZipFile(path) as archive:
        told = json.loads(archive.read("incident.json"))
    assert told["member"] == MEMBER
    assert [told[name] for name in ("what", "injury", "by", "measures", "witnesses")] == [
        "Fell at the turn.", "suspected", "Kim", "ice", ["staff A", "B. K."],
    ]  # fmt: skip
    assert hub.verify(path)[0] == 0
    (hub.folder / INCIDENT_NOTES).write_text("no notes")
    assert "give --what" in hub.run(*words)[1]


def test_a_signer_whom_nobody_here_knows_is_no_witness(hub: IncidentHub) -> None:
    path = hub.recorded()
    root = hub.folder / "office/authority.crt"
    known = authority.fingerprint(root.read_bytes()).hex()
    root.unlink()
    code, said = hub.verify(path)
    assert (code, "give --signer" in said) == (1, True)
    assert hub.verify(path, "--signer", known.upper())[0] == 0
    assert hub.verify(path, "--signer", "00" * 32)[0] == 1


SIZE_OF_THE_FIRST_PART = 24
"""In what a zip archive's list says of it (APPNOTE.TXT 4.3.12)."""


@pytest.mark.parametrize("every", [3, 50, 500, 0])
def test_a_file_that_was_damaged_is_told(hub: IncidentHub, every: int) -> None:
    path = hub.recorded()
    data = bytearray(path.read_bytes())
    size_at = data.index(b"PK\1\2") + SIZE_OF_THE_FIRST_PART
    for at in range(40, len(data), every) if every else range(size_at, size_at + 4):
        data[at] ^= 0xFF
    path.write_bytes(data)
    code, said = hub.verify(path)
    assert code != 0
    assert "CHANGED" in said or "no incident's file" in said


def test_a_journal_of_an_earlier_release_is_taken_into_the_chain_as_it_is(hub: IncidentHub) -> None:
    hub.sql("DROP TABLE chain")
    Journal(hub.journal).close()
    assert hub.verify(hub.recorded())[0] == 0


def test_what_is_no_session_and_no_file_is_told(hub: IncidentHub, tmp_path: Path) -> None:
    words = ("--config", str(hub.config), "--what", "x" * 5, "--injury", "none", "--by", "Kim")
    assert "has no session" in hub.run("record", "s-9", *words)[1]
    (tmp_path / "no.zip").write_bytes(b"PK")
    assert "no incident's file" in hub.verify(tmp_path / "no.zip")[1]
