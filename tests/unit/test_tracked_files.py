"""What is kept in the repository is files: a link leads to a place of one machine."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = "120000"


def test_no_link_is_kept() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("no repository here")
    kept = subprocess.run([git, "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=True)
    entries = [line for line in kept.stdout.splitlines() if line]
    assert entries
    assert [line for line in entries if line.startswith(LINK)] == []
