"""`backstride member export|erase` and `backstride retention`: what is kept of members, given out and forgotten."""

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from device_adapters.clock import SystemClock
from device_adapters.host import kernel_clock
from services.cli.hub_settings import named_hub
from services.cli.members.tables import out
from services.privacy import wishes
from services.privacy.hub import opened
from services.privacy.plausible import ask_person_first
from services.privacy.retention import Forgotten, retain


def export(member: str, to: Path | None, *, config: Path | None, by: str) -> None:
    """Everything of a member in one zip; to '-' it goes to standard output."""
    if to == Path("-"):
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / "everything.zip"
            with opened(named_hub(config), SystemClock().wall_ms) as hub:
                wishes.export(hub, member, whole, by=by)
            sys.stdout.buffer.write(whole.read_bytes())
        return
    file = to or Path(f"{member}.zip")
    with opened(named_hub(config), SystemClock().wall_ms) as hub:
        sessions = wishes.export(hub, member, file, by=by)
    out(f"{file}: everything of {member}, {sessions} sessions")


def erase(member: str, *, config: Path | None, by: str) -> None:
    """Forget a member."""
    with opened(named_hub(config), SystemClock().wall_ms) as hub:
        wishes.erase(hub, member, by=by)
    out(f"{member}: erased; its sessions stay as a safety record of nobody")


def retention(
    *,
    config: Path | None,
    by: str,
    dry_run: bool,
    as_json: bool,
    nightly: bool = False,
    allowed: int | None = None,
) -> None:
    """Forget what is too old, or say what would be. `nightly`: nobody looks on, so the clock must be kept by NTP."""
    with opened(named_hub(config), SystemClock().wall_ms) as hub:
        if not dry_run:
            ask_person_first(hub, clock_kept=kernel_clock()[0] if nightly else None, allowed=allowed)
        told = retain(hub, by=by, dry_run=dry_run)
    if as_json:
        print(json.dumps(asdict(told)))  # noqa: T201
        return
    out("Would be forgotten:" if dry_run else "Forgotten:")
    for words, number in _words(told).items():
        out(f"  {number:>8}  {words}")


def _words(told: Forgotten) -> dict[str, int]:
    return {
        "heart rates of members who did not consent to keep them": told.heart_rates_without_consent,
        "heart rates older than 90 days": told.heart_rates_old,
        "sessions whose heart rates are summed up as mean and peak first": told.sessions_summed_up,
        "members whose last visit was more than 24 months ago": told.members_long_gone,
        "safety records older than 3 years": told.safety_records,
        "audit lines older than 3 years": told.audit_lines,
        "journal entries older than 3 years": told.journal_entries,
    }
