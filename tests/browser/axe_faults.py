"""What axe-core complains of on a page."""

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
UNDER = "partially obscured"
"""axe judges a page as it is scrolled: what lies half under a fixed foot is judged once more where it lies free."""


async def faults(page: Page, where: str) -> list[str]:
    """What axe-core finds: page, rule, element."""
    found = await Axe().run(page, options=RULES)
    return [
        f"{where}: {fault['id']} ({fault['help']}): {node['html'][:140]} {node['failureSummary'][:200]}"
        for fault in found.response["violations"]
        for node in fault["nodes"]
        if not (fault["id"] == "target-size" and UNDER in node["failureSummary"] and await _free(page, node))
    ]


async def _free(page: Page, node: dict[str, Any]) -> bool:
    """Is the target large enough once a finger has scrolled it to the middle of the window?"""
    (target,) = node["target"]
    before = await page.evaluate("[scrollX, scrollY]")
    await page.locator(target).first.evaluate("element => element.scrollIntoView({ block: 'center' })")
    again = await Axe().run(page, options={"runOnly": ["target-size"]})
    await page.evaluate("([x, y]) => scrollTo(x, y)", before)
    nodes = [other for fault in again.response["violations"] for other in fault["nodes"]]
    return all(other["target"] != node["target"] for other in nodes)
