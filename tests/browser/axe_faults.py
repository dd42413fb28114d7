"""What axe-core complains of on a page."""

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCRIPT = Axe().axe_script
RUN = """async (rules) => (await axe.run(document, { runOnly: rules, resultTypes: ["violations"] })).violations
    .flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary, target }) =>
        ({ id, help, html, failureSummary, target })))"""
"""Only what is wrong crosses over from the browser: all that is right is 4 MB of a floor of 60."""

UNDER = "partially obscured"
"""axe judges a page as it is scrolled: what lies half under a fixed foot is judged once more where it lies free."""


async def faults(page: Page, where: str) -> list[str]:
    """What axe-core finds: page, rule, element."""
    return [
        f"{where}: {node['id']} ({node['help']}): {node['html'][:140]} {node['failureSummary'][:200]}"
        for node in await _wrong(page, TAGS)
        if not (node["id"] == "target-size" and UNDER in node["failureSummary"] and await _free(page, node))
    ]


async def _wrong(page: Page, rules: list[str]) -> list[dict[str, Any]]:
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(SCRIPT)
    found: list[dict[str, Any]] = await page.evaluate(RUN, rules)
    return found


async def _free(page: Page, node: dict[str, Any]) -> bool:
    """Is the target large enough once a finger has scrolled it to the middle of the window?"""
    (target,) = node["target"]
    before = await page.evaluate("[scrollX, scrollY]")
    await page.locator(target).first.evaluate("element => element.scrollIntoView({ block: 'center' })")
    again = await _wrong(page, ["target-size"])
    await page.evaluate("([x, y]) => scrollTo(x, y)", before)
    return all(other["target"] != node["target"] for other in again)
