"""A role that runs: what stood when it was ready, and is dropped later, is given back."""

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from ports import free_port

ROLE = """
import gc, weakref
from services.cli.roles.process import run_role

class Link:
    def __init__(self):
        self.itself = self

async def role(ready):
    link = Link()
    known = weakref.ref(link)
    before = gc.get_freeze_count()
    ready()
    del link
    gc.collect()
    print("kept" if known() else "collected", gc.get_freeze_count() - before)

run_role(role)
"""


def test_a_link_that_stood_when_a_role_was_ready_is_collected_once_it_is_lost() -> None:
    done = subprocess.run([sys.executable, "-c", ROLE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["collected", "0"]


WATCHED = """
import asyncio
from services.cli.roles.process import Watchdog, run_role

async def role(ready):
    ready()
    await asyncio.sleep(0.5)
    {told}

run_role(role{how})
"""


def _told(source: str, tmp_path: Path) -> list[str]:
    address = tmp_path / f"notify-{len(list(tmp_path.iterdir()))}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(address))
        environment = {**os.environ, "NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "200000"}
        subprocess.run([sys.executable, "-c", source], check=True, env=environment)
        supervisor.setblocking(False)
        told = []
        with contextlib.suppress(BlockingIOError):
            while True:
                told.append(supervisor.recv(100).decode())
    return told


def test_a_role_whose_loop_turns_feeds_the_watchdog(tmp_path: Path) -> None:
    told = _told(WATCHED.format(told="", how=""), tmp_path)
    assert told.count("WATCHDOG=1") > 1
    assert "READY=1" in told


def test_a_role_that_judges_belts_is_alive_only_while_it_says_so(tmp_path: Path) -> None:
    own = ", fed_by_its_loop=False"
    assert _told(WATCHED.format(told="", how=own), tmp_path) == ["READY=1"]
    fed = "watchdog = Watchdog(); watchdog.alive(); watchdog.alive()"
    assert _told(WATCHED.format(told=fed, how=own), tmp_path) == ["READY=1", "WATCHDOG=1"]


UNIT = """
import asyncio, os, sys, threading
from pathlib import Path
from device_adapters.unit.judge import Judge
from services.cli.roles import table

run = Judge.run

async def stands(judge):
    await asyncio.Event().wait()

async def watched(judge):
    threading.Timer(0.3, os._exit, (0,)).start()
    await {judge}(judge)

Judge.run = watched
table.unit(Path({config!r}))
"""


@pytest.mark.parametrize("judge", ["run", "stands"])
def test_a_unit_is_alive_only_while_its_belts_are_judged(tmp_path: Path, judge: str) -> None:
    """Its loop turns all the while; its broker is away."""
    config = tmp_path / "unit.toml"
    config.write_text(
        f'unit = "unit-01"\ndata = "{tmp_path / "data"}"\nradio = "virtual:127.0.0.1:{free_port()}"\n'
        f'[broker]\nurl = "mqtt://127.0.0.1:{free_port()}"\n'
        '[[treadmill]]\nid = "tm-01"\naddress = "F1:00:00:00:00:01"\n'
    )
    told = _told(UNIT.format(judge=judge, config=str(config)), tmp_path)
    assert ("WATCHDOG=1" in told) is (judge == "run")
