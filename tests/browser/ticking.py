"""Ticking a box or a radio of a page that may still move: answers come while a hand is on its way."""

from playwright.async_api import Error, Locator, expect

SOON_MS = 2_000
WITHIN_S = 40.0


async def tick(box: Locator) -> None:
    """Press it until it is ticked, as whoever sees that the page moved under the finger does.

    The inputs are drawn by their labels, so Chromium holds them to be invisible: pressed with force, where they stand.
    A box of a panel that is not open yet may still be ticked from the last time, which is no tick of this one.
    """
    await expect(box.locator("xpath=..")).to_be_visible(timeout=WITHIN_S * 1_000)
    await expect(box).to_be_enabled(timeout=WITHIN_S * 1_000)
    for _ in range(int(WITHIN_S * 1_000 / SOON_MS)):
        try:
            await box.check(force=True, timeout=SOON_MS)
        except Error:
            continue
        return
    await expect(box).to_be_checked()
