"""When a broker counts as gone: by its silence while it owes an answer, not by how much there is to answer, nor by
how long the process that asks was away itself."""

import asyncio

import pytest
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from device_adapters.bus.dial import Endpoint
from device_adapters.bus.link import ANSWER_MAX_S, TICK_S, Link
from device_adapters.config import Broker

STORED = [ReasonCode(PacketTypes.PUBACK, "Success")]
ENDPOINT = Endpoint(
    host="127.0.0.1", port=1, tls=False, broker=Broker(), client_id="link", will=None, session_expiry_s=0
)


TICKS_MAX = round(ANSWER_MAX_S / TICK_S)


class Owing:
    """A link whose broker owes three answers; its ticks are the test's."""

    def __init__(self) -> None:
        self.lost: list[str] = []
        self.link = Link(ENDPOINT, lambda _arrived, _done: None, self.lost.append)
        self.link._open = True
        self.answers = [self.link._ask(MQTTErrorCode.MQTT_ERR_SUCCESS, mid) for mid in (1, 2, 3)]

    def ticks(self, count: int) -> None:
        for _ in range(count):
            self.link._tick()
            if self.link._ticker is not None:
                self.link._ticker.cancel()


async def test_a_broker_that_answers_slowly_is_there() -> None:
    owing = Owing()
    for mid in (3, 1, 2):
        owing.ticks(TICKS_MAX)
        owing.link._answered(mid, STORED)
    owing.ticks(10 * TICKS_MAX)
    assert owing.lost == []
    assert [answer.result() for answer in owing.answers] == [STORED] * 3


async def test_a_broker_that_owes_an_answer_and_is_silent_is_gone() -> None:
    owing = Owing()
    owing.ticks(TICKS_MAX - 1)
    owing.link._answered(1, STORED)
    owing.ticks(TICKS_MAX)
    assert owing.lost == []
    owing.ticks(1)
    assert owing.lost == ["no answer within 5 s"]
    assert owing.answers[1].exception() is not None


async def test_a_link_whose_own_loop_stood_still_has_not_heard_the_broker_be_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owing = Owing()
    owing.ticks(1)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: 1e9)
    owing.ticks(1)
    assert owing.lost == []
