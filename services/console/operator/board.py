"""Everything on the operator's page at one moment, what is broken on top. Pure."""

import msgspec

from services.console.event_words import sentence
from services.console.live.incidents import RecentIncident
from services.console.live.live_state import LiveState
from services.console.live.picture import Picture
from services.console.operator import things
from services.console.operator.fixes import fix, for_operators
from services.console.operator.things import RANK, Thing

FAULTS_SHOWN = 12


class OperatorFault(msgspec.Struct, frozen=True, kw_only=True):
    """A recent warning or alarm of a machine; `fix`: what to do about it."""

    at_ms: int
    severity: str
    where: str
    text: str
    fix: str


class OperatorView(msgspec.Struct, frozen=True, kw_only=True):
    """The page: cards in the order of their need, and the newest faults."""

    bus: bool
    broken: int
    watch: int
    things: tuple[Thing, ...]
    faults: tuple[OperatorFault, ...]

    def picture(self) -> Picture:
        """As pages are told it; `at` is a card's place."""
        cards = {
            f"{one.kind}:{one.id}": {"at": at, **msgspec.to_builtins(one)}
            for at, one in enumerate(self.things)
        }
        faults = msgspec.to_builtins(self.faults)
        return Picture({"bus": self.bus, "broken": self.broken, "watch": self.watch, "faults": faults}, cards)


def operator_view(floor: LiveState, now_ms: int, wall_ms: int) -> OperatorView:
    """The page at `now_ms` (monotonic), which is `wall_ms`."""
    today = things.today_of(wall_ms)
    facts = [found for id_ in floor.machine_ids() if (found := floor.facts(id_))]
    silent_s = max((found.session_silent_ms(now_ms) // 1000 for found in facts), default=0)
    running = sum(found.active_session() is not None for found in facts)
    cards = [
        things.broker(floor.bus),
        *things.stores(floor.stores()),
        *([] if floor.backup is None else [things.backup(floor.backup, wall_ms)]),
        *([] if floor.alerts is None else [things.alerts(floor.alerts)]),
        things.session_service(silent_s, running),
        *(things.unit(status) for status in floor.units(now_ms)),
        *(things.of_ledger(floor.ledger, found.state, today) for found in facts if found.state is not None),
        *(things.strap(state) for state in floor.straps()),
    ]
    ordered = sorted(cards, key=lambda one: RANK[one.verdict])
    return OperatorView(
        bus=floor.bus,
        broken=sum(one.verdict in ("danger", "fail") for one in cards),
        watch=sum(one.verdict == "warning" for one in cards),
        things=tuple(ordered),
        faults=tuple(
            _fault(one) for one in floor.incidents.latest_first() if for_operators(one.kind, one.cause)
        )[:FAULTS_SHOWN],
    )


def _fault(incident: RecentIncident) -> OperatorFault:
    return OperatorFault(
        at_ms=incident.at_ms,
        severity=incident.severity,
        where=incident.where,
        text=sentence(incident.kind, incident.cause, incident.text),
        fix=fix(incident.kind, incident.cause),
    )
