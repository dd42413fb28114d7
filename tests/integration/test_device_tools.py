"""scan, capture and replay as their user runs them, on a virtual gym; and real frames replayed through the adapters."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from device_adapters import capture as files
from device_adapters.clock import SystemClock
from device_adapters.codecs import uuids
from device_adapters.sim.gym import Gym
from device_adapters.sim.layout import GymConfig
from services.cli.devices.replay import play

CORPUS = json.loads((Path(__file__).parents[1] / "corpus" / "frames.json").read_text())["frames"]
TM, HR = "F1:00:00:00:00:01", "F2:00:00:00:00:01"
POD, WHEEL = "F3:00:00:00:00:01", "F4:00:00:00:00:01"


@pytest.fixture
async def radio() -> AsyncIterator[str]:
    """The address of a gym's radio with two treadmills and a strap, a foot pod and a wheel sensor."""
    async with Gym(GymConfig(treadmills=2, straps=1, footpods=1, wheel_sensors=1), SystemClock()) as gym:
        port = await gym.adapters.open("127.0.0.1", 0)
        time = asyncio.create_task(gym.run())
        yield f"virtual:127.0.0.1:{port}"
        time.cancel()
        await asyncio.wait([time])


async def backstride(*arguments: str | Path) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", *map(str, arguments),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 50)
    return int(process.returncode or 0), out.decode(), err.decode()


async def test_scan_tells_treadmills_straps_and_the_units_own(radio: str, tmp_path: Path) -> None:
    config = tmp_path / "unit.toml"
    config.write_text(
        f'unit = "unit-01"\nradio = "{radio}"\n[[strap]]\nid = "hr-01"\naddress = "{HR.lower()}"\n'
        f'[[treadmill]]\nid = "tm-01"\naddress = "{TM}"\nbelt_sensor_address = "{WHEEL.lower()}"\n'
    )
    code, out, _ = await backstride("scan", "--config", config, "--seconds", "5", "--json")
    assert code == 0
    found = {each["address"]: each for each in json.loads(out)["devices"]}
    assert {address: (each["kind"], each["id"]) for address, each in found.items()} == {
        TM: ("treadmill", "tm-01"),
        "F1:00:00:00:00:02": ("treadmill", ""),
        HR: ("strap", "hr-01"),
        POD: ("pod", ""),
        WHEEL: ("pod", "belt sensor of tm-01"),
    }
    assert found[WHEEL]["services"] == ["cycling speed and cadence"]
    assert found[TM]["name"] == "Treadmill 1"
    assert found[TM]["rssi_dbm"] < 0
    code, out, _ = await backstride("scan", "--radio", radio, "--seconds", "5")
    assert code == 0
    assert "Treadmill 2" in out


async def test_nothing_around_is_said_with_the_likely_reason() -> None:
    async with Gym(GymConfig(treadmills=0, straps=0), SystemClock()) as gym:
        port = await gym.adapters.open("127.0.0.1", 0)
        code, _, err = await backstride("scan", "--radio", f"virtual:127.0.0.1:{port}", "--seconds", "0.5")
    assert code == 1
    assert "stop the unit to see it" in err


@pytest.mark.parametrize(
    ("address", "kind", "key"), [(TM, "treadmill", "speed_kmh"), (HR, "strap", "hr_bpm")]
)
async def test_a_capture_has_no_address_and_no_name_and_replays(
    radio: str, tmp_path: Path, address: str, kind: str, key: str
) -> None:
    path = tmp_path / "c.jsonl"
    code, _, err = await backstride("capture", address, "--radio", radio, "--seconds", "8", "--output", path)
    assert code == 0
    assert ("heartbeat" in err) == (kind == "strap")
    text = path.read_text()
    for secret in (address, address.lower(), address.replace(":", "").lower(), "Treadmill 1", "Strap 1"):
        assert secret not in text
        assert secret.encode().hex() not in text
    assert path.stat().st_mode & 0o777 == 0o600
    capture = files.read(path)
    assert capture.header.kind == kind
    assert len(capture.frames) >= 2
    values = {each.uuid: each.value for s in capture.header.services for each in s.characteristics}
    assert values[uuids.MODEL_NUMBER]
    assert values[uuids.SERIAL_NUMBER] is None
    code, out, _ = await backstride("replay", path, "--speed", "20")
    assert code == 0
    records = [json.loads(line) for line in out.splitlines()]
    assert len(records) == sum(
        f.uuid in (uuids.TREADMILL_DATA, uuids.HEART_RATE_MEASUREMENT) for f in capture.frames
    )
    assert all(key in record for record in records)
    code, _, err = await backstride("capture", address, "--radio", radio, "--seconds", "1", "--output", path)
    assert code == 2
    assert "--output" in err
    assert path.read_text() == text


async def test_a_device_that_is_not_known_leaves_no_file(radio: str, tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    code, _, err = await backstride("capture", "tm-09", "--radio", radio, "--output", path)
    assert code == 2
    assert "give --config" in err
    assert not path.exists()


def real(char: str, device: str) -> tuple[files.Capture, list[dict[str, Any]]]:
    """The captured frames of one real device, 40 ms apart, and what is known of each of its records."""
    kind: files.Kind = "strap" if char == "2a37" else "treadmill"
    service = uuids.HEART_RATE_SERVICE if kind == "strap" else uuids.FITNESS_MACHINE_SERVICE
    uuid = uuids.uuid128(int(char, 16))
    found = [f for f in CORPUS if (f["char"], f["device"], f["kind"]) == (char, device, "captured")]
    layout = (files.CapturedService(service, (files.CapturedCharacteristic(uuid, ("notify",)),)),)
    header = files.Header(1, kind, "2026-11-24", "", "generic", layout)
    frames = tuple(files.CapturedFrame(40 * n, uuid, f["hex"]) for n, f in enumerate(found))
    records: dict[str, dict[str, Any]] = {}
    for frame in found:
        records.setdefault(frame.get("record") or frame["id"], {}).update(frame["expect"])
    return files.Capture(header, frames), list(records.values())


TREADMILLS = sorted({f["device"] for f in CORPUS if (f["char"], f["kind"]) == ("2acd", "captured")})
STRAPS = ("RR-capable HRM (TMIW sample)", "Polar H7")


@pytest.mark.parametrize("device", TREADMILLS)
async def test_real_treadmills_are_read_by_the_adapters_as_the_corpus_says(device: str) -> None:
    capture, expected = real("2acd", device)
    assert capture.frames
    said: list[dict[str, Any]] = []
    assert await play(capture, 1.0, SystemClock(), said.append) == len(expected)
    assert [record.get("speed_kmh") for record in said] == [known["speed_kmh"] for known in expected]
    assert [record.get("distance_m") for record in said] == [known.get("distance_m") for known in expected]


@pytest.mark.parametrize("device", STRAPS)
async def test_real_straps_are_read_by_the_adapters_as_the_corpus_says(device: str) -> None:
    capture, expected = real("2a37", device)
    assert capture.frames
    said: list[dict[str, Any]] = []
    await play(capture, 1.0, SystemClock(), said.append)
    assert [record.get("hr_bpm") for record in said] == [known["bpm"] for known in expected]


async def test_a_reader_that_has_enough_ends_the_replay() -> None:
    capture, _ = real("2acd", TREADMILLS[0])
    endless = files.Capture(
        capture.header,
        tuple(
            files.CapturedFrame(40 * n, capture.frames[0].uuid, capture.frames[0].hex) for n in range(100_000)
        ),
    )

    def full(_record: dict[str, object]) -> None:
        raise BrokenPipeError

    assert await asyncio.wait_for(play(endless, 1.0, SystemClock(), full), 30) == 0
