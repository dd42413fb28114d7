"""The whole demo in Chromium: start a session, see the belt follow its programme, stop it, see it stand."""

import asyncio
import contextlib
import csv
import io
import time
from collections.abc import Callable
from typing import Protocol

import httpx
import pytest
from floor_page import OpenPage, slot, tile
from playwright.async_api import Locator, Page, expect
from ticking import tick

pytestmark = [pytest.mark.browser, pytest.mark.demo, pytest.mark.asyncio(loop_scope="module")]

MOVES_OFF_MAX_S = 60.0
STOPS_MAX_S = 60.0


class Demo(Protocol):
    """The part of the `demo` fixture that a page needs."""

    @property
    def url(self) -> str: ...

    @property
    def headers(self) -> dict[str, str]: ...


async def speed(page: Page, treadmill: str) -> float | None:
    shown = await slot(page, treadmill, "speed").inner_text()
    return None if shown == "–" else float(shown)


async def until_speed(
    page: Page, treadmill: str, fits: Callable[[float], bool], within_s: float
) -> list[float]:
    """Watch the tile until a speed fits; returns all that were seen."""
    seen: list[float] = []
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        now = await speed(page, treadmill)
        if now is not None and seen[-1:] != [now]:
            seen.append(now)
        if now is not None and fits(now):
            return seen
        await asyncio.sleep(0.1)
    raise AssertionError(f"{treadmill} never got there; it showed {seen}")


async def press(button: Locator) -> None:
    """A button that has just appeared is not taken yet."""
    await expect(button).to_be_visible(timeout=STOPS_MAX_S * 1000)
    await asyncio.sleep(0.8)
    await button.click()


async def clear(page: Page, treadmill: str, name: str = "") -> None:
    """Press until it is taken: a belt that has not stood long enough yet, or whose session has not ended, is not
    cleared. `name`: by which its tile goes, if that is not its id.
    """
    async with asyncio.timeout(STOPS_MAX_S):
        while await slot(page, treadmill, "word").inner_text() != "Ready":
            await press(
                tile(page, treadmill).get_by_role("button", name=f"Clear the stop of {name or treadmill}")
            )
            with contextlib.suppress(AssertionError):
                await expect(slot(page, treadmill, "word")).to_have_text("Ready", timeout=5_000)


FASTEST = """() => {
  const speed = document.querySelector('[data-treadmill="tm-02"] [data-text="speed"]');
  window.fastest = 0;
  const look = () => { window.fastest = Math.max(window.fastest, Number(speed.textContent) || 0); };
  new MutationObserver(look).observe(speed, { childList: true, characterData: true, subtree: true });
}"""
"""Remembers the fastest that the tile of tm-02 ever shows."""


@pytest.mark.timeout(300)
async def test_a_countdown_is_called_off_by_pause_and_by_stop_and_the_belt_never_moves(
    demo: Demo, open_page: OpenPage
) -> None:
    page = await open_page(demo.url, width=390, height=844)
    belt, word = tile(page, "tm-02"), slot(page, "tm-02", "word")
    await expect(word).to_have_text("Ready", timeout=60_000)
    await page.evaluate(FASTEST)
    await page.get_by_role("button", name="Start a session on tm-02").click()
    await tick(page.get_by_role("radio", name="Mobility"))
    await page.get_by_text("More: strap and countdown").click()
    await page.get_by_label("Countdown").select_option("20")
    await tick(page.locator("[name=spotter]"))
    await tick(page.locator("[name=screened]"))
    await page.locator("[data-action=begin]").click()
    await expect(word).to_have_text("Starting", timeout=STOPS_MAX_S * 1000)
    await press(belt.get_by_role("button", name="Pause tm-02"))
    await expect(word).to_have_text("Paused", timeout=STOPS_MAX_S * 1000)
    await expect(slot(page, "tm-02", "note")).to_contain_text("Called off by")

    await press(belt.get_by_role("button", name="Resume tm-02"))
    await expect(word).to_have_text("Starting", timeout=STOPS_MAX_S * 1000)
    await belt.get_by_role("button", name="Stop tm-02", exact=True).click()
    await expect(word).to_have_text("Stopped", timeout=STOPS_MAX_S * 1000)
    await clear(page, "tm-02")
    assert await page.evaluate("window.fastest") == 0


@pytest.mark.timeout(300)
async def test_start_follow_stop(demo: Demo, open_page: OpenPage) -> None:
    page = await open_page(demo.url)
    belt = tile(page, "tm-01")
    await expect(slot(page, "tm-01", "word")).to_have_text("Ready", timeout=60_000)

    five_taps = (
        page.get_by_role("button", name="Start a session on tm-01"),
        page.locator("label").filter(has=page.get_by_role("radio", name="Demo Wren")),
        page.locator("label").filter(has=page.get_by_role("radio", name="Knee strength")),
        page.locator("label").filter(has=page.locator("[name=screened]")),
        page.locator("[data-action=begin]"),
    )
    for tap in five_taps:
        await tap.click()
    await expect(slot(page, "tm-01", "word")).to_have_text("Running", timeout=MOVES_OFF_MAX_S * 1000)
    await expect(slot(page, "tm-01", "who")).to_have_text("Wren")
    await expect(slot(page, "tm-01", "step")).to_contain_text("Step 1 of")

    await until_speed(page, "tm-01", lambda now: now > 0, MOVES_OFF_MAX_S)
    target = slot(page, "tm-01", "target")
    await expect(target).not_to_have_text("1.0", timeout=MOVES_OFF_MAX_S * 1000)
    goal_kmh = float(await target.inner_text())
    limit_kmh = float((await slot(page, "tm-01", "speed_limit").inner_text()).removeprefix("limit "))
    seen = await until_speed(page, "tm-01", lambda now: abs(now - goal_kmh) <= 0.1, MOVES_OFF_MAX_S)
    assert 1.0 < goal_kmh <= limit_kmh
    assert max(seen) <= limit_kmh

    await belt.get_by_role("button", name="Stop tm-01").click()
    await until_speed(page, "tm-01", lambda now: now == 0, STOPS_MAX_S)
    await expect(slot(page, "tm-01", "word")).to_have_text("Stopped", timeout=STOPS_MAX_S * 1000)

    await clear(page, "tm-01")

    async with httpx.AsyncClient(base_url=demo.url, headers=demo.headers, timeout=60) as http:
        link = (await http.get("/api/treadmills/tm-01/member-page")).json()["url"]
        table = await http.get(f"{link}/session.csv")
        activity = await http.get(f"{link}/session.fit")
    speeds = [float(row["speed_kmh"]) for row in csv.DictReader(io.StringIO(table.text)) if row["speed_kmh"]]
    assert abs(max(speeds) - goal_kmh) <= 0.3
    assert activity.content[8:12] == b".FIT"
