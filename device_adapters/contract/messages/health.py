"""Who is there and how well: units and what stores their frames."""

from typing import Annotated

from msgspec import Meta, Struct

from device_adapters.contract.messages.vocabulary import AtMs, Count, Figure, Id, Number, Told, Word
from device_adapters.contract.neighbours import UNTOLD

DEVICES_MAX = 4_000
"""Of one unit; far above what its radios carry."""

STATUS_EVERY_S = 5.0
"""A unit says how it is at least this often."""

Devices = Annotated[tuple[Id, ...], Meta(max_length=DEVICES_MAX)]


class RadioHealth(Struct, frozen=True, kw_only=True):
    """One Bluetooth adapter of a unit and its connection slots. `why` says what is wrong with one that is not up."""

    name: Word
    used: Count
    slots: Count
    up: bool = True
    why: Told = ""


class UnitStatus(Struct, frozen=True, kw_only=True):
    """A unit's health. The broker publishes `online: false` for a unit that vanishes (last will).

    `contract`: which number of it the unit speaks (contract/neighbours.py). `outbox_behind_s`: for how long there has
    always been something that the broker had not taken. `link_losses`: by device id, since this boot. `memory_used_mb`
    is the unit's process, the other figures are the machine's. `certificate_days`: until the unit's certificate ends,
    negative once it has; None where it has none.
    """

    unit: Id
    online: bool
    boot: Word
    at_ms: AtMs
    version: Word = ""
    contract: Annotated[int, Meta(ge=1, le=1_000_000)] = UNTOLD
    radios: Annotated[tuple[RadioHealth, ...], Meta(max_length=64)] = ()
    treadmills: Devices = ()
    straps: Devices = ()
    outbox_depth: Count = 0
    outbox_dropped: Count = 0
    outbox_events_dropped: Count = 0
    outbox_behind_s: Count = 0
    clock_synchronised: bool | None = None
    clock_offset_ms: Figure | None = None
    uptime_s: Count = 0
    python: Word = ""
    link_losses: Annotated[dict[Word, Count], Meta(max_length=DEVICES_MAX)] = {}
    load_1m: Number | None = None
    cpu_c: Number | None = None
    memory_used_mb: Count | None = None
    memory_free_mb: Count | None = None
    disk_free_mb: Count | None = None
    certificate_days: Annotated[int, Meta(ge=-100_000, le=100_000)] | None = None
    odd: Annotated[tuple[Word, ...], Meta(max_length=64)] = ()
    """Keys of contract/oddities.py."""


class StoreStatus(Struct, frozen=True, kw_only=True):
    """Does somebody store telemetry and events? The broker publishes `online: false` for one that vanishes.

    `fault`: why one that is there cannot store now, with the fix; of one that is online: why what it keeps does not
    reach its database, or what that refused.
    """

    store: Id
    online: bool
    at_ms: AtMs
    fault: Annotated[str, Meta(max_length=500)] = ""
