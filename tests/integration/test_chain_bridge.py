"""Two real Mosquittos with a site's bridge between them: what is measured goes up, no control crosses either way."""

import asyncio
import getpass
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ports import free_port
from tls_broker import MOSQUITTO, TlsBroker, tls_broker, wait_open
from waiting import until

from device_adapters.bus.mqtt import MqttBus
from device_adapters.contract.registry import CHANNELS
from device_adapters.errors import BusRefusedError
from services.hub import authority, bridge
from services.hub.clients import Client

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(MOSQUITTO is None, reason="NO MOSQUITTO ON THIS MACHINE: apt install mosquitto"),
]
WAIT_S = 60.0
ACL = Path(__file__).parents[2] / "deploy" / "chain" / "acl"


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[tuple[TlsBroker, int]]:
    """The chain's broker, and the port of a site's that is bridged to it."""
    folder = tmp_path / "chain"
    folder.mkdir()
    with tls_broker(folder, "gym", [Client(name="metrics", role="metrics")]) as made:
        acl = ACL.read_text() + "\nuser tester\ntopic readwrite #\n"
        (made.folder / "acl").write_text(acl)
        made.stop()
        made.start()
        up = made.credentials("gym")
        pair = authority.Pair(Path(up.cert_file).read_bytes(), Path(up.key_file).read_bytes())
        (tmp_path / "chain.pem").write_bytes(pair.together)
        (tmp_path / "chain-ca.crt").write_bytes((made.folder / "ca.crt").read_bytes())
        port = free_port()
        conf = tmp_path / "site.conf"
        conf.write_text(
            f"user {getpass.getuser()}\nlistener {port} 127.0.0.1\nallow_anonymous true\n"
            + bridge.settings("gym", "127.0.0.1", made.port, str(tmp_path))
        )
        assert MOSQUITTO is not None
        process = subprocess.Popen([MOSQUITTO, "-c", str(conf)])
        wait_open(port, process)
        yield made, port
        process.terminate()
        process.wait()


async def test_what_is_measured_goes_up_and_nothing_comes_down(chain: tuple[TlsBroker, int]) -> None:
    made, port = chain
    above = MqttBus(made.credentials("tester", hub=True), client_id="above")
    below = MqttBus(f"mqtt://127.0.0.1:{port}", client_id="below")
    went_up, came_down = set[str](), set[str]()
    above.subscribe("backstride/#", lambda incoming: went_up.add(incoming.topic))
    below.subscribe("backstride/#", lambda incoming: came_down.add(incoming.topic))
    lines = [asyncio.create_task(bus.run()) for bus in (above, below)]
    try:
        await until(lambda: above.connected and below.connected)
        sent = {channel.topic("gym", "x-01"): channel for channel in CHANNELS}
        last = "backstride/v1/gym/unit/last/status"
        async with asyncio.timeout(WAIT_S):
            while last not in went_up:  # the bridge may still be connecting
                await below.publish(last, b"{}")
                await asyncio.sleep(0.1)
        for topic in sent:
            await below.publish(topic, b"{}")
        await below.publish(last.replace("last", "end"), b"{}")
        await until(lambda: last.replace("last", "end") in went_up)
        ours = {topic for topic in went_up if "/last/" not in topic and "/end/" not in topic}
        assert ours == {topic for topic, channel in sent.items() if bridge.ROLE in channel.readers}
        came_down.clear()
        for topic in sent:
            await above.publish(topic.replace("x-01", "y-01"), b"{}")
        await below.publish("backstride/v1/gym/test", b"")
        await until(lambda: "backstride/v1/gym/test" in came_down)
        assert came_down == {"backstride/v1/gym/test"}
    finally:
        for line in lines:
            line.cancel()
        await asyncio.wait(lines)


async def test_a_site_speaks_below_its_own_name_and_a_writer_hears_its_site(
    chain: tuple[TlsBroker, int],
) -> None:
    made, _ = chain
    site = MqttBus(made.credentials("gym-01"), client_id="gym-01")
    writer = MqttBus(made.credentials("gym-01-a"), client_id="gym-01-a")
    heard = set[str]()
    for topic_filter in ("$share/gym-01/backstride/v1/gym-01/#", "backstride/v1/gym-02/#"):
        writer.subscribe(topic_filter, lambda incoming: heard.add(incoming.topic))
    other = MqttBus(made.credentials("gym-02"), client_id="gym-02")
    lines = [asyncio.create_task(bus.run()) for bus in (site, writer, other)]
    try:
        await until(lambda: site.connected and writer.connected and other.connected)
        with pytest.raises(BusRefusedError):
            await site.publish("backstride/v1/gym-02/event", b"{}")
        with pytest.raises(BusRefusedError):
            await writer.publish("backstride/v1/gym-01/treadmill/tm-01/command", b"{}")
        await other.publish("backstride/v1/gym-02/event", b"{}")
        await site.publish("backstride/v1/gym-01/event", b"{}")
        await until(lambda: heard)
        assert heard == {"backstride/v1/gym-01/event"}
    finally:
        for line in lines:
            line.cancel()
        await asyncio.wait(lines)
