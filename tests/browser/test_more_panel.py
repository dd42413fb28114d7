"""The More panel in Chromium: everything staff can do with a session, and what is refused, in words that stay."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from console_members import enter_ready
from console_rig import Rig, ScriptedBelt, rig, still, view, walking
from floor_page import OpenPage, live, slot, tile
from playwright.async_api import Locator, Page, expect
from waiting import until

from device_adapters.contract import messages as m

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

CAN: tuple[m.SessionVerb, ...] = ("pause", "stop", "slower", "skip", "repeat", "adjust")
NEXT = m.StepBrief(kind="recovery", facing="retro", speed_kmh=1.5, time_s=60)


def belt(**more: object) -> ScriptedBelt:
    """tm-02 in its second set."""
    return walking("tm-02", **{"can": CAN, "next": NEXT, "sets": 5, "sets_done": 1, **more})  # type: ignore[arg-type]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("more")) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="module")
async def site(running: Rig) -> Rig:
    running.gym.belts = {"tm-01": still("tm-01"), "tm-02": belt()}
    running.gym.answer = lambda request: m.SessionReply(id=request.id, ok=True)
    running.gym.stops.clear()
    running.gym.requests.clear()
    await running.heard(2)
    return running


async def more(page: Page, treadmill: str = "tm-02") -> Locator:
    """The panel, open and told what there is."""
    await page.get_by_role("button", name=f"More for {treadmill}").click()
    panel = page.get_by_role("dialog", name=f"Session on {treadmill}")
    await expect(panel).to_be_visible()
    return panel


async def test_what_the_session_does_and_what_comes_next(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    panel = await more(page)
    await expect(panel).to_contain_text("Step 2 of 5 · Interval")
    await expect(panel).to_contain_text("Recovery backward, 1:00 at 1.5 km/h")
    await expect(panel).to_contain_text("1 of 5 done")
    site.gym.belts["tm-02"] = replace(
        still("tm-02"),
        session=view("tm-02", "paused", can=("done", "skip"), waits_for="done", why="Paused by Sam."),
    )
    await expect(panel).to_contain_text("A step beside the belt: press Step done when it is over")
    await expect(panel).to_contain_text("Paused by Sam.")
    await expect(panel.get_by_role("button", name="Step done")).to_be_enabled()
    await expect(panel.get_by_role("button", name="Slower")).to_be_disabled()


async def test_by_keyboard_and_the_focus_comes_back(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    opener = page.get_by_role("button", name="More for tm-02")
    await opener.focus()
    await page.keyboard.press("Enter")
    panel = page.get_by_role("dialog")
    await expect(panel.get_by_role("heading")).to_be_focused()
    await expect(panel.get_by_role("button", name="Slower")).to_be_enabled()
    await page.keyboard.press("Tab")
    await expect(panel.get_by_role("button", name="Slower")).to_be_focused()
    await page.keyboard.press("Enter")
    await until(lambda: [r.verb for r in site.gym.requests] == ["slower"], "slower")
    await expect(tile(page, "tm-02").locator("[data-said]")).to_have_text("Slower.")
    for stop in ("Stop tm-01", "Stop tm-02", "Stop all belts"):
        await page.get_by_role("button", name=stop).click(trial=True)
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(opener).to_be_focused()


@pytest.mark.parametrize(("button", "verb"), [("Repeat step", "repeat"), ("Skip step", "skip")])
async def test_steps(site: Rig, open_page: OpenPage, button: str, verb: str) -> None:
    page = await open_page(site.console.url)
    await live(page)
    await (await more(page)).get_by_role("button", name=button).click()
    await until(lambda: [r.verb for r in site.gym.requests] == [verb], verb)


async def test_a_limit_is_lowered_at_once_and_raised_with_a_reason_and_an_end(
    site: Rig, open_page: OpenPage
) -> None:
    page = await open_page(site.console.url)
    await live(page)
    panel = await more(page)
    limit = panel.get_by_label("Speed limit, km/h")
    await expect(limit).to_have_value("2.5")
    await panel.get_by_role("button", name="0.5 km/h lower").click()
    await panel.get_by_role("button", name="Set limit").click()
    await until(lambda: len(site.gym.requests) == 1, "the lower limit")
    lowered = site.gym.requests[0]
    assert (lowered.verb, lowered.speed_max_kmh, lowered.why, lowered.minutes) == ("adjust", 2.0, "", 0)
    await limit.fill("3.5")
    await panel.get_by_role("button", name="Set limit").click()
    await expect(panel.get_by_label("Reason to raise it")).to_be_focused()
    await page.keyboard.type("Plan of her physio")
    await panel.locator("select[name=minutes]").select_option("20")
    await panel.get_by_role("button", name="Set limit").click()
    await until(lambda: len(site.gym.requests) == 2, "the raise")
    raised = site.gym.requests[1]
    assert (raised.speed_max_kmh, raised.why, raised.minutes) == (3.5, "Plan of her physio", 20)
    for _ in range(6):
        await panel.get_by_role("button", name="0.5 km/h higher").click()
    await expect(limit).to_have_value("5.5")  # nobody can raise knee strength above it


async def test_notes_and_near_misses_take_two_taps(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    panel = await more(page)
    await panel.get_by_role("button", name="Stumbled, caught the rails").click()
    await until(lambda: len(site.gym.requests) == 1, "the near miss")
    await panel.get_by_label("In your own words").fill("Left knee clicks")
    await panel.get_by_role("button", name="Note", exact=True).click()
    await until(lambda: len(site.gym.requests) == 2, "the note")
    assert [(r.verb, r.session, r.text) for r in site.gym.requests] == [
        ("near_miss", "s-tm-02", "Stumbled, caught the rails"),
        ("note", "s-tm-02", "Left knee clicks"),
    ]


async def test_a_near_miss_is_where_the_finger_is_whatever_the_session_does(
    site: Rig, open_page: OpenPage
) -> None:
    page = await open_page(site.console.url)
    await live(page)
    chip = (await more(page)).get_by_role("button", name="Stumbled, caught the rails")
    await chip.hover()
    before = await chip.bounding_box()
    await page.mouse.down()
    site.gym.belts["tm-02"] = replace(still("tm-02"), session=view("tm-02", "ended", outcome="completed"))
    await expect(slot(page, "tm-02", "note")).to_have_text("Last session completed.")
    answers = page.get_by_role("button", name="Note the member's answers")
    assert not await answers.is_visible()
    after = await chip.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) <= 2  # a tile's frame may grow by a hair
    await page.mouse.up()
    await until(lambda: len(site.gym.requests) == 1, "the near miss")
    assert [(r.verb, r.text) for r in site.gym.requests] == [("near_miss", "Stumbled, caught the rails")]
    await expect(answers).to_be_visible()


async def test_who_is_with_the_member_is_asked_on_the_tile(site: Rig, open_page: OpenPage) -> None:
    site.gym.belts["tm-02"] = belt(asks=("present",))
    page = await open_page(site.console.url)
    await live(page)
    await page.get_by_role("button", name="I'm here").click()
    await until(lambda: [r.verb for r in site.gym.requests] == ["present"], "the answer")
    site.gym.belts["tm-02"] = belt()
    await expect(page.get_by_role("button", name="I'm here")).to_be_hidden()


async def test_how_hard_it_is_is_answered_on_the_tile_for_who_has_no_phone(
    site: Rig, open_page: OpenPage
) -> None:
    site.gym.belts["tm-02"] = belt(asks=("rpe",))
    page = await open_page(site.console.url)
    await live(page)
    question = page.get_by_role("group", name="How hard is it now?")
    await question.get_by_role("button", name="13, somewhat hard").click()
    await until(lambda: [(r.verb, r.rpe) for r in site.gym.requests] == [("rpe", 13)], "the answer")
    await expect(tile(page, "tm-02").locator("[data-said]")).to_have_text("Thank you.")
    site.gym.belts["tm-02"] = belt()
    await expect(question).to_be_hidden()


async def test_a_refusal_stays_until_it_was_seen(site: Rig, open_page: OpenPage) -> None:
    page = await open_page(site.console.url)
    await live(page)
    panel = await more(page)
    site.gym.answer = lambda r: m.SessionReply(
        id=r.id, ok=False, cause="last_step", text="It is the last step."
    )
    await panel.get_by_role("button", name="Skip step").click()
    alarm = tile(page, "tm-02").get_by_role("alert")
    await expect(alarm).to_contain_text("It is the last step.")
    site.gym.answer = lambda r: m.SessionReply(id=r.id, ok=True)
    await panel.get_by_role("button", name="Felt well").click()
    await expect(tile(page, "tm-02").locator("[data-said]")).to_contain_text("The note is in")
    await expect(alarm).to_contain_text("It is the last step.")
    await alarm.get_by_role("button", name="Seen").click()
    await expect(alarm).to_be_hidden()


async def test_a_level_is_signed_off_after_the_session(site: Rig, open_page: OpenPage) -> None:
    ready = enter_ready(site.folder)
    ended = view("tm-02", "ended", outcome="completed", member=ready)
    site.gym.belts["tm-02"] = replace(still("tm-02"), session=ended)
    page = await open_page(site.console.url)
    await expect(slot(page, "tm-02", "note")).to_have_text("Last session completed.")
    panel = await more(page)
    await expect(panel).to_contain_text("Knee strength: Novice. Ready for Intermediate.")
    await panel.get_by_role("button", name="Sign off Intermediate").click()
    said = tile(page, "tm-02").locator("[data-said]")
    await expect(said).to_have_text("Knee strength: Intermediate signed off by Sam.")
    await panel.get_by_role("button", name="Take the sign-off back").click()
    await expect(said).to_have_text("Knee strength: the sign-off of Intermediate is taken back.")
    await expect(panel.get_by_role("button", name="Sign off Intermediate")).to_be_visible()
    await panel.get_by_role("button", name="Sign off Intermediate").click()
    await expect(said).to_have_text("Knee strength: Intermediate signed off by Sam.")
    await page.keyboard.press("Escape")
    await expect(await more(page)).to_contain_text("Knee strength: Intermediate. Towards Advanced")


async def test_out_of_use_is_told_with_reason_and_name_and_outlasts_a_clear(
    site: Rig, open_page: OpenPage
) -> None:
    page = await open_page(site.console.url)
    await live(page)
    panel = await more(page, "tm-01")
    await panel.get_by_label("Why it is not to be used").fill("Its deck is worn")
    await panel.get_by_role("button", name="Take out of use").click()
    here = tile(page, "tm-01")
    await expect(here).to_contain_text(re.compile("Its deck is worn.*Sam"))
    await expect(here.get_by_role("button", name="Start a session on tm-01")).to_be_hidden()
    site.gym.belts["tm-01"] = replace(still("tm-01"), session=view("tm-01", "ended", outcome="stopped"))
    await expect(slot(page, "tm-01", "note")).to_contain_text("Last session")
    await expect(here).to_contain_text("Its deck is worn")
    await panel.get_by_role("button", name="Back in use").click()
    await expect(here).not_to_contain_text("Its deck is worn")
    await expect(here.get_by_role("button", name="Start a session on tm-01")).to_be_visible()
