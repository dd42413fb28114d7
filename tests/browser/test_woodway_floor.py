"""A guided session on a Woodway on its cable, in Chromium: started, followed, its cable cut, at rest, cleared.

All processes are the demo's own; the cable is a pseudo-terminal of the kernel.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from demo_process import RunningDemo, end_demo, start_demo
from floor_page import OpenPage, slot, tile
from playwright.async_api import expect
from test_demo_floor import MOVES_OFF_MAX_S, STOPS_MAX_S, clear, until_speed

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.config import Broker
from device_adapters.contract import messages as m
from device_adapters.contract import registry

pytestmark = [pytest.mark.browser, pytest.mark.demo, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def cabled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """A demo whose only treadmill is a Woodway."""
    running = start_demo(tmp_path_factory.mktemp("cabled"), "--treadmills", "1", "--woodway", "1")
    yield running
    end_demo(running)


@pytest_asyncio.fixture(loop_scope="module")
async def truth(cabled: RunningDemo) -> AsyncIterator[tuple[SiteBus, list[float]]]:
    """The bus, and what the belt really does."""
    line = MqttBus(Broker(cabled.mqtt_url, username="cli"), client_id="woodway-test")
    site, speeds = SiteBus(line, cabled.site, on_malformed=lambda _topic, _error: None), list[float]()
    site.subscribe(registry.SIM_BELT, lambda _treadmill, belt: speeds.append(belt.speed_kmh))
    running = asyncio.create_task(line.run())
    yield site, speeds
    running.cancel()
    await asyncio.wait([running])


@pytest.mark.timeout(300)
async def test_a_session_on_a_reversed_belt_and_a_cut_cable(
    cabled: RunningDemo, truth: tuple[SiteBus, list[float]], open_page: OpenPage
) -> None:
    site, speeds = truth
    page = await open_page(cabled.url)
    word = slot(page, "tm-01", "word")
    await expect(word).to_have_text("Ready", timeout=60_000)
    await expect(slot(page, "tm-01", "way")).to_have_text("runs backward")

    for tap in (
        page.get_by_role("button", name="Start a session on tm-01"),
        page.locator("label").filter(has=page.get_by_role("radio", name="Demo Wren")),
        page.locator("label").filter(has=page.get_by_role("radio", name="Knee strength")),
        page.locator("label").filter(has=page.locator("[name=screened]")),
        page.locator("[data-action=begin]"),
    ):
        await tap.click()
    await expect(word).to_have_text("Running", timeout=MOVES_OFF_MAX_S * 1000)
    await expect(slot(page, "tm-01", "target")).not_to_have_text("1.0", timeout=MOVES_OFF_MAX_S * 1000)
    goal_kmh = float(await slot(page, "tm-01", "target").inner_text())
    seen = await until_speed(page, "tm-01", lambda now: abs(now - goal_kmh) <= 0.2, MOVES_OFF_MAX_S)
    assert max(seen) <= goal_kmh + 0.05
    assert speeds[-1] == pytest.approx(seen[-1], abs=0.2)

    await site.publish(registry.SIM_FAULT, m.SimFault(fault="cable_cut"), "tm-01")
    await expect(slot(page, "tm-01", "danger")).to_contain_text("assume the belt still moves")
    async with asyncio.timeout(STOPS_MAX_S):
        while speeds[-1] > 0:
            await asyncio.sleep(0.1)
    await site.publish(registry.SIM_FAULT, m.SimFault(fault="none"), "tm-01")
    await expect(word).to_have_text("Stopped", timeout=STOPS_MAX_S * 1000)
    await expect(slot(page, "tm-01", "note")).to_contain_text("did not answer on its cable")
    await clear(page, "tm-01")
    assert speeds[-1] == 0
    await tile(page, "tm-01").screenshot(path=str(cabled.data / "woodway.png"))
