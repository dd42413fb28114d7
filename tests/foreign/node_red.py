"""A real Node-RED with `deploy/integrations/node-red-flow.json` beside a real unit, on the broker of `hub init`: TLS, a
certificate of its own in the role `telegraf`, a hub's access list. Run by `make foreign-test`.

What is held: the flow is taken as it is (but for the port); what is measured, what is locked and which unit is gone
come to it in words, and neither a heart nor a refusal does.
"""

import asyncio
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
from beside_demo import program
from environments import ROOT, NodeProgram, node_ready
from ports import free_port
from tls_broker import TlsBroker, tls_broker
from waiting import until

from device_adapters.bus.mqtt import MqttBus
from device_adapters.config import Broker, Strap, Treadmill, UnitConfig
from device_adapters.contract.messages import Stop
from device_adapters.contract.registry import STOP_ONE
from device_adapters.sim.layout import GymConfig, gym_layout
from services.cli.demo.supervisor import Supervisor, backstride
from services.hub.clients import Client, UnitDevice

NODE_RED = NodeProgram(name="node-red", package="node-red@4.1.15", entry="node-red/red.js")
FLOW = ROOT / "deploy" / "integrations" / "node-red-flow.json"
SITE, UNIT, TREADMILL, STRAP, NAME = "gym", "unit-01", "tm-01", "hr-01", "node-red"
CLIENTS = (
    Client(name=UNIT, role="unit", treadmills=(UnitDevice(id=TREADMILL),), straps=(UnitDevice(id=STRAP),)),
    Client(name="sim", role="sim"),
    Client(name=NAME, role="telegraf"),
)
WAIT_S = 120.0


class NodeRed:
    """One installation in `folder`; what it says goes to a file."""

    def __init__(self, red: Path, folder: Path, broker: TlsBroker) -> None:
        self.port = free_port()
        self._log = folder / "said.log"
        self._broker = broker
        folder.mkdir()
        (folder / "settings.js").write_text(
            f'module.exports = {{uiHost: "127.0.0.1", uiPort: {self.port}, credentialSecret: false,'
            " logging: {console: {level: 'info', metrics: false, audit: false}}};\n"
        )
        line = broker.credentials(NAME)
        together = folder / f"{NAME}.pem"
        together.write_bytes(Path(line.cert_file).read_bytes() + Path(line.key_file).read_bytes())
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "HUB": "127.0.0.1", "NAME": NAME,
            "CREDENTIALS": str(together), "CA": line.ca_file,
        }  # fmt: skip
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                ["node", str(red), "--userDir", str(folder)], stdout=log, stderr=log, env=environment
            )

    def end(self) -> None:
        """Ask it to end, and wait."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(WAIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def said(self) -> str:
        """All that it has logged."""
        return self._log.read_text(errors="replace")

    def runs(self) -> bool:
        """Does its interface answer?"""
        assert self.process.poll() is None, self.said()
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/settings").status_code == 200
        except httpx.TransportError:
            return False

    def take(self, flow: Path) -> int:
        """Import it as a person would, the port put right; how many nodes it has then."""
        nodes = msgspec.json.decode(flow.read_bytes())
        for node in nodes:
            if node["type"] == "mqtt-broker":
                node["port"] = str(self._broker.port)
        url = f"http://127.0.0.1:{self.port}"
        httpx.post(f"{url}/flows", json=nodes).raise_for_status()
        return len(httpx.get(f"{url}/flows").raise_for_status().json())


async def seen(what: str, fact: Callable[[], bool], node_red: NodeRed) -> None:
    """Wait for it; AssertionError with what Node-RED says."""
    await until(fact, lambda: f"{what}:\n{node_red.said()[-6000:]}", WAIT_S)
    sys.stdout.write(f"  {what}\n")


@asynccontextmanager
async def unit_beside(broker: TlsBroker, folder: Path) -> AsyncIterator[Supervisor]:
    """A virtual gym and a unit, as processes, each with a certificate of its own."""
    radio_port, layout = free_port(), dict(gym_layout(1, 1))
    settings: dict[str, GymConfig | UnitConfig] = {
        "gym": GymConfig(site=SITE, port=radio_port, treadmills=1, straps=1, broker=broker.credentials("sim")),
        "unit": UnitConfig(
            unit=UNIT, site=SITE, radio=f"virtual:127.0.0.1:{radio_port}", data=str(folder / "unit"),
            broker=broker.credentials(UNIT),
            treadmill=(Treadmill(id=TREADMILL, address=layout[TREADMILL]),),
            strap=(Strap(id=STRAP, address=layout[STRAP], treadmill=TREADMILL),),
        ),
    }  # fmt: skip
    supervisor = Supervisor(folder, lambda _name, _restarts: None)
    try:
        for name, each in settings.items():
            file = folder / f"{name}.toml"
            file.write_bytes(msgspec.toml.encode(each))
            supervisor.start(name, backstride("run", name, "--config", str(file)))
            await supervisor.wait_ready(name)
        yield supervisor
    finally:
        for name in reversed(list(supervisor.roles)):
            await supervisor.stop(name)


async def press_stop(line: Broker) -> None:
    """As staff would."""
    bus = MqttBus(line, client_id="cli")
    running, there = asyncio.create_task(bus.run()), asyncio.Event()
    bus.on_connection(lambda up: there.set() if up else None)
    try:
        async with asyncio.timeout(WAIT_S):
            await there.wait()
        await bus.publish(STOP_ONE.topic(SITE, TREADMILL), STOP_ONE.encode(Stop(by="test")))
    finally:
        running.cancel()
        await asyncio.wait([running])


async def run(broker: TlsBroker, node_red: NodeRed, folder: Path) -> None:
    """All of it, in the order of a day."""
    await seen("Node-RED is there", node_red.runs, node_red)
    nodes = node_red.take(FLOW)
    sys.stdout.write(f"  {FLOW.name} is taken: {nodes} nodes\n")
    async with unit_beside(broker, folder) as supervisor:
        for line in (f"{TREADMILL}: 0 km/h", f"{TREADMILL}: nothing wrong", f"{UNIT}: online"):
            await seen(f"it says {line!r}", lambda line=line: line in node_red.said(), node_red)  # type: ignore[misc]
        await press_stop(broker.credentials("cli", hub=True))
        locked = f"{TREADMILL}: locked: stop_pressed"
        await seen(f"after a stop it says {locked!r}", lambda: locked in node_red.said(), node_red)
        process = supervisor.roles["unit"].process
        assert process is not None
        supervisor.roles["unit"].stopping = True
        process.kill()
        gone = f"{UNIT}: OFFLINE"
        await seen(f"after its unit was killed it says {gone!r}", lambda: gone in node_red.said(), node_red)
    said = node_red.said()
    assert "unknown: " not in said, said
    assert "[error]" not in said, said
    assert "bpm" not in said, said


def main() -> int:
    """0: it holds, or this machine cannot run it and that was said."""
    red = program("Node-RED", lambda: node_ready(NODE_RED))
    if red is None:
        return 0
    sys.stdout.write(f"== {NODE_RED.package} with our flow beside a unit\n")
    with tempfile.TemporaryDirectory(prefix="backstride-node-red-") as name:
        folder = Path(name)
        (folder / "site").mkdir()
        with tls_broker(folder / "site", SITE, CLIENTS) as broker:
            node_red = NodeRed(red, folder / "node-red", broker)
            try:
                asyncio.run(run(broker, node_red, folder))
            finally:
                node_red.end()
    sys.stdout.write("== Node-RED: all of it holds\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
