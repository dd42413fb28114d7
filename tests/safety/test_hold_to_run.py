"""Hold-to-run, exactly: who holds may start, who lets go stops, and a button that is tied down starts nothing again."""

import pytest
from envelope_rig import EnvelopeRig, claim
from gate_rig import GateSite

from device_adapters.contract import boundary
from device_adapters.contract import messages as m
from device_adapters.safety.admit import Verb
from device_adapters.safety.envelope_state import Phase
from device_adapters.safety.events import Claimed, Held
from device_adapters.safety.lease import NO_LEASE, take

SAID = m.TreadmillState(treadmill="tm-01", unit="unit-01", boot="b", at_ms=0, link="connected")


def leased() -> EnvelopeRig:
    rig = EnvelopeRig()
    rig.link()
    rig.lease(hold=True)
    return rig


def held() -> EnvelopeRig:
    """Started at 10 s, with a hand at the button, and on its way to 2.5 km/h."""
    rig = leased()
    rig.do(Held(False))
    rig.do(Held(True))
    assert rig.order("start").outcome == "accepted"
    rig.run(6_000, hold=True)
    rig.order("target", 250)
    rig.run(8_000, hold=True)
    assert rig.belt_ckmh == 250
    return rig


def told(rig: EnvelopeRig) -> str:
    return boundary.treadmill_state(SAID, rig.state, True, rig.now).hold


def test_letting_go_is_a_controlled_stop_at_once_that_latches() -> None:
    rig = held()
    known = len(rig.writes)
    rig.do(Held(False))
    at_ms, first = rig.writes[known]
    assert (at_ms, first.verb) == (rig.now, Verb.SPEED)
    assert first.value < 250
    assert (rig.state.latched, rig.state.phase, rig.notes[-1].cause) == (
        "hold_released",
        Phase.STOPPING,
        "hold_released",
    )
    rig.run(6_000)
    assert rig.verbs()[-1] is Verb.HALT
    assert rig.belt_ckmh == 0


def test_a_hand_that_takes_hold_again_gives_nothing_back() -> None:
    rig = held()
    rig.do(Held(False))
    rig.run(300)
    known = len(rig.speeds())
    rig.do(Held(True))
    rig.run(6_000)
    assert rig.speeds()[known - 1 :] == sorted(rig.speeds()[known - 1 :], reverse=True)
    assert rig.belt_ckmh == 0
    rig.lease(epoch=2, hold=True)
    assert (rig.order("start", epoch=2).cause, rig.state.latched) == ("no_lease", "hold_released")


@pytest.mark.parametrize("gone", [False, None])
def test_a_button_that_is_cut_or_cannot_be_read_is_one_let_go(gone: bool | None) -> None:
    rig = held()
    rig.do(Held(gone))
    assert rig.state.latched == "hold_released"


def test_the_tick_stops_it_too_where_nobody_told_of_a_hand() -> None:
    """A renewal may ask for a hand under way: it tightens."""
    rig = EnvelopeRig().started()
    rig.run(2_000, hold=True)
    assert rig.state.latched == "hold_released"


def test_a_renewal_that_says_nothing_of_a_hand_gives_nothing_back() -> None:
    granted = take(NO_LEASE, claim(1, hold=True), 0)
    renewed = take(granted, claim(2), 100)
    assert renewed.claim is not None
    assert renewed.claim.hold
    other = take(take(NO_LEASE, claim(1), 0), claim(2), 100).claim
    assert other is not None
    assert not other.hold
    tighter = take(take(NO_LEASE, claim(1), 0), claim(2, hold=True), 100).claim
    assert tighter is not None
    assert tighter.hold


def test_without_a_hand_nothing_starts() -> None:
    rig = leased()
    assert (rig.order("start").cause, told(rig)) == ("nothing_to_hold", "")
    rig.do(Held(False))
    assert (rig.order("start").cause, told(rig)) == ("not_held", "released")
    rig.do(Held(True))
    assert told(rig) == "held"
    assert rig.order("start").outcome == "accepted"
    assert told(rig) == "held"
    assert [v for v in rig.verbs() if v is Verb.BEGIN] == [Verb.BEGIN]


def test_a_button_that_was_never_seen_open_starts_nothing() -> None:
    rig = leased()
    rig.do(Held(True))
    assert (rig.order("start").cause, told(rig)) == ("not_held", "stuck")
    rig.do(Held(False))
    assert rig.order("start").cause == "not_held"
    rig.do(Held(True))
    assert rig.order("start").outcome == "accepted"


def test_each_movement_needs_a_grip_of_its_own() -> None:
    rig = held()
    rig.order("stop")
    rig.run(8_000, hold=True)
    assert (rig.state.phase, rig.state.latched) == (Phase.READY, "")
    assert (rig.order("start").cause, told(rig)) == ("not_held", "stuck")
    rig.do(Held(False))
    assert rig.state.latched == "", "nothing moves that letting go would stop"
    rig.do(Held(True))
    assert rig.order("start").outcome == "accepted"


def test_a_session_that_asks_for_no_hand_is_left_alone_by_the_button() -> None:
    rig = EnvelopeRig()
    rig.link()
    rig.do(Held(False))
    rig.do(Held(True))
    rig.lease()
    assert rig.order("start").outcome == "accepted"
    rig.run(6_000)
    assert rig.state.let_go
    rig.do(Held(False))
    rig.do(Held(None))
    assert (rig.state.phase, rig.state.latched) == (Phase.MOVING, "")


def test_what_the_lease_says_of_a_hand_reaches_the_claim() -> None:
    lease = m.Lease(
        epoch=1,
        beat=1,
        holder="hub",
        boot="b",
        session="s",
        goal=claim().goal,
        level=claim().level,
        hold=True,
    )
    assert boundary.claim_from(lease) == Claimed(claim(hold=True), None)


def test_a_gate_hears_of_a_hand_once_for_each_time_that_it_changes() -> None:
    site = GateSite()
    heard: list[bool | None] = []
    for hand in (None, True, True, False, False, True, None):
        before = site.gate.envelope
        site.gate.holds(hand)
        if site.gate.envelope is not before:
            heard.append(hand)
    assert heard == [True, False, True, None]
    assert site.gate.envelope.let_go
