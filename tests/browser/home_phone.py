"""A phone that becomes a member's own, as they do it."""

from playwright.async_api import Page, expect


async def moved_in(page: Page, link: str, pin: str) -> str:
    """The address of the page that the phone keeps."""
    await page.goto(link)
    await page.get_by_label("PIN, 4 to 8 digits").fill(pin)
    await page.get_by_label("The same PIN again").fill(pin)
    await page.get_by_role("button", name="This is my phone").click()
    await expect(page.get_by_role("heading", name="This week")).to_be_visible()
    return page.url
