"""Screenshots for the README, from the running demo: `python tests/browser/shots.py FOLDER`."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urljoin

import httpx
from playwright.sync_api import Browser, sync_playwright
from sign_in import demo_sign_in, headers

from services.console.accounts.door import COOKIE

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
MEMBER = "member page of tm-02"
VIEWS = {
    "floor": ("/", 1920, 1080, "dark"),
    "floor-light": ("/", 1280, 900, "light"),
    "phone": ("/", 390, 844, "dark"),
    "board": ("/board", 1920, 1080, "dark"),
    "member": (MEMBER, 390, 844, "dark"),
    "member-screen": (MEMBER, 1920, 1080, "light"),
}
READY_S = 60.0
WALKED_S = 45.0
"""Long enough for the sessions to have left their first, slow step."""


def main(folder: Path) -> None:
    """Run a demo with sessions, take the pictures, end it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        demo = subprocess.Popen(
            [sys.executable, "-m", "services.cli.main", "demo", "--autostart", "--data", data, "--http-port", "0",
             "--mqtt-port", "0"],
        )  # fmt: skip
        try:
            url = wait_for(Path(data) / "running.json")
            staff = demo_sign_in(url, Path(data))
            time.sleep(WALKED_S)
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
                for name, (path, width, height, scheme) in VIEWS.items():
                    where = member_page(url, staff) if path == MEMBER else urljoin(url, path)
                    take(chromium, where, staff, folder / f"{name}.png", width, height, scheme)
                chromium.close()
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)


def wait_for(running: Path) -> str:
    """The console's address, once its page can be had."""
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        if running.exists():
            url: str = json.loads(running.read_text())["url"]
            if httpx.get(urljoin(url, "/signin"), timeout=5).status_code == 200:
                return url
        time.sleep(0.2)
    raise SystemExit("the demo did not start")


def member_page(url: str, staff: str) -> str:
    """The address behind the code on a tile."""
    answer = httpx.get(
        urljoin(url, "/api/treadmills/tm-02/member-page"), headers=headers(url, staff), timeout=5
    )
    page: str = answer.json()["url"]
    return page


def take(chromium: Browser, url: str, staff: str, path: Path, width: int, height: int, scheme: str) -> None:
    """One picture of the live page."""
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    context.add_cookies([{"name": COOKIE, "value": staff, "url": url}])
    page = context.new_page()
    page.goto(url)
    page.wait_for_timeout(2000)
    page.screenshot(path=path)
    context.close()
    print(path)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
