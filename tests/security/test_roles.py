"""A booking program does what its word says: it asks for sessions, and neither raises, clears nor hears a heart."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from session_floor import SITE, unexpected
from test_session_service import ServiceGym
from waiting import until

from device_adapters.bus.memory import MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.permissions import BOOKING, MAY, START_FIELDS, VERBS
from services.session import booking

NAME = "front-desk"
START: dict[str, Any] = {"goal": "conditioning", "level": "novice", "screened": True}
WHOLE: dict[str, dict[str, Any]] = {
    "adjust": {"speed_max_kmh": 1.2},
    "clear": {"latch": "stop_pressed"},
    "rpe": {"rpe": 11},
    "note": {"text": "x"},
    "near_miss": {"text": "x"},
    "feedback": {"rpe": 11},
}
GIVEN: dict[str, Any] = {
    "waiver": "none at hand", "why": "anyway", "spotter": True, "harness": True, "hr_max_bpm": 230,
    "class_id": "c-1",
}  # fmt: skip


class Program:
    """A booking program on the topics that the access list lets it have."""

    def __init__(self, bus: MemoryBus) -> None:
        self.site = SiteBus(bus, SITE, unexpected)
        self.replies: dict[str, m.SessionReply] = {}
        self.briefs: dict[str, list[m.SessionBrief]] = defaultdict(list)
        self.heard: list[bytes] = []
        self._ids = itertools.count(1)
        for channel, id_ in ((registry.SESSION_REPLY, NAME), (registry.SESSION_BRIEF, "+")):
            bus.subscribe(channel.topic(SITE, id_), lambda i: self.heard.append(i.payload))
        self.site.subscribe(
            registry.SESSION_REPLY, lambda _, said: self.replies.update({said.id: said}), NAME
        )
        self.site.subscribe(registry.SESSION_BRIEF, lambda id_, said: self.briefs[id_].append(said))

    async def ask(self, verb: Any, treadmill: str = "tm-01", **more: Any) -> m.SessionReply:
        request = m.SessionRequest(
            id=f"b-{next(self._ids)}", client=NAME, verb=verb, treadmill=treadmill, **{"by": "Anna", **more}
        )
        await self.site.publish(registry.PROGRAM_REQUEST, request, NAME)
        await until(lambda: request.id in self.replies)
        return self.replies[request.id]


@pytest.fixture
async def gym(tmp_path: Path) -> AsyncIterator[ServiceGym]:
    made = ServiceGym(tmp_path)
    await made.open()
    await made.serve()
    yield made
    await made.close()


@pytest.fixture
async def program(gym: ServiceGym) -> AsyncIterator[Program]:
    bus = gym.bus(NAME)
    made = Program(bus)
    task = asyncio.create_task(bus.run())
    await until(lambda: bus.connected)
    yield made
    task.cancel()
    await asyncio.wait([task])


@pytest.mark.parametrize("verb", sorted(VERBS))
async def test_a_program_asks_what_the_table_lets_it_ask_and_nothing_else(
    gym: ServiceGym, program: Program, verb: str
) -> None:
    if verb != "start":
        await gym.start()
    answer = await program.ask(verb, **(START if verb == "start" else WHOLE.get(verb, {})))
    if BOOKING in MAY[VERBS[verb]]:
        assert answer.ok or answer.cause == "slowest", answer
    else:
        assert (answer.ok, answer.cause) == (False, "not_allowed")
        await until(lambda: any(e.kind == "request_refused" for e in gym.desk.events))
        refused = [e for e in gym.desk.events if e.kind == "request_refused"]
        assert [e.after["by"] for e in refused] == [f"program {NAME}"]


@pytest.mark.parametrize("field", sorted(START_FIELDS))
async def test_a_program_gives_no_start_what_only_staff_may_give(
    gym: ServiceGym, program: Program, field: str
) -> None:
    answer = await program.ask("start", **START, **{field: GIVEN[field]})
    assert (answer.ok, answer.cause) == (False, "not_allowed")
    assert field in answer.text
    assert gym.floor.commands["tm-01"] == []


async def test_a_program_speaks_in_its_own_name_only_and_signs_as_itself(
    gym: ServiceGym, program: Program
) -> None:
    other = m.SessionRequest(id="x1", client="desk", verb="start", treadmill="tm-01", by="Anna", **START)
    await program.site.publish(registry.PROGRAM_REQUEST, other, NAME)
    await until(lambda: "x1" in program.replies)
    assert program.replies["x1"].cause == "malformed"
    assert gym.desk.replies == []
    mine = msgspec.structs.replace(other, id="x2", client=NAME, by="staff u-00000001")
    await program.site.publish(registry.PROGRAM_REQUEST, mine, NAME)
    await until(lambda: "x2" in program.replies)
    assert program.replies["x2"].ok
    await until(lambda: any(e.cause == "requested" for e in gym.desk.events))
    (asked,) = [e for e in gym.desk.events if e.cause == "requested"]
    assert asked.after["by"] == f"program {NAME}"


async def test_a_program_hears_how_its_session_goes_and_no_heart_in_any_word(
    gym: ServiceGym, program: Program
) -> None:
    answer = await program.ask("start", **START)
    assert answer.ok
    await gym.run_until("running")
    await gym.run(5_000)
    view = gym.desk.view()
    assert view.hr_bpm is not None, "the staff's screens hear it"
    assert (await program.ask("stop")).ok
    await gym.run_until("ended")
    await until(lambda: program.briefs["tm-01"][-1].phase == "ended")
    told = program.briefs["tm-01"]
    assert {brief.session for brief in told} == {answer.session}
    phases = [brief.phase for brief in told]
    assert phases[0] == "starting"
    assert {"running", "ended"} <= set(phases)
    assert len(told) <= 8, "told at changes, not each second"
    bpm = str(view.hr_bpm).encode()
    assert not any(b"bpm" in said or b'"member"' in said or b'"alias"' in said for said in program.heard)
    assert not any(b": " + bpm in said or b" " + bpm + b" " in said for said in program.heard)


def test_a_program_is_told_no_reason_that_is_about_a_heart_or_a_member() -> None:
    personal = {
        "hr_over_ceiling": "The heart beats at 190, above its ceiling of 150: wait until it is lower.",
        "screening_missing": "Not screened yet: ask the screening questions first.",
        "pain": "Pain 6 of 10 after the last session.",
        "a word of tomorrow": "Robin is ill.",
    }
    for cause, text in personal.items():
        said = booking.told(m.SessionReply(id="b-1", ok=False, cause=cause, text=text))
        assert (said.id, said.ok, said.cause) == ("b-1", False, "ask_staff")
        assert text not in said.text
    latched = m.SessionReply(id="b-1", ok=False, cause="latched", text="Stopped: pulse of 190. Clear.")
    assert "190" not in booking.told(latched).text
    held = m.SessionReply(
        id="b-1", ok=True, session="s-1", text="Held to 1.0 km/h: pain after the last session."
    )
    assert booking.told(held) == m.SessionReply(id="b-1", ok=True, session="s-1")


async def test_a_new_broker_has_the_brief_again(gym: ServiceGym, program: Program) -> None:
    await program.ask("start", **START)
    await until(lambda: program.briefs["tm-01"])
    gym.broker.stop()
    program.briefs.clear()
    gym.broker.start()
    await until(lambda: program.briefs["tm-01"])
