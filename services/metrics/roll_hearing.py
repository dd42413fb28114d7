"""The ears of the roll call: it hears the retained words of a site itself, whoever of several writers stores them."""

import contextlib
from collections.abc import Callable

import msgspec

from device_adapters.bus.port import Bus, Incoming
from device_adapters.bus.roster import Roster, Standing
from device_adapters.clock import Clock
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.registry import Channel
from device_adapters.drill import of_drill
from device_adapters.errors import MessageError
from services.metrics.roll_call import RollCall

_KINDS = {
    registry.UNIT_STATUS.path: "unit", registry.TREADMILL_STATE.path: "treadmill",
    registry.STRAP_STATE.path: "strap", registry.SESSION_VIEW.path: "session",
}  # fmt: skip


class RollHearing:
    """Feeds `roll` from `bus`. `lost_ms`: for how long there has been no broker; None while there is one."""

    def __init__(self, bus: Bus, site: str, clock: Clock, roster: Roster) -> None:
        self.roll = RollCall()
        self._clock = clock
        self._roster = roster
        self._lost_at_ms: int | None = clock.now_ms()
        bus.on_connection(self._connection)
        for channel in (
            registry.UNIT_STATUS, registry.TREADMILL_STATE, registry.STRAP_STATE, registry.SESSION_VIEW
        ):  # fmt: skip
            bus.subscribe(channel.topic(site, "+"), self._ear(channel))

    @property
    def lost_ms(self) -> int | None:
        """For how long there is no broker; None while there is one."""
        return None if self._lost_at_ms is None else self._clock.now_ms() - self._lost_at_ms

    def measured(self, frame: msgspec.Struct) -> None:
        """A measurement that is stored here."""
        match frame:
            case m.TreadmillTelemetry():
                self.roll.treadmill_measured(frame, self._clock.now_ms())
            case m.StrapTelemetry():
                self.roll.strap_measured(frame, self._clock.now_ms())

    def _connection(self, up: bool) -> None:
        self._lost_at_ms = None if up else self._clock.now_ms()

    def _ear(self, channel: Channel[m.UnitStatus] | Channel[m.TreadmillState] | Channel[m.StrapState]
             | Channel[m.SessionView]) -> Callable[[Incoming], None]:  # fmt: skip
        def hear(incoming: Incoming) -> None:
            if not incoming.payload:
                self.roll.taken_back(_KINDS[channel.path], incoming.topic.split("/")[-2])
                return
            with contextlib.suppress(MessageError):
                id, said = channel.read(incoming.topic, incoming.payload)
                if self._roster.judge(id, said) is not Standing.FOREIGN and not of_drill(id, said):
                    self._hear(said, retained=incoming.retained)

        return hear

    def _hear(self, said: msgspec.Struct, *, retained: bool) -> None:
        now_ms, wall_ms = self._clock.now_ms(), self._clock.wall_ms()
        match said:
            case m.UnitStatus():
                self.roll.unit(said, now_ms, wall_ms, retained=retained)
            case m.TreadmillState():
                self.roll.treadmill(said, now_ms, wall_ms, retained=retained)
            case m.StrapState():
                self.roll.strap(said, now_ms, wall_ms, retained=retained)
            case m.SessionView():
                self.roll.session(said, now_ms)
