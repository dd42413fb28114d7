"""The console as a process: without its broker, with a broker that dies or freezes, and how it ends."""

import asyncio
import json
import signal
import socket
from pathlib import Path

import httpx
import pytest
from console_rig import ConsoleProcess, rig, still
from ports import free_port
from sign_in import headers, make_accounts, sign_in
from waiting import until

pytestmark = pytest.mark.broker


async def health(http: httpx.AsyncClient, status: int) -> None:
    for _ in range(400):
        if (await http.get("/healthz")).status_code == status:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"/healthz never became {status}")


async def test_a_stop_is_not_delivered_without_a_broker_and_the_answer_says_so(tmp_path: Path) -> None:
    async with rig(tmp_path) as site, site.client() as http:
        site.gym.belts["tm-01"] = still("tm-01")
        for _ in range(200):
            if (await http.get("/healthz")).json()["treadmills"]:
                break
            await asyncio.sleep(0.05)
        await site.kill_broker()
        await health(http, 503)
        for path in ("/api/stop", "/api/treadmills/tm-01/stop"):
            answer = await http.post(path)
            assert answer.status_code == 503
            assert answer.json()["ok"] is False
            assert answer.json()["text"].startswith("NOT DELIVERED: use the red button or the cord")
        bare = await http.post("/api/stop", headers={"Accept": "text/html"})
        assert bare.status_code == 503
        assert "NOT DELIVERED" in bare.text
        body = {"id": "r-1", "treadmill": "tm-01", "goal": "mobility", "level": "novice"}
        refused = await http.post("/api/sessions", json=body)
        assert refused.status_code == 503
        assert "Not sent" in refused.json()["text"]
        assert "lost the message broker" in (await http.get("/")).text

        await site.start_broker_again()
        await health(http, 200)
        await until(lambda: site.gym.bus.connected, "the gym's connection")
        assert (await http.post("/api/stop")).status_code == 200
        await until(lambda: site.gym.stops == ["all"], "the one stop that was delivered")


async def test_a_broker_that_hangs_counts_as_not_delivered(tmp_path: Path) -> None:
    async with rig(tmp_path) as site, site.client(timeout=60) as http:
        site.broker.process.send_signal(signal.SIGSTOP)
        try:
            answer = await http.post("/api/stop")
        finally:
            site.broker.process.send_signal(signal.SIGCONT)
        assert answer.status_code == 503
        assert "NOT DELIVERED" in answer.json()["text"]


async def test_it_serves_its_page_before_there_is_a_broker(tmp_path: Path) -> None:
    console = ConsoleProcess(free_port(), f"mqtt://127.0.0.1:{free_port()}", tmp_path)
    make_accounts(tmp_path)
    try:
        await console.start(connected=False)
        staff = headers(console.url, await sign_in(console.url, "Sam"))
        async with httpx.AsyncClient(base_url=console.url, timeout=60) as stranger:
            assert "Stop all belts" in (await stranger.get("/signin")).text
        async with httpx.AsyncClient(base_url=console.url, headers=staff, timeout=60) as http:
            page = (await http.get("/")).text
            assert "lost the message broker" in page
            assert "Stop all belts" in page
            assert (await http.get("/healthz")).json()["bus"] == "lost"
    finally:
        assert await console.end() == 0


async def test_it_ends_cleanly_with_pages_open(tmp_path: Path) -> None:
    async with rig(tmp_path) as site, site.client() as idle:
        await idle.get("/")
        async with site.feed() as feed:
            assert "hello" in json.loads(await feed.recv())
            assert await site.console.end() == 0
            await asyncio.wait_for(feed.wait_closed(), 60)
            assert feed.close_code == 1012
    assert "Traceback" not in site.console.said()


async def test_a_taken_port_is_named_with_the_fix(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        console = ConsoleProcess(port, f"mqtt://127.0.0.1:{free_port()}", tmp_path)
        with pytest.raises(AssertionError, match="did not come up"):
            await console.start(connected=False)
        assert await console.end() == 1
    (line,) = console.said().splitlines()
    assert f"HTTP port {port} on 127.0.0.1 is taken" in line
    assert "--http-port" in line
