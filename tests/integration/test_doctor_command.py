"""`backstride doctor` as its user runs it: against a broker that is there or not, and a virtual radio."""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ports import free_port

from services.broker import broker_command


def examined(*arguments: str) -> tuple[int, dict[str, dict[str, Any]]]:
    run = subprocess.run(
        [sys.executable, "-m", "services.cli", "doctor", "--json", *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    said = json.loads(run.stdout)
    assert said["ok"] == (run.returncode == 0)
    return run.returncode, {finding["check"].split()[0]: finding for finding in said["findings"]}


@pytest.fixture
def broker(tmp_path: Path) -> Any:
    port = free_port()
    process = subprocess.Popen(broker_command(port, tmp_path / "broker").argv)
    try:
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            process.poll()
        yield port
    finally:
        process.terminate()
        process.wait(10)


def settings(folder: Path, broker_port: int, radio_port: int, more: str = "") -> str:
    path = folder / "unit.toml"
    path.write_text(
        f'unit = "unit-01"\nradio = "virtual:127.0.0.1:{radio_port}"\ndata = "{folder}/data"\n{more}\n'
        f'[broker]\nurl = "mqtt://127.0.0.1:{broker_port}"\n'
        '[[treadmill]]\nid = "tm-01"\naddress = "F1:00:00:00:00:01"\n'
    )
    return str(path)


def test_what_is_there_is_good_and_what_is_missing_is_named(tmp_path: Path, broker: int) -> None:
    with socket.socket() as radio:
        radio.bind(("127.0.0.1", 0))
        radio.listen()
        _, found = examined("--config", settings(tmp_path, broker, radio.getsockname()[1]))
    good = {check for check, finding in found.items() if finding["verdict"] == "ok"}
    assert {"python", "settings", "devices", "adapter", "broker"} <= good
    assert "bluez" not in found
    code, found = examined("--config", settings(tmp_path, free_port(), free_port()))
    assert code == 1
    assert found["adapter"]["verdict"] == found["broker"]["verdict"] == "fail"
    assert "start the gym" in found["adapter"]["fix"]


def test_settings_with_a_fault_are_named_and_the_rest_is_still_looked_at(tmp_path: Path) -> None:
    code, found = examined("--config", settings(tmp_path, free_port(), free_port(), more="slots = 'five'"))
    assert code == 1
    assert "$.slots" in found["settings"]["text"]
    assert {"bluez", "bluetoothd", "rfkill", "clock", "broker", "disk"} <= found.keys()


@pytest.mark.skipif(
    shutil.which("mosquitto_passwd") is None, reason="NO MOSQUITTO ON THIS MACHINE: apt install mosquitto"
)
def test_credentials_that_a_broker_refuses_are_told_from_a_broker_that_is_not_there(tmp_path: Path) -> None:
    users, port = tmp_path / "users", free_port()
    subprocess.run(["mosquitto_passwd", "-b", "-c", users, "unit-01", "right"], check=True)
    config = tmp_path / "gym.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nuser root\nallow_anonymous false\npassword_file {users}\nlog_type error\n"
    )
    binary = shutil.which("mosquitto", path="/usr/bin:/usr/sbin:/usr/local/sbin")
    process = subprocess.Popen([str(binary), "-c", config])
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
        _, found = examined("--config", settings(tmp_path, port, free_port()))
    finally:
        process.terminate()
        process.wait(10)
    assert found["broker"]["verdict"] == "fail"
    assert "password_file" in found["broker"]["fix"]
