"""A broker for the demo and for tests: Mosquitto where it is installed, else the embedded one, on loopback only.

Nothing is kept over a restart: units publish their state again when they reconnect, and their outboxes keep what
no broker has acknowledged. A gym's own broker is configured in `deploy/`, with users, access lists and TLS.
"""

import asyncio
import getpass
import importlib.util
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from device_adapters.errors import BusError, ConfigError

HOST = "127.0.0.1"
READY_MAX_S = 10.0
STOP_MAX_S = 3.0
_POLL_S = 0.02

Kind = Literal["mosquitto", "embedded"]


@dataclass(frozen=True, slots=True)
class BrokerCommand:
    """What to run, and what people call it."""

    argv: tuple[str, ...]
    description: str


def broker_command(port: int, data_dir: Path, prefer: Kind = "mosquitto", acl: str = "") -> BrokerCommand:
    """Write the broker's settings into `data_dir`; returns the command that runs it on `port` (1–65535).

    `acl`: an access list by user names, which are believed without a password; the embedded broker knows none.
    The broker of the other kind is taken where the preferred one is not installed. Raises ConfigError if the port
    is taken or there is no broker at all.
    """
    _require_free(port)
    data_dir.mkdir(parents=True, exist_ok=True)
    kinds: tuple[Kind, ...] = (
        ("mosquitto", "embedded") if prefer == "mosquitto" else ("embedded", "mosquitto")
    )
    for kind in kinds:
        command = _mosquitto(port, data_dir, acl) if kind == "mosquitto" else _embedded(port, data_dir)
        if command is not None:
            return command
    raise ConfigError(
        "no MQTT broker on this machine; install Mosquitto (apt install mosquitto) or the sim extra "
        "(pip install 'backstride[sim]'), or name a broker with --broker mqtt://host:port"
    )


async def wait_ready(port: int, process: asyncio.subprocess.Process | None = None) -> None:
    """Return once the broker accepts connections. Raises BusError after READY_MAX_S or if `process` has ended."""
    try:
        async with asyncio.timeout(READY_MAX_S):
            while not await _accepts(port):
                if process is not None and process.returncode is not None:
                    raise BusError(
                        f"the broker on port {port} ended at once (code {process.returncode}); its messages say why"
                    )
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise BusError(f"the broker on port {port} accepts no connection after {READY_MAX_S:.0f} s") from None


class RunningBroker:
    """A broker as a child process."""

    def __init__(self, port: int, description: str, process: asyncio.subprocess.Process) -> None:
        self.url = f"mqtt://{HOST}:{port}"
        self.description = description
        self.process = process

    async def stop(self) -> None:
        """Ask it to end, and kill it if it has not within STOP_MAX_S. May be called twice."""
        if self.process.returncode is None:
            self.process.terminate()
        try:
            async with asyncio.timeout(STOP_MAX_S):
                await self.process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


async def start_broker(port: int, data_dir: Path, prefer: Kind = "mosquitto") -> RunningBroker:
    """Start a broker on `port` and wait until it is ready. Raises ConfigError or BusError; see `broker_command`."""
    command = broker_command(port, data_dir, prefer)
    process = await asyncio.create_subprocess_exec(*command.argv, stdin=asyncio.subprocess.DEVNULL)
    broker = RunningBroker(port, command.description, process)
    try:
        await wait_ready(port, process)
    except BaseException:
        await broker.kill()
        raise
    return broker


def _require_free(port: int) -> None:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
    except (OSError, OverflowError) as e:
        raise ConfigError(f"MQTT port {port} cannot be used ({e}); choose another with --mqtt-port") from e


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def _mosquitto(port: int, data_dir: Path, acl: str) -> BrokerCommand | None:
    # Debian installs it where only root's PATH looks.
    binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if binary is None:
        return None
    config, access = data_dir / "mosquitto.conf", data_dir / "acl"
    listed = ""
    if acl:
        access.write_text(acl, encoding="utf-8")
        # Started by root it would become another user, who may not read here.
        listed = f"acl_file {access}\nuser {getpass.getuser()}"
    config.write_text(
        f"""\
{listed}
listener {port} {HOST}
allow_anonymous true
persistence false
# Without it every acknowledged message waits 40 ms for the other side's delayed ACK.
set_tcp_nodelay true
# The defaults (20 in flight, 1000 queued) drop messages that were acknowledged to their sender.
max_inflight_messages 10000
max_queued_messages 100000
max_queued_bytes 67108864
log_dest stderr
log_type error
log_type warning
""",
        encoding="utf-8",
    )
    return BrokerCommand((binary, "-c", str(config)), "Mosquitto")


def _embedded(port: int, data_dir: Path) -> BrokerCommand | None:
    if importlib.util.find_spec("iotcore") is None:
        return None
    config = data_dir / "rumqttd.toml"
    config.write_text(
        f"""\
id = 0

[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 2000
max_segment_size = 10485760
max_segment_count = 10

[v5.1]
name = "v5"
listen = "{HOST}:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = 1048576
max_inflight_count = 1000
dynamic_filters = true
""",
        encoding="utf-8",
    )
    argv = (sys.executable, "-m", "iotcore", "--config", str(config), "--log-level", "CRITICAL")
    return BrokerCommand(argv, "embedded broker (rumqttd)")
