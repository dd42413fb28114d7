"""What a message costs on each client library of the bus: bursts, a steady flow, round trips; plain and by TLS.

python tests/bench/bus_clients.py [--rounds 5]
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/support")]

from figures import Figure, Ratio, save  # noqa: E402
from ports import free_port  # noqa: E402
from tls_broker import tls_broker  # noqa: E402

from device_adapters.bus.mqtt import MqttBus  # noqa: E402
from device_adapters.config import Broker  # noqa: E402
from services import logs  # noqa: E402
from services.broker import start_broker  # noqa: E402

BURST, STEADY, STEADY_S, TRIPS = 3_000, 800, 3.0, 300
PAYLOAD = bytes(220)
TOPIC = "test/unit-01/done"
MEASURED = ("burst", "steady", "round trip")


@asynccontextmanager
async def client(broker: Broker, name: str) -> AsyncIterator[tuple[MqttBus, asyncio.Queue[bytes]]]:
    """A bus that hears what it says."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    bus = MqttBus(broker, client_id=name)
    bus.subscribe(TOPIC, lambda message: heard.put_nowait(message.payload))
    running = asyncio.create_task(bus.run())
    try:
        async with asyncio.timeout(30):
            while not bus.connected:
                await asyncio.sleep(0.01)
        yield bus, heard
    finally:
        running.cancel()
        await asyncio.wait([running])


async def measure(broker: Broker) -> dict[str, float]:
    """Microseconds of processor per message, there and back, in a burst and at a steady flow; µs of a round trip."""
    async with client(broker, "unit-01") as (bus, heard):
        began = time.process_time()
        await asyncio.gather(*(bus.publish(TOPIC, PAYLOAD) for _ in range(BURST)))
        for _ in range(BURST):
            await heard.get()
        burst = (time.process_time() - began) / BURST
        began, due = time.process_time(), time.perf_counter()
        sends = []
        count = int(STEADY * STEADY_S)
        for _ in range(count):
            due += 1 / STEADY
            await asyncio.sleep(due - time.perf_counter())
            sends.append(asyncio.create_task(bus.publish(TOPIC, PAYLOAD)))
        await asyncio.gather(*sends)
        for _ in range(count):
            await heard.get()
        steady = (time.process_time() - began) / count
        trips = []
        for _ in range(TRIPS):
            began = time.perf_counter()
            await bus.publish(TOPIC, PAYLOAD)
            trips.append(time.perf_counter() - began)
            await heard.get()
    return dict(zip(MEASURED, (1e6 * s for s in (burst, steady, statistics.median(trips))), strict=True))


async def rounds(plain: Broker, tls: Broker, count: int) -> list[Figure]:
    """Both libraries in turn, so that a busy machine hits both."""
    figures = []
    for line, broker in (("plain", plain), ("TLS", tls)):
        found: dict[str, list[dict[str, float]]] = {"mqtt5": [], "paho": []}
        for _ in range(count):
            for name, those in found.items():
                fields = {field: getattr(broker, field) for field in ("ca_file", "cert_file", "key_file")}
                those.append(await measure(Broker(url=broker.url, client=name, **fields)))  # type: ignore[arg-type]
        for what in MEASURED:
            ours, theirs = ([one[what] for one in found[name]] for name in ("mqtt5", "paho"))
            unit = "median" if what == "round trip" else "of processor a message, sent and heard"
            figures.append(
                Figure(
                    f"bus, {line}: {what}",
                    f"{statistics.median(ours):.0f} µs {unit}",
                    "the same bus on paho",
                    f"{statistics.median(theirs):.0f} µs",
                    Ratio.of(theirs, ours),
                    1.0,
                    "at most",
                    "which client library a bus runs on",
                )
            )
    return figures


async def run(count: int) -> list[Figure]:
    """On a Mosquitto of its own for each line."""
    with tempfile.TemporaryDirectory(prefix="backstride-bench-") as folder:
        plain = await start_broker(free_port(), Path(folder) / "plain", "mosquitto")
        secure = Path(folder) / "tls"
        secure.mkdir()
        with tls_broker(secure, "gym", []) as broker:
            credentials = broker.credentials("tester")
            figures = await rounds(Broker(url=plain.url), credentials, count)
        await plain.stop()
    return figures


def main() -> None:
    """Print and save."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    logs.configure("error")
    save("bus clients", asyncio.run(run(options.rounds)))


if __name__ == "__main__":
    main()
