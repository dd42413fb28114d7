"""A member's session over the bus: the store's gates at its start, the store's record after its end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from members_rig import BODY, WREN, screening, session
from session_floor import SITE, FloorDesk, SessionFloor
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.clock import ManualClock
from device_adapters.contract.phrase import english
from device_adapters.errors import StorageError
from device_adapters.safety.limits import Goal, Level
from device_adapters.units import HOUR_MS
from services.history.model import LONGEST_MS
from services.members.clean import Judged
from services.members.model import Answers, HeartSource, Purpose
from services.members.people import MemberDetails
from services.members.store import Members
from services.programme import own
from services.programme.parse import SCHEMA
from services.session import record
from services.session.journal import Entry, Journal
from services.session.journalled import StartRecord
from services.session.service import SessionService

QUICK: dict[str, Any] = {"goal": "mobility", "hr_max_bpm": 222, "spotter": True}


@dataclass
class MembersGym:
    """One treadmill, one desk, one session service, one members store; virtual time."""

    path: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(now_ms=50_000))
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    away: bool = False
    service: asyncio.Task[None] | None = None
    floor: SessionFloor = field(init=False)
    desk: FloorDesk = field(init=False)
    store: Members = field(init=False)
    journal: Journal = field(init=False)

    async def open(self) -> None:
        unit_bus, desk_bus = (MemoryBus(self.broker, client_id=name) for name in ("unit", "desk"))
        self.store = self._open_store()
        self.floor, self.desk = SessionFloor(unit_bus, self.clock, 2), FloorDesk(desk_bus)
        self.tasks += [asyncio.create_task(bus.run()) for bus in (unit_bus, desk_bus)]
        await until(lambda: unit_bus.connected and desk_bus.connected)
        self.tasks.append(asyncio.create_task(self.floor.run()))
        await self.serve()

    def _open_store(self) -> Members:
        if self.away:
            raise StorageError("away")
        return Members(f"sqlite:///{self.path / 'members.db'}", self.clock.wall_ms)

    async def serve(self) -> None:
        self.journal = Journal(self.path / "sessions.db")
        bus, ready = MemoryBus(self.broker, client_id="session"), asyncio.Event()
        service = SessionService(
            bus, SITE, self.clock, self.journal, "session", self._open_store,
            read_own=lambda: own.read(self.path / own.FOLDER),
        )  # fmt: skip
        self.service = asyncio.create_task(service.run(ready.set))
        await until(ready.is_set)
        await self.run(600)

    async def vanish(self) -> None:
        assert self.service is not None
        self.service.cancel()
        while not self.service.done():  # it brings its belts to rest first
            await self.clock.advance(100)
        self.journal.close()

    async def close(self) -> None:
        await self.vanish()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.store.close()

    async def run(self, ms: int) -> None:
        for _ in range(ms // 50):
            await self.clock.advance(50)

    def member(self, person: MemberDetails = WREN, **answers: Any) -> str:
        id_ = self.store.create(person, by="Anna")
        self.store.screen(id_, screening(at_ms=self.clock.wall_ms(), **answers))
        self.store.consent(id_, Purpose.SESSION_RECORDS, text_version="1", by="Anna")
        return id_

    async def train(self, member: str, **changes: Any) -> str:
        """A whole session; its id."""
        reply = await self.desk.start("tm-01", member=member, **{**QUICK, **changes})
        assert reply.ok, reply.text
        await self.run(400)
        await until(lambda: any(c.verb == "start" for c in self.floor.commands["tm-01"]))
        while self.desk.phase() != "ended":
            await self.clock.advance(2_000)
        return reply.session

    async def history(self, member: str) -> list[Judged]:
        await until(lambda: self.store.history(member, by="test") != ())
        return list(self.store.history(member, by="test"))


@pytest.fixture
async def gym(tmp_path: Path) -> AsyncIterator[MembersGym]:
    made = MembersGym(tmp_path)
    await made.open()
    yield made
    await made.close()


async def test_what_the_store_knows_takes_the_place_of_what_the_request_says(gym: MembersGym) -> None:
    member = gym.member(MemberDetails(name="W", alias="Wren", body=BODY))
    reply = await gym.desk.start("tm-01", member=member, alias="Somebody", **QUICK)
    assert reply.ok, reply.text
    assert "The hr_max_bpm given is not used: the member's own is 177 bpm." in reply.text
    await gym.run(400)
    view = gym.desk.view()
    assert (view.member, view.alias, view.hr_max_bpm) == (member, "Wren", 177)  # 43 in 2023
    assert view.hr_limit_bpm == 177 * 65 // 100


@pytest.mark.parametrize(
    ("agreed", "off_board", "shown"), [(True, False, True), (False, False, False), (True, True, False)]
)
async def test_the_wall_may_show_only_who_agreed_and_did_not_opt_out(
    gym: MembersGym, agreed: bool, off_board: bool, shown: bool
) -> None:
    member = gym.member(MemberDetails(name="W", alias="Wren", body=BODY, off_board=off_board))
    if agreed:
        gym.store.consent(member, Purpose.WALL_BOARD, text_version="1", by="Anna")
    reply = await gym.desk.start("tm-01", member=member, **QUICK)
    assert reply.ok, reply.text
    await gym.run(400)
    assert gym.desk.view().on_board is shown


async def test_a_resting_heart_rate_lowers_the_ceiling_to_the_share_of_the_reserve(gym: MembersGym) -> None:
    member = gym.store.create(
        MemberDetails(
            name="W", alias="Wren",
            body=type(BODY)(birth_year=1980, hr_rest_bpm=45, hr_rest_source=HeartSource.MEASURED),
        ),
        by="Anna",
    )  # fmt: skip
    gym.store.screen(member, screening(at_ms=gym.clock.wall_ms()))
    gym.store.consent(member, Purpose.SESSION_RECORDS, text_version="1", by="Anna")
    assert (await gym.desk.start("tm-01", member=member, **QUICK)).ok
    await gym.run(400)
    assert gym.desk.view().hr_limit_bpm == 45 + (177 - 45) * 50 // 100


async def test_a_session_is_summed_up_in_the_store_and_its_answers_make_it_clean(gym: MembersGym) -> None:
    member = gym.member()
    id_ = await gym.train(member)
    (judged,) = await gym.history(member)
    told = judged.record
    assert (told.session, told.outcome, told.done, told.treadmill) == (id_, "completed", True, "tm-01")
    assert (told.goal, told.level, told.strap) == (Goal.MOBILITY, Level.NOVICE, "hr-01")
    assert told.speed_max_ckmh == 140
    assert told.actual_s is not None
    assert abs(told.actual_s - told.planned_s) <= 5
    assert told.hr_over_s == 0
    assert english(judged.unclean) == "RPE and pain were not answered"
    await gym.desk.ask("feedback", rpe=11, pain=1, session=id_)
    unanswered = "the pain of the next day was not answered"
    await until(lambda: str(gym.store.history(member, by="test")[0].unclean) == unanswered)
    gym.store.answer(id_, Answers(pain_next_day=2), by="Anna")
    (judged,) = await gym.history(member)
    assert (judged.record.answers, judged.unclean) == (Answers(rpe=11, pain=1, pain_next_day=2), None)


async def begun(gym: MembersGym, member: str) -> str:
    """A session of the member that runs."""
    reply = await gym.desk.start("tm-01", member=member, **QUICK)
    assert reply.ok, reply.text
    await gym.run(400)
    await until(lambda: any(c.verb == "start" for c in gym.floor.commands["tm-01"]))
    while gym.desk.phase() != "running":
        await gym.run(500)
    return reply.session


async def ended(gym: MembersGym) -> None:
    while gym.desk.phase() != "ended":
        await gym.clock.advance(2_000)


@pytest.mark.parametrize("phase", ["running", "paused", "stopping"])
async def test_what_the_member_says_while_the_session_runs_is_kept_with_it(
    gym: MembersGym, phase: str
) -> None:
    member = gym.member()
    await begun(gym, member)
    if phase != "running":
        assert (await gym.desk.ask("pause" if phase == "paused" else "stop")).ok
    while gym.desk.phase() != phase:
        await gym.run(100)
    assert (await gym.desk.ask("feedback", rpe=14)).ok
    assert (await gym.desk.ask("feedback", rpe=12, text="better now")).ok
    assert (await gym.desk.ask("feedback", pain=2, by="Ben")).ok
    if phase == "paused":
        assert (await gym.desk.ask("stop")).ok
    await ended(gym)
    await gym.history(member)
    await until(
        lambda: gym.store.history(member, by="test")[0].record.answers == Answers(rpe=12, pain=2), seconds=60
    )
    assert ("Ben", "answered") in [(line.by, line.what) for line in gym.store.audit(member)]


async def test_what_was_said_reaches_a_store_that_was_away_also_after_a_restart(gym: MembersGym) -> None:
    member = gym.member()
    id_ = await gym.train(member)
    await gym.history(member)
    await gym.vanish()
    gym.away = True
    await gym.serve()
    for rpe, pain in ((15, None), (11, 1)):
        gym.journal.append([record.answers(id_, "tm-01", member, "Anna", rpe, pain, gym.clock.wall_ms())])
    await gym.vanish()
    gym.away = False
    await gym.serve()
    await until(
        lambda: gym.store.history(member, by="test")[0].record.answers == Answers(rpe=11, pain=1), seconds=60
    )
    gym.store.answer(id_, Answers(pain=3), by="Ben")
    await gym.vanish()
    await gym.serve()
    await gym.run(2_000)
    assert gym.store.history(member, by="test")[0].record.answers == Answers(rpe=11, pain=3), (
        "the newer stays"
    )


async def test_what_was_said_of_a_session_that_its_service_left_is_kept(gym: MembersGym) -> None:
    member = gym.member()
    await gym.vanish()
    journal = Journal(gym.path / "sessions.db")
    began = StartRecord(Goal.KNEE_STRENGTH, Level.NOVICE, "p", member, "Anna")
    at = gym.clock.wall_ms() - HOUR_MS
    journal.append([Entry(at, "s-old", "tm-01", "start", msgspec.json.encode(began))])
    journal.append([record.answers("s-old", "tm-01", member, "Anna", 13, None, at)])
    journal.close()
    await gym.serve()
    await gym.history(member)
    await until(lambda: gym.store.history(member, by="test")[0].record.answers == Answers(rpe=13), seconds=60)


async def test_a_heart_over_its_ceiling_makes_a_session_unclean(gym: MembersGym) -> None:
    member = gym.member(MemberDetails(name="O", alias="Owl", body=type(BODY)(birth_year=1961)))
    training = asyncio.create_task(gym.train(member))
    await until(lambda: gym.desk.phase() == "running", seconds=60)
    gym.floor.hr_bpm = 104  # of 158: the ceiling is 102, and over it none is started
    await training
    (judged,) = await gym.history(member)
    assert judged.record.hr_over_s is not None
    assert judged.record.hr_over_s >= 10


async def test_gates_refuse_with_cause_and_words(gym: MembersGym) -> None:
    member = gym.member(fall_12_months=True, clinician_ok_by="Dr. Roe")
    reply = await gym.desk.start("tm-01", member=member, **{**QUICK, "spotter": False})
    assert (reply.ok, reply.cause) == (False, "arms_reach")
    assert (await gym.desk.start("tm-01", member=member, **QUICK)).ok
    reply = await gym.desk.start("tm-02", member=member, **QUICK)
    assert (reply.cause, reply.text) == (
        "member_busy", "This member trains on tm-01; end that session first.",
    )  # fmt: skip
    assert (await gym.desk.start("tm-02", member="m-none", **QUICK)).cause == "unknown_member"
    reply = await gym.desk.start(
        "tm-02",
        member=gym.member(MemberDetails(name="F", alias="Finch", body=BODY)),
        **{**QUICK, "level": "intermediate"},
    )
    assert reply.cause == "level_not_signed_off"
    await gym.run(100)
    refusals = [e.cause for e in gym.desk.events if e.kind == "request_refused"]
    assert refusals == ["arms_reach", "member_busy", "unknown_member", "level_not_signed_off"]


async def test_the_gap_to_the_last_session_holds_until_staff_give_a_reason(gym: MembersGym) -> None:
    member = gym.member()
    ended = gym.clock.wall_ms() - 30 * HOUR_MS
    gym.store.record(member, session(0, Goal.CONDITIONING, began_ms=ended - 900_000, ended_ms=ended))
    reply = await gym.desk.start("tm-01", member=member, goal="conditioning")
    assert reply.cause == "minimum_gap"
    assert "Staff may allow it now with a reason" in reply.text
    why = "travels tomorrow"
    assert (await gym.desk.start("tm-01", member=member, goal="conditioning", why=why)).ok
    await gym.run(400)
    await until(lambda: any(c.verb == "start" for c in gym.floor.commands["tm-01"]))
    await gym.run(2_000)
    await gym.desk.ask("stop")
    while gym.desk.phase() != "ended":
        await gym.run(500)
    await until(lambda: len(gym.store.history(member, by="test")) == 2)
    told = gym.store.history(member, by="test")[1].record
    assert (told.override_why, told.outcome, told.cause, told.done) == (
        why,
        "stopped",
        "stop_requested",
        False,
    )


async def test_what_a_person_sets_aside_is_in_the_audit_whatever_door_it_came_through(
    gym: MembersGym,
) -> None:
    """Page, REST, command line and MQTT all end in one request on the bus; who makes it is all the same."""
    member = gym.member()
    ended = gym.clock.wall_ms() - 30 * HOUR_MS
    gym.store.record(member, session(0, Goal.CONDITIONING, began_ms=ended - 900_000, ended_ms=ended))
    started = await gym.desk.start(
        "tm-01", member=member, goal="conditioning", strap="hr-02", why="travels tomorrow", by="Anna"
    )
    assert started.ok, started.text
    await gym.run(400)
    await until(lambda: any(c.verb == "start" for c in gym.floor.commands["tm-01"]))
    while gym.desk.phase() != "running":
        await gym.run(500)
    raised = await gym.desk.ask("adjust", speed_max_kmh=4.8, why="watched", minutes=5, by="Ben")
    assert raised.ok, raised.text
    waived = await gym.desk.start("tm-02", waiver="strap is wet", by="Cem")
    assert waived.ok, waived.text

    def told(about: str) -> list[tuple[str, str]]:
        return [(line.by, line.what) for line in gym.store.audit(about)]

    await until(lambda: ("Ben", "raised a limit") in told(member))
    assert ("Anna", "set a gate aside") in told(member)
    await until(lambda: ("Cem", "waived heart rate") in told("tm-02"))
    assert [line.what for line in gym.store.audit() if line.what == "waived heart rate"] == [
        "waived heart rate"
    ]


async def test_a_start_that_sets_nothing_aside_leaves_no_such_line(gym: MembersGym) -> None:
    member = gym.member()
    assert (await gym.desk.start("tm-01", member=member, why="a word", **QUICK)).ok
    await gym.run(2_000)
    assert {line.what for line in gym.store.audit(member)} <= {
        "created",
        "screened",
        "consented session_records",
    }


async def test_a_guest_is_a_novice(gym: MembersGym) -> None:
    reply = await gym.desk.start("tm-01", **{**QUICK, "level": "intermediate"})
    assert (reply.ok, reply.cause) == (False, "guest_novice_only")
    assert (await gym.desk.start("tm-01", **QUICK)).ok


async def test_nobody_trains_who_was_not_asked(gym: MembersGym) -> None:
    """A guest the whole screening, a member at each start what has changed."""
    reply = await gym.desk.start("tm-01", **{**QUICK, "screened": False})
    assert (reply.ok, reply.cause) == (False, "guest_not_screened")
    member = gym.member()
    reply = await gym.desk.start("tm-01", member=member, **{**QUICK, "screened": False})
    assert (reply.ok, reply.cause) == (False, "changes_not_asked")
    reply = await gym.desk.start("tm-01", member="m-none", **{**QUICK, "screened": False})
    assert reply.cause == "unknown_member"
    assert (await gym.desk.start("tm-01", member=member, **QUICK)).ok


@pytest.mark.parametrize("beside", ["spotter", "harness"])
async def test_a_mobility_guest_has_somebody_at_arms_reach_as_a_member_has(
    gym: MembersGym, beside: str
) -> None:
    """A guest is a novice of whom nothing is known (domain.md §2 table, supervision)."""
    alone = {**QUICK, "spotter": False}
    for who in ("", gym.member()):
        reply = await gym.desk.start("tm-01", member=who, **alone)
        assert (reply.ok, reply.cause) == (False, "arms_reach")
    assert (await gym.desk.start("tm-01", **{**alone, beside: True})).ok
    assert (await gym.desk.start("tm-02", goal="conditioning")).ok


async def test_a_guest_is_held_to_the_speed_that_asks_for_no_timed_walk(gym: MembersGym) -> None:
    assert (await gym.desk.start("tm-01", goal="athletic")).ok
    await until(lambda: gym.desk.views["tm-01"] != [])
    limits = gym.desk.view().limits
    assert limits is not None
    assert limits.speed_max_kmh == 4.5
    reply = await gym.desk.ask("adjust", "tm-01", speed_max_kmh=4.6, why="fit", minutes=10)
    assert (reply.ok, reply.cause) == (False, "over_ceiling")


async def test_with_the_store_away_members_wait_and_guests_train(gym: MembersGym) -> None:
    member = gym.member()
    await gym.vanish()
    gym.away = True
    await gym.serve()
    reply = await gym.desk.start("tm-01", member=member, **QUICK)
    assert (reply.ok, reply.cause) == (False, "members_unavailable")
    assert (await gym.desk.start("tm-02", **QUICK)).ok
    gym.away = False
    assert (await gym.desk.start("tm-01", member=member, **QUICK)).ok


async def test_a_summary_that_the_store_missed_is_handed_over_after_a_restart(gym: MembersGym) -> None:
    member = gym.member()
    await gym.vanish()
    now = gym.clock.wall_ms()
    told = session(0, began_ms=now - 900_000, ended_ms=now - 300_000, answers={"rpe": None, "pain": None})
    journal = Journal(gym.path / "sessions.db")
    journal.append([record.summary(member, told, now)])
    journal.close()
    await gym.serve()
    assert [judged.record for judged in await gym.history(member)] == [told]


async def test_a_session_whose_service_vanished_takes_its_place_in_the_history(gym: MembersGym) -> None:
    member = gym.member()
    await gym.vanish()
    journal = Journal(gym.path / "sessions.db")
    at = gym.clock.wall_ms() - LONGEST_MS // 2
    began = StartRecord(Goal.KNEE_STRENGTH, Level.NOVICE, "p", member, "Anna")
    journal.append([Entry(at, "s-old", "tm-01", "start", msgspec.json.encode(began))])
    journal.close()
    await gym.serve()
    (judged,) = await gym.history(member)
    assert (judged.record.outcome, judged.record.cause) == ("interrupted", "service_vanished")
    assert (judged.record.actual_s, judged.record.done) == (None, False)
    assert (await gym.desk.start("tm-01", member=member, **QUICK)).cause == "minimum_gap"


MINE = """schema = "backstride-programme/1"
name = "Mine"
goal = "mobility"
level = "novice"
[[step]]
kind = "active"
facing = "retro"
time_s = 60
speed_kmh = 1.2
"""


async def test_a_file_is_run_and_so_is_what_the_gym_added_to_its_own(gym: MembersGym) -> None:
    mine = MINE.replace("backstride-programme/1", SCHEMA)
    reply = await gym.desk.start("tm-01", programme="mine.toml", programme_text=mine)
    assert reply.ok, reply.text
    await gym.run(1_000)
    assert gym.desk.view("tm-01").programme == "Mine"
    unknown = await gym.desk.start("tm-02", programme="Mine")
    assert unknown.cause == "no_programme"
    own.add(gym.path / own.FOLDER, mine, "mine.toml")
    await gym.run(2_500)
    async with asyncio.timeout(60):  # a thread reads it
        while (added := await gym.desk.start("tm-02", programme="Mine")).cause == "no_programme":
            await asyncio.sleep(0.05)
            await gym.run(100)
    assert added.ok, added.text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("speed_kmh = 1.2", "speed_kmh = 2.9"), "2.9 is above 1.5 km/h, the speed limit of mobility novice"),
        (('level = "novice"', 'level = "advanced"'), "it is for mobility advanced; start it with that goal and level"),
        (("[[step]]", "[[stop]]"), "mine.toml"),
    ],
)  # fmt: skip
async def test_a_file_that_breaks_a_limit_or_is_for_another_goal_is_refused(
    gym: MembersGym, change: tuple[str, str], says: str
) -> None:
    mine = MINE.replace("backstride-programme/1", SCHEMA).replace(*change)
    reply = await gym.desk.start("tm-01", programme="mine.toml", programme_text=mine)
    assert (reply.ok, reply.cause) == (False, "no_programme")
    assert says in reply.text
    assert gym.floor.units["tm-01"].belt.speed_ckmh == 0
