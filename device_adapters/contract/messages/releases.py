"""The releases that a hub holds for its units, and where their roll-out is."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from device_adapters.config import TIME_OF_DAY
from device_adapters.contract.bounds import UNITS_MAX
from device_adapters.contract.messages.vocabulary import AtMs, Id, Told, Word

TimeOfDay = Annotated[str, Meta(pattern=TIME_OF_DAY + r"(?!\n)")]
"""HH:MM, the hub's own time; empty: none."""

ORDERS_KNOWN = 16


class ReleaseTold(Struct, frozen=True, kw_only=True):
    """A release that is held, for which kinds of machines, and its section of the changelog."""

    version: Word
    archs: Annotated[tuple[Word, ...], Meta(max_length=20)]
    changes: Annotated[str, Meta(max_length=6_000)] = ""


class UnitUpdateTold(Struct, frozen=True, kw_only=True):
    """Where a unit is: `stage` and `why` are keys (services/hub/rollout.py), `version` is what it said it runs."""

    unit: Id
    stage: Word
    version: Word = ""
    why: Told = ""


class RollOutTold(Struct, frozen=True, kw_only=True):
    """The newest roll-out. `stopped`: empty while it is not; person, failed or away. `by`, `stopped_by`:
    signatures, no names."""

    version: Word
    canary: Id
    begin: TimeOfDay = ""
    end: TimeOfDay = ""
    by: Word = ""
    stopped: Word = ""
    stopped_by: Word = ""
    done: bool = False
    units: Annotated[tuple[UnitUpdateTold, ...], Meta(max_length=UNITS_MAX)] = ()


class OrderAnswered(Struct, frozen=True, kw_only=True):
    """An order by its id. `refused`: the key of why it was not done; empty: it was."""

    id: Word
    refused: Word = ""


class ReleasesStatus(Struct, frozen=True, kw_only=True):
    """What the enrolment desk says. The broker publishes `online: false` for one that vanishes.

    `version`: what the hub runs; `units`: those that joined. `answers`: to the last few orders, since two may ask at
    once.
    """

    online: bool
    at_ms: AtMs
    version: Word = ""
    releases: Annotated[tuple[ReleaseTold, ...], Meta(max_length=20)] = ()
    rollout: RollOutTold | None = None
    units: Annotated[tuple[Id, ...], Meta(max_length=UNITS_MAX)] = ()
    answers: Annotated[tuple[OrderAnswered, ...], Meta(max_length=ORDERS_KNOWN)] = ()


class ReleasesOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Let a release go to the units, `canary` first; or stop that. `id` comes back in the status."""

    id: Word
    verb: Literal["roll_out", "stop"]
    by: Word
    version: Word = ""
    canary: Word = ""
    begin: TimeOfDay = ""
    end: TimeOfDay = ""
