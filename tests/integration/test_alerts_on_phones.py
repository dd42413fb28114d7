"""The alert service as a process at a hub's Mosquitto, with its own certificate and rights, told to an ntfy server and
a mail server: what comes, what does not, and what is secret.
"""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alert_receivers import Phone, mail, ntfy
from tls_broker import MOSQUITTO, TlsBroker, tls_broker
from waiting import until

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.config import HubConfig, load
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from services.hub.clients import Client, UnitDevice

pytestmark = pytest.mark.skipif(
    MOSQUITTO is None, reason="NO MOSQUITTO ON THIS MACHINE: apt install mosquitto"
)

SITE = "gym"
UNIT = Client(name="unit-01", role="unit", treadmills=(UnitDevice("tm-01"),), straps=(UnitDevice("hr-01"),))
TOPIC = "topic-that-nobody-knows"
PATIENCE_S = 40.0


@dataclass
class AlertHub:
    """A broker, a unit's line to it, two receivers, and the service as a process."""

    folder: Path
    broker: TlsBroker
    phone: Phone
    post: Phone
    unit: SiteBus
    process: asyncio.subprocess.Process | None = None
    log: str = ""

    def settings(self) -> Path:
        return self.folder / "services/alerts.toml"

    async def command(self, *words: str, given: str = "") -> tuple[int, str]:
        """Run `backstride`."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", *words,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate(given.encode())
        assert process.returncode is not None
        return process.returncode, said.decode()

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", "run", "alerts", "--config", self.settings(),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env={**os.environ, "TZ": "UTC"},
        )  # fmt: skip

    async def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        said, _ = await self.process.communicate()
        self.log += said.decode()
        assert self.process.returncode == 0, said.decode()
        self.process = None

    async def treadmill(self, **more: Any) -> None:
        state = m.TreadmillState(
            treadmill="tm-01", unit="unit-01", boot="b", at_ms=1, **{"link": "connected", **more}
        )
        await self.unit.publish(registry.TREADMILL_STATE, state, "tm-01")

    async def status(self, **more: Any) -> None:
        status = m.UnitStatus(
            unit="unit-01", boot="b", at_ms=1, treadmills=("tm-01",), straps=("hr-01",),
            **{"online": True, **more},
        )  # fmt: skip
        await self.unit.publish(registry.UNIT_STATUS, status, "unit-01")


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[AlertHub]:
    with tls_broker(tmp_path, SITE, [UNIT]) as broker, ntfy() as phone, mail() as post:
        bus = MqttBus(broker.credentials("unit-01"), client_id="unit-01")
        line = asyncio.create_task(bus.run())
        made = AlertHub(tmp_path, broker, phone, post, SiteBus(bus, SITE, lambda _topic, _error: None))
        await until(lambda: bus.connected, "the unit's line")
        data = tmp_path / "data"
        data.mkdir()
        settings = msgspec.structs.replace(load(made.settings(), HubConfig), data=str(data))
        made.settings().write_bytes(msgspec.toml.encode(settings))
        yield made
        if made.process is not None:
            made.process.kill()
            await made.process.wait()
        line.cancel()
        await asyncio.wait([line])


async def add_both(hub: AlertHub) -> None:
    for address in (
        f"ntfy://127.0.0.1:{hub.phone.port}/{TOPIC}",
        f"mailto://127.0.0.1:{hub.post.port}?from=hub@gym.example&to=desk@gym.example&mode=insecure",
    ):
        code, said = await hub.command("alerts", "add", "--folder", str(hub.folder), given=f"{address}\n")
        assert code == 0, said
        assert TOPIC not in said


async def test_a_belt_that_does_not_obey_reaches_phone_and_mail_once_and_so_does_its_end(
    hub: AlertHub,
) -> None:
    await add_both(hub)
    await hub.start()
    await hub.status()
    await hub.treadmill(link="connected")
    await hub.treadmill(latched="stop_pressed", hazard="stop_not_obeyed", session="s-1")
    await until(lambda: hub.phone.came and hub.post.came, "both are told")
    for came in (hub.phone.came, hub.post.came):
        (told,) = came
        assert told["title"] == "Backstride gym: look now"
        assert told["body"].startswith("tm-01: The treadmill does not obey")
        assert "red button" in told["body"]
    assert (hub.phone.came[0]["topic"], hub.post.came[0]["topic"]) == (TOPIC, "desk@gym.example")
    await hub.stop()
    await hub.start()
    await asyncio.sleep(9)
    assert len(hub.phone.came) == 1, "nothing is told twice, over a restart either"
    await hub.treadmill(latched="")
    await until(lambda: len(hub.phone.came) == 2 and len(hub.post.came) == 2, "the end is told")
    assert hub.phone.came[1]["title"] == "Backstride gym: over"
    assert "This is over (from " in hub.phone.came[1]["body"]
    await hub.stop()
    assert TOPIC not in hub.log
    assert "desk@" not in hub.log


async def test_a_server_that_hangs_keeps_no_other_waiting_and_one_in_trouble_is_tried_again(
    hub: AlertHub,
) -> None:
    await add_both(hub)
    await hub.start()
    hub.phone.hang, hub.phone.refuse = threading.Event(), True
    await hub.status()
    await hub.treadmill(hazard="overspeed", latched="overspeed")
    await until(lambda: hub.post.came, "the mail")
    assert hub.phone.came == []
    heard: list[m.AlertsStatus] = []
    watching = MqttBus(hub.broker.credentials("cli", hub=True), client_id="cli-watch")
    SiteBus(watching, SITE, lambda _topic, _error: None).subscribe(
        registry.ALERTS_STATUS, lambda _id, said: heard.append(said)
    )
    line = asyncio.create_task(watching.run())
    hub.phone.hang.set()
    await until(lambda: heard and heard[-1].failing == ("1 ntfy",), "the console is told who is not reached")
    hub.phone.refuse = False
    await until(lambda: hub.phone.came, "tried again")
    await until(lambda: heard[-1].failing == () and heard[-1].open == 1, "and that it is reached again")
    assert hub.phone.tries > 1
    assert len(hub.post.came) == 1
    line.cancel()
    await asyncio.wait([line])


async def test_a_test_is_asked_for_at_a_terminal(hub: AlertHub) -> None:
    hub_toml = hub.folder / "services/hub.toml"
    asked = ("alerts", "test", "--config", str(hub_toml))
    code, said = await hub.command(*asked)
    assert (code, "no answer from the alert service" in said) == (3, True)
    code, said = await hub.command("run", "alerts", "--config", str(hub.settings()))
    assert (code, "backstride alerts add" in said) == (1, True)
    await add_both(hub)
    assert await hub.command("alerts", "list", "--folder", str(hub.folder)) == (0, "1 ntfy\n2 E-Mail\n")
    assert (hub.folder / "services/alerts.urls").stat().st_mode & 0o777 == 0o640
    await hub.start()
    await asyncio.sleep(2)
    assert await hub.command(*asked) == (0, "taken by 2 of 2\n")
    assert hub.phone.came[0]["title"] == hub.post.came[0]["title"] == "Backstride gym: a test"
    hub.phone.refuse = True
    code, said = await hub.command(*asked)
    assert (code, said.splitlines()) == (
        1, ["taken by 1 of 2", "not taken by 1 ntfy: see its address and that server"],
    )  # fmt: skip
    code, said = await hub.command("alerts", "remove", "1", "--folder", str(hub.folder))
    assert code == 0, said
    assert await hub.command("alerts", "list", "--folder", str(hub.folder)) == (0, "1 E-Mail\n")


async def test_an_address_that_is_none_is_refused_and_not_repeated(hub: AlertHub) -> None:
    code, said = await hub.command(
        "alerts", "add", "--folder", str(hub.folder), given="nfty://secret-host/x\n"
    )
    assert (code, "address 1 is none that Apprise knows" in said) == (2, True)
    assert "secret-host" not in said


async def test_neither_hearts_nor_sessions_reach_the_alert_service(hub: AlertHub) -> None:
    """By the broker's own list: what is not heard is told to nobody."""
    mine = MqttBus(hub.broker.credentials("alerts", hub=True), client_id="alerts-gym")
    heard: list[str] = []
    mine.subscribe("#", lambda incoming: heard.append(incoming.topic))
    line = asyncio.create_task(mine.run())
    await until(lambda: mine.connected, "the line")
    await hub.status()
    await hub.treadmill()
    frame = m.StrapTelemetry(strap="hr-01", boot="b", seq=1, at_ms=1, hr_bpm=171)
    await hub.unit.publish(registry.STRAP_TELEMETRY, frame, "hr-01")
    event = m.Event(id="e", at_ms=1, source="unit-01", kind="note", text="Robin felt dizzy")
    await hub.unit.publish(registry.EVENT, event)
    await until(lambda: len(heard) >= 2, "what it may hear")
    await asyncio.sleep(0.5)
    assert {topic.split("/")[-1] for topic in heard} == {"status", "state"}
    line.cancel()
    await asyncio.wait([line])
