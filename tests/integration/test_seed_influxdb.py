"""`backstride seed` into a real InfluxDB, through a spool of its own."""

import asyncio
import re
import sys
from pathlib import Path

import pytest
from influx_world import InfluxWorld, needs_influxdb

from device_adapters.units import DAY_MS
from services.metrics import schema
from services.provisioning.history import day
from services.provisioning.visits import SeededGym


@needs_influxdb
@pytest.mark.timeout(300)
async def test_every_point_of_the_past_is_in_the_database_once(tmp_path: Path) -> None:
    world = InfluxWorld(tmp_path / "influx")
    await world.open()
    try:
        config = tmp_path / "hub.toml"
        config.write_text(f'data = "{tmp_path}/hub"\n[influx]\nurl = "{world.url}"\n')
        for _ in range(2):
            seeding = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.cli", "seed", "--weeks", "1", "--members", "6",
                "--until", "2024-10-04", "--config", config, stdout=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            assert await seeding.wait() == 0
        gym = SeededGym(end_ms=20_000 * DAY_MS, days=7, members=6)
        points = [point for nth in range(gym.days) for point in day(gym, nth)]
        for name, field in (
            ("treadmill", "seq"),
            ("session", "elapsed_s"),
            ("event", "id"),
            ("unit", "boot"),
        ):
            wanted = sum(point.measurement is schema.MEASUREMENTS[name] for point in points)
            assert await world.number(f'SELECT count("{field}") FROM "{name}"') == wanted  # noqa: S608
    finally:
        await world.close()


@needs_influxdb
@pytest.mark.timeout(300)
async def test_a_past_longer_than_the_database_keeps_is_no_fault_and_has_its_minutes(tmp_path: Path) -> None:
    world = InfluxWorld(tmp_path / "influx")
    await world.open()
    try:
        policy = 'RETENTION POLICY "{}" ON "backstride" DURATION {}d REPLICATION 1'
        await world.query(f"ALTER {policy.format('autogen', 90)}", post=True)
        await world.query(f"CREATE {policy.format('1m', 730)}", post=True)
        config = tmp_path / "hub.toml"
        config.write_text(f'data = "{tmp_path}/hub"\n[influx]\nurl = "{world.url}"\n')
        seeding = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", "seed", "--weeks", "16", "--members", "4", "--config", config,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        told, _ = await seeding.communicate()
        words = " ".join(told.decode().split())
        assert seeding.returncode == 0, words
        left_out = re.search(r"(\d+) points are older than the database keeps: left out", words)
        assert left_out, words
        assert int(left_out[1]) > 1000
        assert world.posts < 100, "no request for each line"
        assert re.search(r"(\d+) minute means\.", words), words
        raw = await world.query("SELECT mean(speed_kmh) FROM treadmill WHERE treadmill = 'tm-01'")
        kept = await world.query("SELECT count(speed_kmh) FROM \"1m\".treadmill WHERE treadmill = 'tm-01'")
        assert raw
        assert kept[0]["count"] > 100
    finally:
        await world.close()
