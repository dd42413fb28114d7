"""What the routes work with: one running console."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from device_adapters.clock import Clock
from device_adapters.contract.punctual import Punctual
from services.console.accounts.devices import Devices
from services.console.accounts.door import Door
from services.console.accounts.lobby import Lobby
from services.console.api.storeroom import Storeroom
from services.console.assets import Assets
from services.console.desk import Desk
from services.console.feed import Feeds
from services.console.floor import Floor
from services.console.hosts import Hosts
from services.console.member_links import MemberLinks
from services.console.members import MembersReader
from services.console.past.archive import Past
from services.programme.model import Programme

RecordFile = Callable[[str, str], Awaitable[bytes]]
"""A session's record as a file of that form (fit, tcx, csv, json); cancelled, it is given up. Raises RecordError if
there is none, BusyError, StorageError.

It comes from outside: records are read from the session service's journal, of which the console knows nothing.
"""

OwnProgrammes = Callable[[], Mapping[str, Programme]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The parts of one console."""

    clock: Clock
    floor: Floor
    feeds: Feeds
    desk: Desk
    assets: Assets
    links: MemberLinks
    storeroom: Storeroom
    clinic: bool
    door: Door
    lobby: Lobby
    record_file: RecordFile
    members: MembersReader
    past: Past
    devices: Devices = field(default_factory=Devices)
    hosts: Hosts = field(default_factory=Hosts)
    own_programmes: OwnProgrammes = dict
    """The gym's own programmes by id, read anew. Blocks."""

    punctual: Punctual = field(default_factory=Punctual)
    """This process's signs of life: what it reads after a standstill may be old."""
