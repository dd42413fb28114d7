"""The unit's adapters and gate over the virtual radio: real GATT, the same code as on a Raspberry Pi."""

import gc
import os
import socket
from importlib.metadata import Lookup  # type: ignore[attr-defined]  # its cache
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs
from unit_world import world

from device_adapters.contract import messages as m
from device_adapters.contract import registry


async def test_it_boots_observing_and_publishes_every_frame(tmp_path: Path) -> None:
    async with world(tmp_path, treadmills=2, straps=2) as w:
        await w.ready("tm-01")
        await w.ready("tm-02")
        await w.until(lambda: len(w.telemetry) > 20 and len(w.hearts) > 4)
        assert w.gym.station("tm-01").computer.controller is None
        assert not w.states["tm-01"].control
        for device in ("tm-01", "tm-02"):
            numbers = [t.seq for t in w.telemetry if t.treadmill == device]
            assert numbers == list(range(1, len(numbers) + 1))
        assert {t.speed_kmh for t in w.telemetry} == {0.0}
        assert all(h.hr_bpm for h in w.hearts)


async def test_a_leased_belt_starts_slowly_rises_and_stops_when_told(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.ready()
        await w.hold()
        assert (await w.command("start")).speed_kmh == 1.0
        assert (await w.command("target", speed_kmh=2.0)).outcome == "accepted"
        await w.until(lambda: w.belt_ckmh() == 200)
        speeds = [t.speed_kmh for t in w.telemetry if t.speed_kmh]
        assert max(speeds) <= 2.0
        assert (await w.command("stop")).outcome == "accepted"
        await w.until(lambda: w.belt_ckmh() == 0)
        await w.until(lambda: w.states["tm-01"].belt == "still")
        assert w.states["tm-01"].latched == ""


async def test_a_pressed_stop_needs_no_lease_and_latches_until_cleared(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.run_at(1.5)
        await w.bus.bus.publish(registry.STOP_ALL.topic("gym"), b"this is no JSON")
        await w.until(lambda: w.belt_ckmh() == 0)
        await w.until(lambda: w.states["tm-01"].belt == "still" and w.states["tm-01"].setpoint_kmh is None)
        assert w.states["tm-01"].latched == "stop_pressed"
        await w.let_go()
        assert (await w.command("clear")).cause == "no_person"
        assert (await w.command("clear", by="Kim")).outcome == "accepted"
        await w.until(lambda: w.states["tm-01"].latched == "")
        assert [e.cause for e in w.events if e.kind == "hazard"] == ["stop_pressed"]
        (rest,) = (e for e in w.events if e.kind == "stopped")
        assert 1000 < int(rest.after["took_ms"] or 0) < 16_000


async def test_nobody_moves_a_belt_without_a_lease(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.ready()
        assert (await w.command("start")).cause == "no_lease"
        known = len(w.results)
        topic = registry.COMMAND.topic("gym", "tm-01")
        for payload in (b"{", b'{"id":"x","verb":"fly"}', b'{"id":"y","verb":"target","speed_kmh":-1}'):
            await w.bus.bus.publish(topic, payload)
        await w.until(lambda: len(w.results) == known + 3)
        assert [(r.id, r.outcome, r.cause) for r in w.results[known:]] == [
            ("", "refused", "malformed"),
            ("x", "refused", "malformed"),
            ("y", "refused", "malformed"),
        ]
        assert w.gym.station("tm-01").computer.controller is None


async def test_a_holder_that_goes_silent_loses_the_belt(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.run_at(1.5)
        await w.let_go()
        await w.until(lambda: w.belt_ckmh() == 0)
        await w.until(lambda: w.states["tm-01"].latched == "lease_expired")


async def test_a_unit_that_ends_brings_its_belt_to_rest_first(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.run_at(1.5)
    assert w.belt_ckmh() == 0


async def test_a_lost_link_is_said_latched_and_never_resumed(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.run_at(1.5)
        w.gym.inject("tm-01", b"link_lost")
        await w.until(lambda: w.states["tm-01"].link == "lost")
        assert w.states["tm-01"].latched == "link_lost"
        assert w.states["tm-01"].belt == "unknown"
        assert w.belt_ckmh() > 0
        w.gym.inject("tm-01", b"none")
        await w.until(lambda: w.belt_ckmh() == 0)
        await w.until(lambda: w.states["tm-01"].belt == "still")
        assert w.states["tm-01"].latched == "link_lost"


async def test_the_safety_key_and_a_revoked_control_end_the_lease(tmp_path: Path) -> None:
    async with world(tmp_path, treadmills=2) as w:
        await w.run_at(1.5, "tm-01")
        w.gym.inject("tm-01", b"safety_key")
        await w.until(lambda: w.states["tm-01"].latched == "safety_key")
        await w.until(lambda: w.belt_ckmh("tm-01") == 0)
        await w.let_go()
        await w.run_at(1.5, "tm-02")
        w.gym.inject("tm-02", b"control_revoked")
        await w.until(lambda: w.states["tm-02"].latched == "control_lost")
        await w.until(lambda: w.belt_ckmh("tm-02") == 0)


async def test_the_unit_says_its_health(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        seen: list[m.UnitStatus] = []
        w.bus.subscribe(registry.UNIT_STATUS, lambda _id, message: seen.append(message))
        await w.until(lambda: bool(seen))
        assert seen[0].online
        assert seen[0].treadmills == ("tm-01",)
        assert seen[0].outbox_dropped == 0
        assert seen[0].memory_used_mb
        assert seen[0].disk_free_mb


async def test_a_monitor_reads_the_unit_on_its_port(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    async with world(tmp_path, metrics_port=port) as w:
        await w.ready()
        await w.until(lambda: len(w.telemetry) > 4)
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60
        ) as monitor:
            health = await monitor.get("/healthz")
            metrics = await monitor.get("/metrics")
        assert health.status_code == 200
        assert health.json()["devices"] == 2
        assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
        found = {
            sample.name: sample.value
            for family in text_string_to_metric_families(metrics.text)
            for sample in family.samples
            if sample.labels in ({}, {"device": "tm-01", "kind": "treadmill"})
        }
        assert found["backstride_broker_connected"] == 1
        assert found["backstride_device_linked"] == 1
        assert found["backstride_device_frames_total"] >= 4
        for address in ("F1:00", "F2:00", "f1:00", "f2:00"):
            assert address not in metrics.text
        w.gym.inject("tm-01", b"link_lost")
        await w.until(lambda: w.unit.treadmills["tm-01"].link_losses == 1)
        assert w.unit.health.status().link_losses == {"tm-01": 1}


async def test_a_monitoring_port_that_is_taken_costs_nothing_else(tmp_path: Path) -> None:
    with socket.socket() as taken, capture_logs() as logs:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with world(tmp_path, metrics_port=taken.getsockname()[1]) as w:
            await w.ready()
            await w.until(lambda: len(w.telemetry) > 4)
            await w.until(lambda: "metrics_port" in [log["event"] for log in logs])


async def test_saying_the_health_again_and_again_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking up the own version remembers each state of a folder on the path that files come and go in."""
    busy = tmp_path / "busy"
    busy.mkdir()
    monkeypatch.syspath_prepend(busy)
    async with world(tmp_path / "data") as w:
        before = _lookups()
        for second in range(20):
            os.utime(busy, (second, second))
            w.unit.health.status()
        assert _lookups() == before


def _lookups() -> int:
    gc.collect()
    return sum(isinstance(each, Lookup) for each in gc.get_objects())
