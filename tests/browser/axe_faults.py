"""What axe-core complains of on a page."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


async def faults(page: Page, where: str) -> list[str]:
    """What axe-core finds: page, rule, element."""
    found = await Axe().run(page, options=RULES)
    return [
        f"{where}: {fault['id']} ({fault['help']}): {node['html'][:140]} {node['failureSummary'][:200]}"
        for fault in found.response["violations"]
        for node in fault["nodes"]
    ]
