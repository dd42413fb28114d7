"""What open pages cost the console, and how soon they are there: a real console, a broker, a scripted gym of 60 belts.

- CPU of the console with 30, 150 and 300 clients on the floor and on the class board at 2 Hz, net of what it needs with
  none, beside a plain WebSocket server that sends the same bytes to as many; windows of both lie side by side.
- Paint of the first tile on a warm server in Debian's Chromium, also with the CPU slowed 6 times.
- With 20 tabs open in one browser: from the press of Stop all to the answer on the page.

    python tests/bench/board.py
"""

import asyncio
import shutil
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/support")]

from console_rig import Rig, rig, walking  # noqa: E402
from figures import Figure, Ratio, save  # noqa: E402
from playwright.async_api import BrowserContext, Page, async_playwright  # noqa: E402
from ports import free_port  # noqa: E402
from sign_in import SIGNED_IN  # noqa: E402
from usage import Meter  # noqa: E402
from websockets.asyncio.client import ClientConnection, connect  # noqa: E402

from services import logs  # noqa: E402
from services.console.auth.signed_in import COOKIE  # noqa: E402

TILES, TABS, SLOWED_BY = 60, 20, 6
CLIENTS = (30, 150, 300)
"""The console takes no more."""

ROUNDS, WINDOW_S, TICK_S = 5, 5.0, 0.5
PAINTS, STOPS = 9, 9
CPU_AIM_PCT, PAINT_AIM_S, SLOW_PAINT_AIM_S, STOP_AIM_S = 3.0, 0.5, 1.5, 0.3
FEEDS = {"floor": "/live/floor", "class board": "/live/board"}
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"

PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
STOPPED = """async () => {
  const said = document.querySelector('.tile [data-said]');
  said.textContent = '';
  const answered = new Promise((done) => new MutationObserver(() => {
    if (said.textContent.startsWith('Stop sent')) done(performance.now());
  }).observe(said, {childList: true, characterData: true, subtree: true}));
  const pressed = performance.now();
  document.querySelector('.stop-all button').click();
  return await answered - pressed;
}"""


async def listen(page: ClientConnection, frames: list[str] | None) -> None:
    """Take what is sent, as a page does, and keep it where somebody asks for it."""
    async for frame in page:
        if frames is not None:
            frames.append(str(frame))


@asynccontextmanager
async def clients(number: int, open_one: Callable[[], connect], frames: list[str]) -> AsyncIterator[None]:
    """So many connections that read."""
    pages = [await open_one() for _ in range(number)]
    reading = [asyncio.create_task(listen(page, None if n else frames)) for n, page in enumerate(pages)]
    try:
        yield
    finally:
        for page in pages:
            await page.close()
        await asyncio.gather(*reading, return_exceptions=True)


async def vary(site: Rig) -> None:
    """Every belt and every heart changes with each tick, as the worst case has it."""
    step = 0
    while True:
        step += 1
        for number, name in enumerate(site.gym.belts):
            site.gym.belts[name] = walking(
                name, 2 + (step + number) % 9 / 10, 100 + (step + number) % 40, hr_max_bpm=190,
                elapsed_s=100.0 + step, strap=name.replace("tm", "hr"),
            )  # fmt: skip
        await asyncio.sleep(TICK_S)


async def cpu(meter: Meter) -> float:
    """CPU of one window in per cent of a core."""
    meter.window(WINDOW_S, 0)
    await asyncio.sleep(WINDOW_S)
    return meter.window(WINDOW_S, 0).cpu_pct


async def serving(site: Rig, feed: str, number: int) -> tuple[list[float], list[float], int]:
    """CPU of the console's pages and of the plain sender, window by window; and the bytes of a frame."""
    if site.console.process is None:
        raise RuntimeError("the console does not run")
    console = Meter(site.console.process.pid)
    url = site.console.url.replace("http", "ws") + feed
    ours, plain, size = [], [], 0
    for _ in range(ROUNDS):
        frames: list[str] = []
        alone = await cpu(console)
        async with clients(number, lambda: connect(url, additional_headers=site.headers), frames):
            await asyncio.sleep(TICK_S * 2)
            busy = await cpu(console)
        alone = (alone + await cpu(console)) / 2
        ours.append(max(0.01, busy - alone))
        sent = [frame for frame in frames if '"hello"' not in frame][1:]
        size = round(statistics.median(len(frame.encode()) for frame in sent))
        port = free_port()
        sender = await asyncio.create_subprocess_exec(
            sys.executable, str(Path(__file__).with_name("plain_sender.py")), str(port), str(size), str(TICK_S),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        if sender.stdout is not None:
            await sender.stdout.readline()
        try:
            async with clients(number, lambda port=port: connect(f"ws://127.0.0.1:{port}"), []):  # type: ignore[misc]
                plain.append(max(0.01, await cpu(Meter(sender.pid))))
        finally:
            sender.terminate()
            await sender.wait()
    return ours, plain, size


async def paint_s(context: BrowserContext, url: str, slowed_by: int) -> float:
    """Until the first tile is painted: the page is complete in its first HTML, so it is there with the first paint."""
    page = await context.new_page()
    devtools = await context.new_cdp_session(page)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": slowed_by})
    await page.goto(url)
    await page.locator(".tile").first.wait_for()
    painted: float | None = None
    while painted is None:  # a page whose policy forbids eval cannot be asked to wait
        painted = await page.evaluate(PAINTED)
    await page.close()
    return painted / 1000


async def stops_s(context: BrowserContext, url: str) -> list[float]:
    """From the press to the answer, with TABS pages of the floor in one browser."""
    pages: list[Page] = []
    for _ in range(TABS):
        page = await context.new_page()
        await page.goto(url)
        await page.locator("body[data-conn=live]").wait_for()
        pages.append(page)
    await pages[0].bring_to_front()
    return [await pages[0].evaluate(STOPPED) / 1000 for _ in range(STOPS)]


async def in_browser(site: Rig) -> list[Figure]:
    """What a person waits for."""
    site.gym.belts = dict(list(site.gym.belts.items())[:6])
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        url = site.console.url
        rows = []
        for slowed_by, aim_s in ((1, PAINT_AIM_S), (SLOWED_BY, SLOW_PAINT_AIM_S)):
            times = []
            for _ in range(PAINTS):
                context = await chromium.new_context()
                await context.add_cookies([{"name": COOKIE, "value": SIGNED_IN[url], "url": url}])
                times.append(await paint_s(context, url, slowed_by))
                await context.close()
            slow = f", CPU slowed {slowed_by} ×" if slowed_by > 1 else ""
            rows.append(waited(f"console: first tile painted{slow}", times, aim_s))
        context = await chromium.new_context()
        await context.add_cookies([{"name": COOKIE, "value": SIGNED_IN[url], "url": url}])
        rows.append(
            waited(f"console: Stop all answered, {TABS} tabs open", await stops_s(context, url), STOP_AIM_S)
        )
        await chromium.close()
    return rows


def waited(what: str, times_s: list[float], aim_s: float) -> Figure:
    """A time beside its limit."""
    ratio = Ratio.of([aim_s] * len(times_s), times_s)
    return Figure(
        what, f"{statistics.median(times_s) * 1000:.0f} ms", "limit", f"{aim_s * 1000:.0f} ms", ratio, 1, "at most",
        "nobody waits for a page or an answer",
    )  # fmt: skip


def served(kind: str, number: int, ours: list[float], plain: list[float], size: int) -> list[Figure]:
    """CPU of the pages beside the plain sender, and with the fewest clients beside its limit."""
    median = f"{statistics.median(ours):.1f} % of a core"
    what = f"console: {TILES} tiles × 2 Hz × {number} clients, {kind}"
    limit = Ratio.of([CPU_AIM_PCT] * len(ours), ours)
    allowed = Figure(
        what,
        median,
        "limit",
        f"{CPU_AIM_PCT:.0f} %",
        limit,
        1,
        "at most",
        "one small hub serves every screen",
    )
    beside = Figure(
        f"{what}: making and sending", median, f"plain WebSocket sender of the same {size} bytes",
        f"{statistics.median(plain):.1f} %", Ratio.of(ours, plain).inverse(), 1.3, "at most",
        "a frame of 60 tiles is made once, whoever looks",
    )  # fmt: skip
    return [allowed, beside] if number == CLIENTS[0] else [beside]


async def main() -> None:
    """Measure, print, save."""
    logs.configure("error")
    with tempfile.TemporaryDirectory(prefix="backstride-board-") as folder:
        async with rig(Path(folder)) as site:
            site.gym.every_s = TICK_S
            names = [f"tm-{number:02}" for number in range(1, TILES + 1)]
            site.gym.belts = {name: walking(name, hr_max_bpm=190) for name in names}
            await site.heard(TILES)
            varying = asyncio.create_task(vary(site))
            rows: list[Figure] = []
            for kind, feed in FEEDS.items():
                for number in CLIENTS:
                    rows += served(kind, number, *await serving(site, feed, number))
            varying.cancel()
            await asyncio.wait([varying])
        async with rig(Path(folder) / "browser") as site:
            site.gym.belts = {name: walking(name) for name in names[:6]}
            await site.heard(6)
            rows += await in_browser(site)
    save("console", rows)


if __name__ == "__main__":
    asyncio.run(main())
