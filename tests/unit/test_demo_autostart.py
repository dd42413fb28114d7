"""What `--autostart` of the demo asks for."""

import asyncio
from pathlib import Path

import msgspec
from members_rig import demand

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.port import Incoming
from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.limits import Goal, Level
from services.cli.demo.members import seed
from services.cli.demo.watch import CLIENT, DemoWatch
from services.members.admission import Allowance, StartWish
from services.members.database import url_for
from services.members.store import Members

SITE = "gym"


async def started(treadmills: list[str]) -> tuple[list[m.SessionRequest], list[str]]:
    """What was asked of a session service that takes everything, and what was said of it."""
    broker = MemoryBroker()
    demo, service = MemoryBus(broker, client_id=CLIENT), MemoryBus(broker, client_id="session")
    asked: list[m.SessionRequest] = []
    answering: list[asyncio.Task[None]] = []

    def taken(message: Incoming) -> None:
        request = registry.SESSION_REQUEST.decode(message.payload)
        asked.append(request)
        reply = registry.SESSION_REPLY.encode(m.SessionReply(id=request.id, ok=True))
        topic = registry.SESSION_REPLY.topic(SITE, CLIENT)
        answering.append(asyncio.create_task(service.publish(topic, reply)))

    service.subscribe(registry.SESSION_REQUEST.topic(SITE), taken)
    watch = DemoWatch(demo, SITE)
    lines = [asyncio.create_task(bus.run()) for bus in (demo, service)]
    async with asyncio.timeout(60):
        while not (demo.connected and service.connected):
            await asyncio.sleep(0)
    still = m.TreadmillState(treadmill="", unit="u", boot="b", at_ms=0, link="connected", belt="still")
    watch.treadmills |= {id_: msgspec.structs.replace(still, treadmill=id_) for id_ in treadmills}
    said = await watch.start_one_per_goal(dict.fromkeys(Goal, ""), treadmills)
    for line in lines:
        line.cancel()
    await asyncio.wait([*lines, *answering])
    return asked, said


async def test_no_more_is_started_than_there_are_treadmills() -> None:
    treadmills = ["tm-01", "tm-02", "tm-03"]
    asked, said = await started(treadmills)
    assert [request.treadmill for request in asked] == treadmills
    assert said == [f"{treadmill}: {goal} started" for treadmill, goal in zip(treadmills, Goal, strict=False)]


async def test_what_is_asked_for_passes_the_gates_of_its_member(tmp_path: Path) -> None:
    """As the store judges it, with what the request declares."""
    members = seed(HubConfig(data=str(tmp_path)))
    store = Members(url_for("", tmp_path), SystemClock().wall_ms)
    asked, _ = await started([f"tm-0{n}" for n, _ in enumerate(Goal, 1)])
    assert [request.goal for request in asked] == list(Goal)
    for request in asked:
        assert request.goal is not None
        beside, plan = request.spotter or request.harness, demand(request.goal, Level.NOVICE)
        wish = StartWish(goal=request.goal, level=Level.NOVICE, demand=plan, arms_reach=beside)
        assert isinstance(store.may_start(members[request.goal], wish), Allowance)
    store.close()
