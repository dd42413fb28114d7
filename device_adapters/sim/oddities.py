"""Odd peripherals as data: what each step of serving a treadmill can do wrong, a line each, with its source. Pure.

A `Step` is one thing a unit asks of a treadmill, or hears from it; a `Way` is how that goes wrong. `odd_treadmill.py`
does them on the air. Where nobody has reported it the source is empty: then it is assumed, since nothing forbids it.
"""

import random
from dataclasses import dataclass
from enum import StrEnum

from device_adapters.errors import BackstrideError


class Step(StrEnum):
    """From the advertisement to the status, in the order in which a unit meets them."""

    ADVERTISE = "advertise"
    CONNECT = "connect"
    DISCOVER = "discover"
    INFO = "read device info"
    FEATURE = "read feature"
    SPEED_RANGE = "read speed range"
    INCLINE_RANGE = "read incline range"
    DATA = "subscribe 2ACD"
    STATUS_ON = "subscribe 2ADA"
    CONTROL_ON = "subscribe 2AD9"
    CONTROL = "request control"
    START = "start"
    SPEED = "set speed"
    INCLINE = "set incline"
    STOP = "stop"
    PAUSE = "pause"
    FRAMES = "2ACD frames"
    STATUS = "status"
    HEART = "subscribe 2A37"
    BATTERY = "read battery"
    BEATS = "2A37 frames"


class Way(StrEnum):
    """How a step goes wrong."""

    ABSENT = "absent"
    DOUBLE = "double"
    SHORT = "short"
    LATE = "late"
    OUT_OF_ORDER = "out of order"
    REFUSED = "refused"
    SILENT = "silent"
    FALSE = "false"


@dataclass(frozen=True, slots=True)
class Oddity:
    """One step that goes wrong in one way, in words; `source`: who reported it, "" if it is assumed."""

    step: Step
    way: Way
    words: str
    source: str = ""


READS = (Step.INFO, Step.FEATURE, Step.SPEED_RANGE, Step.INCLINE_RANGE, Step.BATTERY)
SUBSCRIPTIONS = (Step.DATA, Step.STATUS_ON, Step.CONTROL_ON, Step.HEART)
OF_STRAPS = frozenset({Step.HEART, Step.BATTERY, Step.BEATS})
"""Steps of serving a strap; all others are a treadmill's."""
PROCEDURES = (
    Step.CONTROL,
    Step.START,
    Step.SPEED,
    Step.INCLINE,
    Step.STOP,
    Step.PAUSE,
)


def _lines(step: Step, **ways: str | tuple[str, str]) -> tuple[Oddity, ...]:
    said = {Way[name.upper()]: (w, "") if isinstance(w, str) else w for name, w in ways.items()}
    return tuple(Oddity(step, way, words, source) for way, (words, source) in said.items())


def _read(step: Step, false: str, short: str = "") -> tuple[Oddity, ...]:
    return _lines(
        step,
        absent=("it has no such characteristic", "ftms.md §1.1"),
        double=("two characteristics of this number", "ftms.md §9.1"),
        short=("its value is one byte", short),
        late="read after 1.5 s",
        refused=("the read is refused with an ATT error", "ftms.md §9.1"),
        silent=("the read is never answered", "ftms.md §9.5"),
        false=(false, "ftms.md §1.3"),
    )


def _subscription(step: Step) -> tuple[Oddity, ...]:
    return _lines(
        step,
        absent=("no client characteristic configuration", "issue list of bleak: home belts without a 2902"),
        double=("two characteristics of this number", "ftms.md §9.8"),
        late="the subscription is taken after 1.5 s",
        out_of_order="it notifies before it has answered the subscription",
        refused="the subscription is refused with an ATT error",
        silent="the subscription is never answered",
        false=("it is taken, and nothing ever comes", "ftms.md §9.4 (pygatt 259)"),
    )


def _procedure(step: Step, refused: str = "") -> tuple[Oddity, ...]:
    return _lines(
        step,
        absent="written, not done and not answered",
        double="answered twice",
        short="its answer is two bytes",
        late=("done at once and answered after 2.5 s", "ftms.md §1.4 (Omega Z)"),
        out_of_order="an answer to another procedure comes first",
        refused=("refused with a result code, and not done", refused),
        silent=("done and never answered", "ftms.md §1.4 (Omega Z)"),
        false=("answered with Success, and not done", "ftms.md §1.3 (Urevo E1L, captured)"),
    )


ODDITIES: tuple[Oddity, ...] = (
    *_lines(
        Step.ADVERTISE,
        absent=("no service number is advertised, only a name", "ftms.md §1.8"),
        double="the service number twice",
        short=("flags only: no name, no service", "ftms.md §1.8 (Omega Z)"),
        late="on the air 5 s after power on",
        silent="advertises for 4 s, then not for 8 s",
        false="says that it is an indoor bike",
    ),
    *_lines(
        Step.CONNECT,
        absent=("takes no connection at all", "ftms.md §9.5"),
        double="drops its first link after 2 s",
        short="drops each link after 0.3 s, three times",
        late="takes no connection for 6 s",
        refused="hangs up at once, three times",
        silent=("the link stands, no request is ever answered", "ftms.md §9.5"),
    ),
    *_lines(
        Step.DISCOVER,
        absent=("the first table is without the Fitness Machine service", "ftms.md §9.9"),
        double=("the Device Information service twice", "ftms.md §9.1"),
        short=("the table ends before the control point", "ftms.md §9.9"),
        late="each answer takes 0.4 s",
        out_of_order="its characteristics are in another order",
        refused="the first request is refused",
        silent="the first discovery is never answered",
        false=("the control point takes only writes without response", "ftms.md §9.10"),
    ),
    *_read(Step.INFO, "calls itself ASSAULT T9"),
    *_read(Step.FEATURE, "claims every feature"),
    *_read(Step.SPEED_RANGE, "a speed range of 0 to 0", "ftms.md §9.11"),
    *_read(Step.INCLINE_RANGE, "an incline range of 0 to 3276.7 %"),
    *(line for step in SUBSCRIPTIONS for line in _subscription(step)),
    *_procedure(Step.CONTROL, "ftms.md §9.2"),
    *_procedure(Step.START, "FTMS v1.0.1 §4.16.2.22"),
    *_procedure(Step.SPEED, "ftms.md §9.6"),
    *_procedure(Step.INCLINE, "ftms.md §9.7"),
    *_procedure(Step.STOP, "ftms.md §1.4 (KingSmith R3)"),
    *_procedure(Step.PAUSE),
    *_lines(
        Step.FRAMES,
        absent=("no data ever", "ftms.md §1.2 (Urevo 5L)"),
        double="each frame twice",
        short="each frame is cut to three bytes",
        late="each frame comes 0.9 s late",
        out_of_order="frames change places two by two",
        silent=("data end after a while under way", "ftms.md §1.2 (Urevo 5L)"),
        false=("under way its last frame is repeated for ever", "ftms.md §9.3"),
    ),
    *_lines(
        Step.STATUS,
        absent=("never said", "ftms.md §1.5"),
        double="each status twice",
        short="a status without its parameter",
        late="each status comes 2 s late",
        out_of_order="a status of before is said after",
        false="says that the user stopped it, and goes on",
    ),
    *_read(Step.BATTERY, "a battery of 255 %"),
    *_lines(
        Step.BEATS,
        absent="no heart rate ever",
        double="each measurement twice",
        short="a measurement of one byte",
        late="each measurement comes 0.9 s late",
        out_of_order="measurements change places two by two",
        silent=("measurements end while its link stands", "ftms.md §9.4 (pygatt 259)"),
        false=("the last one is repeated for ever", "ftms.md §1.7 (Polar H10 off the body)"),
    ),
)  # fmt: skip

EMPTY: dict[tuple[Step, Way], str] = {
    (Step.ADVERTISE, Way.OUT_OF_ORDER): "an advertisement is one packet",
    (Step.ADVERTISE, Way.REFUSED): "nobody asks for an advertisement",
    (Step.CONNECT, Way.OUT_OF_ORDER): "a connection is one event",
    (Step.CONNECT, Way.FALSE): "a link that stands and does nothing is the cell `silent`",
    **{(step, Way.OUT_OF_ORDER): "one request, one answer: the link has no other order" for step in READS},
    **{(step, Way.SHORT): "the answer to a subscription has no content" for step in SUBSCRIPTIONS},
    (Step.FRAMES, Way.REFUSED): "a notification cannot be refused by who sends it",
    (Step.BEATS, Way.REFUSED): "a notification cannot be refused by who sends it",
    (Step.STATUS, Way.REFUSED): "a notification cannot be refused by who sends it",
    (Step.STATUS, Way.SILENT): "the same as `absent`: a status comes once",
}
"""Cells of step × way that no machine can be in, and why."""

BY_CELL = {(oddity.step, oddity.way): oddity for oddity in ODDITIES}


class OddityError(BackstrideError, ValueError):
    """An oddity that nobody knows; names those there are."""

    code = "SIM-002"


def named(text: str) -> Oddity:
    """The oddity that is called `step: way`. Raises OddityError."""
    step, _, way = text.partition(":")
    found = [o for o in ODDITIES if (o.step, o.way) == (step.strip(), way.strip())]
    if not found:
        known = ", ".join(f"{o.step}: {o.way}" for o in ODDITIES)
        raise OddityError(f"nothing odd is called {text[:40]!r}; there are {known}")
    return found[0]


def by_seed(seed: int) -> tuple[Oddity, ...]:
    """Two or three oddities of different steps, the same for the same seed."""
    chance = random.Random(seed)
    steps = chance.sample(list(Step), chance.choice((2, 2, 3)))
    return tuple(chance.choice([o for o in ODDITIES if o.step is step]) for step in steps)
