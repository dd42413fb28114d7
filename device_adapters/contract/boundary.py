"""The one boundary between wire-unit integers inside and human units on the bus. Pure."""

import dataclasses
from typing import Literal

from msgspec.structs import replace

from device_adapters.codecs.ftms.treadmill_data import TreadmillData
from device_adapters.codecs.heart_rate import HeartRateMeasurement
from device_adapters.contract import messages as m
from device_adapters.contract.keys import hazards
from device_adapters.contract.phrase import Phrase
from device_adapters.safety.envelope_state import Phase, State, speed_now
from device_adapters.safety.events import Answer, Claimed, Measured, Note, Ordered
from device_adapters.safety.hazards import Cause, reaction
from device_adapters.safety.lease import Claim, live
from device_adapters.safety.limits import Arrangement, Limits
from device_adapters.safety.stops import stood, worst_now
from device_adapters.units import ckmh_from_kmh, dpct_from_pct, kmh_from_ckmh, pct_from_dpct


def limits_message(limits: Limits) -> m.Limits:
    """Limits as people read them."""
    return m.Limits(
        speed_max_kmh=kmh_from_ckmh(limits.speed_max_ckmh),
        accel_max_kmh_s=kmh_from_ckmh(limits.accel_max_ckmh_s),
        decel_stop_kmh_s=kmh_from_ckmh(limits.decel_stop_ckmh_s),
        grade_min_pct=pct_from_dpct(limits.grade_min_dpct),
        grade_max_pct=pct_from_dpct(limits.grade_max_dpct),
        session_max_s=limits.session_max_s,
        bout_max_s=limits.bout_max_s,
        hr_max_pct=limits.hr_max_dpct / 10,
    )


def limits_from(message: m.Limits) -> Limits:
    """Limits in wire units; UnitError on a quantity no wire unit holds."""
    return Limits(
        speed_max_ckmh=ckmh_from_kmh(message.speed_max_kmh),
        accel_max_ckmh_s=ckmh_from_kmh(message.accel_max_kmh_s),
        decel_stop_ckmh_s=ckmh_from_kmh(message.decel_stop_kmh_s),
        grade_min_dpct=dpct_from_pct(message.grade_min_pct),
        grade_max_dpct=dpct_from_pct(message.grade_max_pct),
        session_max_s=message.session_max_s,
        bout_max_s=message.bout_max_s,
        hr_max_dpct=dpct_from_pct(message.hr_max_pct),
    )


def claim_from(lease: m.Lease, said_ms: int | None = None) -> Claimed:
    """A lease message as the envelope takes it; `said_ms` is when the unit said what its nonce answers to."""
    return Claimed(
        Claim(
            epoch=lease.epoch,
            beat=lease.beat,
            holder=lease.holder,
            boot=lease.boot,
            session=lease.session,
            goal=lease.goal,
            level=lease.level,
            ttl_ms=lease.ttl_ms,
            limits=None if lease.limits is None else limits_from(lease.limits),
            raised=None if lease.raised is None else limits_from(lease.raised),
            raised_by=lease.raised_by,
            raised_why=lease.raised_why,
            spotter=lease.spotter,
            harness=lease.harness,
            retro=lease.retro,
            hold=lease.hold,
        ),
        said_ms,
    )


def order_from(command: m.Command) -> Ordered:
    """A command as the envelope takes it; UnitError on a negative speed. A stop has no use for numbers."""
    if command.verb == "stop":
        return Ordered(id=command.id, verb="stop", epoch=command.epoch, beat=command.beat, by=command.by)
    return Ordered(
        id=command.id,
        verb=command.verb,
        epoch=command.epoch,
        beat=command.beat,
        speed_ckmh=None if command.speed_kmh is None else ckmh_from_kmh(command.speed_kmh),
        grade_dpct=None if command.incline_pct is None else dpct_from_pct(command.incline_pct),
        by=command.by,
        latch=command.latch,
    )


def measured_from(data: TreadmillData, speed_ckmh: int) -> Measured:
    """What a Treadmill Data record tells the envelope."""
    return Measured(speed_ckmh, data.incline_dpct, data.elapsed_s, data.distance_m)


def result_message(answer: Answer, treadmill: str, at_ms: int) -> m.Result:
    """The envelope's answer to a command."""
    return m.Result(
        id=answer.id,
        treadmill=treadmill,
        outcome=answer.outcome,
        at_ms=at_ms,
        cause=answer.cause,
        speed_kmh=None if answer.speed_ckmh is None else kmh_from_ckmh(answer.speed_ckmh),
        incline_pct=None if answer.grade_dpct is None else pct_from_dpct(answer.grade_dpct),
    )


def treadmill_state(said: m.TreadmillState, envelope: State, control: bool, now_ms: int) -> m.TreadmillState:
    """What was said last of a treadmill, brought up to the envelope's present state.

    A belt that is being stopped is "still" only once it stands, which is when it can be cleared; one is
    held by nobody until the disk knows that it is, and its holder has answered what was said since the grant. Speeds
    that are not known, of a machine that may only be stopped, are not told.
    """
    speed_ckmh = speed_now(envelope, now_ms)
    stopping = envelope.phase is Phase.STOPPING and not stood(envelope, now_ms)
    belt: m.Belt = "unknown" if speed_ckmh is None else "moving" if speed_ckmh or stopping else "still"
    lease = envelope.lease
    machine = envelope.machine if envelope.machine is not None and envelope.machine.speed_max_ckmh else None
    heard = envelope.marked and lease.answered
    holder = lease.claim if live(lease, now_ms) and heard else None
    hazard = worst_now(envelope)
    active = envelope.phase is not Phase.OBSERVING
    return replace(
        said,
        belt=belt,
        control=control,
        speed_min_kmh=None if machine is None else kmh_from_ckmh(machine.speed_min_ckmh),
        speed_max_kmh=None if machine is None else kmh_from_ckmh(machine.speed_max_ckmh),
        speed_step_kmh=None if machine is None else kmh_from_ckmh(machine.speed_step_ckmh),
        limits=limits_message(envelope.limits) if active else None,
        lease_epoch=lease.epoch,
        lease_holder=holder.holder if holder else "",
        session=holder.session if holder else "",
        setpoint_kmh=kmh_from_ckmh(envelope.setpoint_ckmh) if active else None,
        setpoint_pct=pct_from_dpct(envelope.setpoint_dpct) if active else None,
        latched=envelope.latched,
        hazard=hazard or "",
        why=_why(hazard, at_rest=belt == "still"),
        hold=_hold(envelope),
    )


def _hold(envelope: State) -> Literal["", "released", "held", "stuck"]:
    if envelope.held is None:
        return ""
    if not envelope.held:
        return "released"
    return "held" if envelope.let_go or envelope.phase is Phase.MOVING else "stuck"


def _why(hazard: Cause | None, *, at_rest: bool) -> str:
    """What staff read of a hazard: while the belt may go on that it may, and once it rests what it was."""
    row = None if hazard is None else reaction(hazard)
    return "" if row is None else (row.rested if at_rest and row.rested else row.staff)


def worded(note: Note, said: Phrase) -> Note:
    """The note with what people are told."""
    args = {name: value for name, value in said.args.items() if isinstance(value, int | float | str)}
    return dataclasses.replace(note, text=str(said), key=said.key, args=args)


def said_in(note: Note) -> Phrase | None:
    """What people are told of a decision: its own key, else that of its hazard."""
    if note.key:
        return Phrase(note.key, dict(note.args))
    return hazards.staff(Cause(note.cause)) if note.kind == "hazard" and note.cause in set(Cause) else None


def human(values: dict[str, float | int | str | None]) -> dict[str, float | int | str | None]:
    """A record's quantities in human units: `speed_ckmh: 250` becomes `speed_kmh: 2.5`; what is not known is None."""
    said: dict[str, float | int | str | None] = {}
    for name, value in values.items():
        what, _, unit = name.rpartition("_")
        if unit in _HUMAN:
            human_unit, in_human_units = _HUMAN[unit]
            said[f"{what}_{human_unit}"] = in_human_units(value) if isinstance(value, int) else value
        else:
            said[name] = value
    return said


_HUMAN = {"ckmh": ("kmh", kmh_from_ckmh), "dpct": ("pct", pct_from_dpct)}


def treadmill_telemetry(
    data: TreadmillData,
    treadmill: str,
    boot: str,
    seq: int,
    at_ms: int,
    cadence_spm: int | None = None,
    arrangement: Arrangement = Arrangement.MEMBER_TURNED,
    backward: bool | None = None,
    step_cm: int | None = None,
) -> m.TreadmillTelemetry:
    """A Treadmill Data record for the bus, with cadence and step length of a foot pod if there is one. `backward`: does
    the belt run so, as its machine says (None: it does not say)?
    """
    reversed_ = arrangement is Arrangement.BELT_REVERSED
    belt = _turned(data.speed_ckmh, reversed_ if backward is None else backward)
    return m.TreadmillTelemetry(
        treadmill=treadmill,
        boot=boot,
        seq=seq,
        at_ms=at_ms,
        speed_kmh=None if data.speed_ckmh is None else kmh_from_ckmh(data.speed_ckmh),
        belt_kmh=belt,
        retro_kmh=-belt if belt and reversed_ else belt,
        incline_pct=None if data.incline_dpct is None else pct_from_dpct(data.incline_dpct),
        distance_m=data.distance_m,
        elapsed_s=data.elapsed_s,
        energy_kcal=data.energy_kcal,
        steps=data.steps,
        cadence_spm=cadence_spm,
        step_cm=step_cm,
        power_w=data.power_w,
    )


def _turned(speed_ckmh: int | None, backward: bool) -> float | None:
    """km/h, below 0 if it runs backward; a belt that stands has no sign."""
    if not speed_ckmh:
        return None if speed_ckmh is None else 0.0
    return kmh_from_ckmh(-speed_ckmh if backward else speed_ckmh)


def treadmill_heart(
    data: TreadmillData, treadmill: str, boot: str, seq: int, at_ms: int
) -> m.TreadmillHeart | None:
    """The heart rate in a Treadmill Data record; None without one. 0 bpm is nobody's."""
    if not data.hr_bpm:
        return None
    return m.TreadmillHeart(treadmill=treadmill, boot=boot, seq=seq, at_ms=at_ms, hr_bpm=data.hr_bpm)


def strap_telemetry(
    data: HeartRateMeasurement, strap: str, boot: str, seq: int, at_ms: int
) -> m.StrapTelemetry:
    """A Heart Rate Measurement for the bus. 0 bpm is a strap that measures nothing."""
    return m.StrapTelemetry(
        strap=strap,
        boot=boot,
        seq=seq,
        at_ms=at_ms,
        hr_bpm=data.bpm or None,
        contact=data.contact,
        rr_ms=tuple(round(rr * 1000 / 1024, 1) for rr in data.rr_1024 or ()),
        energy_kj=data.energy_kj,
    )
