"""From a session's engine over the bus to a unit's envelope and back, field by field: each is told, or said not to be.

Every value of these tests holds something of its own in every field, so a field that is new, left out of a message or
left unread on either side turns one red.
"""

import dataclasses
from typing import Any

import msgspec
import pytest
from field_by_field import each_told, every, truths

from device_adapters.contract import boundary, registry
from device_adapters.contract import messages as m
from device_adapters.contract.channel import Channel
from device_adapters.contract.keys import sessions
from device_adapters.contract.phrase import english
from device_adapters.safety.envelope_state import Machine, Phase, State
from device_adapters.safety.events import Answer
from device_adapters.safety.lease import Claim, Lease
from device_adapters.safety.limits import Goal, Level, Limits
from services.session import wire
from services.session.engine.events import EventNote, RequestAnswer, SendCommand, SendLease
from services.session.engine.state import Asker

LIMITS = Limits(
    speed_max_ckmh=410, accel_max_ckmh_s=35, decel_stop_ckmh_s=85, grade_min_dpct=-15, grade_max_dpct=65,
    session_max_s=1_201, bout_max_s=121, hr_max_dpct=845,
)  # fmt: skip
RAISED = dataclasses.replace(LIMITS, speed_max_ckmh=450)
BEAT = SendLease(
    epoch=3, beat=7, boot="b", session="s-1", goal=Goal.MOBILITY, level=Level.NOVICE, ttl_ms=2_500, limits=LIMITS,
    raised=RAISED, raised_by="Kim", raised_why="used to it", spotter=True, harness=True, retro=False, hold=True,
    nonce=41,
)  # fmt: skip


def sent(channel: Channel[Any], message: Any) -> Any:
    """The message as it arrives."""
    return channel.decode(channel.encode(message))


def claimed(beat: SendLease) -> dict[str, Any]:
    """What the unit's envelope hears of a beat of the session's lease."""
    lease = sent(registry.LEASE, wire.lease_message(beat, "session-a", "hr-01"))
    return every(boundary.claim_from(lease).claim)


def test_a_beat_of_the_lease_reaches_the_envelope_whole() -> None:
    told = each_told(BEAT)
    lease = sent(registry.LEASE, wire.lease_message(BEAT, "session-a", "hr-01"))
    each_told(lease)
    assert (lease.strap, lease.nonce) == ("hr-01", told.pop("nonce"))
    assert claimed(BEAT) == {**told, "holder": "session-a"}


@pytest.mark.parametrize("name", truths(BEAT))
def test_no_two_truths_of_a_lease_are_taken_for_one_another(name: str) -> None:
    other: dict[str, Any] = {name: not getattr(BEAT, name)}
    before, after = claimed(BEAT), claimed(dataclasses.replace(BEAT, **other))
    assert {each for each in after if after[each] != before[each]} == {name}


def test_a_beat_without_limits_of_its_own_tells_none() -> None:
    bare = claimed(dataclasses.replace(BEAT, limits=None, raised=None))
    assert (bare["limits"], bare["raised"]) == (None, None)


def test_a_command_reaches_the_envelope_whole() -> None:
    command = SendCommand(
        id="c", verb="clear", session="s-1", epoch=3, beat=7, speed_ckmh=250, grade_dpct=-15, by="Kim",
        latch="off_ramp",
    )  # fmt: skip
    told = each_told(command)
    message = sent(registry.COMMAND, wire.command_message(command))
    each_told(message)
    assert (message.speed_kmh, message.incline_pct) == (2.5, -1.5)
    del told["session"]  # the lease tells it
    assert every(boundary.order_from(message)) == told


def test_a_stop_has_no_use_for_numbers_and_frees_nothing() -> None:
    stop = m.Command(
        id="c", verb="stop", epoch=3, beat=7, speed_kmh=-2.0, incline_pct=1e308, by="Kim", latch="off_ramp"
    )
    order = every(boundary.order_from(stop))
    assert order == {
        "id": "c", "verb": "stop", "epoch": 3, "beat": 7, "by": "Kim", "latch": "", "speed_ckmh": None,
        "grade_dpct": None,
    }  # fmt: skip


def test_a_result_reaches_the_engine_whole() -> None:
    answer = Answer(id="c", outcome="clamped", cause="over_limit", speed_ckmh=250, grade_dpct=-15)
    told = each_told(answer)
    message = msgspec.structs.replace(boundary.result_message(answer, "tm-01", 77), text="malformed")
    each_told(message)
    del told["grade_dpct"]  # nobody asks for another grade for it
    assert every(wire.answered_from(sent(registry.RESULT, message))) == {**told, "text": "malformed"}


READ = {
    "boot": "boot", "link": "connected", "belt": "still", "latched": "latched", "why": "latched_why",
    "hazard": "hazard", "lease_epoch": "lease_epoch", "lease_holder": "lease_holder",
    "speed_min_kmh": "speed_min_ckmh", "speed_max_kmh": "speed_max_ckmh", "setpoint_kmh": "setpoint_ckmh",
    "limits": "limits", "arrangement": "arrangement", "nonce": "nonce", "hold": "hold",
}  # fmt: skip
"""What a session reads of a treadmill's state, and where it goes."""

UNREAD = {
    "treadmill", "unit", "at_ms", "control", "model", "firmware", "profile", "radio", "rssi_dbm", "footpod",
    "commissioned", "speed_step_kmh", "session", "setpoint_pct", "frames", "odd",
}  # fmt: skip
"""For screens and records."""

SAID = m.TreadmillState(
    treadmill="tm-01", unit="unit-01", boot="b", at_ms=77, link="connected", belt="still", control=True, model="VT-1",
    firmware="1.2", profile="generic", radio="hci0", rssi_dbm=-60, footpod="lost", arrangement="belt_reversed",
    commissioned="2026-11-01", speed_min_kmh=0.8, speed_max_kmh=12.5, speed_step_kmh=0.1,
    limits=boundary.limits_message(LIMITS), lease_epoch=3, lease_holder="session-a", session="s-1", setpoint_kmh=2.5,
    setpoint_pct=-1.5, latched="off_ramp", why="words", hazard="overspeed", frames=9, nonce=41, odd=("x",), hold="held",
)  # fmt: skip


def test_what_a_unit_says_of_a_treadmill_reaches_the_engine_whole() -> None:
    assert each_told(SAID).keys() == READ.keys() | UNREAD
    seen = each_told(wire.treadmill_from(sent(registry.TREADMILL_STATE, SAID), online=True, speaks=1))
    assert seen.keys() == {*READ.values(), "online", "speaks"}
    assert seen.pop("latched_why")
    assert seen == {
        "boot": "b", "online": True, "connected": True, "still": True, "latched": "off_ramp", "hazard": "overspeed",
        "lease_epoch": 3, "lease_holder": "session-a", "speed_min_ckmh": 80, "speed_max_ckmh": 1_250,
        "setpoint_ckmh": 250, "limits": LIMITS, "arrangement": "belt_reversed", "nonce": 41, "hold": "held",
        "speaks": 1,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["link", "belt"])
def test_no_two_truths_of_a_treadmill_are_taken_for_one_another(name: str) -> None:
    other = msgspec.structs.replace(SAID, **{name: "lost" if name == "link" else "moving"})
    seen = wire.treadmill_from(other, online=True)
    assert (seen.online, seen.connected, seen.still) == (True, name != "link", name != "belt")
    assert not wire.treadmill_from(SAID, online=False).online


def test_what_the_envelope_knows_is_said_whole() -> None:
    """Of its own; the rest of the state is the adapter's, and stays as it was."""
    claim = Claim(
        epoch=3, beat=7, boot="b", session="s-1", goal=Goal.MOBILITY, level=Level.NOVICE, ttl_ms=2_500,
        holder="session-a",
    )  # fmt: skip
    envelope = State(
        boot="b", phase=Phase.MOVING, machine=Machine(speed_min_ckmh=80, speed_max_ckmh=1_250, speed_step_ckmh=10),
        limits=LIMITS, lease=Lease(epoch=3, claim=claim, renewed_ms=1_000), latched="off_ramp", setpoint_ckmh=250,
        setpoint_dpct=-15, measured_ckmh=240, measured_ms=1_000, held=True,
    )  # fmt: skip
    blank = m.TreadmillState(treadmill="tm-01", unit="unit-01", boot="b", at_ms=77, link="connected")
    said = boundary.treadmill_state(blank, envelope, True, 1_000)
    changed = {name: value for name, value in every(said).items() if value != getattr(blank, name)}
    assert changed.pop("why")
    own = ("control", "limits", "lease_epoch", "lease_holder", "session", "setpoint_kmh", "setpoint_pct", "latched",
           "speed_min_kmh", "speed_max_kmh", "speed_step_kmh", "hold")  # fmt: skip
    assert changed == {name: getattr(SAID, name) for name in own} | {"belt": "moving", "hazard": "off_ramp"}


def test_a_decision_is_recorded_whole() -> None:
    said = sessions.heart_back()
    note = EventNote(
        kind="hazard", cause="hr_stale", text="words", said=said, severity="warning", session="s-1",
        before={"speed_ckmh": 250}, after={"grade_dpct": -15},
    )  # fmt: skip
    each_told(note)
    event = wire.event_message(note, "tm-01", "e-1", 77)
    assert every(sent(registry.EVENT, event)) == {
        "id": "e-1", "at_ms": 77, "source": "session", "kind": "hazard", "cause": "hr_stale", "text": "words",
        "said": said, "severity": "warning", "treadmill": "tm-01", "strap": "", "session": "s-1",
        "before": {"speed_kmh": 2.5}, "after": {"grade_pct": -1.5},
    }  # fmt: skip


def test_a_reply_is_given_whole() -> None:
    said = sessions.heart_back()
    answer = RequestAnswer(
        asker=Asker("r1", "desk", "Anna", name="kiosk"), ok=False, session="s-1", class_id="class-1", cause="busy",
        said=said, once_kept=True,
    )  # fmt: skip
    each_told(answer)
    reply = sent(registry.SESSION_REPLY, wire.reply_message(answer))
    assert each_told(reply) == {
        "id": "r1", "asker": "kiosk", "ok": False, "session": "s-1", "class_id": "class-1", "cause": "busy",
        "text": english(said), "said": said,
    }  # fmt: skip
