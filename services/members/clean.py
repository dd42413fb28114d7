"""Was a session clean? Only clean sessions count for progress (domain.md §2.3). Pure."""

from dataclasses import dataclass

from device_adapters.contract.keys import members as keys
from device_adapters.contract.phrase import Phrase
from services.members import doses
from services.members.model import Body, SessionRecord
from services.rules.doses import COUNTS_S, rpe_max


@dataclass(frozen=True, slots=True)
class Judged:
    """A session and why it does not count for progress (None: it does)."""

    record: SessionRecord
    unclean: Phrase | None


def unclean_because(record: SessionRecord, body: Body) -> Phrase | None:
    """Why the session does not count; None: it was clean.

    Completed, balance kept, RPE and pain answered and low, also where they were asked under way and on the next day,
    pain not 2 up on that day, heart under its ceiling.
    With a beta blocker RPE alone stands for the heart.
    """
    said, hardest = record.answers, rpe_max(record.goal)
    if not record.done:
        return keys.not_completed(record.cause or record.outcome)
    if said.balance_lost:
        return keys.balance_lost()
    if said.rpe is None or said.pain is None:
        return keys.not_answered()
    if record.unanswered:
        return keys.exertion_not_answered()
    if said.rpe > hardest:
        return keys.rpe_high(said.rpe, hardest)
    if said.pain > doses.PAIN_MAX:
        return keys.pain_high(said.pain, doses.PAIN_MAX)
    if flared(record) and said.pain_next_day is not None:
        return keys.pain_rose(said.pain, said.pain_next_day)
    if record.asks_next_day and said.pain_next_day is None:
        return keys.next_day_not_answered()
    if body.beta_blocker:
        return None
    if record.hr_over_s is None:
        return keys.no_heart_rate()
    if record.hr_over_s >= doses.HR_OVER_MAX_S:
        return keys.heart_over(record.hr_over_s)
    return None


def flared(record: SessionRecord) -> bool:
    """Was the pain of the next day clearly more than that at the end?"""
    then, after = record.answers.pain, record.answers.pain_next_day
    return after is not None and after >= (0 if then is None else then) + doses.PAIN_RISE


def is_clean(record: SessionRecord, body: Body) -> bool:
    """Does it count for progress?"""
    return unclean_because(record, body) is None


def counts(record: SessionRecord) -> bool:
    """Does it take a place in the week? One whose length nobody knows does."""
    return record.actual_s is None or record.actual_s >= COUNTS_S
