"""What is asked besides of a treadmill on a cable: which way it runs, what it speaks, what it does without its cable.

Its telemetry is in the unit of its commands and has its own idea of a direction, so a person counts and looks. Only its
communication timer stops it when nobody speaks to it any more, so the cable and its adapter are pulled by hand.
"""

from dataclasses import replace

from device_adapters.commission.findings import kmh_text
from device_adapters.commission.notebook import Notebook
from device_adapters.commission.ride import CutShortError, Ride
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Arrangement

LOST = (Cause.LINE_SILENT, Cause.LINK_LOST)
PULLS = {
    "cable": "the cable, at the treadmill",
    "adapter": "the adapter, out of the computer",
}


class CableChecks:
    """The checks of one commissioning. `reversed`: its belt is to run backward."""

    def __init__(self, book: Notebook, arrangement: str) -> None:
        self._book = book
        self._reversed = arrangement == Arrangement.BELT_REVERSED
        self._revision: str | None = None

    async def direction(self, ride: Ride) -> None:
        """At the first movement: which way does it run, as a person sees it? CutShortError if it is the wrong one."""
        seen = await self._book.ask(ride, self._book.person.runs_backward())
        way = {True: "backward", False: "forward", None: "nobody looked"}[seen]
        right = seen is self._reversed
        wanted = "backward" if self._reversed else "forward"
        self._book.tell("direction", right, f"{way}; {wanted} in its settings")
        if seen is None:
            self._book.note("not proven: the way that it runs; nobody looked")
        elif not right:
            raise CutShortError(f"it runs {way}, and is to run {wanted}", Cause.WRONG_DIRECTION)
        self._book.findings = replace(self._book.findings, direction_right=right)

    def dialect(self, ride: Ride) -> None:
        """What a Woodway tells as its revision stays; of a Trackmaster the same bytes are the speed last set."""
        now, before = ride.said.firmware, self._revision
        self._revision = now
        if before is None or before == now:
            return
        text = f"its revision was {before!r} and is {now!r}: that is a set speed, of another maker's machine"
        self._book.tell("dialect", False, text)
        self._book.findings = replace(self._book.findings, units_right=False)
        raise CutShortError(text, Cause.LINE_GARBLED)

    async def pulled(self, ride: Ride, what: str) -> bool:
        """The belt runs at its minimum: does it come to rest by itself once this is pulled? Not if it was not tried."""
        speed = kmh_text(ride.speed_ckmh or 0)
        rested = await self._book.ask(ride, self._book.person.pulled(PULLS[what]), look=lambda: None)
        lost = ride.state.latched in LOST
        if rested is None or not lost:
            how = "nobody pulled it" if rested is None else "the line was not lost meanwhile"
            self._book.note(f"not proven: that it stops without its {what}; {how}")
            self._book.tell(what, False, how)
            return False
        said = "at rest within 6 s" if rested else "IT RAN ON"
        self._book.tell(what, rested, f"{said}, from {speed} km/h")
        if not rested:
            self._book.note(f"it runs on without its {what}")
        return rested
