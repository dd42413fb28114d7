"""Which databases may keep heart rates: those that can forget them, or those for which the operator answers."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from typer.testing import CliRunner

from device_adapters.config import HubConfig, Influx
from device_adapters.errors import ConfigError
from services.cli.main import app
from services.metrics import store_kind
from services.metrics.known_store import known
from services.metrics.service import run_metrics
from services.metrics.shipper import STORED, Reply

UNFIT = {
    "InfluxDB 3 (Core)": {"X-Influxdb-Version": "3.5.0", "X-Influxdb-Build": "Core"},
    "VictoriaMetrics": {},
}  # fmt: skip
FIT = {
    "InfluxDB 1": {"X-Influxdb-Version": "1.6.7~rc0"},
    "InfluxDB 2": {"x-influxdb-version": "v2.9.1"},
}  # fmt: skip


async def server(headers: dict[str, str]) -> tuple[web.AppRunner, str]:
    async def ping(_request: web.Request) -> web.Response:
        return web.json_response({"version": "?"}, headers=headers)

    app = web.Application()
    app.router.add_get("/ping", ping)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


@pytest.mark.parametrize("name", [*UNFIT, *FIT])
async def test_a_store_that_cannot_forget_is_refused_at_provision_at_check_and_at_start(
    name: str, tmp_path: Path
) -> None:
    runner, url = await server((UNFIT | FIT)[name])
    config = tmp_path / "hub.toml"
    config.write_text(f'data = "{tmp_path}"\n[influx]\nurl = "{url}"\n')
    stored: list[bytes] = []

    async def post(body: bytes) -> Reply:
        stored.append(body)
        return Reply(STORED)

    try:
        check = await asyncio.to_thread(CliRunner().invoke, app, ["config", "check", str(config)])
        reply = await known(Influx(url=url), post)(b"x")
        if name in FIT:
            assert check.exit_code == 0, check.output
            assert reply.taken
            return
        words = ["provision", "influx", "--config", str(config)]
        provision = await asyncio.to_thread(CliRunner().invoke, app, words)
        assert isinstance(provision.exception, ConfigError)
        assert "cannot forget heart rates" in str(provision.exception)
        assert check.exit_code == 1
        assert "hub.toml:3: influx.url" in check.output
        assert "cannot_forget = true" in check.output
        with pytest.raises(ConfigError, match="cannot_forget = true under"):
            await run_metrics(HubConfig(data=str(tmp_path), influx=Influx(url=url)), lambda: None)
        assert "cannot forget heart rates" in reply.why, "nor one that comes later"
        assert stored == []
        assert (await known(Influx(url=url, cannot_forget=True), post)(b"x")).taken
        config.write_text(config.read_text() + "cannot_forget = true\n")
        check = await asyncio.to_thread(CliRunner().invoke, app, ["config", "check", str(config)])
        assert check.exit_code == 0, check.output
    finally:
        await runner.cleanup()


async def test_another_database_in_its_place_is_asked_again(tmp_path: Path) -> None:
    headers = dict(FIT["InfluxDB 2"])
    runner, url = await server(headers)
    answers = [Reply(STORED), Reply(503), Reply(STORED)]

    async def post(_body: bytes) -> Reply:
        return answers.pop(0)

    write = known(Influx(url=url), post)
    try:
        assert (await write(b"")).taken
        assert not (await write(b"")).taken
        headers["x-influxdb-version"] = "3.5.0"
        assert "InfluxDB 3.5.0 cannot forget" in (await write(b"")).why
    finally:
        await runner.cleanup()
    assert store_kind.ask(url) is None
    assert (await write(b"")).status == 0
