"""Deeds of staff in the real console, done by a hand that counts: its table stands in docs/staff.md.

`python tests/browser/taps.py` writes it anew. A tap is one press of a finger; a field is a tap and what is typed. The
seconds are the page's and the hub's own, between the first tap and what shows that it is done: reading and looking come
on top.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "support"), str(Path(__file__).parents[2])]

import msgspec  # noqa: E402
from chromium import ARGUMENTS, CHROMIUM  # noqa: E402
from console_members import enter_ready  # noqa: E402
from console_rig import Rig, ScriptedBelt, rig, still, view, walking  # noqa: E402
from matrix_site import tell  # noqa: E402
from members_rig import WREN  # noqa: E402
from month_rig import enter_member, enter_month  # noqa: E402
from playwright.async_api import Locator, Page, async_playwright, expect  # noqa: E402
from sign_in import SIGNED_IN  # noqa: E402
from waiting import until  # noqa: E402

from services.console.auth.signed_in import COOKIE  # noqa: E402

PAGE = Path(__file__).parents[2] / "docs/staff.md"
BEGIN, END = "<!-- taps: written by tests/browser/taps.py -->", "<!-- taps end -->"
SIZE = {"width": 768, "height": 1024}
NEW_S = 0.8
"""A button that has just appeared is not taken yet: a finger was on its way to what stood there before."""


@dataclass
class Hand:
    """Presses what can be pressed, and counts it."""

    page: Page
    taps: int = 0
    typed: int = 0

    async def tap(self, what: Locator) -> None:
        await what.click()
        self.taps += 1

    async def tap_new(self, what: Locator) -> None:
        """What has just appeared."""
        await expect(what).to_be_visible()
        await asyncio.sleep(NEW_S)
        await self.tap(what)

    async def type(self, into: Locator, text: str) -> None:
        await self.tap(into)
        await self.page.keyboard.type(text)
        self.typed += 1

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def choice(self, name: str) -> Locator:
        """The label around a radio or a box."""
        box = self.page.get_by_role("radio", name=name).or_(self.page.get_by_role("checkbox", name=name))
        return self.page.locator("label").filter(has=box).locator("visible=true").first


@dataclass(frozen=True)
class TapsSite:
    """The console, and what the gym was asked since the deed began."""

    rig: Rig

    async def asked(self, verb: str) -> None:
        await until(lambda: verb in [request.verb for request in self.rig.gym.requests], verb)


Do = Callable[[Hand, TapsSite], Awaitable[None]]


@dataclass(frozen=True)
class Deed:
    """What staff do, from the floor page with these treadmills to what shows that it is done."""

    name: str
    do: Do
    belts: Callable[[], dict[str, ScriptedBelt]]


def _free() -> dict[str, ScriptedBelt]:
    return {"tm-01": still("tm-01"), "tm-02": walking("tm-02")}


def _running() -> dict[str, ScriptedBelt]:
    return {"tm-01": still("tm-01"), "tm-02": walking("tm-02", can=("pause", "slower", "skip"))}


def _stopped() -> dict[str, ScriptedBelt]:
    def stopped(id_: str) -> ScriptedBelt:
        return replace(still(id_), state=msgspec.structs.replace(still(id_).state, latched="stop_pressed"))

    return {id_: stopped(id_) for id_ in ("tm-01", "tm-02", "tm-03")}


async def _as_last_time(hand: Hand, site: TapsSite) -> None:
    await hand.tap(hand.button("Start a session on tm-01"))
    await hand.tap(hand.choice("Robin Eady"))
    await expect(hand.page.locator("[data-begin]")).to_have_text("Start for Robin Eady")
    await hand.tap(hand.page.locator("[data-action=begin]"))
    await site.asked("start")


async def _new_member(hand: Hand, site: TapsSite) -> None:
    await hand.tap(hand.button("Start a session on tm-01"))
    await hand.tap(hand.button("New member"))
    newcomer = hand.page.locator("#newcomer")
    for field, text in (("name", "Nora Newcombe"), ("alias", "Nightjar"), ("birth_year", "1990")):
        await hand.type(newcomer.locator(f"[name={field}]"), text)
    for name in ("fall][value=no", "nothing", "consents][value=session_records"):
        await hand.tap(newcomer.locator(f"label:has([name={name}])"))
    await hand.tap(hand.button("Save and choose"))
    await expect(hand.page.get_by_role("radio", name="Nora Newcombe")).to_be_checked()
    await hand.tap(hand.choice("Conditioning"))
    await hand.tap(hand.page.locator("#start label").filter(has=hand.page.locator("[name=screened]")))
    await hand.tap(hand.page.locator("[data-action=begin]"))
    await site.asked("start")


async def _guest(hand: Hand, site: TapsSite) -> None:
    await hand.tap(hand.button("Start a session on tm-01"))
    await hand.tap(hand.choice("Conditioning"))
    await hand.tap(hand.page.locator("#start label").filter(has=hand.page.locator("[name=screened]")))
    await hand.tap(hand.page.locator("[data-action=begin]"))
    await site.asked("start")


async def _stop_one(hand: Hand, site: TapsSite) -> None:
    await hand.tap(hand.button("Stop tm-02"))
    await until(lambda: site.rig.gym.stops == ["tm-02"], "the stop")


async def _stop_all(hand: Hand, _site: TapsSite) -> None:
    await hand.tap(hand.page.get_by_role("button", name="Stop all belts"))
    await expect(hand.page.get_by_text("Stop sent to all belts.").first).to_be_visible()


async def _clear_all(hand: Hand, site: TapsSite) -> None:
    await hand.tap_new(hand.page.locator("[data-clear-many]"))
    await hand.tap_new(hand.button("I looked: clear them"))
    await until(lambda: [one.verb for one in site.rig.gym.requests] == ["clear"] * 3, "three clears")


async def _slower(hand: Hand, site: TapsSite) -> None:
    await hand.tap(hand.button("More for tm-02"))
    await hand.tap(hand.page.locator("#more").get_by_role("button", name="Slower"))
    await site.asked("slower")


async def _pause_and_go_on(hand: Hand, site: TapsSite) -> None:
    await hand.tap(hand.button("Pause tm-02"))
    await site.asked("pause")
    paused = replace(still("tm-02"), session=view("tm-02", "paused", can=("resume",), waits_for="resume"))
    site.rig.gym.belts["tm-02"] = paused
    await hand.tap_new(hand.button("Resume tm-02"))
    await site.asked("resume")


async def _near_miss(hand: Hand, site: TapsSite) -> None:
    await hand.tap(hand.button("More for tm-02"))
    await hand.tap(hand.button("Stumbled, caught the rails"))
    await site.asked("near_miss")


async def _sign_off(hand: Hand, site: TapsSite) -> None:
    await hand.tap(hand.button("More for tm-02"))
    await hand.tap(hand.button("Sign off Intermediate"))
    await expect(hand.page.get_by_text("Intermediate signed off by")).to_be_visible()


async def _pain_of_the_day_after(hand: Hand, _site: TapsSite) -> None:
    await hand.tap(hand.page.get_by_role("link", name="Sessions"))
    await hand.tap(hand.page.get_by_role("link", name="Session of Wren").first)
    asked = hand.page.get_by_role("group", name="Pain on the day after")
    await hand.tap(asked.locator("label").filter(has=hand.page.get_by_role("radio", name="1", exact=True)))
    await hand.tap(hand.button("Note it"))
    await expect(hand.page.get_by_text("Noted: 1 of 10.")).to_be_visible()


async def _last_weeks_session(hand: Hand, _site: TapsSite) -> None:
    await hand.tap(hand.page.get_by_role("link", name="Sessions"))
    await hand.tap(hand.page.get_by_role("link", name="Session of Wren").last)
    await expect(hand.page.get_by_role("img", name="The session on one time line")).to_be_visible()


DEEDS = (
    Deed("Start as last time", _as_last_time, _free),
    Deed("Start a new member, screened and consenting", _new_member, _free),
    Deed("Start a guest", _guest, _free),
    Deed("Stop one", _stop_one, _running),
    Deed("Stop all", _stop_all, _running),
    Deed("Clear after it (three treadmills)", _clear_all, _stopped),
    Deed("Slower", _slower, _running),
    Deed("Pause, and go on", _pause_and_go_on, _running),
    Deed("Record a near miss", _near_miss, _running),
    Deed("Sign off a level", _sign_off, dict),
    Deed("Answer the pain of the day after", _pain_of_the_day_after, _free),
    Deed("Find last week's session", _last_weeks_session, _free),
)


@dataclass(frozen=True)
class Done:
    """How a deed went."""

    name: str
    taps: int
    typed: int
    seconds: float

    @property
    def counted(self) -> str:
        """The row of the table but for its seconds, which are another machine's tomorrow."""
        return f"| {self.name} | {self.taps} | {self.typed or '–'} |"


@asynccontextmanager
async def taps_site(folder: Path) -> AsyncIterator[tuple[TapsSite, str]]:
    """A console whose members have a past; and the id of one who is ready for a level."""
    async with rig(folder) as running:
        ready = enter_ready(folder)
        enter_month(folder, enter_member(folder, replace(WREN, name="Wanda Rennick", alias="Wren")))
        yield TapsSite(running), ready


async def perform(deed: Deed, site: TapsSite, ready: str, page: Page) -> Done:
    """Once, on a page of its own."""
    gym = site.rig.gym
    ended = {
        "tm-02": replace(still("tm-02"), session=view("tm-02", "ended", outcome="completed", member=ready))
    }
    await tell(site.rig, deed.belts() or {"tm-01": still("tm-01"), **ended})
    await page.goto(site.rig.console.url)
    await expect(page.locator("body[data-tick]")).to_be_attached()
    await expect(page.locator(".tile")).to_have_count(3 if "tm-03" in gym.belts else 2)
    gym.requests.clear()
    gym.stops.clear()
    hand, began = Hand(page), time.monotonic()
    await deed.do(hand, site)
    return Done(deed.name, hand.taps, hand.typed, time.monotonic() - began)


def table(done: list[Done]) -> str:
    """In Markdown."""
    rows = [f"{one.counted} {one.seconds:.1f} |" for one in done]
    return "\n".join(
        [BEGIN, "| deed | taps | fields typed | seconds of the page |", "|---|---|---|---|", *rows, END]
    )


def counted(text: str) -> list[str]:
    """The rows of a page that has the table, without their seconds."""
    inside = text.partition(BEGIN)[2].partition(END)[0]
    return [row.rpartition("|")[0].rpartition("|")[0] + "|" for row in inside.strip().splitlines()[2:]]


async def main() -> None:
    """Do all, and write the table into its page."""
    with tempfile.TemporaryDirectory() as folder:
        async with taps_site(Path(folder)) as (site, ready), async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            context = await chromium.new_context(viewport=SIZE, locale="en")  # type: ignore[arg-type]
            url = site.rig.console.url
            await context.add_cookies([{"name": COOKIE, "value": SIGNED_IN[url], "url": url}])
            done = [await perform(deed, site, ready, await context.new_page()) for deed in DEEDS]
            await chromium.close()
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    PAGE.write_text(before + table(done) + rest.partition(END)[2])
    print(table(done))  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
