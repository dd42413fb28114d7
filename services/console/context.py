"""What the routes work with: one running console."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from device_adapters.clock import Clock
from device_adapters.contract.punctual import Punctual
from services.alerts_client import AlertsClient
from services.console.assets import Assets
from services.console.auth.auth_db import AuthDb
from services.console.auth.challenges import Challenges
from services.console.auth.known_devices import Devices
from services.console.auth.login import Login
from services.console.auth.member_links import MemberLinks
from services.console.auth.model import CLINIC, HOME_OPEN, TimeOuts
from services.console.auth.pin_turn import PinTurn
from services.console.auth.signed_in import SignedIn
from services.console.defects import Defects
from services.console.diary.diary import Diary
from services.console.feeds.feed import Feeds
from services.console.incident_notes import IncidentNotes
from services.console.labels import Labels
from services.console.live.live_state import LiveState
from services.console.machine_book import MachineBook
from services.console.middleware.hosts import Hosts
from services.console.out_of_use import OutOfUse
from services.console.pages.members_reader import MembersReader
from services.console.past.archive import Past
from services.console.trust import Trust
from services.programme.model import Programme
from services.releases_client import ReleasesClient
from services.session_client import SessionClient
from services.stop_sender import StopSender

RecordFile = Callable[[str, str], Awaitable[bytes]]
"""A session's record as a file of that form (fit, tcx, csv, json); cancelled, it is given up. Raises RecordError if
there is none, BusyError, StorageError.

It comes from outside: records are read from the session service's journal, of which the console knows nothing.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a member may ask of all stores of the hub; from outside, as records are. Raises BackstrideError."""

    export: Callable[[str], Awaitable[bytes]]
    """Everything of this member as a zip; cancelled, it is given up."""

    erase: Callable[[str], Awaitable[None]]
    """Forget this member everywhere; a safety record of nobody stays."""


SupportFile = Callable[[], Awaitable[bytes]]
"""What whoever helps needs to know, as a zip archive without secrets and people. Raises StorageError."""


class Drills(Protocol):
    """A treadmill that is not there, for staff to practise on; from outside, being a unit of its own. At most one."""

    @property
    def there(self) -> bool:
        """May one be begun here?"""
        ...

    @property
    def running(self) -> bool:
        """Is one under way, or about to end?"""
        ...

    async def begin(self) -> None:
        """Let one begin, unless one is under way."""
        ...

    def tell(self, word: str) -> None:
        """Let one of `device_adapters.drill.FAULTS` happen, or end them all by `RIGHT`."""
        ...

    async def end(self) -> None:
        """Let it come to rest and end, and wait for that as long as somebody looks on."""
        ...


OwnProgrammes = Callable[[], Mapping[str, Programme]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The parts of one console."""

    clock: Clock
    floor: LiveState
    feeds: Feeds
    session_client: SessionClient
    stops: StopSender
    alerts: AlertsClient
    releases: ReleasesClient
    assets: Assets
    links: MemberLinks
    members_db: AuthDb
    clinic: bool
    security_contact: str
    signed_in: SignedIn
    login: Login
    record_file: RecordFile
    recorded: Callable[[str], bool]
    """Is there a record to make a file of? Blocks. StorageError."""

    wishes: Wishes
    support_file: SupportFile
    drills: Drills
    members: MembersReader
    out_of_use: OutOfUse
    incident_notes: IncidentNotes
    labels: Labels
    defects: Defects
    machine_book: MachineBook
    past: Past
    challenges: Challenges
    diary: Diary

    @property
    def homes_open_for(self) -> TimeOuts:
        """How long a member's own page stays open after its PIN."""
        return CLINIC if self.clinic else HOME_OPEN

    devices: Devices = field(default_factory=Devices)
    hosts: Hosts = field(default_factory=Hosts)
    trust: Trust = field(default_factory=Trust)
    pin_turn: PinTurn = field(default_factory=PinTurn)
    own_programmes: OwnProgrammes = dict
    """The gym's own programmes by id, read anew. Blocks."""

    punctual: Punctual = field(default_factory=Punctual)
    """This process's signs of life: what it reads after a standstill may be old."""
