"""What is kept for how long, and what the retention job does about it (domain.md §6; choose the times with counsel).

Heart rates: 90 days, then mean and peak per session; without the member's consent to keep them, not at all. Members:
24 months after their last visit. Audit, journal and safety records of nobody: 3 years.
"""

from dataclasses import dataclass

from device_adapters.units import DAY_MS
from services.members import forgetting
from services.members.model import Purpose
from services.metrics.measured import Window
from services.privacy import wishes
from services.privacy.hub import HubStores

HEART_MS = 90 * DAY_MS
ABSENT_MS = 730 * DAY_MS
AUDIT_MS = 1_095 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What the job forgot, or would forget: numbers of readings, sessions, members, lines."""

    heart_rates_without_consent: int
    heart_rates_old: int
    sessions_summed_up: int
    members_long_gone: int
    safety_records: int
    audit_lines: int
    journal_entries: int


def retain(hub: HubStores, *, by: str, dry_run: bool) -> Forgotten:
    """Do it, or with `dry_run` only count. What one part does may make the next one's count smaller."""
    now = hub.members.now_ms()
    unconsented, summed_up = 0, 0
    consenting = forgetting.consenting(hub.members, Purpose.HEART_RATE)
    for kept in forgetting.sessions(hub.members):
        record = kept.record
        window = Window(record.strap, record.began_ms, record.ended_ms)
        if kept.member not in consenting:
            unconsented += hub.measured.forget_heart_rates(window, record.treadmill, dry_run=dry_run)
        elif record.ended_ms < now - HEART_MS and record.hr_mean_bpm is None:
            beats = [bpm for _, bpm in hub.measured.heart_rates(window)]
            summed_up += bool(beats)
            if beats and not dry_run:
                forgetting.sum_up_heart(
                    hub.members, record.session, round(sum(beats) / len(beats)), max(beats)
                )
    old = hub.measured.forget_heart_rates_before(now - HEART_MS, dry_run=dry_run)
    gone = forgetting.long_gone(hub.members, now - ABSENT_MS)
    for member in () if dry_run else gone:
        if not wishes.training(hub, member):
            wishes.erase(hub, member, by=by)
    if not dry_run:
        forgetting.forget_phones(hub.members)
    records, lines = forgetting.forget_before(hub.members, now - AUDIT_MS, dry_run=dry_run)
    return Forgotten(
        heart_rates_without_consent=unconsented,
        heart_rates_old=old,
        sessions_summed_up=summed_up,
        members_long_gone=len(gone),
        safety_records=records,
        audit_lines=lines,
        journal_entries=hub.journal.forget_before(now - AUDIT_MS, dry_run=dry_run),
    )
