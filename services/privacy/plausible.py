"""May the retention job do by itself what it would do now? A clock that is wrong must not empty a gym's stores.

What it may forget unasked is bounded, and nothing at all when the clock is not kept or runs far ahead of the newest
rows. Anything more is for a person, who says how much (`--yes-delete`).
"""

from dataclasses import dataclass

from device_adapters.errors import BackstrideError
from device_adapters.units import DAY_MS
from services.members import forgetting
from services.privacy.hub import HubStores
from services.privacy.retention import Forgotten, retain

AHEAD_MAX_MS = 30 * DAY_MS
"""A gym that was shut for longer says so once."""

SHARE = 0.1
READINGS_FREE, ROWS_FREE, MEMBERS_FREE = 10_000, 200, 5
"""So much may always go in one night, whatever share of all it is: a small gym's ordinary night."""

EVER_MS = 2**52
"""Later than any row."""


class NeedsPersonError(BackstrideError):
    """The retention job stops before it forgets anything: a person has to look first."""

    code = "KEEP-001"


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    would: int
    of: int
    free: int

    @property
    def too_much(self) -> bool:
        return self.would > max(self.free, self.of * SHARE)


def ask_person_first(hub: HubStores, *, clock_kept: bool | None, allowed: int | None = None) -> None:
    """Raises NeedsPersonError, with the figures and what to do; nothing was forgotten then.

    `clock_kept`: does NTP keep the clock (None: not known)? `allowed`: how many rows a person said may go.
    """
    parts = _parts(hub, retain(hub, by="", dry_run=True))
    would = sum(part.would for part in parts)
    if not would:
        return
    if allowed is None:
        why = _doubt(hub, parts, clock_kept)
    elif would > allowed:
        why = f"more than the {allowed} that --yes-delete names"
    else:
        return
    if why:
        each = ", ".join(f"{part.would} {part.name}" for part in parts if part.would)
        raise NeedsPersonError(
            f"{would} rows would be forgotten ({each}), and {why}. "
            "Nothing was forgotten. Look at the clock (timedatectl) and at backstride retention --dry-run; if it is "
            f"right: backstride retention --yes-delete {would}"
        )


def _doubt(hub: HubStores, parts: tuple[_Part, ...], clock_kept: bool | None) -> str:
    newest_ms, now_ms = max(forgetting.newest_ms(hub.members), hub.journal.newest_ms()), hub.members.now_ms()
    if clock_kept is False:
        return "nothing keeps this machine's clock"
    if now_ms - newest_ms > AHEAD_MAX_MS:
        return f"the clock is {(now_ms - newest_ms) // DAY_MS} days ahead of the newest session or entry"
    if much := next((part for part in parts if part.too_much), None):
        return f"{much.would} of {much.of} {much.name} is more than one night's"
    return ""


def _parts(hub: HubStores, would: Forgotten) -> tuple[_Part, ...]:
    """What goes by time alone, each beside all there is. What nobody consented to keep goes whatever the time."""
    readings = hub.measured.forget_heart_rates_before(EVER_MS, dry_run=True) if would.heart_rates_old else 0
    records, lines = forgetting.forget_before(hub.members, EVER_MS, dry_run=True)
    members = len(forgetting.long_gone(hub.members, EVER_MS))
    entries = hub.journal.forget_before(EVER_MS, dry_run=True)
    return (
        _Part("heart rates", would.heart_rates_old, readings, READINGS_FREE),
        _Part("members", would.members_long_gone, members, MEMBERS_FREE),
        _Part("safety records", would.safety_records, records, ROWS_FREE),
        _Part("audit lines", would.audit_lines, lines, ROWS_FREE),
        _Part("journal entries", would.journal_entries, entries, ROWS_FREE),
    )
