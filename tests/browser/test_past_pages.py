"""Pages of the past in Chromium: the list, a session in review, and their words for what is not there."""

from dataclasses import replace
from functools import partial

import msgspec
import pytest
from console_members import wall_ms
from console_rig import still, view, walking
from floor_page import OpenPage
from past_rig import PastRig
from playwright.async_api import expect
from rest_rig import bearer, open_tokens
from waiting import until

from services.console.auth.roles import Role
from services.members.store import Members
from services.metrics.points import session_view
from services.metrics.sqlite import SqliteSink

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


async def test_sessions_are_listed_and_searched(past_site: PastRig, open_page: OpenPage) -> None:
    page = await open_page(f"{past_site.url}/sessions?days=30", width=390, height=844, scheme="light")
    listed = page.locator(".sessions li")
    everyone = await listed.count()
    assert everyone > 5
    await page.get_by_role("searchbox").fill(past_site.past.invented)
    await page.get_by_role("searchbox").press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("found")
    assert 0 < await listed.count() < everyone
    await page.get_by_role("searchbox").fill("nobody at all")
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator(".nothing")).to_contain_text("No session fits")
    for odd in ("days=999", "days=soon", "days=%C2%B2", f"days={'7' * 5000}", f"text={'x' * 5000}"):
        await page.goto(f"{past_site.url}/sessions?{odd}")
        await expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()
        await expect(page.get_by_role("combobox")).to_have_value("7")
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390


async def test_a_session_is_reviewed_by_keyboard_and_by_pointer(
    past_site: PastRig, open_page: OpenPage
) -> None:
    page = await open_page(f"{past_site.url}/sessions/{past_site.past.session}", width=1280)
    await expect(page.get_by_role("img", name="The session on one time line")).to_be_visible()
    await expect(page.locator(".marks")).to_contain_text("Near miss Heel on the frame (Anna)")
    await expect(page.locator(".tally")).to_contain_text("RPE 11 of 20")
    await expect(page.locator(".lead")).to_contain_text("Wren")
    assert "Wanda" not in await page.content()
    slider = page.get_by_role("slider", name="Moment")
    await slider.focus()
    for _ in range(40):
        await page.keyboard.press("ArrowRight")
    told = page.locator("[data-told]")
    await expect(told).to_contain_text("0:40 · step 1 · planned 2 km/h")
    assert await slider.get_attribute("aria-valuetext") == await told.inner_text()
    await page.locator("[data-hover]").hover(position={"x": 700, "y": 300})
    await expect(told).not_to_contain_text("0:40")
    await page.get_by_text("The same as a table").click()
    await expect(page.get_by_role("table").get_by_role("row").nth(5)).to_be_visible()


async def test_a_session_offers_the_files_that_it_has_and_one_that_was_seeded_none(
    past_site: PastRig, open_page: OpenPage
) -> None:
    page = await open_page(f"{past_site.url}/sessions/{past_site.past.session}")
    links = page.get_by_label("Downloads").locator("a[download]")
    offered = [await link.get_attribute("href") for link in await links.all()]
    assert len(offered) == 4
    for address in offered:
        assert (await page.request.get(f"{past_site.url}{address}")).status == 200
    await page.goto(f"{past_site.url}/sessions?days=30&text={past_site.past.invented}")
    await page.locator(".sessions li a").first.click()
    await expect(page.get_by_label("Downloads")).to_contain_text("There is no file of this session")
    await expect(links).to_have_count(0)


async def test_a_member_s_progress_is_drawn_and_told(past_site: PastRig, open_page: OpenPage) -> None:
    page = await open_page(f"{past_site.url}/history/{past_site.past.invented}", width=390, height=844)
    drawing = page.get_by_role("img", name="Sessions a week")
    await expect(drawing).to_be_visible()
    await expect(page.get_by_role("row")).not_to_have_count(1)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.get_by_role("table").get_by_role("link").first.click()
    await expect(page.get_by_role("img", name="The session on one time line")).to_be_visible()

    known = await open_page(f"{past_site.url}/history/{past_site.past.member}?lang=de", scheme="light")
    await expect(known.get_by_role("heading", name="Wren")).to_be_visible()
    await expect(known.locator(".road")).to_contain_text("Anfänger")
    assert "Wanda" not in await known.content()


async def test_a_session_that_runs_says_so_and_shows_what_there_is(
    past_site: PastRig, open_page: OpenPage
) -> None:
    belt = walking("tm-02")
    assert belt.session is not None
    runs = replace(belt, session=msgspec.structs.replace(belt.session, at_ms=wall_ms()))
    past_site.rig.gym.belts = {"tm-02": runs}
    await past_site.rig.heard(1)
    assert runs.session is not None
    sink = SqliteSink(past_site.rig.folder / "metrics.db")
    for second in range(60):
        told = msgspec.structs.replace(
            runs.session, at_ms=wall_ms() - 60_000 + 1000 * second, measured_kmh=2.3, hr_bpm=100 + second // 4
        )
        sink.write(list(session_view("tm-02", told)))
    sink.close()
    page = await open_page(past_site.url, width=390, height=844)
    await page.get_by_role("button", name="More for tm-02").click()
    await expect(page.get_by_role("link", name="The member's progress")).to_have_count(0)
    await page.get_by_role("link", name="This session").click()
    await expect(page.get_by_role("status").filter(has_text="This session still runs.")).to_be_visible()
    await expect(page.get_by_role("img", name="The session on one time line")).to_be_visible()
    await expect(page.locator(".tally")).to_contain_text("mean 107, peak 114 bpm")
    await expect(page.get_by_role("link", name="FIT")).to_have_count(0)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.get_by_role("main").get_by_role("link", name="Floor").click()
    await expect(page.locator('[data-treadmill="tm-02"]')).to_be_visible()


async def test_pain_of_the_day_after_is_noted_by_keyboard(past_site: PastRig, open_page: OpenPage) -> None:
    page = await open_page(f"{past_site.url}/history/{past_site.past.member}", width=390, height=844)
    asked = page.get_by_role("group", name="Pain on the day after")
    await asked.get_by_role("radio", name="0", exact=True).focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Noted: 2 of 10. A new answer replaces it.")).to_be_visible()
    await expect(asked.get_by_role("radio", name="2", exact=True)).to_be_checked()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    german = await open_page(f"{past_site.url}/history/{past_site.past.member}?lang=de")
    await expect(german.get_by_text("Notiert: 2 von 10.")).to_be_visible()
    async with past_site.rig.client() as http:
        for pain, code in (("11", 422), ("", 422), ("2 ", 422)):
            answer = await http.post("/sessions/s-yesterday/next-day", data={"pain": pain})
            assert answer.status_code == code
        nobody = await http.post("/sessions/s-99/next-day", data={"pain": "2"})
        assert (nobody.status_code, "a guest" in nobody.text) == (404, True)
        away = await http.post("/sessions/s-yesterday/next-day", data={"pain": "3", "back": "//evil.example"})
        assert (away.status_code, away.headers["location"]) == (303, "/")
    store = Members(f"sqlite:///{past_site.rig.folder / 'members.db'}", wall_ms)
    try:
        known = store.portrait(past_site.past.member, by="test")
        audit = [(line.by, line.what) for line in store.audit(past_site.past.member)]
    finally:
        store.close()
    assert known.history[-1].answers.pain_next_day == 3
    assert (past_site.rig.signature, "answered") in audit


def _tells(said: list[str], words: str) -> bool:
    return words in said[0] if words else said == [""]


async def test_after_the_session_members_are_told_of_their_weeks(
    past_site: PastRig, open_page: OpenPage
) -> None:
    gym = past_site.rig.gym
    for who, told in ((past_site.past.invented, "in the last 7 days"), ("", "")):
        ended = view("tm-02", "ended", outcome="completed", member=who)
        gym.belts = {"tm-02": replace(still("tm-02"), session=ended)}
        await past_site.rig.heard(1)
        async with past_site.rig.client() as http:
            link = (await http.get("/api/treadmills/tm-02/member-page")).json()["url"]

            async def ask(said: list[str], address: str = f"{link}/progress") -> None:
                said[:] = [(await http.get(address)).json()["text"]]

            await until(partial(_tells, said := ["?"], told), f"{told!r} told", meanwhile=partial(ask, said))
            assert (await http.get(f"{link[:-1]}x/progress")).status_code in (404, 422)
        page = await open_page(link, width=390, height=844)
        if who:
            await expect(page.locator("[data-own]")).to_contain_text(told)


async def test_what_is_not_there_is_a_page_in_words(past_site: PastRig, open_page: OpenPage) -> None:
    page = await open_page(f"{past_site.url}/sessions/s-99")
    await expect(page.get_by_role("heading", name="Not here")).to_be_visible()
    await expect(page.locator("main")).to_contain_text("no such session")
    await page.goto(f"{past_site.url}/history/m-nobody")
    await expect(page.locator("main")).to_contain_text("no such member")


async def test_records_are_given_out_and_answers_taken_with_the_right_token(past_site: PastRig) -> None:
    with open_tokens(past_site.rig.folder) as tokens:
        coach = tokens.create("coach", Role.COACH, days=1, by="test")
        operator = tokens.create("op", Role.OPERATOR, days=1, by="test")
    session = past_site.past.session
    async with past_site.rig.client(timeout=60) as http:
        for form, begins in (("fit", b".FIT"), ("tcx", b"<?xml"), ("csv", b"time,"), ("json", b"{")):
            staff = await http.get(f"/sessions/{session}/record.{form}")
            answer = await http.get(f"/api/v1/sessions/{session}/record.{form}", headers=bearer(coach))
            assert (staff.status_code, answer.status_code) == (200, 200)
            assert answer.content == staff.content
            assert begins in answer.content[:12]
            assert f"retro-s-1.{form}" in answer.headers["content-disposition"]
        record = f"/api/v1/sessions/{session}/record"
        assert (await http.get(f"{record}.fit", headers=bearer(operator))).status_code == 403
        assert (await http.get(f"{record}.fit")).status_code == 401
        assert (await http.get(f"{record}.doc", headers=bearer(coach))).status_code == 422
        missing = await http.get("/api/v1/sessions/s-99/record.fit", headers=bearer(coach))
        assert (missing.status_code, missing.json()["text"][:28]) == (404, "There is no record of this s")
        answers = f"/api/v1/sessions/{session}/answers"
        taken = await http.post(answers, json={"pain_next_day": 2, "by": "Anna"}, headers=bearer(coach))
        assert (taken.status_code, taken.json()) == (200, {"id": session})
        assert (
            await http.post(answers, json={"pain_next_day": 11}, headers=bearer(coach))
        ).status_code == 422
        unknown = await http.post("/api/v1/sessions/s-99/answers", json={"rpe": 11}, headers=bearer(coach))
        assert unknown.status_code == 404
        assert "next day</dt><dd>2 of 10" in (await http.get(f"/sessions/{session}")).text
    store = Members(f"sqlite:///{past_site.rig.folder / 'members.db'}", wall_ms)
    try:
        lines = [(line.by, line.what) for line in store.audit(past_site.past.member)]
    finally:
        store.close()
    assert ("coach", f"took record {session}") in lines
    assert ("Anna (coach)", "answered") in lines
    assert any(what.startswith("viewed session") for _, what in lines)
