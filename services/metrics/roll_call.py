"""Who is there and how well, as the hub hears it: each unit, treadmill and strap of the site with the age of its last
word, and the metrics service itself. A board or an alert that reads it reads a state, and not a silence. Pure.

What its publisher takes back (`unit retire`, `fleet forget`) is on the roll no more, nor what its unit no longer has.
"""

from device_adapters.bus.roster import ROAMING
from device_adapters.contract.messages import (
    SessionView,
    StrapState,
    StrapTelemetry,
    TreadmillState,
    TreadmillTelemetry,
    UnitStatus,
)
from services.metrics import roll_rows
from services.metrics.heard import Heard, HeardSession, begun_ms
from services.metrics.points import Point
from services.metrics.roll_rows import WriterHealth

ROWS_MAX = 20_000


class RollCall:
    """Fed with what arrives (`now_ms`: monotonic); `points` is the roll."""

    def __init__(self) -> None:
        self._units: dict[str, Heard[UnitStatus]] = {}
        self._treadmills: dict[str, Heard[TreadmillState]] = {}
        self._straps: dict[str, Heard[StrapState]] = {}
        self._sessions: dict[str, HeardSession] = {}

    def unit(self, said: UnitStatus, now_ms: int, wall_ms: int, *, retained: bool) -> None:
        """A status; the broker's last word for a unit that vanished is not the unit's own."""
        at_ms = begun_ms(said.at_ms, now_ms, wall_ms, retained=retained)
        if said.unit not in self._units and self._full():
            return
        heard = self._units.setdefault(said.unit, Heard(said, at_ms, at_ms))
        heard.says(said, at_ms, there=said.online, own=said.online)
        for treadmill in self._treadmills.values():
            if treadmill.said.unit == said.unit:
                treadmill.freshness.said(said.boot)
        for strap in self._straps.values():
            if strap.said.unit == said.unit:
                strap.freshness.said(said.boot)

    def treadmill(self, said: TreadmillState, now_ms: int, wall_ms: int, *, retained: bool) -> None:
        """The state of a treadmill."""
        at_ms = begun_ms(said.at_ms, now_ms, wall_ms, retained=retained)
        if said.treadmill not in self._treadmills and self._full():
            return
        heard = self._treadmills.setdefault(said.treadmill, Heard(said, at_ms, at_ms))
        heard.says(said, at_ms, there=said.link == "connected", own=True)
        heard.freshness.said(self._boot(said.unit))

    def strap(self, said: StrapState, now_ms: int, wall_ms: int, *, retained: bool) -> None:
        """The state of a strap."""
        at_ms = begun_ms(said.at_ms, now_ms, wall_ms, retained=retained)
        if said.strap not in self._straps and self._full():
            return
        heard = self._straps.setdefault(said.strap, Heard(said, at_ms, at_ms))
        heard.says(said, at_ms, there=said.link == "connected", own=True)
        heard.freshness.said(self._boot(said.unit))

    def treadmill_measured(self, frame: TreadmillTelemetry, now_ms: int) -> None:
        """A measurement of a treadmill whose state was heard."""
        heard = self._treadmills.get(frame.treadmill)
        if heard is not None:
            heard.measures(frame, now_ms)

    def strap_measured(self, frame: StrapTelemetry, now_ms: int) -> None:
        """A measurement of a strap whose state was heard."""
        heard = self._straps.get(frame.strap)
        if heard is not None:
            heard.measures(frame, now_ms)

    def session(self, view: SessionView, now_ms: int) -> None:
        """A session's view."""
        known = self._sessions.get(view.treadmill)
        if known is not None and known.view.session == view.session:
            known.view, known.heard_ms = view, now_ms
        elif known is not None or len(self._sessions) < ROWS_MAX:
            began_ms = view.at_ms - round(view.elapsed_s * 1000)
            self._sessions[view.treadmill] = HeardSession(view, now_ms, began_ms)

    def began_ms(self, view: SessionView) -> int | None:
        """When a session began (wall time), as far as it was heard; None if it was not."""
        known = self._sessions.get(view.treadmill)
        return known.began_ms if known is not None and known.view.session == view.session else None

    def taken_back(self, kind: str, name: str) -> None:
        """Its retained word is gone; `kind`: unit, treadmill, strap or session (by its treadmill)."""
        known: dict[str, object] = {
            "unit": self._units, "treadmill": self._treadmills, "strap": self._straps, "session": self._sessions,
        }[kind]  # type: ignore[assignment]  # fmt: skip
        known.pop(name, None)

    def points(self, own: WriterHealth, now_ms: int, wall_ms: int) -> list[Point]:
        """The roll. While this service has no broker it knows nothing of others, and tells of itself only."""
        rows = [roll_rows.of_itself(own, wall_ms)]
        if own.lost_ms is not None:
            return rows
        rows += [roll_rows.of_unit(name, heard, now_ms, wall_ms) for name, heard in self._units.items()]
        for name, treadmill in self._treadmills.items():
            if self._has(treadmill.said.unit, name):
                session, online = self._sessions.get(name), self._is_online(treadmill.said.unit)
                rows.append(
                    roll_rows.of_treadmill(name, treadmill, session, now_ms, wall_ms, unit_online=online)
                )
        rows += [
            roll_rows.of_strap(name, strap, now_ms, wall_ms)
            for name, strap in self._straps.items()
            if self._has(strap.said.unit, name)
        ]
        return rows

    def _full(self) -> bool:
        return len(self._units) + len(self._treadmills) + len(self._straps) >= ROWS_MAX

    def _boot(self, unit: str) -> str:
        return self._units[unit].said.boot if unit in self._units else ""

    def _is_online(self, unit: str) -> bool:
        return unit not in self._units or self._units[unit].lost_ms is None

    def _has(self, unit: str, device: str) -> bool:
        """Is it a device of that unit, as far as is known? A strap without a place stands in no list."""
        if unit not in self._units:
            return True
        said = self._units[unit].said
        listed = (*said.treadmills, *said.straps)
        return not listed or device in listed or bool(ROAMING.fullmatch(device))
