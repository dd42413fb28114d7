"""A start that was held in a socket while somebody hung: nothing moves because of it when they go on."""

import asyncio
import contextlib
import itertools
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from console_rig import Rig, rig, still
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from session_floor import SITE
from session_hub import SessionHub, open_hub

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import BusError
from device_adapters.safety.limits import Goal, Level
from services.cli.hub_line import Hub as Line
from services.cli.hub_line import asked
from services.console.middleware.request_time import SEEN
from services.session_client import SessionClient

pytestmark = pytest.mark.broker
SETTLED_S = 6.0


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[SessionHub]:
    async with open_hub(tmp_path) as made:
        await made.serve()
        async with asyncio.timeout(60):  # the service may not have heard of the floor yet
            while (await made.desk.ask("pause")).cause != "no_session":
                await asyncio.sleep(0.05)
        yield made


def request(client: str, **more: str) -> m.SessionRequest:
    values: dict[str, object] = {"id": "late", "verb": "start", "treadmill": "tm-01", "by": "Anna", **more}
    values |= {"goal": Goal.CONDITIONING, "level": Level.NOVICE, "screened": True}
    return m.SessionRequest(client=client, **values)  # type: ignore[arg-type]


class Booking:
    """A program of somebody else: it waits as long as it takes, and gives nothing up."""

    def __init__(self, url: str) -> None:
        self.replies: list[m.SessionReply] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="booking", protocol=paho.MQTTv5)
        self._client.on_message = lambda _c, _u, said: self.replies.append(
            registry.SESSION_REPLY.decode(bytes(said.payload))
        )
        parts = urlsplit(url)
        self._client.connect(parts.hostname or "", parts.port or 0, keepalive=600)
        self._client.subscribe(registry.SESSION_REPLY.topic(SITE, "booking"))
        self._client.loop_start()

    def ask(self, **more: str) -> None:
        asked = registry.SESSION_REQUEST.encode(request("booking", **more))
        self._client.publish(registry.PROGRAM_REQUEST.topic(SITE, "booking"), asked, qos=1)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def booking(hub: SessionHub) -> Iterator[Booking]:
    made = Booking(hub.broker.url)
    try:
        yield made
    finally:
        made.close()


async def asked_while_it_hung(hub: SessionHub, pid: int, seconds: float, **more: str) -> list[m.SessionReply]:
    """What was answered to a start that was sent 1 s into a standstill of that process."""
    with booking(hub) as other:
        await asyncio.sleep(0.5)
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(1)
            other.ask(**more)
            await asyncio.sleep(seconds - 1)
        finally:
            os.kill(pid, signal.SIGCONT)
        await asyncio.sleep(SETTLED_S)
        return other.replies


def started(hub: SessionHub) -> list[m.Command]:
    return [command for command in hub.floor.commands["tm-01"] if command.verb == "start"]


@pytest.mark.parametrize("seconds", [7.0, 10.0])
async def test_a_start_in_the_socket_of_a_broker_that_hung_moves_no_belt(
    hub: SessionHub, seconds: float
) -> None:
    replies = await asked_while_it_hung(hub, hub.broker.process.pid, seconds)
    assert not [reply for reply in replies if reply.ok]
    assert not started(hub)
    assert hub.floor.units["tm-01"].belt.speed_ckmh == 0
    async with asyncio.timeout(60):  # and a start of now is taken again
        while not (await hub.desk.start()).ok:
            await asyncio.sleep(0.5)


async def test_a_start_in_the_socket_of_a_session_service_that_hung_moves_no_belt(hub: SessionHub) -> None:
    assert hub.process is not None
    replies = await asked_while_it_hung(hub, hub.process.pid, 8.0)
    assert [(reply.ok, reply.cause) for reply in replies] == [(False, "too_late")]
    assert not started(hub)


async def test_a_start_of_the_console_is_as_old_as_the_beat_that_it_names(hub: SessionHub) -> None:
    bus = MqttBus(hub.broker.url, client_id="console")
    desk = SessionClient(SiteBus(bus, SITE, lambda _topic, _error: None), "console", SystemClock())
    line = asyncio.create_task(bus.run())
    await asyncio.sleep(2)
    os.kill(hub.broker.process.pid, signal.SIGSTOP)
    try:
        asking = asyncio.create_task(desk.ask(request("console")))
        await asyncio.sleep(7)
    finally:
        os.kill(hub.broker.process.pid, signal.SIGCONT)
    with pytest.raises((TimeoutError, BusError)):
        await asking
    await asyncio.sleep(SETTLED_S)
    assert not started(hub)
    async with asyncio.timeout(60):
        while not bus.connected:
            await asyncio.sleep(0.1)
    async with asyncio.timeout(60):  # and a start of now is taken again
        for n in itertools.count():
            await asyncio.sleep(0.5)
            with contextlib.suppress(TimeoutError, BusError):
                if (await desk.ask(request("console", id=f"now-{n}"))).ok:
                    break
            if started(hub):
                break  # only its answer was too late
    line.cancel()
    await asyncio.wait([line])


async def test_what_was_asked_of_a_service_before_this_one_is_refused(hub: SessionHub) -> None:
    with booking(hub) as other:
        other.ask(beat="session-0123456789ab:7")
        async with asyncio.timeout(60):
            while not other.replies:
                await asyncio.sleep(0.05)
        assert [(reply.ok, reply.cause) for reply in other.replies] == [(False, "too_late")]
    assert not started(hub)


async def test_a_terminal_sends_no_start_to_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_hub(tmp_path) as hub:
        heard: list[m.SessionRequest] = []
        hub.desk.site.subscribe(registry.SESSION_REQUEST, lambda _id, said: heard.append(said))
        code = await asyncio.to_thread(
            asked, Line.of(None, hub.broker.url, SITE), "start", "tm-01", by="Anna", as_json=False, goal="mobility",
            level="novice",
        )  # fmt: skip
        assert code == 3
        assert "nothing was sent" in capsys.readouterr().out
        assert heard == []


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path) as site:
        site.gym.belts["tm-01"] = still("tm-01")
        await site.heard(1)
        yield site


START = {"id": "late", "treadmill": "tm-01", "goal": "mobility", "level": "novice", "screened": True}


async def test_a_start_in_the_socket_of_a_console_that_hung_is_refused(console: Rig) -> None:
    async with console.client(timeout=60) as http:
        console.console.freeze()
        try:
            starting = asyncio.create_task(http.post("/api/sessions", json=START))
            slower = asyncio.create_task(http.post("/api/treadmills/tm-01/slower", json={"id": "s"}))
            await asyncio.sleep(7)
        finally:
            console.console.thaw()
        late, lowered = await starting, await slower
    assert (late.status_code, late.json()["ok"]) == (409, False)
    assert "more than 5 s after it was pressed" in late.json()["text"]
    assert lowered.status_code == 200
    assert [request.verb for request in console.gym.requests] == ["slower"]


async def test_a_press_that_was_long_on_its_way_is_refused(console: Rig) -> None:
    """A telephone that lost the network sends what was pressed when it has it again."""
    async with console.client(timeout=60) as http:

        async def pressed(seen: int | str) -> httpx.Response:
            headers = httpx.Headers({SEEN: str(seen)}, encoding="utf-8")
            return await http.post("/api/sessions", json=START, headers=headers)

        now_ms = SystemClock().now_ms()
        for old in (now_ms - 6_000, now_ms + 3_600_000, "yesterday", -1, "9" * 40, "\u0663"):
            late = await pressed(old)
            assert (late.status_code, "pressed" in late.json()["text"]) == (409, True), old
        assert console.gym.requests == []
        assert (await pressed(SystemClock().now_ms() - 1_000)).status_code == 200
        assert (await pressed("")).status_code == 200
