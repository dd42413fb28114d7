"""Every outcome of every judgement of the doctor, and the probes that can be pointed at something."""

from pathlib import Path

import pytest
from dbus_fast import Message, MessageType, Variant

from services.cli.unit import doctor_checks as checks
from services.cli.unit import doctor_probes as probes
from services.cli.unit.doctor_checks import Block, Finding

HCI = [Block("hci0", soft=False, hard=False)]


@pytest.mark.parametrize(
    ("finding", "verdict", "words"),
    [
        (checks.python((3, 11), 64, "aarch64"), "ok", "Python 3.11, 64 bit, aarch64"),
        (checks.python((3, 10), 64, "aarch64"), "fail", "3.11 or newer"),
        (checks.python((3, 13), 32, "armv7l"), "fail", "64-bit Raspberry Pi OS"),
        (checks.settings("unit.toml", ""), "ok", "unit.toml"),
        (checks.settings("", ""), "warning", "--config unit.toml"),
        (checks.settings("unit.toml", "unit.toml: Expected `int`"), "fail", "correct unit.toml"),
        (checks.devices([("tm-01", "F1:00:00:00:00:01"), ("hr-01", "f2:00:00:00:00:01")]), "ok", "2 in"),
        (checks.devices([]), "warning", "backstride scan"),
        (checks.devices([("tm-01", "Treadmill 4")]), "fail", "AA:BB:CC:DD:EE:FF"),
        (
            checks.devices([("tm-01", "F1:00:00:00:00:01"), ("tm-02", "f1:00:00:00:00:01")]),
            "fail",
            "the same address: tm-01, tm-02",
        ),
        (
            checks.devices([("tm-01", "F1:00:00:00:00:01"), ("tm-01", "F1:00:00:00:00:02")]),
            "fail",
            "the same id twice: tm-01",
        ),
        (checks.certificate(None), "ok", "none"),
        (checks.certificate(200), "ok", "200 days"),
        (checks.certificate(29), "warning", "backstride unit rotate"),
        (checks.certificate(-1), "fail", "has ended"),
        (checks.bluez("5.82"), "ok", "BlueZ 5.82"),
        (checks.bluez("5.55"), "ok", "BlueZ 5.55"),
        (checks.bluez("5.54"), "fail", "update to 5.55"),
        (checks.bluez("?"), "fail", "update to 5.55"),
        (checks.bluez(""), "fail", "apt install bluez"),
        (checks.dbus("ok"), "ok", "answers"),
        (checks.dbus("no_bus"), "fail", "apt install dbus"),
        (checks.dbus("no_bluetoothd"), "fail", "systemctl enable --now bluetooth"),
        (checks.dbus("denied"), "fail", "usermod -aG bluetooth"),
        (checks.adapter("hci0", {"hci0": True}), "ok", "powered"),
        (checks.adapter("hci0", {"hci0": False}), "fail", "bluetoothctl power on"),
        (checks.adapter("hci1", {"hci0": True}), "fail", "it has: hci0"),
        (checks.adapter("hci0", {}), "fail", "it has: none"),
        (checks.virtual_adapter("virtual:h:1", ""), "ok", "answers"),
        (checks.virtual_adapter("virtual:h:1", "nobody answers at h:1"), "fail", "backstride demo"),
        (checks.rfkill([]), "ok", "nothing is blocked"),
        (checks.rfkill(HCI), "ok", "nothing is blocked"),
        (checks.rfkill([*HCI, Block("hci1", soft=True, hard=False)]), "fail", "rfkill unblock bluetooth"),
        (checks.rfkill([Block("hci0", soft=True, hard=True)]), "fail", "switch"),
        (checks.clock(True, 3), "ok", "3 ms"),
        (checks.clock(False, None), "fail", "timedatectl set-ntp true"),
        (checks.clock(None, None), "warning", "NTP"),
        (checks.broker("mqtt://h:1", "ok", ""), "ok", "mqtt://h:1 takes us in MQTT 5"),
        (checks.broker("mqtt://h:1", "unreachable", "refused"), "fail", "start the broker"),
        (checks.broker("mqtt://h:1", "refused", "bad user"), "fail", "password_file"),
        (checks.broker("x", "settings", "not a url"), "fail", "[broker]"),
        (checks.disk("var", True, 5000), "ok", "5000 MB free"),
        (checks.disk("var", True, 1023), "warning", "free some"),
        (checks.disk("var", True, 199), "fail", "outbox"),
        (checks.disk("var", True, None), "warning", "df"),
        (checks.disk("var", False, 5000), "fail", "install -d"),
    ],
)
def test_a_finding_says_what_and_how_to_put_it_right(finding: Finding, verdict: str, words: str) -> None:
    assert finding.verdict == verdict
    assert words in f"{finding.text} {finding.fix}"
    assert bool(finding.fix) == (verdict != "ok")
    assert "\n" not in finding.fix


def test_rfkill_reads_bluetooth_switches_only(tmp_path: Path) -> None:
    for number, kind, soft, hard in (
        (0, "bluetooth", "1", "0"),
        (1, "wlan", "1", "1"),
        (2, "bluetooth", "0", "1"),
    ):
        switch = tmp_path / f"rfkill{number}"
        switch.mkdir()
        for name, text in (("type", kind), ("name", f"hci{number}"), ("soft", soft), ("hard", hard)):
            (switch / name).write_text(text + "\n")
    (tmp_path / "rfkill3").mkdir()
    assert probes.rfkill_blocks(tmp_path) == [Block("hci0", True, False), Block("hci2", False, True)]
    assert probes.rfkill_blocks(tmp_path / "none") == []


def test_bluez_answers_are_told_apart() -> None:
    powered = {"org.bluez.Adapter1": {"Powered": Variant("b", True)}}
    off = {"org.bluez.Adapter1": {"Powered": Variant("b", False)}}
    device = {"org.bluez.Device1": {"Paired": Variant("b", False)}}
    objects = {"/org/bluez/hci0": powered, "/org/bluez/hci1": off, "/org/bluez/hci0/dev_1": device}
    answer = Message(
        message_type=MessageType.METHOD_RETURN, reply_serial=1, body=[objects], signature="a{oa{sa{sv}}}"
    )
    assert probes.adapters_in(answer) == ("ok", {"hci0": True, "hci1": False})
    for error, outcome in (
        ("org.freedesktop.DBus.Error.AccessDenied", "denied"),
        ("org.freedesktop.DBus.Error.ServiceUnknown", "no_bluetoothd"),
    ):
        refusal = Message(
            message_type=MessageType.ERROR, reply_serial=1, error_name=error, body=["x"], signature="s"
        )
        assert probes.adapters_in(refusal) == (outcome, {})
    assert probes.adapters_in(None) == ("no_bluetoothd", {})


def test_a_data_folder_that_is_not_there_yet_is_judged_by_the_one_above(tmp_path: Path) -> None:
    writable, free_mb = probes.disk(tmp_path / "var" / "unit")
    assert writable
    assert free_mb is not None
    (tmp_path / "file").write_text("")
    assert probes.disk(tmp_path / "file" / "unit")[0] is False
