"""What `--autostart` of the demo asks for."""

import asyncio

import msgspec

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.port import Incoming
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.limits import Goal
from services.cli.demo.watch import CLIENT, DemoWatch

SITE = "gym"


async def test_no_more_is_started_than_there_are_treadmills() -> None:
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
    treadmills = ["tm-01", "tm-02", "tm-03"]
    still = m.TreadmillState(treadmill="", unit="u", boot="b", at_ms=0, link="connected", belt="still")
    watch.treadmills |= {id_: msgspec.structs.replace(still, treadmill=id_) for id_ in treadmills}
    said = await watch.start_one_per_goal(dict.fromkeys(Goal, ""), treadmills)
    assert [request.treadmill for request in asked] == treadmills
    assert said == [f"{treadmill}: {goal} started" for treadmill, goal in zip(treadmills, Goal, strict=False)]
    for line in lines:
        line.cancel()
    await asyncio.wait([*lines, *answering])
