"""When a broker counts as gone: by its silence while it owes an answer, not by how much there is to answer, nor by
how long the process that asks was away itself."""

import asyncio

import pytest

from device_adapters.bus.owed import ANSWER_MAX_S, TICK_S, Owed
from device_adapters.errors import BusLostError

TICKS_MAX = round(ANSWER_MAX_S / TICK_S)


class Owing:
    """A broker that owes three answers; the ticks are the test's."""

    def __init__(self) -> None:
        self.owed: Owed[str] = Owed()
        self.said_gone: list[bool] = []
        self.answers = [self.owed.ask(self.owed.new_mid()) for _ in range(3)]

    def ticks(self, count: int) -> None:
        for _ in range(count):
            self.said_gone.append(self.owed.tick())


async def test_a_broker_that_answers_slowly_is_there() -> None:
    owing = Owing()
    for mid in (3, 1, 2):
        owing.ticks(TICKS_MAX)
        owing.owed.answered(mid, "stored")
    owing.ticks(10 * TICKS_MAX)
    assert True not in owing.said_gone
    assert [answer.result() for answer in owing.answers] == ["stored"] * 3


async def test_a_broker_that_owes_an_answer_and_is_silent_is_gone() -> None:
    owing = Owing()
    owing.ticks(TICKS_MAX - 1)
    owing.owed.answered(1, "stored")
    owing.ticks(TICKS_MAX)
    assert True not in owing.said_gone
    owing.ticks(1)
    assert True in owing.said_gone
    owing.owed.lose_all("no answer")
    assert isinstance(owing.answers[1].exception(), BusLostError)


async def test_a_link_whose_own_loop_stood_still_has_not_heard_the_broker_be_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owing = Owing()
    owing.ticks(1)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: 1e9)
    owing.ticks(1)
    assert True not in owing.said_gone


async def test_an_answer_that_nobody_waits_for_is_still_owed_and_keeps_its_place() -> None:
    owed: Owed[str] = Owed()
    free: list[int] = []
    answer = owed.ask(7, lambda: free.append(7))
    answer.cancel()
    assert 7 in owed
    assert free == []
    owed.answered(7, "stored")
    assert 7 not in owed
    assert free == [7]


async def test_no_identifier_is_used_twice_at_a_time() -> None:
    owed: Owed[str] = Owed()
    first = owed.new_mid()
    owed.ask(first)
    seen = {owed.new_mid() for _ in range(70_000)}
    assert first not in seen
    assert seen == set(range(1, 65_536)) - {first}
