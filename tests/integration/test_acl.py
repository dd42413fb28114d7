"""Who may do what on the bus, on a real Mosquitto with TLS: every role at every topic of the contract."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tls_broker import MOSQUITTO, TlsBroker, tls_broker
from waiting import until

from device_adapters.bus.mqtt import MqttBus, connect_once
from device_adapters.config import Broker, Strap, Treadmill, UnitConfig
from device_adapters.contract.discovery import FOREIGN, GREETING, ForeignChannel
from device_adapters.contract.registry import CHANNELS, ROOT, Channel
from device_adapters.errors import BusError, BusLostError, BusRefusedError
from device_adapters.unit.home_assistant import announcements
from services.hub import authority
from services.hub.clients import ROLES, THE_DRILL, Client, UnitDevice

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(MOSQUITTO is None, reason="NO MOSQUITTO ON THIS MACHINE: apt install mosquitto"),
]

SITE = "gym"
IDS = (
    "unit-01",
    "unit-02",
    "tm-01",
    "tm-02",
    "hr-01",
    "hr-02",
    "near-7f",
    "metrics",
    "booking",
    "other",
    "drill",
)
UNITS = (
    Client(
        name="unit-01", role="unit", treadmills=(UnitDevice(id="tm-01"),), straps=(UnitDevice(id="hr-01"),)
    ),
    Client(
        name="unit-02", role="unit", treadmills=(UnitDevice(id="tm-02"),), straps=(UnitDevice(id="hr-02"),)
    ),
)
CLIENTS = (*UNITS, THE_DRILL, *(Client(name=role, role=role) for role in ROLES if role != "unit"))
PRACTISING = {"unit", "session", "console", "cli", "sim"}
WAIT_S = 60.0


def belongs(client: Client, path: str, id: str) -> bool:
    """Written anew from the contract's words, for comparison: is this id the client's to speak for or to hear?"""
    if id == "drill" and path.startswith(("treadmill/", "unit/")) and client.role not in PRACTISING:
        return False
    if client == THE_DRILL and "{id}" in path:
        own = id == "drill"
        kinds = {
            "unit": own,
            "treadmill": own,
            "stop": own,
            "homeassistant": own,
            "strap": id not in {"hr-01", "hr-02"},
        }
        return kinds.get(path.split("/")[0], True)
    if client.role == "unit" and "{id}" in path:
        number = client.name.removeprefix("unit-")
        return {
            "unit": id == client.name,
            "treadmill": id == f"tm-{number}",
            "stop": id == f"tm-{number}",
            "strap": id not in {"hr-01", "hr-02"} - {f"hr-{number}"},
            "homeassistant": id in {f"tm-{number}", f"hr-{number}"},
        }.get(path.split("/")[0], True)
    if (client.role, path.split("/")[0]) in {("metrics", "store"), ("booking", "session")} and "{id}" in path:
        return id == client.name
    return True


EVERY: tuple[Channel[Any] | ForeignChannel, ...] = (*CHANNELS, *FOREIGN)


def topics() -> list[tuple[str, str, str]]:
    """(path, id, topic) of every channel, and of Home Assistant's topics, with every id."""
    return [(c.path, id, c.topic(SITE, id)) for c in EVERY for id in (IDS if "{id}" in c.path else ("",))]


def announced() -> dict[str, bytes]:
    """Topic → payload of what a unit with one treadmill and one strap really publishes for Home Assistant."""
    settings = UnitConfig(
        unit="unit-01", site=SITE, home_assistant=True, home_assistant_heart_rate=True,
        treadmill=(Treadmill(id="tm-01", address="F1:00:00:00:00:01"),),
        strap=(Strap(id="hr-01", address="F2:00:00:00:00:01"),),
    )  # fmt: skip
    return announcements(settings)


def named_in(payload: bytes) -> set[str]:
    """The topics that an announcement sends Home Assistant to."""
    told = json.loads(payload)
    parts = [part["state_topic"] for part in told["components"].values()]
    return {*parts, *(each["topic"] for each in told["availability"])}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsBroker]:
    with tls_broker(tmp_path_factory.mktemp("broker"), SITE, CLIENTS) as made:
        yield made


@contextlib.asynccontextmanager
async def line(
    credentials: Broker, client_id: str, filters: Sequence[str] = ()
) -> AsyncIterator[tuple[MqttBus, set[str]]]:
    """A connected bus, and the topics that have come to it."""
    bus, heard = MqttBus(credentials, client_id=client_id), set[str]()
    for each in filters:
        bus.subscribe(each, lambda incoming: heard.add(incoming.topic))
    task = asyncio.create_task(bus.run())
    try:
        await until(lambda: bus.connected)
        yield bus, heard
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.parametrize("client", CLIENTS, ids=lambda c: c.name)
async def test_a_role_publishes_and_reads_what_the_registry_says_and_nothing_else(
    broker: TlsBroker, client: Client
) -> None:
    by_path = {channel.path: channel for channel in EVERY}
    done = f"test/{client.name}/done"
    may_read, may_publish = set[str](), set[str]()
    for path, id, topic in topics():
        if belongs(client, path, id) or path.startswith("homeassistant"):
            may_read |= {topic} if client.role in by_path[path].readers else set()
        if belongs(client, path, id):
            may_publish |= {topic} if client.role in by_path[path].publishers else set()
    async with (
        line(broker.credentials(client.name), client.name, [f"{ROOT}/#", "#", done]) as (bus, heard),
        line(broker.credentials("tester"), "tester") as (tester, _),
    ):
        for _, _, topic in topics():
            await tester.publish(topic, b"{}")
        await tester.publish(done, b"{}")
        await until(lambda: done in heard)
        assert heard - {done} == may_read
        published = set()
        for _, _, topic in topics():
            try:
                await bus.publish(topic, b"{}")
                published.add(topic)
            except BusRefusedError:
                continue
        assert published == may_publish
        for topic in ("$SYS/x", "backstride/v1/other-gym/stop/all", "test/x", f"{ROOT}/{SITE}/anything"):
            with pytest.raises(BusRefusedError):
                await bus.publish(topic, b"{}")


def test_how_much_is_tried(capsys: pytest.CaptureFixture[str]) -> None:
    """For who reads the run: each cell above is a topic that a client publishes, and one that it reads or not."""
    cells = 2 * len(topics()) * len(CLIENTS)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(topics())} topics x {len(CLIENTS)} clients of {len(ROLES)} roles: {cells} cells\n"
        )
    assert len({client.role for client in CLIENTS}) == len(ROLES)


def test_every_topic_has_somebody_who_publishes_and_somebody_who_reads() -> None:
    for channel in EVERY:
        assert channel.publishers, channel.path
        assert channel.readers, channel.path
        assert set(channel.publishers + channel.readers) <= set(ROLES), channel.path


async def test_a_unit_can_command_no_belt_and_grant_no_lease(broker: TlsBroker) -> None:
    async with line(broker.credentials("unit-01"), "unit-01") as (bus, _):
        for id in ("tm-01", "tm-02"):
            for word in ("lease", "command"):
                with pytest.raises(BusRefusedError):
                    await bus.publish(f"{ROOT}/{SITE}/treadmill/{id}/{word}", b"{}")
        with pytest.raises(BusRefusedError):
            await bus.publish(f"{ROOT}/{SITE}/session/request", b"{}")


@pytest.mark.parametrize("role", ["viewer", "home-assistant", "home-assistant-hearts"])
async def test_what_a_unit_announces_is_found_and_leads_to_topics_that_may_be_read(
    broker: TlsBroker, role: str
) -> None:
    """The words are those of the code that announces: nothing here spells a topic."""
    told = announced()
    wanted = set().union(*map(named_in, told.values()))
    async with (
        line(broker.credentials("unit-01"), "unit-01") as (bus, _),
        line(broker.credentials(role), role, ["homeassistant/#", *wanted]) as (_, heard),
        line(broker.credentials("tester"), "tester") as (tester, _),
    ):
        for topic, payload in told.items():
            await bus.publish(topic, payload)
        for topic in wanted:
            await tester.publish(topic, b"{}")
        await tester.publish(f"test/{role}/done", b"{}")
        hidden = {t for t in wanted if "strap/" in t and (role == "viewer" or t.endswith("telemetry"))}
        expected = {*told, *wanted} - (set() if role == "home-assistant-hearts" else hidden)
        await until(lambda: expected <= heard)
        assert heard == expected


async def test_home_assistant_greets_and_a_unit_hears_it(broker: TlsBroker) -> None:
    birth = GREETING.topic(SITE)
    async with (
        line(broker.credentials("unit-01"), "unit-01", [birth]) as (bus, heard),
        line(broker.credentials("home-assistant"), "home-assistant") as (other, _),
    ):
        await other.publish(birth, b"online")
        await until(lambda: birth in heard)
        with pytest.raises(BusRefusedError):
            await bus.publish(birth, b"online")


async def test_nobody_takes_anothers_place_by_its_client_id(broker: TlsBroker) -> None:
    async with line(broker.credentials("session"), "session-1") as (session, _):
        losses: list[bool] = []
        session.on_connection(losses.append)
        for stolen in ("session-1", "session"):
            await connect_once(broker.credentials("unit-02"), stolen)
        await session.publish(f"{ROOT}/{SITE}/treadmill/tm-01/lease", b"{}")
        assert losses == []


async def refused(credentials: Broker) -> None:
    with pytest.raises((BusRefusedError, BusLostError)):
        await connect_once(credentials, "somebody")


async def test_who_has_no_valid_certificate_of_this_site_is_refused(broker: TlsBroker) -> None:
    await connect_once(broker.credentials("unit-01"), "somebody")
    foreign = authority.new_authority("gym", datetime.now(UTC))
    for hub in (False, True):
        good = broker.credentials("unit-01", hub=hub)
        await connect_once(good, "somebody")
        await refused(broker.credentials("unit-01", by=foreign, hub=hub))
        await refused(broker.credentials("unit-01", days=-1, hub=hub))
        await refused(Broker(url=good.url, ca_file=good.ca_file))
        await refused(Broker(url=good.url, ca_file=good.ca_file, username="unit-01"))
        await refused(Broker(url=good.url.replace("mqtts", "mqtt")))


async def test_a_broker_of_another_authority_or_name_is_refused_by_the_unit(
    broker: TlsBroker, tmp_path: Path
) -> None:
    good = broker.credentials("unit-01")
    other = tmp_path / "ca.crt"
    other.write_bytes(authority.new_authority("gym", datetime.now(UTC)).certificate)
    for wrong in (
        Broker(good.url, ca_file=str(other), cert_file=good.cert_file, key_file=good.key_file),
        Broker(
            good.url.replace("127.0.0.1", "127.0.0.2"), "", "", good.ca_file, good.cert_file, good.key_file
        ),
    ):
        with pytest.raises(BusLostError, match="cannot connect"):
            await connect_once(wrong, "unit-01")


async def test_a_revoked_unit_loses_its_rights_at_once_and_its_way_in(broker: TlsBroker) -> None:
    """By a reload, as the hub does it: who is connected may do nothing more, and nobody else is thrown out."""
    lost, kept = broker.credentials("unit-02"), broker.credentials("unit-01")
    status = f"{ROOT}/{SITE}/unit/unit-02/status"
    assert broker.process is not None
    async with line(lost, "unit-02") as (bus, _), line(kept, "unit-01") as (other, _):
        losses: list[bool] = []
        other.on_connection(losses.append)
        await bus.publish(status, b"{}")
        broker.clients = [client for client in broker.clients if client.name != "unit-02"]
        broker.revoke(lost)
        broker.process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(WAIT_S):
            while True:
                try:
                    await bus.publish(status, b"{}")
                except BusError:
                    break
                await asyncio.sleep(0.05)
        await refused(lost)
        await other.publish(f"{ROOT}/{SITE}/unit/unit-01/status", b"{}")
        assert losses == []
    broker.clients = list(CLIENTS)
    broker.write_lists()
    broker.process.send_signal(signal.SIGHUP)
    async with asyncio.timeout(WAIT_S):
        while True:
            with contextlib.suppress(BusError):
                async with line(broker.credentials("unit-02"), "unit-02") as (bus, _):
                    await bus.publish(status, b"{}")
                    break
            await asyncio.sleep(0.05)
