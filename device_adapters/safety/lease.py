"""The lease: who may move this belt, and for how long. Pure.

An epoch fences off old holders: within one boot of the unit a new holder needs a higher epoch than any seen.
Beats tell fresh from stale without clocks that agree: the unit stamps each beat as it arrives, on its own clock,
and a command that names a beat older than the lease's time to live is stale.
"""

from dataclasses import dataclass

from device_adapters.frozen import replace
from device_adapters.safety.limits import (
    SITE_CEILING,
    Goal,
    Level,
    Limits,
    bounded,
    limits_for,
    raised,
    supervised_max_ckmh,
    tighter,
)

FREEZE_MS = 1_500
"""Without renewal for this long nothing rises (renewals come each second; domain.md §2.2, heartbeat)."""

TTL_MAX_MS = 3_000
"""A dead holder is noticed after this long at the latest."""

BEATS_KEPT = 8


@dataclass(frozen=True, kw_only=True)
class LeaseTerms:
    """A beat of a lease: the right to move the belt for `ttl_ms` from now; 0 releases it.

    `limits` tighten. `raised` raises cells up to the goal's ceiling, if a person's name and reason come with it;
    its holder ends it by sending no more of it. `spotter` and `harness` are what staff declared to be there.
    `retro`: does the member face backward? Only such minutes count. `hold`: the belt runs only while a hand holds.
    """

    epoch: int
    beat: int
    boot: str
    session: str
    goal: Goal
    level: Level
    ttl_ms: int
    limits: Limits | None = None
    raised: Limits | None = None
    raised_by: str = ""
    raised_why: str = ""
    spotter: bool = False
    harness: bool = False
    retro: bool = True
    hold: bool = False


@dataclass(frozen=True, kw_only=True)
class Claim(LeaseTerms):
    """A lease message as a unit heard it: `holder` claims the belt."""

    holder: str


@dataclass(frozen=True, kw_only=True)
class Lease:
    """What the unit knows of the lease. The initial value lets nobody move anything.

    `answered`: its holder has shown that it hears of the belt what the unit has said since the grant.
    """

    epoch: int = 0
    claim: Claim | None = None
    granted_ms: int = 0
    answered: bool = True
    renewed_ms: int = 0
    beats: tuple[tuple[int, int], ...] = ()


NO_LEASE = Lease()


def live(lease: Lease, now_ms: int) -> bool:
    """Is there a holder whose time has not run out?"""
    return lease.claim is not None and now_ms - lease.renewed_ms <= lease.claim.ttl_ms


def fresh(lease: Lease, now_ms: int) -> bool:
    """Was it renewed so recently that speed may rise?"""
    return live(lease, now_ms) and now_ms - lease.renewed_ms <= FREEZE_MS


def fresh_until(lease: Lease) -> int:
    """Until when speed may rise, if nobody renews."""
    return lease.renewed_ms + FREEZE_MS


def refusal(lease: Lease, claim: Claim, boot: str, free: bool, now_ms: int) -> str:
    """Why the claim is not taken, or ''. `free`: the belt is still, linked and not latched."""
    if claim.boot != boot:
        return "wrong_boot"
    if not 0 <= claim.ttl_ms <= TTL_MAX_MS:
        return "bad_ttl"
    if lease.claim is not None and claim.holder == lease.claim.holder and claim.epoch == lease.epoch:
        if not live(lease, now_ms):
            return "lease_expired"
        if claim.session != lease.claim.session:
            return "other_session"
        if (claim.goal, claim.level) != (lease.claim.goal, lease.claim.level):
            return "other_goal"
        return "" if claim.beat > lease.claim.beat else "old_beat"
    if claim.epoch <= lease.epoch:
        return "old_epoch"
    if live(lease, now_ms):
        return "lease_taken"
    return "" if free else "not_free"


def take(lease: Lease, claim: Claim, now_ms: int, said_ms: int | None = None) -> Lease:
    """The lease after an accepted claim; a time to live of 0 releases it.

    A renewal counts from `said_ms`, when the unit said what the claim answers to: a way that takes long in either
    direction is a lease that is old. A renewal is for what was granted: it may narrow that, and not widen it by
    saying nothing of limits, nor by persons who were not there at the grant.
    """
    if claim.ttl_ms == 0:
        return Lease(epoch=max(lease.epoch, claim.epoch))
    before = lease.claim if claim.epoch == lease.epoch else None
    if before is None:
        return Lease(
            epoch=claim.epoch,
            claim=claim,
            granted_ms=now_ms,
            answered=said_ms is None,
            renewed_ms=now_ms,
            beats=((claim.beat, now_ms),),
        )
    at_ms = now_ms if said_ms is None else min(now_ms, said_ms)
    claim = replace(
        claim,
        limits=before.limits if claim.limits is None else claim.limits,
        spotter=claim.spotter and before.spotter,
        harness=claim.harness and before.harness,
        hold=claim.hold or before.hold,
    )
    return replace(
        lease,
        claim=claim,
        answered=lease.answered or said_ms is None or said_ms >= lease.granted_ms,
        renewed_ms=max(lease.renewed_ms, at_ms),
        beats=(*lease.beats, (claim.beat, at_ms))[-BEATS_KEPT:],
    )


def limits_of(claim: Claim, *, commissioned: bool) -> Limits:
    """The limits a claim runs under: the narrowest of goal and level, person, supervision, site."""
    limits = limits_for(claim.goal, claim.level)
    if claim.raised is not None and claim.raised_by.strip() and claim.raised_why.strip():
        limits = raised(limits, claim.raised, claim.goal)
    cap_ckmh = supervised_max_ckmh(commissioned=commissioned, spotter=claim.spotter, harness=claim.harness)
    limits = replace(tighter(limits, SITE_CEILING), speed_max_ckmh=min(limits.speed_max_ckmh, cap_ckmh))
    return bounded(limits if claim.limits is None else tighter(limits, claim.limits))


def drop(lease: Lease) -> Lease:
    """No holder any more; its epoch stays fenced off."""
    return replace(lease, claim=None)


def order_refusal(lease: Lease, epoch: int, beat: int, now_ms: int) -> str:
    """Why an order under `epoch` and `beat` is not taken, or ''."""
    claim = lease.claim
    if claim is None or not live(lease, now_ms):
        return "no_lease"
    if epoch != lease.epoch:
        return "old_epoch"
    arrived = [at for known, at in lease.beats if known == beat]
    if not arrived or now_ms - arrived[0] > claim.ttl_ms:
        return "stale"
    return ""
