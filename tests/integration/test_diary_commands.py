"""`backstride diary`: a feed is read before it is kept, its address is shown nowhere, and it can be taken away."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def diary(folder: Path, *words: str, given: str = "") -> tuple[int, str]:
    """Exit code and all that is said."""
    command = [sys.executable, "-m", "services.cli", "diary", *words, "--config", "hub.toml"]
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_feed_is_added_listed_and_taken_away(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(f'data = "{tmp_path}"\n')
    feed = tmp_path / "gym.ics"
    feed.write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n")
    assert diary(tmp_path, "list") == (0, "")
    code, said = diary(tmp_path, "add", given=f"{feed}\n")
    assert (code, "0 appointments ahead" in said) == (0, True), said
    assert (tmp_path / "bookings.txt").stat().st_mode & 0o777 == 0o600
    assert diary(tmp_path, "list") == (0, f"1 {feed}\n")
    address = "https://127.0.0.1/secret-key.ics"
    code, said = diary(tmp_path, "add", given=f"{address}\n")
    assert code != 0
    assert "inside this network" in said
    assert "secret-key" not in said
    assert diary(tmp_path, "remove", "2")[0] != 0
    assert diary(tmp_path, "remove", "1")[0] == 0
    assert diary(tmp_path, "list") == (0, "")
