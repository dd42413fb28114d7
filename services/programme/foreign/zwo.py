"""Zwift ZWO run workouts → Draft (domain.md §5). Pure.

A run's targets are fractions of a pace; `full_kmh` says which speed 100 % is. Durations are seconds or metres, as the
file's durationType says; where it says nothing, a person has to.
"""

from functools import reduce
from typing import Literal, get_args
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from device_adapters.contract.keys import programme_files as keys
from device_adapters.contract.phrase import Phrase
from services.programme.foreign.draft import Draft, DraftStep
from services.programme.model import StepKind

Lengths = Literal["time", "distance"]

_KINDS = {
    "Warmup": StepKind.WARMUP,
    "Cooldown": StepKind.COOLDOWN,
    "SteadyState": StepKind.ACTIVE,
    "Ramp": StepKind.ACTIVE,
}
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
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as e:
        found.faults.append(keys.not_zwo(f"{type(e).__name__}: {e}"))
        return found
    told = {tag: [inner for inner in root if _is(inner, tag)] for tag in _ONCE}
    found.faults += [keys.tag_repeated(len(inner), tag) for tag, inner in told.items() if len(inner) > 1]
    if found.faults:
        return found
    sport = _text(told["sportType"]).lower()
    workout = next(iter(told["workout"]), None)
    if workout is None or sport != "run":
        found.faults.append(keys.sport_wrong(sport) if sport else keys.sport_missing())
        return found
    if full_kmh is None:
        found.faults.append(keys.full_speed_missing())
        return found
    found.name = _text([inner for inner in root if _is(inner, "name")]) or name
    kind = _text(told["durationType"]).lower() or lengths or ""
    if kind not in get_args(Lengths):
        found.faults.append(keys.lengths_wrong(kind) if kind else keys.lengths_missing())
        return found
    reader = _ZwoReader(found, full_kmh, kind == "distance")
    for number, element in enumerate(workout, 1):
        reader.read(element, f"{number} {element.tag}")
    if len(reader.paces) > 1:
        found.faults.append(keys.several_paces(", ".join(sorted(reader.paces))))
    return found


def _is(element: Element, tag: str) -> bool:
    """Whoever writes such files is not of one mind about capitals."""
    return element.tag.lower() == tag.lower()


def _text(elements: list[Element]) -> str:
    return (elements[0].text or "").strip() if elements else ""


def _told(event: Element, attribute: str) -> list[str]:
    return [value for key, value in event.attrib.items() if key.lower() == attribute]


def _places(event: Element) -> list[tuple[float, str]]:
    """Where in its step a text comes, and in which unit, as often as it says so; nothing where that cannot be read."""
    try:
        return [
            (float(said), unit)
            for attribute, unit in (("timeoffset", "s"), ("distoffset", "m"))
            for said in _told(event, attribute)
        ]
    except ValueError:
        return []


def _begins_its_step(event: Element) -> bool:
    places = _places(event)
    return bool(places) and all(at == 0 for at, _ in places)


def _message(event: Element) -> str:
    return " ".join(_told(event, "message"))


def _text_with_its_place(event: Element) -> Phrase:
    """The text, and where it says that it comes."""
    text = repr(_message(event))
    places = [keys.at_seconds(at) if unit == "s" else keys.at_metres(at) for at, unit in _places(event)]
    return keys.text_at(text, reduce(keys.at_both, places)) if places else keys.text_somewhere(text)


class _ZwoReader:
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
            self._wrong(where, keys.step_without_speed())

    def _plain(self, element: Element, where: str) -> None:
        self._others(element, where, _KNOWN)
        ends = [
            self._number(element, key, where)
            for key in ("Power", "PowerLow", "PowerHigh")
            if element.get(key)
        ]
        if len(set(ends)) > 1:
            self._leave_out(where, keys.ramp_unknown())
        step = self._step(element, where, _KINDS[element.tag], "Duration", min(ends, default=0.0))
        if step is not None:
            self._found.groups.append((1, [step]))

    def _repeat(self, element: Element, where: str) -> None:
        self._others(element, where, _KNOWN_REPEAT)
        times = self._number(element, "Repeat", where)
        if times % 1:
            self._wrong(where, keys.not_whole("Repeat", repr(element.get("Repeat"))))
        self._no_cue(element, where)
        work, rest = (
            self._step(element, where, kind, f"{part}Duration", self._number(element, f"{part}Power", where))
            for kind, part in ((StepKind.INTERVAL, "On"), (StepKind.RECOVERY, "Off"))
        )
        if work is None or rest is None or times <= 0:
            return
        if rest.speed_kmh > work.speed_kmh:
            self._wrong(where, keys.off_faster_than_on())
        self._found.groups.append((round(times), [work, rest]))

    def _step(self, element: Element, where: str, kind: StepKind, key: str, share: float) -> DraftStep | None:
        said = self._number(element, key, where)
        if 0 < said < 1:
            self._wrong(where, keys.below_one(key, repr(element.get(key))))
        length = round(said)
        if share <= 0:
            self._wrong(where, keys.no_target())
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
        events = [e for e in element if _is(e, "textevent")]
        first = next((e for e in events if _begins_its_step(e)), None)
        self._list(where, [event for event in events if event is not first])
        return _message(first) if first is not None else ""

    def _no_cue(self, element: Element, where: str) -> None:
        """Texts of a repeat count from its beginning, not from that of each interval."""
        self._list(where, [e for e in element if _is(e, "textevent")])

    def _list(self, where: str, events: list[Element]) -> None:
        for event in events:
            self._leave_out(where, _text_with_its_place(event))

    def _wrong(self, where: str, fault: Phrase) -> None:
        self._found.faults.append(keys.in_step(where, fault))

    def _leave_out(self, where: str, what: Phrase) -> None:
        self._found.left_out.append(keys.in_step(where, what))

    def _number(self, element: Element, key: str, where: str) -> float:
        said = element.get(key, "")
        try:
            value = float(said)
        except ValueError:
            value = -1.0
        if not 0 < value < 1e6:
            self._wrong(where, keys.not_above_zero(key, repr(said)))
            return 0.0
        return value

    def _others(self, element: Element, where: str, known: tuple[str, ...]) -> None:
        for key, value in element.attrib.items():
            if key not in known:
                self._leave_out(where, keys.no_counterpart(f"{key} = {value}"))
        for inner in element:
            if not _is(inner, "textevent"):
                self._leave_out(where, keys.no_counterpart(inner.tag))
