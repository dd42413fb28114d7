"""One step of the conversation on a serial line, exactly: what it changes, and what it does. All else stays."""

from dataclasses import dataclass, fields
from typing import Any

from device_adapters.codecs.serial_frames import Frame
from device_adapters.codecs.trackmaster import TrackmasterTongue
from device_adapters.codecs.woodway import Direction, WoodwayTongue
from device_adapters.serial.conversation import step
from device_adapters.serial.state import LineState

NOW = 10_000
DUE = NOW + 250
AA, A0, A2, A3, C0, C1, C2, C3 = b"\xaa", b"\xa0", b"\xa2", b"\xa33012", b"\xc0", b"\xc1", b"\xc2", b"\xc3"
NOTHING: dict[str, Any] = {}


def backward(**values: Any) -> LineState:
    return LineState(tongue=WoodwayTongue(Direction.REVERSE), **values)


def forward(**values: Any) -> LineState:
    return LineState(tongue=WoodwayTongue(Direction.FORWARD), **values)


def trackmaster(**values: Any) -> LineState:
    return LineState(tongue=TrackmasterTongue(), **values)


def waiting(request: bytes, **values: Any) -> LineState:
    """A belt that runs backward was asked this, and answers in time."""
    return backward(**{"flying": request, "deadline_ms": NOW + 1, "met": True, **values})


def told(request: bytes, **values: Any) -> LineState:
    """A Trackmaster likewise."""
    return trackmaster(**{"flying": request, "deadline_ms": NOW + 1, "met": True, **values})


def heard(frame: bytes, **changes: Any) -> dict[str, Any]:
    """What any answer changes that was waited for, and these."""
    return {"flying": None, "last": Frame(frame[0], frame[1:]), **changes}


@dataclass(frozen=True)
class Case:
    """An event of a state, and all that it may do."""

    of: LineState
    event: Any
    changes: dict[str, Any]
    effects: tuple[Any, ...] = ()


def sends(data: bytes) -> dict[str, Any]:
    """What a request that goes out changes."""
    return {"flying": data, "deadline_ms": DUE}


def hold(case: Case) -> None:
    """AssertionError if this is not what happens."""
    after, effects = step(case.of, case.event, NOW)
    changed = {
        field.name: getattr(after, field.name)
        for field in fields(after)
        if _exactly(getattr(after, field.name)) != _exactly(getattr(case.of, field.name))
    }
    wanted = {key: value for key, value in case.changes.items() if value != getattr(case.of, key)}
    assert _exactly(changed) == _exactly(wanted)
    assert effects == case.effects


def _exactly(value: Any) -> Any:
    """With its type: 0 is not False."""
    if isinstance(value, dict):
        return {key: _exactly(each) for key, each in value.items()}
    return type(value), value
