"""The machine book as a page: a card for each treadmill, what is due first. Pure."""

from collections.abc import Callable

from device_adapters.safety.hazards import Cause
from device_adapters.units import HOUR_MS
from services.console.event_words import sentence
from services.console.languages import say
from services.console.live.live_state import LiveState
from services.console.operator import book
from services.console.operator.book import BookEntry
from services.console.operator.things import RANK, Thing, Trouble, thing
from services.texts.figures import fixed, plain


def cards(floor: LiveState, entry_of: Callable[[str], BookEntry]) -> tuple[Thing, ...]:
    """A card for each treadmill, in the order of what is wrong."""
    found = (_card(floor, id_, entry_of(id_)) for id_ in floor.machine_ids())
    return tuple(sorted(found, key=lambda one: RANK[one.verdict]))


def _card(floor: LiveState, id_: str, entry: BookEntry) -> Thing:
    facts = floor.facts(id_)
    state = facts.state if facts is not None else None
    commissioned = state.commissioned if state is not None else ""
    told = [
        (say("Moved"), f"{fixed(entry.moved_ms / HOUR_MS)} h, {fixed(entry.moved_m / 1_000)} km"),
        (say("Starts"), plain(entry.starts)),
        (say("Faults"), _faults(entry)),
        (say("Firmware"), ", ".join(f"{one.version} ({book.day_of(one.at_ms)})" for one in entry.firmware)),
        (say("Model"), state.model if state is not None else ""),
        (say("Commissioned"), commissioned[:10]),
        (say("Maintenance"), _service(entry)),
        (say("Counted since"), book.day_of(entry.since_ms)),
    ]
    return thing("treadmill", id_, _troubles(floor, id_, entry, commissioned), told)


def _troubles(floor: LiveState, id_: str, entry: BookEntry, commissioned: str) -> list[Trouble]:
    found = []
    if out_of_use := floor.ledger.out_of_use(id_):
        found.append(Trouble("warning", out_of_use, say("Back in use: on its page, once it is in order.")))
    if (newest := book.changed_since(entry, commissioned)) is not None:
        text = say(
            "Its firmware changed to {version} on {day}.",
            version=newest.version,
            day=book.day_of(newest.at_ms),
        )
        found.append(Trouble("warning", text, f"backstride commission {id_}"))
    left = entry.service_left_h
    if left is not None and left <= 0:
        text = say("Its service is due: it moved {hours} h longer than asked for.", hours=fixed(-left))
        found.append(Trouble("warning", text, say("Have it serviced, then say so below.")))
    return found


def _faults(entry: BookEntry) -> str:
    """The most frequent first."""
    ordered = sorted(entry.faults.items(), key=lambda one: (-one[1], one[0]))
    return "; ".join(f"{plain(count)} × {_words(cause)}" for cause, count in ordered) or say("No faults")


def _words(cause: str) -> str:
    return sentence("hazard", cause, "").rstrip(".") if cause in set(Cause) else cause


def _service(entry: BookEntry) -> str:
    last = book.day_of(entry.serviced_ms) if entry.serviced_ms else ""
    left = entry.service_left_h
    if left is None:
        return say("last on {day}", day=last) if last else ""
    due = say("each {hours} h, {left} h left", hours=plain(entry.service_every_h), left=fixed(max(0.0, left)))
    return f"{due}, " + say("last on {day}", day=last) if last else due
