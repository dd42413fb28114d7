"""States of a control-point conversation, and how a step is held against its whole result."""

from dataclasses import replace

from device_adapters.codecs.ftms.control_point import ResultCode
from device_adapters.link.control_point import step
from device_adapters.link.talk import (
    ControlPointState,
    Effect,
    Event,
    Failed,
    Procedure,
    Relink,
    Send,
    Want,
)

NOW = 50_000
ASK, SPEED, INCLINE, HALT = (
    Procedure(data[0], data) for data in (b"\x00", b"\x02\x64\x00", b"\x03\x0a\x00", b"\x08\x01")
)
FASTER = Procedure(2, b"\x02\xc8\x00")
DUE = NOW + 700
SINCE = NOW - 2_000
SILENT, SPOILT = Relink("no_answer"), Relink("write_failed")
SUCCESS, FAILED, NOT_PERMITTED = (
    ResultCode.SUCCESS,
    ResultCode.OPERATION_FAILED,
    ResultCode.CONTROL_NOT_PERMITTED,
)


def free(*waiting: Procedure, held: bool = True, silent: int | None = None) -> ControlPointState:
    return ControlPointState(held=held, queue=waiting, silent_since_ms=silent)


def flies(
    procedure: Procedure, *waiting: Procedure, held: bool = True, due: int = DUE, silent: int | None = SINCE
) -> ControlPointState:
    return ControlPointState(
        held=held, flying=procedure, deadline_ms=due, queue=waiting, silent_since_ms=silent
    )


def fresh(
    procedure: Procedure, *waiting: Procedure, held: bool = True, silent: int = NOW
) -> ControlPointState:
    """Sent now: the whole time for its answer is left."""
    return flies(procedure, *waiting, held=held, due=NOW + 3_000, silent=silent)


def said(state: ControlPointState, event: Event, then: ControlPointState, *effects: Effect) -> None:
    """The step leads exactly here; a deadline counts only while something flies."""
    after, told = step(state, event, NOW)
    if after.flying is None:
        after, then = replace(after, deadline_ms=0), replace(then, deadline_ms=0)
    assert (after, told) == (then, effects)


def no(op: int, why: str) -> Failed:
    """The machine itself said no."""
    return Failed(op, why, answered=True)


def sent(procedure: Procedure) -> Send:
    return Send(procedure.data)


def wanted(procedure: Procedure) -> Want:
    return Want(procedure.data, first=procedure is HALT)
