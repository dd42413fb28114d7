"""A Chromium whose own list of trusted authorities has the site's root."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from chromium import ARGUMENTS, CHROMIUM
from playwright.async_api import Browser, async_playwright


@asynccontextmanager
async def tls_browser(home: Path, root: Path | None) -> AsyncIterator[Browser]:
    """Its list has `root` and nothing else besides the known ones; `home` is its user's empty folder."""
    trusted = home / ".pki" / "nssdb"
    trusted.mkdir(parents=True)
    certutil("-N", "--empty-password", folder=trusted)
    if root is not None:
        certutil("-A", "-t", "C,,", "-n", "site", "-i", str(root), folder=trusted)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(ARGUMENTS), env={**os.environ, "HOME": str(home)}
        )
        try:
            yield chromium
        finally:
            await chromium.close()


def certutil(*words: str, folder: Path) -> None:
    command = shutil.which("certutil")
    if command is None:
        pytest.skip(
            "certutil IS NOT ON THIS MACHINE: pages by TLS were not opened (apt install libnss3-tools)"
        )
    subprocess.run([command, "-d", f"sql:{folder}", *words], check=True, capture_output=True, timeout=60)
