"""Commissioning of a Woodway on its cable, in virtual time: what a person must have seen before it goes fast."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from memory_woodway import LINK, PATH, assert_only_allowed
from virtual_time import LoopClock, virtual

from device_adapters import commissioning
from device_adapters.ble.radios import Radios
from device_adapters.commission.course import Course
from device_adapters.commission.findings import Check, record_of
from device_adapters.commission.ride import RideSetup
from device_adapters.config import Treadmill
from device_adapters.sim.serial_line import MemoryPorts, SerialLine
from device_adapters.sim.woodway import Woodway, WoodwayQuirks

PULLED_S = 8


@dataclass
class Helper:
    """Stands beside the machine, sees what is so, and says it; with `shrugs` of a check they do not."""

    line: SerialLine
    ports: MemoryPorts
    shrugs: tuple[str, ...] = ()
    swaps_at: str = ""
    checks: dict[str, tuple[bool, str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def check(self, check: Check) -> None:
        self.checks[check.name] = (check.good, check.text)

        if check.name == self.swaps_at:
            self.line.machine.revision = b"0018"

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    @property
    def _belt_ckmh(self) -> int:
        self.line.catch_up()
        return self.line.machine.belt.signed_ckmh

    async def counted_kmh(self, asked_kmh: float) -> float | None:
        await asyncio.sleep(5)
        return None if "units" in self.shrugs else abs(self._belt_ckmh) / 100

    async def deck_rose(self) -> bool | None:
        raise AssertionError("its deck is never commanded")

    async def runs_backward(self) -> bool | None:
        await asyncio.sleep(3)
        return None if "direction" in self.shrugs else self._belt_ckmh < 0

    async def pulled(self, what: str) -> bool | None:
        if what.split(",")[0].removeprefix("the ") in self.shrugs:
            return None
        cable = "cable" in what
        if cable:
            self.line.cut = True
        else:
            self.ports.pull(PATH)
        await asyncio.sleep(6)
        rests = self._belt_ckmh == 0
        await asyncio.sleep(PULLED_S - 6)
        self.line.cut = False
        self.ports.plug(PATH)
        return rests


async def commissioned(
    data: Path, quirks: WoodwayQuirks | None = None, shrugs: tuple[str, ...] = (), arrangement: str = "belt_reversed",
    swaps_at: str = "", protocol: Literal["woodway", "trackmaster"] = "woodway",
) -> tuple[commissioning.Record, Helper, str]:  # fmt: skip
    """A course; its record, who saw it, and why it was cut short. The belt rests, and only allowed bytes went out."""
    clock = LoopClock()
    line = SerialLine(Woodway(quirks=quirks), clock)
    ports = MemoryPorts({PATH: line})
    treadmill = Treadmill(id="tm-01", link=LINK, protocol=protocol, arrangement=arrangement)
    helper = Helper(line, ports, shrugs, swaps_at)
    place = RideSetup(
        treadmill, Radios([], clock), clock, data / "scratch", asyncio.Event(), open_line=ports.open
    )
    (data / "scratch").mkdir()
    outcome = await Course(place, helper, "Kim", data).run()
    line.catch_up()
    assert line.machine.belt.speed_ckmh == 0
    assert outcome.at_rest
    assert_only_allowed(bytes(line.sent), b"3" if arrangement == "belt_reversed" else b"0")
    record = record_of(
        outcome.findings, treadmill="tm-01", address=treadmill.known_by, at_ms=1, by="Kim", simulated=True
    )
    return record, helper, outcome.cut_short


@pytest.mark.parametrize("arrangement", ["belt_reversed", "member_turned"])
@virtual
async def test_a_healthy_machine_that_a_person_saw_gets_full_limits(tmp_path: Path, arrangement: str) -> None:
    record, helper, cut = await commissioned(tmp_path, arrangement=arrangement)
    assert cut == ""
    assert [name for name, (good, _) in helper.checks.items() if not good] == []
    assert record.good(2)
    assert record.firmware == "2.14"
    assert not record.starts_by_speed
    assert not [note for note in record.notes if note.startswith("not proven")]
    assert {"direction", "cable", "adapter", "link loss", "stop"} <= set(helper.checks)


async def trackmaster(data: Path, **quirks: bool) -> tuple[commissioning.Record, Helper, str]:
    machine = WoodwayQuirks(dialect="trackmaster", **quirks)
    return await commissioned(data, machine, arrangement="member_turned", protocol="trackmaster")


@virtual
async def test_a_healthy_trackmaster_that_a_person_saw_gets_full_limits(tmp_path: Path) -> None:
    record, helper, cut = await trackmaster(tmp_path)
    assert cut == ""
    assert [name for name, (good, _) in helper.checks.items() if not good] == []
    assert record.good(2)
    assert {"direction", "cable", "adapter", "link loss", "stop"} <= set(helper.checks)


@virtual
async def test_a_trackmaster_in_km_h_is_found_by_the_count(tmp_path: Path) -> None:
    record, helper, _ = await trackmaster(tmp_path, in_kmh=True)
    assert not record.good(2)
    assert not helper.checks["units"][0]


@virtual
async def test_a_trackmaster_that_runs_backward_is_found_by_eye(tmp_path: Path) -> None:
    record, _, cut = await trackmaster(tmp_path, wrong_way=True)
    assert "it runs backward" in cut
    assert not record.good(2)


@virtual
async def test_a_trackmaster_whose_timer_is_never_armed_is_not_commissioned(tmp_path: Path) -> None:
    record, _, cut = await trackmaster(tmp_path, starts_unwatched=True)
    assert cut
    assert not record.good(2)


@pytest.mark.parametrize("shrugs", ["direction", "units", "cable", "adapter"])
@virtual
async def test_what_nobody_saw_is_not_believed(tmp_path: Path, shrugs: str) -> None:
    record, _, cut = await commissioned(tmp_path, shrugs=(shrugs,))
    assert cut == ""
    assert not record.good(2)
    assert any(note.startswith("not proven") for note in record.notes)


@virtual
async def test_a_machine_whose_timer_is_off_is_found_by_silence_and_by_each_pull(tmp_path: Path) -> None:
    record, helper, cut = await commissioned(tmp_path, WoodwayQuirks(timer_off=True))
    assert cut == ""
    assert [name for name, (good, _) in helper.checks.items() if not good] == [
        "link loss",
        "cable",
        "adapter",
    ]
    assert not record.stops_on_link_loss
    assert not record.good(2)


@virtual
async def test_a_machine_in_km_h_is_found_by_who_counts(tmp_path: Path) -> None:
    record, helper, cut = await commissioned(tmp_path, WoodwayQuirks(in_kmh=True))
    assert "not what was asked" in cut
    assert not helper.checks["units"][0]
    assert not record.good(2)


@virtual
async def test_a_belt_that_is_wired_the_other_way_is_found_by_its_own_word_or_by_eye(tmp_path: Path) -> None:
    record, _, cut = await commissioned(tmp_path, WoodwayQuirks(wrong_way=True))
    assert cut.startswith("wrong_direction")
    assert not record.good(2)


@virtual
async def test_a_belt_that_says_one_way_and_runs_the_other_is_found_by_eye(tmp_path: Path) -> None:
    quirks = WoodwayQuirks(wrong_way=True, tells_wrong_way=True)
    record, helper, cut = await commissioned(tmp_path, quirks)
    assert "is to run backward" in cut
    assert helper.checks["direction"] == (False, "forward; backward in its settings")
    assert not record.good(2)


@virtual
async def test_another_dialect_is_found_by_its_revision_or_its_status(tmp_path: Path) -> None:
    quirks = WoodwayQuirks(dialect="trackmaster")
    record, _, cut = await commissioned(tmp_path, quirks, arrangement="member_turned")
    assert cut.startswith(("line_garbled", "its revision was"))
    assert not record.good(2)


@virtual
async def test_a_revision_that_changes_is_a_set_speed_of_another_maker_s_machine(tmp_path: Path) -> None:
    record, helper, cut = await commissioned(tmp_path, swaps_at="stop")
    assert cut.startswith("its revision was '2.14' and is '0018'")
    assert not helper.checks["dialect"][0]
    assert not record.good(2)
