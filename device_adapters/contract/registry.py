"""The one table: topic → message, publishers, readers, QoS, retained or not, longest useful age.

Topic maps, broker access lists, JSON Schemas and the manual page are read from here and from nowhere else.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from device_adapters.contract import messages as m
from device_adapters.errors import MessageError

ROOT = "backstride/v1"
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading a payload as JSON may raise, whatever bytes it holds (RecursionError: nested too deeply)."""

M = TypeVar("M", bound=msgspec.Struct)

REQUEST_MAX_S = 5
"""A request of a person that is older is refused: they have looked away, or pressed again."""

LATE_VERBS: tuple[m.SessionVerb, ...] = (
    "pause",
    "stop",
    "slower",
    "rpe",
    "present",
    "note",
    "near_miss",
    "feedback",
)
"""Requests that are as true later as now: they lower a belt, or are about what was."""


@dataclass(frozen=True, slots=True)
class Channel(Generic[M]):
    """One kind of topic. `{id}` in `path` stands for one device, unit or client id.

    `publishers` and `readers` are roles: `unit`, the services `session`, `metrics` and `console`, `cli` (staff at a
    terminal of the hub), `booking` (another program that asks for sessions), `viewer` (shows machines, never hearts),
    `bridge` (a chain's broker) and `sim` (the virtual gym). A unit and a booking program stand for themselves only:
    which ids are theirs is decided in `services/hub/acl.py`.
    """

    path: str
    message: type[M]
    publishers: tuple[str, ...]
    readers: tuple[str, ...]
    qos: int = 1
    retain: bool = False
    age_max_s: float | None = None
    about: str = ""

    def topic(self, site: str, id: str = "") -> str:
        """The topic of one device; `+` as id gives the filter for all."""
        return f"{ROOT}/{site}/{self.path.replace('{id}', id)}"

    def id_of(self, topic: str) -> str:
        """The id in a topic of this channel ('' where the path has none)."""
        place = self.path.split("/").index("{id}") if "{id}" in self.path else None
        return "" if place is None else topic.split("/")[3 + place]

    def expires_s(self, message: M) -> int | None:
        """How long a broker may keep it for a reader that is away: a person's request that could move a belt must not
        come true later. What slows or stops is true however late.
        """
        if not isinstance(message, m.SessionRequest) or message.verb in LATE_VERBS:
            return None
        return REQUEST_MAX_S

    def encode(self, message: M) -> bytes:
        """JSON."""
        return msgspec.json.encode(message)

    def decode(self, payload: bytes) -> M:
        """The message in `payload`; MessageError names the field that does not fit."""
        try:
            return msgspec.json.decode(payload, type=self.message)
        except UNREADABLE as e:
            raise MessageError(f"{self.path}: {e}") from e

    def read(self, topic: str, payload: bytes) -> tuple[str, M]:
        """The topic's id and the message; MessageError also for one that names another than its topic does."""
        message, id = self.decode(payload), self.id_of(topic)
        require_subject(self.path, id, message)
        return id, message


def require_subject(path: str, id_on_topic: str, message: msgspec.Struct) -> None:
    """MessageError if `message` names another device, unit or store than the topic it came on.

    The broker's access list speaks of topics only: a payload that says otherwise is somebody in another's name.
    """
    kind = path.partition("/")[0]
    subject = getattr(message, _SUBJECTS[kind], id_on_topic) if kind in _SUBJECTS else id_on_topic
    if subject != id_on_topic:
        raise MessageError(
            f"{path.replace('{id}', id_on_topic)}: speaks for {subject}; check the sender's settings"
        )


_SUBJECTS = {"unit": "unit", "store": "store", "treadmill": "treadmill", "strap": "strap", "sim": "treadmill"}
"""First level of a topic → the field of its messages that repeats the topic's id."""

UNIT_STATUS = Channel(
    "unit/{id}/status",
    m.UnitStatus,
    ("unit", "cli"),
    ("session", "console", "metrics", "cli", "viewer", "bridge"),
    retain=True,
    about="health of a unit; last will = offline",
)
STORE_STATUS = Channel(
    "store/{id}/status",
    m.StoreStatus,
    ("metrics", "cli"),
    ("unit", "console", "cli", "viewer"),
    retain=True,
    about="is telemetry being stored? last will = offline; units keep what they sent until somebody stores it",
)
NEARBY = Channel(
    "unit/{id}/nearby",
    m.Nearby,
    ("unit", "cli"),
    ("console",),
    retain=True,
    about="straps heard that a session may wear",
)
TREADMILL_STATE = Channel(
    "treadmill/{id}/state",
    m.TreadmillState,
    ("unit", "cli"),
    ("session", "console", "metrics", "cli", "viewer", "bridge"),
    retain=True,
    about="link, control, limits, latch",
)
STRAP_STATE = Channel(
    "strap/{id}/state",
    m.StrapState,
    ("unit", "cli"),
    ("session", "console", "metrics", "cli", "bridge"),
    retain=True,
    about="link, battery",
)
TREADMILL_TELEMETRY = Channel(
    "treadmill/{id}/telemetry",
    m.TreadmillTelemetry,
    ("unit",),
    ("session", "console", "metrics", "cli", "viewer", "bridge"),
    age_max_s=3,
    about="every frame, zeros too",
)
STRAP_TELEMETRY = Channel(
    "strap/{id}/telemetry",
    m.StrapTelemetry,
    ("unit",),
    ("session", "console", "metrics", "bridge"),
    age_max_s=5,
    about="every heart-rate measurement",
)
LEASE = Channel(
    "treadmill/{id}/lease",
    m.Lease,
    ("session",),
    ("unit",),
    age_max_s=1,
    about="the right to move a belt, renewed twice a second",
)
COMMAND = Channel(
    "treadmill/{id}/command",
    m.Command,
    ("session",),
    ("unit",),
    age_max_s=3,
    about="start, target, stop, clear",
)
RESULT = Channel("treadmill/{id}/result", m.Result, ("unit",), ("session",), about="exactly one per command")
STOPPER_MAX_BYTES = 1_024
STOPPER_MAX = 60


def stopper_in(payload: bytes) -> str:
    """Who pressed stop, as far as the payload says it readably; never raises, and takes no time over a large one.

    Any payload on a stop topic is a stop: what it holds is only for the record.
    """
    if len(payload) > STOPPER_MAX_BYTES:
        return ""
    try:
        by = msgspec.json.decode(payload, type=m.Stop).by
    except UNREADABLE:
        return ""
    return "".join(letter for letter in by if letter.isprintable())[:STOPPER_MAX]


STOP_ALL = Channel(
    "stop/all",
    m.Stop,
    ("console", "session", "unit", "cli"),
    ("unit", "session"),
    about="every belt of the site; needs no lease",
)
STOP_ONE = Channel(
    "stop/{id}",
    m.Stop,
    ("console", "session", "unit", "cli"),
    ("unit", "session"),
    about="one belt; needs no lease, always taken",
)
SESSION_REQUEST = Channel(
    "session/request",
    m.SessionRequest,
    ("console", "cli", "booking"),
    ("session",),
    age_max_s=REQUEST_MAX_S,
    about="start, pause, skip, slower, stop, ...",
)
SESSION_REPLY = Channel(
    "session/reply/{id}",
    m.SessionReply,
    ("session",),
    ("console", "cli", "booking"),
    about="the answer to a request",
)
SESSION_VIEW = Channel(
    "treadmill/{id}/session",
    m.SessionView,
    ("session", "cli"),
    ("console", "metrics", "cli", "booking", "bridge"),
    retain=True,
    about="a session as screens show it",
)
CUE = Channel(
    "treadmill/{id}/cue",
    m.Cue,
    ("session",),
    ("console", "cli"),
    age_max_s=3,
    about="what a member is told, in every language",
)
EVENT = Channel(
    "event",
    m.Event,
    ("unit", "session", "console", "metrics"),
    ("console", "metrics", "cli", "booking", "bridge"),
    about="decisions and incidents",
)
SIM_FAULT = Channel(
    "sim/{id}/fault", m.SimFault, ("cli",), ("sim",), about="simulator only: make this go wrong"
)
SIM_BELT = Channel(
    "sim/{id}/belt", m.SimBelt, ("sim",), ("cli",), qos=0, about="simulator only: what the belt really does"
)

CHANNELS: tuple[Channel[msgspec.Struct], ...] = (
    UNIT_STATUS, NEARBY, STORE_STATUS, TREADMILL_STATE, STRAP_STATE, TREADMILL_TELEMETRY, STRAP_TELEMETRY, LEASE,
    COMMAND, RESULT, STOP_ALL, STOP_ONE, SESSION_REQUEST, SESSION_REPLY, SESSION_VIEW, CUE, EVENT, SIM_FAULT, SIM_BELT,
)  # type: ignore[assignment]  # fmt: skip
