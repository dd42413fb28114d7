"""What tests of the floor page look at, and how they open it."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Locator, Page, expect

OpenPage = Callable[..., Awaitable[Page]]


def tile(page: Page, treadmill: str) -> Locator:
    return page.locator(f'[data-treadmill="{treadmill}"]')


def slot(page: Page, treadmill: str, name: str) -> Locator:
    return tile(page, treadmill).locator(f'[data-text="{name}"]')


async def live(page: Page) -> None:
    await expect(
        page.locator("body[data-tick]")
    ).to_be_attached()  # the first frame: before it, all is of the HTML
    await expect(page.locator("[data-conn-word]")).to_have_text("Live")
    await expect(slot(page, "tm-02", "word")).to_have_text("Running")


async def mark(page: Page) -> None:
    """A reload would lose it."""
    await page.evaluate("window.mark = 'same page'")


async def same_page(page: Page) -> None:
    assert await page.evaluate("window.mark") == "same page"
