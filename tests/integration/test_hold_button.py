"""Hold-to-run at a unit: a button on its pins (gpiozero's mock pins), held under a lease that asks for a hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero import Device
from mock_pins import ClosedContact, Wires, wired
from unit_world import World, world

HOLD = 24
AT_HAND: dict[str, dict[str, object]] = {"tm-01": {"hold_button_gpio": HOLD}}


@pytest.fixture
def pins() -> Iterator[Wires]:
    with wired(ClosedContact) as wires:
        wires(HOLD).closed = False
        yield wires


async def asked_to_hold(w: World) -> None:
    await w.ready()
    await w.hold(hand=True)


async def test_letting_go_stops_the_belt_and_a_tied_button_starts_it_no_more(
    tmp_path: Path, pins: Wires
) -> None:
    async with world(tmp_path, straps=0, at_hand=AT_HAND) as w:
        await w.until(lambda: "tm-01" in w.states and w.states["tm-01"].hold == "released")
        await asked_to_hold(w)
        assert (await w.command("start")).cause == "not_held"
        pins(HOLD).drive_low()
        await w.until(lambda: w.states["tm-01"].hold == "held")
        assert (await w.command("start")).outcome == "accepted"
        await w.until(lambda: w.belt_ckmh() == 100)
        pins(HOLD).drive_high()
        await w.until(lambda: w.states["tm-01"].latched == "hold_released")
        await w.until(lambda: w.belt_ckmh() == 0)
        pins(HOLD).drive_low()
        assert [e.cause for e in w.events if e.kind == "hazard"] == ["hold_released"]


async def test_a_button_that_cannot_be_read_is_none_to_hold(
    tmp_path: Path, pins: Wires, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    async with world(tmp_path, straps=0, at_hand=AT_HAND) as w:
        await w.until(lambda: any("the hold button of tm-01" in e.text for e in w.events))
        await asked_to_hold(w)
        assert (await w.command("start")).cause == "nothing_to_hold"
        assert w.states["tm-01"].hold == ""


async def test_a_button_that_is_read_no_more_is_let_go(
    tmp_path: Path, pins: Wires, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, straps=0, at_hand=AT_HAND) as w:
        await asked_to_hold(w)
        pins(HOLD).drive_low()
        await w.until(lambda: w.states["tm-01"].hold == "held")
        assert (await w.command("start")).outcome == "accepted"
        await w.until(lambda: w.belt_ckmh() == 100)
        monkeypatch.setattr(ClosedContact, "unreadable", True)
        await w.until(lambda: w.states["tm-01"].latched == "hold_released")
        await w.until(lambda: w.belt_ckmh() == 0)
        assert not any(e.kind == "gate_restarted" for e in w.events)
        await w.until(lambda: w.states["tm-01"].hold == "")
        await w.until(lambda: [e.cause for e in w.events if e.kind == "stop_button"] == ["not_readable"])
