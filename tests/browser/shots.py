"""Screenshots for the README, from the running demo: `python tests/browser/shots.py FOLDER`.

The board is held to its walls as well: it must not scroll at 1920×1080 and at 4K.
"""

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
from chromium import ARGUMENTS, CHROMIUM
from past_rig import enter_walk
from playwright.sync_api import Browser, Page, sync_playwright
from sign_in import demo_sign_in, headers

from device_adapters.safety.limits import Goal, Level
from device_adapters.units import DAY_MS
from services.cli.stores.seed import seed
from services.console.auth.signed_in import COOKIE
from services.programme.library import find
from services.provisioning.visits import SeededGym, lives

READY_S = 60.0
WALKED_S = 45.0
"""Long enough for the sessions to have left their first, slow step."""

SETTLED_MS = 2_000
WEEKS, MEMBERS = 12, 16
RUNNING, FREE = "tm-02", "tm-05"
LEARNER = "Robin"
"""The demo's member whose level is intermediate."""

WALLS = ((1920, 1080), (3840, 2160))
Act = Callable[[Page], None]


@dataclass(frozen=True)
class Shot:
    """One picture: `act` is done before it is taken; `whole`: the page to its end, beyond the window."""

    name: str
    path: str
    width: int
    height: int
    scheme: str
    act: Act = lambda _page: None
    whole: bool = False
    language: str = "en"


def start(page: Page) -> None:
    """The start panel with a member and a goal, asked what is asked before each start."""
    page.locator(f'[data-treadmill="{FREE}"] [data-panel=start]').click()
    page.get_by_role("radio", name=LEARNER).first.check()
    page.locator("[name=goal][value=conditioning]").check()
    page.locator("[name=screened]").dispatch_event("click")  # scrolls nothing


def more(page: Page) -> None:
    """The More panel of a session under way."""
    page.locator(f'[data-treadmill="{RUNNING}"] [data-panel=more]').click()


def newcomer(page: Page) -> None:
    """A new member."""
    page.locator(f'[data-treadmill="{FREE}"] [data-panel=start]').click()
    page.locator(".new-member").click()


@dataclass(frozen=True)
class PastShot:
    """What there is to look back on: a walked session, and a member with levels behind and ahead."""

    session: str
    climber: str


def shots(member_page: str, past: PastShot) -> tuple[Shot, ...]:
    """While sessions run."""
    return (
        Shot("floor", "/", 1920, 1080, "dark"),
        Shot("floor-light", "/", 1280, 900, "light"),
        Shot("floor-german", "/", 1920, 1080, "light", language="de"),
        Shot("phone", "/", 390, 844, "dark"),
        Shot("start", "/", 1920, 1080, "dark", start),
        Shot("start-phone", "/", 390, 844, "light", start),
        Shot("new-member", "/", 1280, 900, "light", newcomer, whole=True),
        Shot("more", "/", 1920, 1080, "dark", more, whole=True),
        Shot("board", "/board", 1920, 1080, "dark"),
        Shot("member", member_page, 390, 844, "dark"),
        Shot("member-screen", member_page, 1920, 1080, "light"),
        Shot("review", f"/sessions/{past.session}", 1280, 900, "dark", whole=True),
        Shot("progress", f"/history/{past.climber}", 1280, 900, "dark", whole=True),
        Shot("progress-phone", f"/history/{past.climber}", 390, 844, "light", whole=True),
    )


def main(folder: Path) -> None:
    """Run a demo with sessions, take the pictures, end it."""
    folder.mkdir(parents=True, exist_ok=True)
    with demo() as (url, staff, past), sync_playwright() as playwright:
        asking = httpx.Client(base_url=url, headers=headers(url, staff), timeout=10)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        member_page = asking.get(f"/api/treadmills/{RUNNING}/member-page").json()["url"]
        for shot in shots(member_page, past):
            take(chromium, url, staff, shot, folder)
        for width, height in WALLS:
            hold_the_wall(chromium, url, staff, width, height)
        chromium.close()


@contextmanager
def demo() -> Iterator[tuple[str, str, PastShot]]:
    """The console's address, the key of its signed-in staff, and an invented past of the gym."""
    with tempfile.TemporaryDirectory() as data:
        running = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "demo", "--autostart", "--data", data, "--http-port", "0",
             "--mqtt-port", "0"],
        )  # fmt: skip
        try:
            url = wait_for(Path(data) / "running.json")
            staff = demo_sign_in(url, Path(data))
            time.sleep(WALKED_S)
            yield url, staff, look_back(Path(data))
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(60)


def look_back(data: Path) -> PastShot:
    """The demo's stores with a past."""
    today_ms = time.time_ns() // 1_000_000 // DAY_MS * DAY_MS
    gym = SeededGym(end_ms=today_ms, days=7 * WEEKS, members=MEMBERS)
    seed(data / "hub.toml", weeks=WEEKS, members=gym.members, seed=gym.seed, until="", people=True)
    _, session = enter_walk(data / "hub", find(Goal.CONDITIONING, Level.INTERMEDIATE))
    climber = next(life.person.member for life in lives(gym) if 0 < len(life.sign_offs) < 2)
    return PastShot(session, climber)


def wait_for(running: Path) -> str:
    """The console's address, once its page can be had."""
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        if running.exists():
            url: str = json.loads(running.read_text())["url"]
            if httpx.get(urljoin(url, "/signin"), timeout=60).status_code == 200:
                return url
        time.sleep(0.2)
    raise SystemExit("the demo did not start")


@contextmanager
def opened(chromium: Browser, url: str, staff: str, shot: Shot) -> Iterator[Page]:
    """The page of a shot, signed in."""
    context = chromium.new_context(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme=shot.scheme,  # type: ignore[arg-type]
        locale=shot.language,
    )
    context.add_cookies([{"name": COOKIE, "value": staff, "url": url}])
    page = context.new_page()
    page.goto(urljoin(url, shot.path))
    page.wait_for_timeout(SETTLED_MS)
    yield page
    context.close()


def take(chromium: Browser, url: str, staff: str, shot: Shot, folder: Path) -> None:
    """One picture of the live page."""
    with opened(chromium, url, staff, shot) as page:
        shot.act(page)
        page.wait_for_timeout(SETTLED_MS)
        path = folder / f"{shot.name}.png"
        if shot.whole:
            page.set_viewport_size(
                {"width": shot.width, "height": page.evaluate("document.documentElement.scrollHeight")}
            )
        page.screenshot(path=path)
        print(path)  # noqa: T201


def hold_the_wall(chromium: Browser, url: str, staff: str, width: int, height: int) -> None:
    """The board shows everything without scrolling, or SystemExit."""
    with opened(chromium, url, staff, Shot("wall", "/board", width, height, "dark")) as page:
        if page.evaluate("document.documentElement.scrollHeight > innerHeight"):
            raise SystemExit(f"the board scrolls at {width}×{height}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
