"""What `backstride fleet status` makes of a unit's health."""

import json

import pytest
import typer
from msgspec.structs import replace

from device_adapters.contract.messages import RadioHealth, StoreStatus, UnitStatus
from services.cli.hub import fleet_status
from services.cli.hub.fleet_status import trouble

WELL = UnitStatus(
    unit="unit-01", online=True, boot="b", at_ms=0, clock_synchronised=True, clock_offset_ms=3, certificate_days=300,
    disk_free_mb=9000, radios=(RadioHealth(name="hci0", used=2, slots=5, up=True),),
)  # fmt: skip


def test_a_unit_that_is_well_has_none_and_one_that_says_little_neither() -> None:
    assert trouble(WELL) == []
    assert trouble(UnitStatus(unit="unit-01", online=True, boot="b", at_ms=0)) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"online": False, "disk_free_mb": 1}, ["offline"]),
        (
            {"radios": (RadioHealth(name="hci0", used=0, slots=5, up=False, why="pulled"),)},
            ["radio hci0: pulled"],
        ),
        ({"clock_synchronised": False}, ["clock not synchronised"]),
        ({"clock_offset_ms": -1001}, ["clock -1001 ms off"]),
        ({"certificate_days": 29}, ["certificate: 29 days"]),
        ({"certificate_days": -1}, ["certificate ended"]),
        ({"disk_free_mb": 1023}, ["disk: 1023 MB free"]),
        ({"outbox_events_dropped": 2}, ["2 events dropped"]),
        ({"outbox_behind_s": 61}, ["behind for 61 s"]),
    ],
)
def test_each_trouble_is_named(change: dict[str, object], words: list[str]) -> None:
    assert trouble(replace(WELL, **change)) == words


@pytest.mark.parametrize(("fault", "code"), [("", 0), ("it answers 302: give its own address", 1)])
def test_a_store_that_is_there_and_whose_database_fails_is_told_with_exit_code_1(
    fault: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = StoreStatus(store="metrics", online=True, at_ms=0, fault=fault)

    async def heard(_hub: object) -> tuple[list[UnitStatus], list[StoreStatus]]:
        return [WELL], [store]

    monkeypatch.setattr(fleet_status, "listen_to_all", heard)
    for as_json in (True, False):
        with pytest.raises(typer.Exit) as ended:
            fleet_status.show_status(None, "mqtt://127.0.0.1:1883", "gym", json=as_json)
        assert ended.value.exit_code == code
        told = capsys.readouterr().out
        assert fault in told
        if as_json:
            assert json.loads(told)["store_faults"] == ({"metrics": fault} if fault else {})
