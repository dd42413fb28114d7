"""Between the bus's messages and the engine's values. Pure."""

from device_adapters.contract import messages as m
from device_adapters.contract.boundary import human, limits_from, limits_message
from device_adapters.contract.keys import hazards
from device_adapters.contract.neighbours import CONTRACT
from device_adapters.contract.phrase import english
from device_adapters.units import ckmh_from_kmh, kmh_from_ckmh, pct_from_dpct
from services.session.engine.events import Answered, EventNote, RequestAnswer, SendCommand, SendLease
from services.session.engine.state import TreadmillSeen


def treadmill_from(said: m.TreadmillState, *, online: bool, speaks: int = CONTRACT) -> TreadmillSeen:
    """What the unit says of a treadmill; UnitError on a quantity no wire unit holds."""
    return TreadmillSeen(
        boot=said.boot,
        online=online,
        connected=said.link == "connected",
        still=said.belt == "still",
        latched=said.latched,
        latched_why=hazards.of_state(said.hazard, still=said.belt == "still") or said.why,
        hazard=said.hazard or said.latched,
        lease_epoch=said.lease_epoch,
        lease_holder=said.lease_holder,
        speed_min_ckmh=ckmh_from_kmh(said.speed_min_kmh or 0),
        speed_max_ckmh=ckmh_from_kmh(said.speed_max_kmh or 0),
        setpoint_ckmh=None if said.setpoint_kmh is None else ckmh_from_kmh(said.setpoint_kmh),
        limits=None if said.limits is None else limits_from(said.limits),
        arrangement=said.arrangement,
        nonce=said.nonce,
        hold=said.hold,
        speaks=speaks,
    )


def answered_from(result: m.Result) -> Answered:
    """The result of a command."""
    return Answered(
        id=result.id,
        outcome=result.outcome,
        cause=result.cause,
        text=result.text,
        speed_ckmh=None if result.speed_kmh is None else ckmh_from_kmh(result.speed_kmh),
    )


def lease_message(lease: SendLease, holder: str, strap: str) -> m.Lease:
    """A beat of the lease."""
    return m.Lease(
        epoch=lease.epoch,
        beat=lease.beat,
        holder=holder,
        boot=lease.boot,
        session=lease.session,
        goal=lease.goal,
        level=lease.level,
        ttl_ms=lease.ttl_ms,
        limits=None if lease.limits is None else limits_message(lease.limits),
        raised=None if lease.raised is None else limits_message(lease.raised),
        raised_by=lease.raised_by,
        raised_why=lease.raised_why,
        spotter=lease.spotter,
        harness=lease.harness,
        strap=strap,
        nonce=lease.nonce,
        retro=lease.retro,
        hold=lease.hold,
    )


def command_message(command: SendCommand) -> m.Command:
    """A command in human units."""
    return m.Command(
        id=command.id,
        verb=command.verb,
        epoch=command.epoch,
        beat=command.beat,
        speed_kmh=None if command.speed_ckmh is None else kmh_from_ckmh(command.speed_ckmh),
        incline_pct=None if command.grade_dpct is None else pct_from_dpct(command.grade_dpct),
        by=command.by,
        latch=command.latch,
    )


def event_message(note: EventNote, treadmill: str, id_: str, at_ms: int) -> m.Event:
    """A decision, as the record keeps it."""
    return m.Event(
        id=id_,
        at_ms=at_ms,
        source="session",
        kind=note.kind,
        cause=note.cause,
        text=note.text or english(note.said),
        said=note.said,
        severity=note.severity,
        treadmill=treadmill,
        session=note.session,
        before=human(note.before),
        after=human(note.after),
    )


def reply_message(answer: RequestAnswer) -> m.SessionReply:
    """The one reply to a request."""
    return m.SessionReply(
        id=answer.asker.request,
        asker=answer.asker.name,
        ok=answer.ok,
        session=answer.session,
        class_id=answer.class_id,
        cause=answer.cause,
        text=english(answer.said),
        said=answer.said,
    )
