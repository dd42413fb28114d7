"""Run by tests/integration/test_foreign_pyftms.py with an interpreter of its own: pyftms drives a virtual treadmill.

    python pyftms_client.py HOST:PORT ADDRESS

Reports as JSON lines on standard output; judges nothing. Ends when the safety key is pulled.
"""

import asyncio
import json
import sys

import pyftms  # type: ignore[import-not-found]  # lives in an environment of its own

from device_adapters.sim.adapter import open_virtual_radio

SPEED_KMH = 5.0
INCLINE_PCT = 2.0
TOO_FAST_KMH = 99.0
LONG_S = 20.0


def report(step: str, **found: object) -> None:
    sys.stdout.write(json.dumps({"step": step, **found}, default=str) + "\n")
    sys.stdout.flush()


async def drive(gym: str, address: str) -> None:
    radio = await open_virtual_radio(gym)
    with radio.install():  # pyftms never says which backend
        seen = pyftms.discover_ftms_devices(LONG_S)
        device, kind = await anext((d, k) async for d, k in seen if d.address == address)
        report("found", kind=kind.name, name=device.name)
        stopped, fast = asyncio.Event(), asyncio.Event()

        def take(event: pyftms.FtmsEvents) -> None:
            report("event", id=event.event_id, data=event.event_data if event.event_id == "update" else None)
            if event.event_id == "update" and event.event_data.get("speed_instant") == SPEED_KMH:
                fast.set()
            if event.event_id == "stop" and event.event_source == "safety":
                stopped.set()

        async with pyftms.get_client(device, kind, on_ftms_event=take) as treadmill:
            report(
                "connected",
                info=treadmill.device_info,
                settings=treadmill.supported_settings,
                properties=treadmill.supported_properties,
                ranges={name: tuple(range_) for name, range_ in treadmill.supported_ranges.items()},
            )
            report("start", result=(await treadmill.start_resume()).name)
            report("speed", result=(await treadmill.set_target_speed(SPEED_KMH)).name)
            report("incline", result=(await treadmill.set_target_inclination(INCLINE_PCT)).name)
            report("too fast", result=(await treadmill.set_target_speed(TOO_FAST_KMH)).name)
            await fast.wait()
            report("at speed")
            await stopped.wait()
            report("stopped by the key")
    await radio.close()


async def main() -> None:
    async with asyncio.timeout(3 * LONG_S):
        await drive(sys.argv[1], sys.argv[2])


asyncio.run(main())
