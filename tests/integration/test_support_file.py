"""The support file of a hub with members, secrets and a talkative log: what is in it, and that no secret and no name of
its stores is, wherever somebody may have let one slip.
"""

import asyncio
import io
import json
import re
import sys
import zipfile
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec
import pytest
from console_rig import Rig, rig, still
from members_rig import WREN
from sign_in import NAMES, headers, sign_in

from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig, UnitConfig, load
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from services.console.auth.roles import Role
from services.hub.setup import set_up
from services.hub.site import Places, SiteConfig
from services.members.opening import open_members
from services.metrics import points
from services.metrics.sqlite import SqliteSink
from services.store_folder import store_folder
from services.support.left_out import LeftOut, secrets_in

TOPIC, OF_MAIL = "a-topic-that-nobody-knows", "a-word-of-the-mail-server"
TREADMILL = {
    "capture": 1,
    "kind": "treadmill",
    "day": "2026-03-31",
    "model": "T 1",
    "profile": "t1",
    "services": [],
}


@dataclass
class TalkativeHub:
    """A hub's folders, its settings, and everything that must not leave it."""

    settings: Path
    unit: Path
    log: Path
    secrets: list[str]
    names: list[str]
    rig: Rig

    async def made(self, *more: str) -> dict[str, str]:
        """The file's parts by name."""
        words = ("support", "--config", self.settings, "--unit-config", self.unit, "--yes", "-o", "-", *more)
        code, made, complaint = await command(*map(str, words))
        assert code == 0, complaint.decode()
        return parts_of(made)

    def found_in(self, told: dict[str, str]) -> list[tuple[str, str]]:
        return [
            (part, hidden)
            for part, text in told.items()
            for hidden in (*self.secrets, *self.names)
            if hidden.casefold() in text.casefold()
        ]


async def command(*words: str) -> tuple[int | None, bytes, bytes]:
    """Exit code, output, complaints of `backstride`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", *words, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    said, complaint = await process.communicate()
    return process.returncode, said, complaint


def parts_of(made: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[TalkativeHub]:
    data = tmp_path / "hub"
    data.mkdir()
    async with rig(data) as running:
        running.gym.belts = {"tm-01": still("tm-01")}
        places = Places(tmp_path / "etc")
        set_up(places, SiteConfig("gym", ("localhost",), data=str(data)), SystemClock())
        (places.services / "alerts.urls").write_text(
            f"ntfys://ntfy.example/{TOPIC}\nmailtos://sam:{OF_MAIL}@mail.example?to=desk@gym.example\n"
        )
        (places.services / "influx.token").write_text("0123456789abcdef0123456789abcdef\n")
        (data / "member-links.key").write_text("feedfacefeedfacefeedfacefeedface")
        settings = places.services / "hub.toml"
        config = load(settings, HubConfig)
        broker = msgspec.structs.replace(
            config.broker, url=running.gym.mqtt_url, ca_file="", cert_file="", key_file=""
        )
        settings.write_bytes(msgspec.toml.encode(msgspec.structs.replace(config, broker=broker)))
        unit = tmp_path / "unit.toml"
        unit.write_bytes(
            msgspec.toml.encode(
                UnitConfig(
                    unit="unit-01",
                    radio="virtual:127.0.0.1:9",
                    data=str(tmp_path),
                    strap_salt="salt-of-the-straps",
                )
            )
        )
        store = open_members(config, SystemClock().wall_ms)
        store.create(WREN, by="test", adult=True)
        store.close()
        incidents = (
            m.Event(id="1", at_ms=SystemClock().wall_ms(), source="unit-01", kind="hazard", cause="overspeed",
                    severity="alarm", treadmill="tm-01", text="Wanda Rennick was thrown"),
            m.Event(id="2", at_ms=SystemClock().wall_ms(), source="session", kind="note", severity="warning",
                    treadmill="tm-01", text="Wren felt dizzy at 171 bpm"),
        )  # fmt: skip
        sink = SqliteSink(store_folder(data) / "metrics.db")
        for incident in incidents:
            await running.gym.site.publish(registry.EVENT, incident)
            sink.write(points.event("", incident))
        sink.close()
        secrets = [
            *sorted({one for one in secrets_in((places.folder, data)) if len(one) >= 16}),
            TOPIC,
            OF_MAIL,
        ]
        assert len(secrets) > 20
        names = [WREN.name, WREN.alias, WREN.contact, *NAMES.values()]
        log = tmp_path / "logs" / "session.log"
        log.parent.mkdir()
        slips = [
            *(f"level=info token={one}" for one in secrets),
            *(f"level=info started by {one}" for one in names),
        ]
        log.write_text("\n".join(("level=info event=bus_connected", *slips, "linked F1:00:00:00:00:07", "")))
        yield TalkativeHub(settings, unit, log, [*secrets, "salt-of-the-straps"], names, running)


async def test_it_holds_what_helps_and_no_secret_and_no_name(hub: TalkativeHub, tmp_path: Path) -> None:
    capture = tmp_path / "capture-tm-01.jsonl"
    capture.write_text(json.dumps(TREADMILL) + "\n")
    told = await hub.made("--capture", str(capture))
    assert hub.found_in(told) == []
    assert {
        "about.json", "settings/hub.json", "settings/unit.json", "machines.json", "incidents.json", "log.txt",
        "doctor.json", "captures/capture-tm-01.jsonl", "contents.txt",
    } == set(told)  # fmt: skip
    assert "not there" not in told["contents.txt"]
    assert json.loads(told["about.json"])["packages"]["msgspec"]
    assert json.loads(told["settings/unit.json"])["strap_salt"] == "(secret)"
    assert "tm-01" in {one["id"] for one in json.loads(told["machines.json"])["things"]}
    assert [one["cause"] for one in json.loads(told["incidents.json"])] == ["overspeed"], (
        "no note of a person's"
    )
    assert "event=bus_connected" in told["log.txt"]
    assert "started by (name)" in told["log.txt"]
    assert "linked xx:xx:xx:xx:xx:07" in told["log.txt"]
    kept = "".join(text for name, text in told.items() if name not in ("about.json", "log.txt"))
    assert not re.search(r"(?<!\d)171(?!\d)", kept)


async def test_the_button_gives_operators_the_same_and_staff_nothing(hub: TalkativeHub) -> None:
    url = hub.rig.console.url
    key = await sign_in(url, NAMES[Role.OPERATOR])
    async with httpx.AsyncClient(base_url=url, headers=headers(url, key), timeout=90) as http:
        page = (await http.get("/operator")).text
        assert "/operator/support.zip" in page
        answer = await http.get("/operator/support.zip")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"].startswith('attachment; filename="backstride-support-')
    told = parts_of(answer.content)
    assert "log.txt" not in told, "it may not read all secrets"
    assert {"about.json", "machines.json", "contents.txt"} <= set(told)
    assert hub.found_in(told) == []
    async with hub.rig.client(timeout=60) as staff:
        assert "/operator/support.zip" not in (await staff.get("/operator")).text
        assert (await staff.get("/operator/support.zip")).status_code == 303, "to their own page"


async def test_a_log_stays_here_while_nobody_knows_which_names_to_leave_out(hub: TalkativeHub) -> None:
    config = load(hub.settings, HubConfig)
    away = msgspec.structs.replace(config, members="postgresql://sam:secret-of-sam@127.0.0.1:9/backstride")
    hub.settings.write_bytes(msgspec.toml.encode(away))
    told = await hub.made()
    assert told["log.txt"].startswith("Left out:")
    assert "secret-of-sam" not in "".join(told.values())


async def test_it_says_before_what_it_will_hold_and_refuses_a_heartbeat(
    hub: TalkativeHub, tmp_path: Path
) -> None:
    words = ("support", "--config", str(hub.settings), "-o", str(tmp_path / "x.zip"))
    code, _, asked = await command(*words)
    assert code != 0, "nobody said yes"
    assert b"log.txt" in asked
    assert b"without secrets, members and heart rates" in asked
    assert not (tmp_path / "x.zip").exists()
    code, *_ = await command(*words, "--yes", "--days", "0")
    assert (code, (tmp_path / "x.zip").stat().st_mode & 0o777) == (0, 0o600)
    heart = tmp_path / "capture-hr-01.jsonl"
    heart.write_text(json.dumps({**TREADMILL, "kind": "strap"}) + "\n")
    code, _, refused = await command(*words, "--yes", "--capture", str(heart))
    assert (code, b"heartbeat" in refused) == (2, True)


def test_names_go_as_words_and_secrets_wherever_they_stand() -> None:
    left_out = LeftOut(["s3cr3t-of-many"], ["Jo", "Ann Lee", ""])
    assert left_out.of("xs3cr3t-of-manyx JO job Ann Lee's") == "x(secret)x (name) job (name)'s"
    assert LeftOut([], []).of("as it is") == "as it is"
