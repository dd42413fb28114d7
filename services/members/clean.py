"""Was a session clean? Only clean sessions count for progress (domain.md §2.3). Pure."""

from dataclasses import dataclass

from services.members import doses
from services.members.model import Body, SessionRecord
from services.rules.doses import rpe_max


@dataclass(frozen=True, slots=True)
class Judged:
    """A session and why it does not count for progress (empty: it does)."""

    record: SessionRecord
    unclean: str


def unclean_because(record: SessionRecord, body: Body) -> str:
    """Why the session does not count, in words; empty: it was clean.

    Completed, balance kept, RPE and pain answered and low, pain not 2 up on the next day, heart under its ceiling.
    With a beta blocker RPE alone stands for the heart.
    """
    said, hardest = record.answers, rpe_max(record.goal)
    if not record.done:
        return f"not completed ({record.cause or record.outcome})"
    if said.balance_lost:
        return "balance was lost"
    if said.rpe is None or said.pain is None:
        return "RPE and pain were not answered"
    if said.rpe > hardest:
        return f"RPE {said.rpe}, above {hardest}"
    if said.pain > doses.PAIN_MAX:
        return f"pain {said.pain} of 10, above {doses.PAIN_MAX}"
    if said.pain_next_day is not None and said.pain_next_day >= said.pain + doses.PAIN_RISE:
        return f"pain rose from {said.pain} to {said.pain_next_day} on the next day"
    if body.beta_blocker:
        return ""
    if record.hr_over_s is None:
        return "no heart rate against a ceiling"
    if record.hr_over_s >= doses.HR_OVER_MAX_S:
        return f"heart rate over its ceiling for {record.hr_over_s} s"
    return ""


def is_clean(record: SessionRecord, body: Body) -> bool:
    """Does it count for progress?"""
    return not unclean_because(record, body)


def counts(record: SessionRecord) -> bool:
    """Does it take a place in the week? One whose length nobody knows does."""
    return record.actual_s is None or record.actual_s >= doses.COUNTS_S
