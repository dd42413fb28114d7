"""What the bus may ask of a unit's belts: leases, commands, stops; and what they do when the bus is gone."""

from collections.abc import Callable, Mapping

import msgspec

from device_adapters.bus.port import Bus, Incoming
from device_adapters.clock import Clock
from device_adapters.contract import messages, registry
from device_adapters.contract.boundary import worded
from device_adapters.contract.keys import units
from device_adapters.errors import MessageError, UnitError
from device_adapters.safety.envelope_state import Phase
from device_adapters.safety.events import Note
from device_adapters.safety.hazards import Cause
from device_adapters.seldom import Seldom
from device_adapters.unit.reporter import Reporter
from device_adapters.unit.treadmill import TreadmillAdapter
from device_adapters.unreadable import UNREADABLE

BROKER_BACK_MS = 3_000


class UnitOrders:
    """Subscribes for the belts of one unit. `strap_wanted` hears, with each lease taken, of the strap it names;
    `updated_now`: is this machine being updated, so that no free belt may be leased?"""

    def __init__(
        self,
        site: str,
        bus: Bus,
        reporter: Reporter,
        clock: Clock,
        treadmills: Mapping[str, TreadmillAdapter],
        strap_wanted: Callable[[str, str], None],
        updated_now: Callable[[], bool],
    ) -> None:
        self._seldom = Seldom()
        self._site = site
        self._reporter = reporter
        self._clock = clock
        self._treadmills = treadmills
        self._strap_wanted = strap_wanted
        self._updated_now = updated_now
        self.hand_stop_works: Callable[[str], bool] = lambda _treadmill: False
        for treadmill in treadmills.values():
            self._listen(bus, treadmill)
        bus.subscribe(registry.STOP_ALL.topic(site), self._stop_all)
        bus.on_connection(self._connection)

    def _listen(self, bus: Bus, treadmill: TreadmillAdapter) -> None:
        site = self._site
        bus.subscribe(registry.LEASE.topic(site, treadmill.id), lambda m: self._lease(treadmill, m))
        bus.subscribe(registry.COMMAND.topic(site, treadmill.id), lambda m: self._command(treadmill, m))
        bus.subscribe(
            registry.STOP_ONE.topic(site, treadmill.id),
            lambda m: treadmill.stop(Cause.STOP_PRESSED, registry.stopper_in(m.payload)),
        )

    def _lease(self, treadmill: TreadmillAdapter, incoming: Incoming) -> None:
        try:
            lease = registry.LEASE.decode(incoming.payload)
            if treadmill.phase is Phase.OBSERVING and self._updated_now():
                note = Note(kind="lease_refused", cause="unit_updated", severity="warning")
                self._reporter.event(note, treadmill=treadmill.id)
                return
            treadmill.lease(lease)
            if lease.strap and treadmill.is_leased_by(lease):
                self._strap_wanted(treadmill.id, lease.strap)
        except (MessageError, UnitError) as e:
            self._malformed(treadmill.id, str(e))

    def _command(self, treadmill: TreadmillAdapter, incoming: Incoming) -> None:
        if incoming.retained:
            self._malformed(treadmill.id, "a retained command is never taken")
            return
        if _asks_to_stop(incoming.payload):
            treadmill.command(_stop_in(incoming.payload))
            return
        try:
            treadmill.command(registry.COMMAND.decode(incoming.payload))
        except (MessageError, UnitError) as e:
            result = messages.Result(
                id=_id_in(incoming.payload),
                treadmill=treadmill.id,
                outcome="refused",
                at_ms=self._clock.wall_ms(),
                cause="malformed",
                text=str(e),
            )
            self._reporter.decision(registry.RESULT, result, treadmill.id)
            self._malformed(treadmill.id, str(e))

    def _malformed(self, treadmill: str, why: str) -> None:
        nth = self._seldom.nth(treadmill)
        if not nth:
            return
        note = Note(kind="refused", cause="malformed", text=why, severity="warning")
        if nth > 1:
            note = worded(note, units.said_so_often(why, nth))
        self._reporter.event(note, treadmill=treadmill)

    def _connection(self, up: bool) -> None:
        """Without the bus no stop reaches a belt that moves: it is ramped down. Where a button or clicker stops it, a
        broker may take some seconds to start again; the lease runs out meanwhile as it always does.
        """
        if up:
            return
        for treadmill in self._treadmills.values():
            if treadmill.gate.envelope.phase is not Phase.MOVING:
                continue
            if self.hand_stop_works(treadmill.id):
                treadmill.freeze(BROKER_BACK_MS)
            else:
                treadmill.stop(Cause.BROKER_LOST, "")

    def _stop_all(self, incoming: Incoming) -> None:
        for treadmill in self._treadmills.values():
            treadmill.stop(Cause.STOP_PRESSED, registry.stopper_in(incoming.payload))


def _read(payload: bytes) -> dict[str, object]:
    """A command as far as it can be read at all."""
    try:
        said = msgspec.json.decode(payload)
    except UNREADABLE:
        return {}
    return said if isinstance(said, dict) else {}


def _asks_to_stop(payload: bytes) -> bool:
    """Is this a command to stop, whatever else it holds?"""
    return _read(payload).get("verb") == "stop"


def _stop_in(payload: bytes) -> messages.Command:
    said = _read(payload)
    by = said.get("by")
    return messages.Command(
        id=_id_in(payload) or "stop", verb="stop", by=by[:200] if isinstance(by, str) else ""
    )


def _id_in(payload: bytes) -> str:
    """The id of a command that is otherwise not understood."""
    return str(_read(payload).get("id", ""))[:60]
