"""An incident, written down by staff at once: from the tile, and on the page of the session."""

import pytest
from console_rig import walking
from floor_page import OpenPage
from past_rig import PastRig
from playwright.async_api import expect

from services.console.incident_notes import IncidentNotes

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1366, 768)])
async def test_staff_record_an_incident_from_the_tile(
    past_site: PastRig, open_page: OpenPage, width: int, height: int
) -> None:
    rig = past_site.rig
    rig.gym.belts = {"tm-02": walking("tm-02")}
    await rig.heard(1)
    earlier = len(IncidentNotes(rig.folder).of("s-tm-02"))
    page = await open_page(rig.console.url, width=width, height=height)
    await page.get_by_role("button", name="More for tm-02").click()
    await page.get_by_role("link", name="Record an incident").click()
    await expect(page).to_have_url(f"{rig.console.url}/sessions/s-tm-02#incident")
    what = page.get_by_label("What happened, without names")
    await expect(what).to_be_visible()  # the address opens it: no second press
    await what.fill("Fell to the left at the turn, caught by the rails.")
    await page.locator("label").filter(has_text="Perhaps").click()
    await page.get_by_label("What was done").fill("stopped, sat down, ice")
    await page.get_by_label("Witnesses, by role or initials, a line each").fill("staff A\n\nB. K.\n")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.get_by_role("button", name="Record it").click()
    noted = page.get_by_role("status").filter(has_text="Fell to the left").first
    await expect(noted).to_contain_text("Hurt: Perhaps.")
    await expect(page.get_by_text("backstride incident record s-tm-02 --noted")).to_be_visible()

    notes = IncidentNotes(rig.folder).of("s-tm-02")
    assert len(notes) == earlier + 1
    assert (notes[-1].injury, notes[-1].by, notes[-1].witnesses) == (
        "suspected",
        rig.signature,
        ("staff A", "B. K."),
    )


async def test_what_is_no_incident_is_refused_in_words(past_site: PastRig) -> None:
    session = past_site.past.session
    good = {"what": "Stumbled.", "injury": "none"}
    async with past_site.rig.client() as http:
        for wrong in ({"what": "x"}, {"injury": ""}, {"injury": "badly"}, {"what": "y" * 2_001}):
            answer = await http.post(f"/sessions/{session}/incident", data={**good, **wrong})
            assert answer.status_code == 422
            assert "whether anybody was hurt" in answer.text
        nobody = await http.post("/sessions/s-nothing/incident", data=good)
        assert nobody.status_code == 404
        kept = await http.post(f"/sessions/{session}/incident", data=good)
        assert kept.status_code == 303
    assert [note.what for note in IncidentNotes(past_site.rig.folder).of(session)] == ["Stumbled."]
