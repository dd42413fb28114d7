"""The one table: topic → message, publishers, readers, QoS, retained or not, longest useful age.

Topic maps, broker access lists, JSON Schemas and the manual page are read from here and from nowhere else.
"""

import msgspec

from device_adapters.contract import messages as m
from device_adapters.contract.channel import LATE_VERBS as LATE_VERBS
from device_adapters.contract.channel import REQUEST_MAX_S as REQUEST_MAX_S
from device_adapters.contract.channel import ROOT as ROOT
from device_adapters.contract.channel import Channel as Channel
from device_adapters.contract.channel import require_subject as require_subject
from device_adapters.contract.permissions import Deed
from device_adapters.safety.envelope_state import FRESH_MS
from device_adapters.safety.heart import STALE_MS
from device_adapters.unreadable import UNREADABLE

WATCHERS = ("viewer", "home-assistant", "home-assistant-hearts", "telegraf")
"""Programs that look on."""

UNIT_STATUS = Channel(
    "unit/{id}/status",
    m.UnitStatus,
    Deed.SPEAK_FOR_UNITS,
    ("unit", "cli"),
    Deed.SEE_MACHINES,
    ("session", "console", "metrics", "alerts", "cli", *WATCHERS, "bridge"),
    retain=True,
    about="health of a unit; last will = offline",
)
STORE_STATUS = Channel(
    "store/{id}/status",
    m.StoreStatus,
    Deed.SPEAK_FOR_STORES,
    ("metrics", "cli"),
    Deed.SEE_SERVICES,
    ("unit", "console", "alerts", "cli", "viewer", "telegraf"),
    retain=True,
    about="is telemetry being stored? last will = offline; units keep what they sent until somebody stores it",
)
BACKUP_STATUS = Channel(
    "backup/status",
    m.BackupStatus,
    Deed.SAY_BACKUPS,
    ("cli",),
    Deed.SEE_SERVICES,
    ("console", "alerts", "cli"),
    retain=True,
    about="do backups leave the hub, and can they be restored?",
)
ALERTS_STATUS = Channel(
    "alerts/status",
    m.AlertsStatus,
    Deed.SAY_ALERTS,
    ("alerts",),
    Deed.SEE_ALERTS,
    ("console", "cli"),
    retain=True,
    about="do alerts reach their phones? last will = offline",
)
ALERTS_TEST = Channel(
    "alerts/test",
    m.AlertsTest,
    Deed.TEST_ALERTS,
    ("console", "cli"),
    Deed.TAKE_TESTS,
    ("alerts",),
    about="send every phone a test",
)
RELEASES_STATUS = Channel(
    "releases/status",
    m.ReleasesStatus,
    Deed.SAY_RELEASES,
    ("enrol",),
    Deed.SEE_SERVICES,
    ("console",),
    retain=True,
    about="which releases the hub holds for its units, and where their roll-out is; last will = offline",
)
RELEASES_ORDER = Channel(
    "releases/order",
    m.ReleasesOrder,
    Deed.KEEP_RELEASES,
    ("console",),
    Deed.TAKE_RELEASES,
    ("enrol",),
    about="let a release go to the units, or stop that",
)
NEARBY = Channel(
    "unit/{id}/nearby",
    m.Nearby,
    Deed.SPEAK_FOR_UNITS,
    ("unit", "cli"),
    Deed.HEAR_HEARTS,
    ("console",),
    retain=True,
    about="straps heard that a session may wear",
)
TREADMILL_STATE = Channel(
    "treadmill/{id}/state",
    m.TreadmillState,
    Deed.SPEAK_FOR_UNITS,
    ("unit", "cli"),
    Deed.SEE_MACHINES,
    ("session", "console", "metrics", "alerts", "cli", *WATCHERS, "bridge"),
    retain=True,
    about="link, control, limits, latch",
)
TREADMILL_LABEL = Channel(
    "treadmill/{id}/label",
    m.TreadmillLabel,
    Deed.TEND,
    ("console",),
    Deed.SEE_MACHINES,
    ("session", "console"),
    retain=True,
    about="what staff call it, its place, and why nobody may start on it",
)
STRAP_STATE = Channel(
    "strap/{id}/state",
    m.StrapState,
    Deed.SPEAK_FOR_UNITS,
    ("unit", "cli"),
    Deed.SEE_STRAPS,
    (
        "session",
        "console",
        "metrics",
        "alerts",
        "cli",
        "home-assistant",
        "home-assistant-hearts",
        "telegraf",
        "bridge",
    ),
    retain=True,
    about="link, battery",
)
TREADMILL_TELEMETRY = Channel(
    "treadmill/{id}/telemetry",
    m.TreadmillTelemetry,
    Deed.MEASURE,
    ("unit",),
    Deed.SEE_MACHINES,
    ("session", "console", "metrics", "cli", *WATCHERS, "bridge"),
    age_max_s=FRESH_MS // 1000,
    about="every frame, zeros too",
)
TREADMILL_HEART = Channel(
    "treadmill/{id}/heart",
    m.TreadmillHeart,
    Deed.MEASURE,
    ("unit",),
    Deed.HEAR_HEARTS,
    ("metrics", "bridge"),
    about="heart rate by the machine's grips, apart from what shows machines",
)
STRAP_TELEMETRY = Channel(
    "strap/{id}/telemetry",
    m.StrapTelemetry,
    Deed.MEASURE,
    ("unit",),
    Deed.HEAR_HEARTS,
    ("session", "console", "metrics", "home-assistant-hearts", "bridge"),
    age_max_s=STALE_MS // 1000,
    about="every heart-rate measurement",
)
LEASE = Channel(
    "treadmill/{id}/lease",
    m.Lease,
    Deed.MOVE,
    ("session",),
    Deed.OBEY,
    ("unit",),
    age_max_s=1,
    about="the right to move a belt, renewed twice a second",
)
COMMAND = Channel(
    "treadmill/{id}/command",
    m.Command,
    Deed.MOVE,
    ("session",),
    Deed.OBEY,
    ("unit",),
    age_max_s=3,
    about="start, target, stop, clear",
)
RESULT = Channel(
    "treadmill/{id}/result",
    m.Result,
    Deed.OBEY,
    ("unit",),
    Deed.MOVE,
    ("session",),
    about="exactly one per command",
)
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
    Deed.STOP,
    ("console", "session", "unit", "cli"),
    Deed.OBEY,
    ("unit", "session"),
    about="every belt of the site; needs no lease",
)
STOP_ONE = Channel(
    "stop/{id}",
    m.Stop,
    Deed.STOP,
    ("console", "session", "unit", "cli"),
    Deed.OBEY,
    ("unit", "session"),
    about="one belt; needs no lease, always taken",
)
SESSION_REQUEST = Channel(
    "session/request",
    m.SessionRequest,
    Deed.RAISE,
    ("console", "cli"),
    Deed.LEAD,
    ("session",),
    age_max_s=REQUEST_MAX_S,
    about="start, pause, skip, slower, stop, ...",
)
PROGRAM_REQUEST = Channel(
    "session/request/{id}",
    m.SessionRequest,
    Deed.BOOK,
    ("booking",),
    Deed.LEAD,
    ("session",),
    age_max_s=REQUEST_MAX_S,
    about="the same of another program, in its own name: start, pause, slower, stop",
)
CLASS_REQUEST = Channel(
    "class/request",
    m.ClassRequest,
    Deed.RAISE,
    ("console", "cli"),
    Deed.LEAD,
    ("session",),
    age_max_s=REQUEST_MAX_S,
    about="open a class, let it go, end or stop it; lanes come by session requests",
)
CLASS_VIEW = Channel(
    "class/view",
    m.ClassView,
    Deed.LEAD,
    ("session", "cli"),
    Deed.SEE_BOOKED,
    ("console", "cli"),
    retain=True,
    about="the class: its clock, its step and its lanes; nothing of members",
)
SESSION_BEAT = Channel(
    "session/beat",
    m.SessionBeat,
    Deed.LEAD,
    ("session",),
    Deed.SEE_BOOKED,
    ("console", "cli", "booking"),
    retain=True,
    about="each second, while the session service is there; requests name the newest, which tells their age",
)
SESSION_REPLY = Channel(
    "session/reply/{id}",
    m.SessionReply,
    Deed.LEAD,
    ("session",),
    Deed.BOOK,
    ("console", "cli", "booking"),
    about="the answer to a request",
)
SESSION_VIEW = Channel(
    "treadmill/{id}/session",
    m.SessionView,
    Deed.LEAD,
    ("session", "cli"),
    Deed.HEAR_HEARTS,
    ("console", "metrics", "cli", "bridge"),
    retain=True,
    about="a session as screens show it",
)
SESSION_BRIEF = Channel(
    "treadmill/{id}/brief",
    m.SessionBrief,
    Deed.LEAD,
    ("session", "cli"),
    Deed.SEE_BOOKED,
    ("booking",),
    retain=True,
    about="how a session goes, without its member, limits and heart",
)
CUE = Channel(
    "treadmill/{id}/cue",
    m.Cue,
    Deed.LEAD,
    ("session",),
    Deed.HEAR_HEARTS,
    ("unit", "console", "cli"),
    age_max_s=3,
    about="what a member is told, in every language",
)
EVENT = Channel(
    "event",
    m.Event,
    Deed.REPORT,
    ("unit", "session", "console", "metrics"),
    Deed.HEAR_HEARTS,
    ("console", "metrics", "cli", "bridge"),
    about="decisions and incidents",
)
SIM_FAULT = Channel(
    "sim/{id}/fault",
    m.SimFault,
    Deed.TEASE,
    ("cli",),
    Deed.PRETEND,
    ("sim",),
    about="simulator only: make this go wrong",
)
SIM_BELT = Channel(
    "sim/{id}/belt",
    m.SimBelt,
    Deed.PRETEND,
    ("sim",),
    Deed.TEASE,
    ("cli",),
    qos=0,
    about="simulator only: what the belt really does",
)

CHANNELS: tuple[Channel[msgspec.Struct], ...] = (
    UNIT_STATUS, NEARBY, STORE_STATUS, BACKUP_STATUS, ALERTS_STATUS, ALERTS_TEST, RELEASES_STATUS,
    RELEASES_ORDER, TREADMILL_STATE, TREADMILL_LABEL,
    STRAP_STATE, TREADMILL_TELEMETRY, TREADMILL_HEART, STRAP_TELEMETRY, LEASE,
    COMMAND, RESULT, STOP_ALL, STOP_ONE, SESSION_REQUEST, PROGRAM_REQUEST, CLASS_REQUEST, CLASS_VIEW, SESSION_BEAT,
    SESSION_REPLY, SESSION_VIEW,
    SESSION_BRIEF, CUE, EVENT, SIM_FAULT, SIM_BELT,
)  # type: ignore[assignment]  # fmt: skip
