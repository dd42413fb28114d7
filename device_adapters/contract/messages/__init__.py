"""Every message on the bus. Human units here: km/h, %, bpm, seconds; `at_ms` is wall time (ms since the epoch).

Commands and requests reject unknown fields: what is not understood must not move a belt. Telemetry and views
tolerate added fields, so that a newer unit can speak to an older hub. What is retained is written whole, defaults too:
whoever keeps the last value of a field keeps no stale one. Elsewhere what is left out has its default; null and absent
mean "not known".
"""

from device_adapters.contract.messages.alerts import AlertsStatus, AlertsTest, AlertsTested
from device_adapters.contract.messages.backup import BackupStatus
from device_adapters.contract.messages.event import Event
from device_adapters.contract.messages.health import RadioHealth, StoreStatus, UnitStatus
from device_adapters.contract.messages.orders import Command, Lease, Result, Stop
from device_adapters.contract.messages.releases import (
    OrderAnswered,
    ReleasesOrder,
    ReleasesStatus,
    ReleaseTold,
    RollOutTold,
    UnitUpdateTold,
)
from device_adapters.contract.messages.session import (
    ClassLane,
    ClassPhase,
    ClassRequest,
    ClassVerb,
    ClassView,
    Cue,
    LanePhase,
    SessionBeat,
    SessionBrief,
    SessionPhase,
    SessionReply,
    SessionRequest,
    SessionVerb,
    SessionView,
    StepBrief,
)
from device_adapters.contract.messages.sim import SimBelt, SimFault
from device_adapters.contract.messages.strap import Nearby, NearbyStrap, StrapState, StrapTelemetry
from device_adapters.contract.messages.treadmill import (
    TreadmillHeart,
    TreadmillLabel,
    TreadmillState,
    TreadmillTelemetry,
)
from device_adapters.contract.messages.vocabulary import Belt, Id, Limits, Link
from device_adapters.contract.outcome import Outcome

__all__ = [
    "AlertsStatus",
    "AlertsTest",
    "AlertsTested",
    "BackupStatus",
    "Belt",
    "ClassLane",
    "ClassPhase",
    "ClassRequest",
    "ClassVerb",
    "ClassView",
    "Command",
    "Cue",
    "Event",
    "Id",
    "LanePhase",
    "Lease",
    "Limits",
    "Link",
    "Nearby",
    "NearbyStrap",
    "OrderAnswered",
    "Outcome",
    "RadioHealth",
    "ReleaseTold",
    "ReleasesOrder",
    "ReleasesStatus",
    "Result",
    "RollOutTold",
    "SessionBeat",
    "SessionBrief",
    "SessionPhase",
    "SessionReply",
    "SessionRequest",
    "SessionVerb",
    "SessionView",
    "SimBelt",
    "SimFault",
    "StepBrief",
    "Stop",
    "StoreStatus",
    "StrapState",
    "StrapTelemetry",
    "TreadmillHeart",
    "TreadmillLabel",
    "TreadmillState",
    "TreadmillTelemetry",
    "UnitStatus",
    "UnitUpdateTold",
]
