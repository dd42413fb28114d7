"""The table of taps in docs/staff.md is what a hand needs in the real console."""

from pathlib import Path

import pytest
from floor_page import OpenPage
from taps import DEEDS, PAGE, SIZE, counted, perform, table, taps_site

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.timeout(300)
async def test_staff_need_as_many_taps_as_their_page_says(open_page: OpenPage, tmp_path: Path) -> None:
    async with taps_site(tmp_path) as (site, ready):
        done = [
            await perform(deed, site, ready, await open_page("about:blank", **SIZE, scheme="light"))
            for deed in DEEDS
        ]
    assert counted(PAGE.read_text()) == counted(table(done)), "python tests/browser/taps.py writes it anew"
