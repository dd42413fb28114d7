"""The service crashes at every write to its journal: no session that moved a belt is lost, none is resumed."""

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from session_rig import STEP_MS, EngineUnit, programme, step

from device_adapters.clock import ManualClock
from device_adapters.contract import boundary, registry
from device_adapters.contract import messages as m
from device_adapters.safety import events as unit_events
from services.programme.model import ForTime, StepKind
from services.session import interrupted
from services.session.accounts import Accounts
from services.session.engine.events import Ask, Start, Tell
from services.session.engine.state import Asker, Wanted
from services.session.floor import Floor
from services.session.journal import Entry, Journal
from services.session.members_client import MembersClient, no_members

SESSION = "s-1"
PLAN = programme(step(200, ForTime(15), kind=StepKind.WARMUP), step(250, ForTime(15)), step(200, ForTime(10)))
SCRIPT: dict[int, Callable[[Asker], Any]] = {
    14_000: lambda by: Ask(by, "pause"),
    20_000: lambda by: Ask(by, "resume"),
    29_000: lambda by: Tell(asker=by, verb="note", text="steady"),
    31_000: lambda by: Ask(by, "skip"),
    33_000: lambda by: Ask(by, "slower"),
}


class CrashError(Exception):
    """The process is gone."""


@dataclass
class CrashingHub:
    """A unit, its belt, a disk, and the session service's floor as long as it lives. Virtual time.

    The crash comes at write number `crash_at`, before or after (`kept`) the disk has it.
    """

    path: Path
    crash_at: int
    kept: bool = False
    unit: EngineUnit = field(default_factory=EngineUnit)
    clock: ManualClock = field(default_factory=lambda: ManualClock(now_ms=1_000_000))
    sent: list[tuple[str, Any]] = field(default_factory=list)
    writes: int = 0
    holders: int = 0
    floor: Floor | None = None
    _seq: int = 0
    _said: m.TreadmillState | None = None

    # What the floor sees of its process: lanes, recorder and inbox.

    def send(self, treadmill: str, channel: Any, message: Any, id: str = "") -> None:
        if self.floor is None:
            return
        self.sent.append((channel.path, message))
        if channel is registry.LEASE:
            self.unit.feed(boundary.claim_from(message), self.clock.now_ms())
        if channel is registry.COMMAND:
            self.unit.feed(boundary.order_from(message), self.clock.now_ms())

    def put(self, work: Any, on_kept: Callable[[bool], None] | None = None) -> None:
        if not isinstance(work, Entry):
            work()
            return
        crashes = self.writes == self.crash_at
        self.writes += 1
        if not crashes or self.kept:
            self.journal.append([work])
        if crashes:
            self.floor = None
            self.journal.close()
            raise CrashError
        if on_kept is not None:
            on_kept(True)

    def start(self) -> list[str]:
        """A new process; the sessions that it finds open and closes, as the service does when it starts."""
        self.holders += 1
        self.journal = Journal(self.path / "sessions.db")
        shell: Any = self
        accounts = Accounts(self.clock, shell, MembersClient(no_members, self.clock))
        self.floor = Floor(f"session-{self.holders}", self.clock, shell, shell, shell, accounts)
        self._said = None
        found = self.journal.unfinished()
        for started in found:
            assert interrupted.view(started, 0) is not None
            self.put(interrupted.end(started, self.clock.wall_ms()))
        self.floor.unit(m.UnitStatus(unit="unit-01", online=True, boot="boot-1", at_ms=0))
        return [entry.session for entry in found]

    async def run(self, ms: int) -> None:
        """Let time pass for the belt, its unit and the service."""
        for _ in range(ms // STEP_MS):
            await self.clock.advance(STEP_MS)
            now = self.clock.now_ms()
            self.unit.belt.step(STEP_MS)
            self.unit.feed(unit_events.Tick(), now)
            if now % 200 == 0:
                self.unit.feed(unit_events.Measured(self.unit.belt.speed_ckmh, 0), now)
                self._tell()

    def _tell(self) -> None:
        floor = self.floor
        if floor is None:
            return
        said = self.unit.said(0)
        if said != self._said:
            self._said = said
            floor.treadmill(said)
        while self.unit.results and self.floor is not None:
            floor.result(self.unit.results.pop(0))
        self._seq += 1
        floor.measured(
            m.TreadmillTelemetry(
                treadmill="tm-01", boot="boot-1", seq=self._seq, at_ms=self.clock.wall_ms(),
                speed_kmh=self.unit.belt.speed_ckmh / 100,
            )
        )  # fmt: skip
        floor.tick(floor.busy)

    async def play(self) -> None:
        """One session from its request to its end, unless the crash comes."""
        assert self.floor is not None
        wanted = Wanted(session=SESSION, programme=PLAN, strap="hr-01", member="m-7")
        self.floor.feed("tm-01", Start(Asker("r0", "desk", "Anna"), wanted))
        for tenth in range(900):
            await self.run(100)
            event = SCRIPT.get(tenth * 100)
            if event is not None and self.floor is not None:
                self.floor.feed("tm-01", event(Asker(f"r{tenth}", "desk", "Anna")))

    def moved(self) -> bool:
        return any(isinstance(s, m.Command) and s.verb == "start" for _, s in self.sent)


def kinds(path: Path) -> list[tuple[str, str]]:
    journal = Journal(path / "sessions.db")
    found = [(entry.kind, entry.session) for entry in journal.entries(SESSION)]
    journal.close()
    return found


async def undisturbed(path: Path) -> tuple[int, list[tuple[str, str]]]:
    """How many writes the session makes, and what its record is."""
    hub = CrashingHub(path, crash_at=-1)
    hub.start()
    await hub.run(1_000)
    await hub.play()
    assert kinds(path)[-1][0] == "event"
    assert [kind for kind, _ in kinds(path)].count("end") == 1
    hub.journal.close()
    return hub.writes, kinds(path)


@pytest.mark.timeout(300)
async def test_a_crash_at_every_write_loses_no_session_and_resumes_none(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    writes, record = await undisturbed(whole)
    assert writes > 20
    for crash_at in range(writes):
        for kept in (False, True):
            path = tmp_path / f"{crash_at}-{kept}"
            hub = CrashingHub(path, crash_at, kept)
            hub.start()
            await hub.run(1_000)
            with pytest.raises(CrashError):
                await hub.play()
            written = kinds(path)
            assert written == record[: crash_at + kept], "what was written stays, in order"
            assert not hub.moved() or ("start", SESSION) in written, "no belt moved without a record"
            await hub.run(12_000)
            assert hub.unit.belt.speed_ckmh == 0, "the unit stopped it alone"
            ended = ("end", SESSION) in written
            hub.sent.clear()
            found = hub.start()
            assert found == ([SESSION] if written and not ended else [])
            await hub.run(20_000)
            assert not [s for _, s in hub.sent if isinstance(s, m.Lease | m.Command)], "nothing is resumed"
            assert hub.unit.belt.speed_ckmh == 0
            assert hub.journal.unfinished() == []
            hub.journal.close()
            assert [kind for kind, _ in kinds(path)].count("end") == (1 if written else 0)


async def test_a_crash_while_an_interrupted_session_is_closed_leaves_it_to_the_next_start(
    tmp_path: Path,
) -> None:
    for kept in (False, True):
        path = tmp_path / str(kept)
        hub = CrashingHub(path, crash_at=9, kept=True)
        hub.start()
        await hub.run(1_000)
        with pytest.raises(CrashError):
            await hub.play()
        await hub.run(12_000)
        hub.crash_at, hub.kept = hub.writes, kept
        with pytest.raises(CrashError):
            hub.start()
        assert hub.start() == ([] if kept else [SESSION])
        hub.journal.close()
        assert [kind for kind, _ in kinds(path)].count("end") == 1


def test_a_power_cut_at_any_byte_of_the_file_leaves_whole_batches(tmp_path: Path) -> None:
    """Whatever part of the last writes reached the disk: the record is a beginning of what was written."""
    path = tmp_path / "sessions.db"
    journal = Journal(path)
    sizes = [0]
    for batch in range(12):
        journal.append([Entry(batch, "a", "t", "event", bytes(40 * batch)) for _ in range(1 + batch % 3)])
        sizes.append(sizes[-1] + 1 + batch % 3)
    wal = path.with_name("sessions.db-wal")
    data, log = path.read_bytes(), wal.read_bytes()
    journal.close()
    seen = set()
    for cut in range(0, len(log) + 1, 487):
        there = tmp_path / f"cut-{cut}"
        there.mkdir()
        (there / "sessions.db").write_bytes(data)
        (there / "sessions.db-wal").write_bytes(log[:cut])
        after = Journal(there / "sessions.db")
        count = len(after.entries("a"))
        assert count in sizes
        seen.add(count)
        after.append([Entry(99, "b", "t", "start", b"{}")])
        assert [e.session for e in after.unfinished()] == ["b"]
        after.close()
        shutil.rmtree(there)
    assert len(seen) > 5, "the cuts fell between the batches too"


def test_a_journal_that_was_damaged_is_told_and_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    Journal(path).close()
    size = path.stat().st_size
    path.write_bytes(b"\x5a" * size)
    with pytest.raises(Exception, match="journal") as told:
        Journal(path)
    assert not isinstance(told.value, sqlite3.Error)
    assert path.read_bytes() == b"\x5a" * size
