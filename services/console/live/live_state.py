"""The live picture of the floor, reduced from the bus. Pure: each message comes with the time of its arrival.

Newest value only; nothing here grows without a bound.
"""

from collections.abc import Sequence

import msgspec

from device_adapters.contract import messages as m
from device_adapters.contract.doubles import Doubles
from device_adapters.contract.oddities import Odd
from device_adapters.contract.served import drill_is_over, served
from device_adapters.contract.standing import OUT_OF_REACH
from device_adapters.drill import DRILL
from services.console import tile_words
from services.console.event_words import sentence
from services.console.live.class_board import ClassHeard
from services.console.live.facts import StrapFacts, TreadmillFacts
from services.console.live.incidents import Incidents, RecentIncident
from services.console.live.ledger import NO_LEDGER, Ledger
from services.console.live.member_view import MemberPicture, member_picture
from services.console.live.nearby_straps import NearStraps, near_straps
from services.console.live.picture import Picture
from services.console.live.tile import Tile, as_drill, tile
from services.rules import unit_health
from services.rules.site import DEVICES_MAX, SETTLED_MS

INCIDENTS_SHOWN = 3


class FloorView(msgspec.Struct, frozen=True, kw_only=True):
    """The whole floor at one moment."""

    site: str
    bus: bool
    moving: int
    incident_count: int
    incidents: tuple[RecentIncident, ...]
    tiles: tuple[Tile, ...]

    @property
    def machines(self) -> tuple[Tile, ...]:
        """The tiles of treadmills that are there: without the drill."""
        return tuple(tile for tile in self.tiles if not tile.drill)

    def picture(self) -> Picture:
        """As staff's pages are told it."""
        floor = {
            "bus": self.bus,
            "moving": self.moving,
            "treadmills": len(self.machines),
            "incident_count": self.incident_count,
            "incidents": self.incidents,
        }
        return Picture(floor, {tile.id: msgspec.structs.asdict(tile) for tile in self.tiles})


class LiveState:
    """One site's floor. More than DEVICES_MAX treadmills, straps or units are not taken in."""

    def __init__(self, site: str, ledger: Ledger = NO_LEDGER) -> None:
        self.site = site
        self.ledger = ledger
        self.bus = False
        self._line_since_ms = 0
        self._treadmills: dict[str, TreadmillFacts] = {}
        self._straps: dict[str, StrapFacts] = {}
        self._units: dict[str, m.UnitStatus] = {}
        self._units_heard_ms: dict[str, int] = {}
        self._doubles = Doubles()
        self._nearby: dict[str, tuple[m.Nearby, int]] = {}
        self._stores: dict[str, m.StoreStatus] = {}
        self.alerts: m.AlertsStatus | None = None
        self.backup: m.BackupStatus | None = None
        self.incidents = Incidents()
        self.heard_class = ClassHeard()
        self._spare = TreadmillFacts(id="", seen_ms=0)

    def treadmill_ids(self) -> list[str]:
        """Every treadmill that may be there: not those that were renamed, or that their unit has no more."""
        return sorted(id_ for id_, facts in self._treadmills.items() if self._there(facts))

    def machine_ids(self) -> list[str]:
        """The same without the drill, which is no machine."""
        return [id_ for id_ in self.treadmill_ids() if id_ != DRILL]

    def _there(self, facts: TreadmillFacts) -> bool:
        unit = self._units.get(facts.unit)
        if drill_is_over(facts.id, unit):
            return False
        if facts.state is not None:
            return served(facts.state, unit)
        if facts.active_session() is not None or facts.measured_ms is not None:
            return True
        if unit is None:
            return facts.session is None  # of a session that ended on a belt of nobody, only its end is kept
        return not unit.online or facts.id in unit.treadmills

    def strap_ids(self) -> list[str]:
        """Every strap ever heard of."""
        return sorted(self._straps)

    def units(self, now_ms: int) -> list[m.UnitStatus]:
        """What every unit said last, the drill's apart; one that is silent for too long on a broker that is there is
        not online."""
        silent_ms = {
            id_: now_ms - heard_ms if self.bus else 0 for id_, heard_ms in self._units_heard_ms.items()
        }
        return [
            unit_health.by_now(self._units[id_], silent_ms[id_])
            for id_ in sorted(self._units)
            if id_ != DRILL
        ]

    def straps(self) -> list[m.StrapState]:
        """How every strap is."""
        states = (self._straps[id_].state for id_ in self.strap_ids())
        return [state for state in states if state is not None]

    def stores(self) -> list[m.StoreStatus]:
        """Who stores what is measured."""
        return [self._stores[id_] for id_ in sorted(self._stores)]

    def facts(self, treadmill: str) -> TreadmillFacts | None:
        """What is known of one treadmill."""
        return self._treadmills.get(treadmill)

    def out_of_reach(self, treadmills: Sequence[str], now_ms: int) -> list[str]:
        """Those of these whose units are not known to hear a stop."""
        tiles = ((id_, self.tile(id_, now_ms)) for id_ in treadmills)
        return [id_ for id_, made in tiles if made is None or made.state in OUT_OF_REACH]

    def tile(self, treadmill: str, now_ms: int) -> Tile | None:
        """One treadmill's tile."""
        facts = self._treadmills.get(treadmill)
        return None if facts is None else self._tile(facts, self._worn(), now_ms)

    def view(self, now_ms: int) -> FloorView:
        """The floor at `now_ms`."""
        worn = self._worn()
        tiles = tuple(self._tile(self._treadmills[id_], worn, now_ms) for id_ in self.treadmill_ids())
        return FloorView(
            site=self.site,
            bus=self.bus,
            moving=sum(t.fresh and t.may_move and not t.drill for t in tiles),
            incident_count=len(self.incidents),
            incidents=tuple(
                msgspec.structs.replace(
                    shown,
                    where=self.ledger.name(shown.where),
                    text=tile_words.by_role(sentence(shown.kind, shown.cause, shown.text)),
                )
                for shown in self.incidents.latest_first()[:INCIDENTS_SHOWN]
            ),
            tiles=tiles,
        )

    def sessions(self) -> dict[str, m.SessionView]:
        """The last session of each treadmill, ended or not, by treadmill."""
        return {id_: facts.session for id_, facts in self._treadmills.items() if facts.session is not None}

    def over_ms(self, treadmill: str, now_ms: int, wall_ms: int) -> int:
        """For how long this treadmill's last session has been over; 0 while one runs."""
        return self._treadmills[treadmill].over_ms(now_ms, wall_ms)

    def training(self, member: str) -> str:
        """The treadmill on which this member's session runs; empty: none does."""
        live = ((id_, facts.active_session()) for id_, facts in self._treadmills.items())
        return next((id_ for id_, view in live if view is not None and view.member == member), "")

    def member(self, treadmill: str, session: m.SessionView, now_ms: int) -> MemberPicture:
        """What the member of this session sees."""
        facts = self._treadmills[treadmill]
        return member_picture(
            facts, self._units.get(facts.unit), self._straps.get(session.strap), session, now_ms
        )

    def connection(self, up: bool, now_ms: int) -> None:
        """The console's own connection to the broker came or went."""
        self.bus, self._line_since_ms = up, now_ms

    def settled(self, now_ms: int) -> bool:
        """Was everybody heard who is there? Not by a console whose line is new, or away."""
        return self.bus and now_ms - self._line_since_ms >= SETTLED_MS

    def unit_status(self, id_: str, status: m.UnitStatus, now_ms: int) -> None:
        """A unit came, changed or vanished (its last will)."""
        if self._doubles.heard(status, now_ms) and Odd.ANOTHER_UNIT not in status.odd:
            status = msgspec.structs.replace(status, odd=(*status.odd, Odd.ANOTHER_UNIT))
        if id_ in self._units or len(self._units) < DEVICES_MAX:
            self._units[id_], self._units_heard_ms[id_] = status, now_ms
        for treadmill in status.treadmills:
            facts = self._facts(treadmill, now_ms)
            facts.unit = facts.unit or id_

    def unit_gone(self, id_: str) -> None:
        """A unit was retired: nobody has to assume anything of it any more."""
        self._units.pop(id_, None)
        self._units_heard_ms.pop(id_, None)
        self._nearby.pop(id_, None)
        self._doubles.gone(id_)

    def treadmill_gone(self, id_: str) -> None:
        """A treadmill was taken away."""
        self._treadmills.pop(id_, None)

    def strap_gone(self, id_: str) -> None:
        """A strap was taken away, or is nobody's any more."""
        self._straps.pop(id_, None)

    def store_gone(self, id_: str) -> None:
        """A metrics service was renamed or taken away."""
        self._stores.pop(id_, None)

    def store_status(self, id_: str, status: m.StoreStatus) -> None:
        """A metrics service came or vanished (its last will)."""
        if id_ in self._stores or len(self._stores) < DEVICES_MAX:
            self._stores[id_] = status

    def backup_status(self, status: m.BackupStatus | None) -> None:
        """A backup left the hub, or did not; None: that is not told any more."""
        self.backup = status

    def alerts_status(self, status: m.AlertsStatus | None) -> None:
        """The alert service came, changed or vanished (its last will); None: there is none any more."""
        self.alerts = status

    def nearby(self, id_: str, said: m.Nearby, now_ms: int) -> None:
        """A unit told which straps it hears."""
        if id_ in self._nearby or len(self._nearby) < DEVICES_MAX:
            self._nearby[id_] = said, now_ms

    def straps_near(self, treadmill: str, asked_ms: int, now_ms: int) -> NearStraps:
        """The free straps that a treadmill's unit hears."""
        said, said_ms = self._nearby.get(self._facts(treadmill, now_ms).unit, (None, now_ms))
        return near_straps(said, said_ms, asked_ms, now_ms)

    def treadmill_state(self, id_: str, state: m.TreadmillState, now_ms: int) -> None:
        """A treadmill's link, belt, limits or latch changed."""
        facts = self._facts(id_, now_ms)
        facts.state, facts.unit = state, state.unit
        facts.freshness.said(state.boot)

    def treadmill_telemetry(self, id_: str, frame: m.TreadmillTelemetry, now_ms: int) -> None:
        """A measurement, if it is one of now."""
        facts = self._facts(id_, now_ms)
        age_ms = facts.freshness.age_ms(frame.boot, frame.seq, frame.age_ms, now_ms)
        if age_ms is None:
            return
        if frame.incline_pct is not None:
            facts.incline_pct = frame.incline_pct
        if frame.speed_kmh is not None:
            facts.speed_kmh, facts.measured_ms = frame.speed_kmh, now_ms - age_ms

    def strap_state(self, id_: str, state: m.StrapState) -> None:
        """A strap's link or place changed."""
        if strap := self._strap(id_):
            strap.state = state
            strap.freshness.said(state.boot)

    def strap_telemetry(self, id_: str, frame: m.StrapTelemetry, now_ms: int) -> None:
        """A heart rate, if it is one of now."""
        strap = self._strap(id_)
        if strap is None:
            return
        age_ms = strap.freshness.age_ms(frame.boot, frame.seq, frame.age_ms, now_ms)
        if age_ms is not None:
            strap.hr_bpm, strap.contact, strap.measured_ms = frame.hr_bpm, frame.contact, now_ms - age_ms

    def session_view(self, id_: str, session: m.SessionView, now_ms: int) -> None:
        """A session as the session service sees it."""
        self._facts(id_, now_ms).session_told(session, now_ms)

    def cue(self, id_: str, cue: m.Cue, now_ms: int) -> None:
        """Something that the member is told."""
        facts = self._facts(id_, now_ms)
        facts.cue, facts.cue_ms = cue, now_ms

    def _facts(self, id_: str, now_ms: int) -> TreadmillFacts:
        facts = self._treadmills.get(id_)
        if facts is None:
            if len(self._treadmills) >= DEVICES_MAX:
                return self._spare
            facts = self._treadmills[id_] = TreadmillFacts(id=id_, seen_ms=now_ms)
        return facts

    def _strap(self, id_: str) -> StrapFacts | None:
        if id_ not in self._straps and len(self._straps) < DEVICES_MAX:
            self._straps[id_] = StrapFacts()
        return self._straps.get(id_)

    def _worn(self) -> dict[str, str]:
        pairs = sorted((id_, s.state.treadmill) for id_, s in self._straps.items() if s.state is not None)
        return {treadmill: strap for strap, treadmill in reversed(pairs) if treadmill}

    def _tile(self, facts: TreadmillFacts, worn: dict[str, str], now_ms: int) -> Tile:
        """With the treadmill's unit, and the strap of its session, else the one usually worn there, else the one of
        the last session while it is at no other treadmill: the member may still stand there."""
        session = facts.active_session()
        strap = (session.strap if session is not None else "") or worn.get(facts.id, "")
        last = facts.session
        if not strap and last is not None and last.strap in self._straps:
            state = self._straps[last.strap].state
            strap = last.strap if state is None or state.treadmill in ("", facts.id) else ""
        made = tile(facts, self._units.get(facts.unit), self._straps.get(strap), now_ms)
        if facts.id == DRILL:
            return as_drill(made)
        label, mark = self.ledger.label(facts.id), self.ledger.out_of_use(facts.id)
        commissioned = facts.state.commissioned if facts.state is not None else ""
        defect = self.ledger.defect(facts.id, commissioned)
        told = tile_words.defect(defect) if defect is not None and not mark and not made.in_danger else ""
        made = msgspec.structs.replace(made, name=label.name or facts.id, place=label.place, defect=told)
        return msgspec.structs.replace(made, out_of_use=mark, can_start=False) if mark else made
