"""However many messages are malformed: each is answered or dropped, and a line of log and an event is told for the
first, the tenth, the hundredth."""

from pathlib import Path

import pytest
from growth import held
from memory_gym import gym as unit_gym
from session_floor import SITE
from test_session_service import ServiceGym
from virtual_time import virtual
from waiting import until

from device_adapters.contract import registry
from device_adapters.seldom import KINDS_MAX, Seldom, worth_telling

MANY = 2_500


def test_what_is_worth_telling() -> None:
    assert [n for n in range(1, 20_001) if worth_telling(n)] == [1, 10, 100, 1_000, 10_000]
    seldom = Seldom()
    assert [n for n in range(MANY) if seldom.nth("a")] == [0, 9, 99, 999]
    assert seldom.nth("b") == 1
    for n in range(KINDS_MAX):
        seldom.nth(f"kind {n}")
    before = held(seldom)
    for n in range(2 * KINDS_MAX):
        seldom.nth(f"another kind {n}")
    assert held(seldom) <= before + 10


async def test_the_session_service_tells_of_malformed_requests_seldom(tmp_path: Path) -> None:
    gym = ServiceGym(tmp_path)
    await gym.open()
    try:
        await gym.serve()
        topic = registry.SESSION_REQUEST.topic(SITE)
        for n in range(MANY):
            await gym.desk.bus.publish(topic, b'{"client":"desk","id":"x%d","verb":"fly"}' % n)
        await until(lambda: len(gym.desk.replies) == MANY)
        assert {reply.cause for reply in gym.desk.replies} == {"malformed"}
        await gym.run(500)
        assert len([e for e in gym.desk.events if e.cause == "malformed"]) == 4
        assert not (await gym.desk.ask("pause")).ok
        await until(lambda: sum(e.cause == "no_session" for e in gym.desk.events) == 1)
    finally:
        await gym.close()


@pytest.mark.parametrize("word", ["lease", "command"])
@virtual
async def test_a_unit_tells_of_malformed_orders_seldom(tmp_path: Path, word: str) -> None:
    async with unit_gym(tmp_path) as g:
        await g.ready()
        for n in range(MANY):
            payload = b'{"id":"c%d","verb":"fly"}' % n
            await g.bus.bus.publish(f"backstride/v1/gym/treadmill/tm-01/{word}", payload, qos=1)
        if word == "command":
            await until(lambda: len(g.results) == MANY)
        await until(lambda: len(g.causes("refused")) >= 4)
        assert g.causes("refused") == ["malformed"] * 4
