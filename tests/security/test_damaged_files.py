"""A file of a unit or a console that was damaged costs what it said, and ends nobody; an empty secret is none."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from memory_gym import gym
from virtual_time import virtual
from waiting import until

from device_adapters import commissioning
from device_adapters.contract.oddities import Odd
from device_adapters.secret_file import LEAST_BYTES, kept_secret
from device_adapters.unit.strap_salt import strap_salt
from services.console.auth.known_devices import Devices
from services.console.auth.member_links import MemberLinks

GOOD: dict[str, Any] = {
    "schema": "commissioning/1", "treadmill": "tm-01", "address": "", "at_ms": 1_760_000_000_000, "by": "Anna",
    "units_right": True, "speed_min_kmh": 0.8, "speed_max_kmh": 18.0, "accel_kmh_s": 0.4, "decel_kmh_s": 0.4,
    "stop_s": 4.0, "stops_on_link_loss": True, "grade_right": True,
}  # fmt: skip


def changed(**values: Any) -> bytes:
    return json.dumps({**GOOD, **values}).encode()


DAMAGED: dict[str, bytes] = {
    "empty": b"",
    "zeros, as a cut of the power leaves": bytes(300),
    "half of it": changed()[:100],
    "no text": b"\xff\xfe\x00garbage",
    "a list": b"[]",
    "nested": b"[" * 100_000,
    "of another form": changed(schema="commissioning/2"),
    "with more": changed(invented=1),
    "of the year 300,000": changed(at_ms=2**53),
    "of before": changed(at_ms=-1),
    "faster than any belt": changed(speed_max_kmh=1e308),
    "endless": changed().replace(b"18.0", b"1e999"),
    "of nobody": changed(by=""),
}


def folder(path: Path) -> None:
    path.mkdir()


def put(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


WAYS: dict[str, Callable[[Path], object]] = {
    **{name: put(content) for name, content in DAMAGED.items()},
    "a folder": folder,
}


@pytest.mark.parametrize("way", WAYS)
@virtual
async def test_a_damaged_record_of_one_treadmill_ends_no_unit_and_counts_for_nothing(
    tmp_path: Path, way: str
) -> None:
    path = commissioning.path_of(tmp_path, "tm-01")
    path.parent.mkdir(parents=True)
    WAYS[way](path)
    async with gym(tmp_path) as g:
        await g.ready()
        await until(lambda: Odd.RECORD_UNREADABLE in g.states["tm-01"].odd)
        assert g.states["tm-01"].commissioned == ""
        assert g.running is not None
        assert not g.running.done()


@pytest.mark.parametrize("left", [b"", b"\n", b"short", bytes(3)])
def test_a_secret_that_is_none_is_made_anew_and_then_stays(tmp_path: Path, left: bytes) -> None:
    makes: tuple[Callable[[], bytes], ...] = (
        lambda: strap_salt("", tmp_path),
        lambda: MemberLinks(tmp_path).token("s-1").encode() and (tmp_path / "member-links.key").read_bytes(),
    )
    for make in makes:
        for name in ("strap_salt", "member-links.key"):
            (tmp_path / name).write_bytes(left)
        first = make()
        assert len(first) >= LEAST_BYTES
        assert make() == first
    assert MemberLinks(tmp_path).token("s-1") != MemberLinks(tmp_path / "other").token("s-1")
    (tmp_path / "devices.key").write_bytes(left)
    cookie = Devices(tmp_path).with_account("", "Anna")
    assert Devices(tmp_path).read(cookie)[0]
    for name in ("strap_salt", "member-links.key", "devices.key"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0, name


def test_a_secret_of_before_stays(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(bytes(range(16, 48)))
    assert kept_secret(path) == bytes(range(16, 48)).strip()
