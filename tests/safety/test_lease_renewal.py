"""A renewal keeps what the lease was granted for, and is as old as the word of the unit that it answers.

Another goal or level would raise limits with nobody's name to it, and so would persons who were not there at the grant.
"""

from dataclasses import replace

import pytest

from device_adapters.safety.lease import NO_LEASE, Claim, Lease, fresh, live, order_refusal, refusal, take
from device_adapters.safety.limits import Goal, Level

CLAIM = Claim(
    epoch=1, beat=1, holder="svc", boot="b", session="s", goal=Goal.MOBILITY, level=Level.NOVICE, ttl_ms=3_000
)


@pytest.mark.parametrize("changes", [{"goal": Goal.ATHLETIC}, {"level": Level.ADVANCED}])
def test_a_renewal_with_another_goal_or_level_is_refused(changes: dict[str, Goal | Level]) -> None:
    lease = take(NO_LEASE, CLAIM, 1_000)
    assert refusal(lease, replace(CLAIM, beat=2), "b", False, 1_100) == ""
    forged = replace(CLAIM, beat=2, **changes)  # type: ignore[arg-type]
    assert refusal(lease, forged, "b", False, 1_100) == "other_goal"


def granted(said_ms: int | None = None, **changes: bool) -> Lease:
    """Granted at 10 s."""
    return take(NO_LEASE, replace(CLAIM, **changes), 10_000, said_ms)  # type: ignore[arg-type]


def test_a_grant_is_answered_for_only_where_no_state_of_the_belt_is_named() -> None:
    for said_ms, answered in ((None, True), (9_000, False), (10_000, False)):
        assert granted(said_ms) == Lease(
            epoch=1,
            claim=CLAIM,
            granted_ms=10_000,
            answered=answered,
            renewed_ms=10_000,
            beats=((1, 10_000),),
        )


@pytest.mark.parametrize(
    ("said_ms", "answered"), [(None, True), (9_999, False), (10_000, True), (10_001, True)]
)
def test_a_holder_has_answered_once_it_names_what_was_said_since_the_grant(
    said_ms: int | None, answered: bool
) -> None:
    assert take(granted(9_000), replace(CLAIM, beat=2), 11_000, said_ms).answered is answered
    again = take(granted(None), replace(CLAIM, beat=2), 11_000, said_ms)
    assert again.answered, "who has answered once has shown that it hears"


@pytest.mark.parametrize(
    ("said_ms", "from_ms"),
    [(None, 12_000), (11_200, 11_200), (12_000, 12_000), (12_500, 12_000), (9_000, 9_000)],
)
def test_a_renewal_counts_from_when_the_unit_said_what_it_answers(said_ms: int | None, from_ms: int) -> None:
    renewed = take(granted(), replace(CLAIM, beat=2), 12_000, said_ms)
    assert renewed.beats == ((1, 10_000), (2, from_ms))
    since_ms = max(10_000, from_ms)
    assert renewed.renewed_ms == since_ms, "an old word takes nothing back"
    assert fresh(renewed, since_ms + 1_500)
    assert not fresh(renewed, since_ms + 1_501)
    assert live(renewed, since_ms + 3_000)
    assert not live(renewed, since_ms + 3_001)


def test_an_order_that_names_the_beat_of_an_old_word_is_stale() -> None:
    renewed = take(granted(), replace(CLAIM, beat=2), 12_000, 9_000)
    assert order_refusal(renewed, 1, 2, 12_000) == ""
    assert order_refusal(renewed, 1, 2, 12_001) == "stale"


@pytest.mark.parametrize("who", ["spotter", "harness"])
def test_who_was_not_there_at_the_grant_is_not_there_later_and_who_leaves_is_gone(who: str) -> None:
    for at_grant, at_renewal, there in ((True, True, True), (True, False, False), (False, True, False)):
        renewal = replace(CLAIM, beat=2, **{who: at_renewal})  # type: ignore[arg-type]
        renewed = take(granted(**{who: at_grant}), renewal, 11_000)
        assert renewed.claim == replace(renewal, **{who: there})  # type: ignore[arg-type]
        back = take(renewed, replace(CLAIM, beat=3, **{who: True}), 12_000)  # type: ignore[arg-type]
        assert getattr(back.claim, who) is there
