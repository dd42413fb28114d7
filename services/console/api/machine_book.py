"""The machine book, for a program that plans services."""

from fastapi.routing import APIRouter

from device_adapters.units import HOUR_MS
from services.console.api.answers import MachineAnswer, MachineBookAnswer
from services.console.context import Console
from services.console.operator import book


def machine_book(console: Console) -> APIRouter:
    """The route of the machine book."""
    router = APIRouter(tags=["treadmills"])

    @router.get("/machine-book")
    async def every_machine() -> MachineBookAnswer:
        """What each treadmill did since it is counted, and what is due."""
        return MachineBookAnswer(
            site=console.floor.site,
            machines=[_machine(console, id_) for id_ in console.floor.machine_ids()],
        )

    return router


def _machine(console: Console, id_: str) -> MachineAnswer:
    entry, facts = console.machine_book.of(id_), console.floor.facts(id_)
    state = facts.state if facts is not None else None
    commissioned = state.commissioned[:10] if state is not None else ""
    left = entry.service_left_h
    return MachineAnswer(
        id=id_,
        name=console.floor.ledger.name(id_),
        model="" if state is None else state.model,
        since=book.day_of(entry.since_ms),
        moved_h=round(entry.moved_ms / HOUR_MS, 2),
        moved_km=round(entry.moved_m / 1_000, 2),
        starts=entry.starts,
        faults=entry.faults,
        firmware={one.version: book.day_of(one.at_ms) for one in entry.firmware},
        commissioned=commissioned,
        commission_again=book.changed_since(entry, commissioned) is not None,
        out_of_use=console.floor.ledger.out_of_use(id_),
        service_every_h=entry.service_every_h,
        service_left_h=None if left is None else round(left, 2),
        serviced=book.day_of(entry.serviced_ms) if entry.serviced_ms else "",
    )
