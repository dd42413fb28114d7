"""The whole demo as a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from ports import free_port
from sign_in import SIGNED_IN, demo_sign_in, headers

READY_S = 90.0
ENDS_S = 90.0


@dataclass(frozen=True)
class RunningDemo:
    """A demo that runs: where its page and its broker are, and the process of each role."""

    url: str
    mqtt_url: str
    site: str
    data: Path
    process: subprocess.Popen[str]

    @property
    def headers(self) -> dict[str, str]:
        """What the browser of the demo's staff sends."""
        return headers(self.url, SIGNED_IN[self.url])

    @property
    def pids(self) -> dict[str, int]:
        """Process ids by role, as they are now (a role that was killed gets a new one)."""
        roles: dict[str, int] = json.loads((self.data / "running.json").read_text())["pids"]
        return roles


def start_demo(
    data: Path, *arguments: str, environment: Mapping[str, str] | None = None, mqtt_port: int = 0
) -> RunningDemo:
    """Start `backstride demo`, with that added to the environment, and wait for its first live tile."""
    http_port, mqtt_port = free_port(), mqtt_port or free_port()
    inherited = {**os.environ, "COLUMNS": "160", **(environment or {})}
    with (data / "demo.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "demo", "--data", str(data),
             "--http-port", str(http_port), "--mqtt-port", str(mqtt_port), *arguments],
            stdout=log, stderr=subprocess.STDOUT, text=True, env=inherited,
        )  # fmt: skip
    end = time.monotonic() + READY_S
    while "first live tile" not in (data / "demo.log").read_text():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            pytest.fail("the demo did not start:\n" + (data / "demo.log").read_text())
        time.sleep(0.1)
    url = f"http://127.0.0.1:{http_port}"
    SIGNED_IN[url] = demo_sign_in(url, data)
    return RunningDemo(
        url=url,
        mqtt_url=f"mqtt://127.0.0.1:{mqtt_port}",
        site="gym",
        data=data,
        process=process,
    )


def end_demo(demo: RunningDemo) -> None:
    """Ctrl-C, and a bounded wait."""
    demo.process.send_signal(signal.SIGINT)
    try:
        demo.process.wait(ENDS_S)
    finally:
        demo.process.kill()
