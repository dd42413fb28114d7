"""Zwift ZWO run workouts → Draft (domain.md §5). Pure.

A run's targets are fractions of a pace; `full_kmh` says which speed 100 % is. Durations are seconds or metres, as the
file's durationType says; where it says nothing, a person has to.
"""

from typing import Literal, get_args
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from services.programme.foreign.draft import Draft, DraftStep
from services.programme.model import Kind

Lengths = Literal["time", "distance"]

_KINDS = {"Warmup": Kind.WARMUP, "Cooldown": Kind.COOLDOWN, "SteadyState": Kind.ACTIVE, "Ramp": Kind.ACTIVE}
_KNOWN = ("Duration", "Power", "PowerLow", "PowerHigh", "pace")
_KNOWN_REPEAT = ("Repeat", "OnDuration", "OffDuration", "OnPower", "OffPower", "pace")
_ONCE = ("sportType", "durationType", "workout")


def draft(text: str, name: str, full_kmh: float | None, lengths: Lengths | None = None) -> Draft:
    """What the file says; a file that is not XML, or not of a run, is a fault.

    `lengths` says what its durations are where the file does not (older ones lack the durationType).
    """
    found = Draft(name=name)
    try:
        root = fromstring(text)
    except (ParseError, DefusedXmlException, ValueError) as e:
        found.faults.append(f"not a ZWO file: {type(e).__name__}: {e}")
        return found
    counts = {tag: len(root.findall(tag)) for tag in _ONCE}
    found.faults += [f"{count} {tag}s; leave one" for tag, count in counts.items() if count > 1]
    if found.faults:
        return found
    sport = (root.findtext("sportType") or "").strip().lower()
    workout = root.find("workout")
    if workout is None or sport != "run":
        found.faults.append(
            f"sportType is {sport or 'missing'}; only runs (sportType run, with a workout) can be read"
        )
        return found
    if full_kmh is None:
        found.faults.append("its speeds are fractions of a pace; say with --full-kmh which speed is 100 %")
        return found
    found.name = (root.findtext("name") or name).strip()
    kind = (root.findtext("durationType") or lengths or "").strip().lower()
    if kind not in get_args(Lengths):
        found.faults.append(
            f"durationType is {kind or 'missing'}: are its durations seconds or metres? Say so with --lengths time or "
            "--lengths distance"
        )
        return found
    reader = _Reader(found, full_kmh, kind == "distance")
    for number, element in enumerate(workout, 1):
        reader.read(element, f"{number} {element.tag}")
    if len(reader.paces) > 1:
        found.faults.append(
            f"its fractions are of several paces ({', '.join(sorted(reader.paces))}); write one"
        )
    return found


def _at(event: Element) -> tuple[float, str] | None:
    """Where in its step a text comes, and in which unit; None where that cannot be read."""
    time, distance = event.get("timeoffset"), event.get("distoffset")
    try:
        return (float(time), "s") if time else (float(distance or 0), "m")
    except ValueError:
        return None


def _is_text(inner: Element) -> bool:
    return inner.tag.lower() == "textevent"


class _Reader:
    def __init__(self, found: Draft, full_kmh: float, metres: bool) -> None:
        self._found = found
        self._full_kmh = full_kmh
        self._metres = metres
        self.paces: set[str] = set()

    def read(self, element: Element, where: str) -> None:
        """One element of the workout."""
        self.paces |= {element.get("pace", "")} - {""}
        if element.tag == "IntervalsT":
            self._repeat(element, where)
        elif element.tag in _KINDS:
            self._plain(element, where)
        else:
            self._found.faults.append(
                f"step {where}: has no speed, so it cannot be a step on a belt; remove it"
            )

    def _plain(self, element: Element, where: str) -> None:
        self._others(element, where, _KNOWN)
        ends = [
            self._number(element, key, where)
            for key in ("Power", "PowerLow", "PowerHigh")
            if element.get(key)
        ]
        if len(set(ends)) > 1:
            self._found.left_out.append(
                f"step {where}: a ramp is not known here; one speed is kept, the slower end"
            )
        step = self._step(element, where, _KINDS[element.tag], "Duration", min(ends, default=0.0))
        if step is not None:
            self._found.groups.append((1, [step]))

    def _repeat(self, element: Element, where: str) -> None:
        self._others(element, where, _KNOWN_REPEAT)
        times = self._number(element, "Repeat", where)
        if times % 1:
            self._found.faults.append(
                f"step {where}: Repeat = {element.get('Repeat')!r} is not a whole number"
            )
        self._no_cue(element, where)
        work, rest = (
            self._step(element, where, kind, f"{part}Duration", self._number(element, f"{part}Power", where))
            for kind, part in ((Kind.INTERVAL, "On"), (Kind.RECOVERY, "Off"))
        )
        if work is None or rest is None or times <= 0:
            return
        if rest.speed_kmh > work.speed_kmh:
            self._found.faults.append(
                f"step {where}: its Off is faster than its On: which is the recovery? write its steps one by one"
            )
        self._found.groups.append((round(times), [work, rest]))

    def _step(self, element: Element, where: str, kind: Kind, key: str, share: float) -> DraftStep | None:
        said = self._number(element, key, where)
        if 0 < said < 1:
            self._found.faults.append(
                f"step {where}: {key} = {element.get(key)!r} is below 1; give it a length"
            )
        length = round(said)
        if share <= 0:
            self._found.faults.append(f"step {where}: no target; give it a Power (a fraction of the pace)")
        if length <= 0 or share <= 0:
            return None
        return DraftStep(
            kind=kind,
            speed_kmh=self._full_kmh * share,
            time_s=None if self._metres else length,
            distance_m=length if self._metres else None,
            cue=self._cue(element, where) if key == "Duration" else "",
        )

    def _cue(self, element: Element, where: str) -> str:
        """The text at the step's beginning; those in its midst are listed, for nobody would say them then."""
        events = [e for e in element if _is_text(e)]
        first = next((e for e in events if (at := _at(e)) is not None and at[0] == 0), None)
        self._list(where, [event for event in events if event is not first])
        return first.get("message", "") if first is not None else ""

    def _no_cue(self, element: Element, where: str) -> None:
        """Texts of a repeat count from its beginning, not from that of each interval."""
        self._list(where, [e for e in element if _is_text(e)])

    def _list(self, where: str, events: list[Element]) -> None:
        for event in events:
            at = _at(event)
            when = "at a place that it does not say" if at is None else f"at {at[0]:g} {at[1]}"
            self._found.left_out.append(f"step {where}: the text {event.get('message', '')!r} {when}")

    def _number(self, element: Element, key: str, where: str) -> float:
        said = element.get(key, "")
        try:
            value = float(said)
        except ValueError:
            value = -1.0
        if not 0 < value < 1e6:
            self._found.faults.append(f"step {where}: {key} = {said!r} is not a number above 0")
            return 0.0
        return value

    def _others(self, element: Element, where: str, known: tuple[str, ...]) -> None:
        for key, value in element.attrib.items():
            if key not in known:
                self._found.left_out.append(f"step {where}: {key} = {value} has no counterpart")
        for inner in element:
            if not _is_text(inner):
                self._found.left_out.append(f"step {where}: {inner.tag} has no counterpart")
