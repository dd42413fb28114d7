"""`backstride capture`: what a device says, with times, into a file without its address and name. It never writes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.markup import escape

from device_adapters import capture as files
from device_adapters.ble.link import Link, Offered, connect
from device_adapters.clock import SystemClock
from device_adapters.codecs import uuids
from device_adapters.config import UnitConfig
from device_adapters.errors import ConfigError, LinkError
from device_adapters.unit.introduction import introduced
from services import logs
from services.cli.devices.adapters import scanning, until_heard
from services.cli.devices.listening import ended_or_interrupted, unit_settings
from services.cli.first_error import first

REFRESH_S = 0.5
CONSTANTS = frozenset(
    {
        uuids.MANUFACTURER_NAME, uuids.MODEL_NUMBER, uuids.FIRMWARE_REVISION, uuids.HARDWARE_REVISION,
        uuids.SOFTWARE_REVISION, uuids.BODY_SENSOR_LOCATION, uuids.BATTERY_LEVEL, uuids.FITNESS_MACHINE_FEATURE,
        uuids.SPEED_RANGE, uuids.INCLINATION_RANGE, uuids.HEART_RATE_RANGE, uuids.TRAINING_STATUS,
    }
)  # fmt: skip
"""What is read. Serial numbers, names and system ids tell one device from another and are left out."""

OF_EVERY_DEVICE = frozenset({uuids.uuid128(0x1800), uuids.uuid128(0x1801)})
"""Generic Access and Generic Attribute: the name, and nothing about the machine."""

HEART = "This file holds a person's heartbeat: have their leave, and keep it as health data."


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureOptions:
    """What was asked for on the command line."""

    device: str
    config: Path | None
    radio: str
    seconds: float | None
    output: Path | None


def capture(options: CaptureOptions) -> int:
    """Capture until Ctrl-C, `seconds`, or the link is lost; 0 if there is at least one frame."""
    logs.configure("error")
    settings = unit_settings(options.config, options.radio)
    address = address_of(options.device, settings)
    path = options.output or Path(
        "capture.jsonl" if ":" in options.device else f"capture-{options.device}.jsonl"
    )
    out = Console(stderr=True, highlight=False)
    try:
        path.touch(0o600, exist_ok=False)  # a strap's is somebody's heart
        file = path.open("w", encoding="utf-8")
    except OSError as e:
        raise ConfigError(f"{path}: {e.strerror}; choose another file with --output") from e
    try:
        with file:
            frames = asyncio.run(_capture(settings, address, options.seconds, file, out))
    except* LinkError as group:
        raise first(group) from None
    finally:
        if not path.stat().st_size:
            path.unlink()
    out.print(
        f"{frames} frames in {escape(str(path))}. Look at them: backstride replay {escape(str(path))}",
        soft_wrap=True,
    )
    return int(not frames)


def address_of(device: str, settings: UnitConfig) -> str:
    """The address that `device`, an id of the settings or an address, means. ConfigError if it is neither."""
    owned = {t.id: t.address for t in settings.treadmill} | {s.id: s.address for s in settings.strap}
    if device in owned and not owned[device]:
        raise ConfigError(f"{device} is on a cable; captures are made of Bluetooth devices")
    if device in owned:
        return owned[device].upper()
    if device.count(":") == 5:
        return device.upper()
    known = ", ".join(owned) or "none; give --config unit.toml"
    raise ConfigError(
        f"{device}: neither an address such as F1:00:00:00:00:01 nor an id of the settings ({known})"
    )


async def _capture(
    settings: UnitConfig, address: str, seconds: float | None, file: TextIO, out: Console
) -> int:
    clock = SystemClock()
    async with scanning(settings, clock) as air:
        out.print(f"Listening for {address} ...")
        await until_heard(air, address)
        async with connect(air, address) as link:
            hide = files.secrets(address, link.name)
            file.write(files.line(await header_of(link, hide)))
            recorder = FrameRecorder(file, hide, clock.now_ms)
            for offered in link.offered():
                if {"notify", "indicate"} & set(offered.properties):
                    await recorder.follow(link, offered)
            await _until_over(link, seconds, recorder, out)
            return recorder.frames


async def header_of(link: Link, hide: tuple[bytes, ...]) -> files.Header:
    """What the device is."""
    known = await introduced(link)
    services: dict[str, list[files.CapturedCharacteristic]] = {}
    for offered in link.offered():
        if offered.service in OF_EVERY_DEVICE:
            continue
        value = await link.read(offered.uuid) if offered.uuid in CONSTANTS else None
        shown = None if value is None else files.redacted(value, hide).hex()
        services.setdefault(offered.service, []).append(
            files.CapturedCharacteristic(offered.uuid, offered.properties, shown)
        )
    kind: files.Kind = "other"
    if link.has(uuids.TREADMILL_DATA):
        kind = "treadmill"
    elif link.has(uuids.HEART_RATE_MEASUREMENT):
        kind = "strap"
    return files.Header(
        capture=1,
        kind=kind,
        day=datetime.now(UTC).date().isoformat(),
        model=files.redacted(known.model.encode(), hide).decode().replace("\0", ""),
        profile=known.profile.model,
        services=tuple(files.CapturedService(uuid, tuple(held)) for uuid, held in services.items()),
    )


class FrameRecorder:
    """Writes each frame as it comes, so that a capture that is killed is whole up to there."""

    def __init__(self, file: TextIO, hide: tuple[bytes, ...], now_ms: Callable[[], int]) -> None:
        self._file = file
        self._hide = hide
        self._now_ms = now_ms
        self._began_ms = now_ms()
        self.frames = 0
        self.heart = False

    async def follow(self, link: Link, offered: Offered) -> None:
        """Record what this characteristic says."""

        def frame(data: bytes) -> None:
            self.frames += 1
            shown = files.redacted(data, self._hide).hex()
            self._file.write(
                files.line(files.CapturedFrame(self._now_ms() - self._began_ms, offered.uuid, shown))
            )
            self._file.flush()

        self.heart |= offered.uuid == uuids.HEART_RATE_MEASUREMENT
        await link.subscribe(offered.uuid, frame)


async def _until_over(link: Link, seconds: float | None, recorder: FrameRecorder, out: Console) -> None:
    if recorder.heart:
        out.print(HEART)
    over = asyncio.ensure_future(ended_or_interrupted(seconds))
    gone = asyncio.ensure_future(link.gone.wait())
    loop = asyncio.get_running_loop()
    began = loop.time()
    with Live(console=out, auto_refresh=False, transient=True) as screen:
        while not (over.done() or gone.done()):
            await asyncio.wait([over, gone], timeout=REFRESH_S, return_when=asyncio.FIRST_COMPLETED)
            passed = loop.time() - began
            screen.update(f"{passed:.0f} s, {recorder.frames} frames. Ctrl-C ends it.", refresh=True)
    if not over.done():
        out.print("The link was lost; what came until then is kept.")
    for each in (over, gone):
        each.cancel()
