"""What became of a stop, the same at every door: staff's pages, a member's page, REST."""

from dataclasses import dataclass

from services.console import hearing, words
from services.console.context import Console

PRESSED = "pressed in the console"
OVER_REST = "asked for over REST"


@dataclass(frozen=True, slots=True)
class StopAnswer:
    """`unknown`: it was sent to a treadmill that is not there; `unheard`: to nobody who was heard yet; `out_of_reach`:
    treadmills whose units are not known to hear it."""

    text: str
    delivered: bool
    unknown: bool
    unheard: bool
    out_of_reach: list[str]

    @property
    def ok(self) -> bool:
        """Did the broker take it, for treadmills that are known?"""
        return self.delivered and not self.unknown

    @property
    def alarm(self) -> bool:
        """Does a belt have to be stopped by hand?"""
        return not self.delivered or self.unheard or bool(self.out_of_reach)

    @property
    def status(self) -> int:
        """The HTTP status: 200, 404 of none here, 503 not delivered."""
        return 503 if not self.delivered else 404 if self.unknown else 200


async def stop(console: Console, by: str, why: str, treadmill: str = "") -> StopAnswer:
    """Stop that treadmill, else all, and say what became of it. Nothing is asked before it is sent."""
    delivered = await console.stops.one(treadmill, by, why) if treadmill else await console.stops.all(by, why)
    unheard = delivered and not await _heard(console, treadmill)
    unknown = unheard and bool(treadmill) and hearing.strange(console, treadmill)
    known = console.floor.treadmill_ids()
    beyond = console.floor.out_of_reach([treadmill] if treadmill else known, console.clock.now_ms())
    if not delivered:
        text = words.not_delivered()
    elif unheard:
        more = words.unknown_stop(treadmill, known) if unknown else words.not_heard_yet(treadmill)
        text = f"{words.stop_sent(treadmill)} {more}"
    else:
        name = console.floor.ledger.name
        far = words.out_of_reach([name(each) for each in beyond]) if beyond else ""
        text = f"{words.stop_sent(name(treadmill) if treadmill else '')} {far}".rstrip()
    return StopAnswer(text, delivered=delivered, unknown=unknown, unheard=unheard, out_of_reach=beyond)


async def _heard(console: Console, treadmill: str) -> bool:
    """Is it known to whom the stop went: to that treadmill, or to any?"""
    if treadmill:
        return await hearing.treadmill(console, treadmill)
    return await hearing.until(console, lambda: bool(console.floor.treadmill_ids()))
