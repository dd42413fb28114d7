"""intervals.icu workout text → Draft (domain.md §5): `- cue 5m 8:00/km`, `4x` before a repeat.

Pure. `m` are minutes, metres are `mtr`. Of a range of paces the slower end is used, and said to be. A percentage is of
pace only where `Pace` stands behind it: of a heart rate (`HR`, `LTHR`) or of power (nothing) it is no speed. What is
not sure is a fault with its line: two lengths or speeds, a repeat of nothing or within another, what may be a step.
"""

import re
from itertools import zip_longest

from device_adapters.contract.keys import programme_files as keys
from device_adapters.contract.phrase import Phrase
from services.programme.foreign.draft import Draft, DraftStep
from services.programme.model import StepKind

KM_PER_MILE = 1.609344

_REPEAT = re.compile(r"(?:^|\s)(\d{1,3})\s*[x×]\s*:?$", re.IGNORECASE)
_MAYBE_REPEAT = re.compile(
    r"(?:^|[\s(])(\d+\s*[x×*](?=$|[\s:()])|[x×*]\s*\d+\b|\d+[\s-]*(?:times|rounds|sets|reps?|mal)\b"
    r"|(?:repeat|twice|thrice|wiederhol)\w*)",
    re.IGNORECASE,
)
_TIMED = re.compile(r"(?<!\S)-?\d{1,6}\^\d{0,6}")
_TIME = re.compile(r"^(?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})(?:m|'))?(?:(\d{1,6})(?:s|\"|'')?)?$")
_DISTANCE = re.compile(r"^(\d{1,6}(?:\.\d+)?)(mtr|km|mi|yrd)$")
_PACE = re.compile(r"^(\d{1,2}):(\d\d)(?:-(\d{1,2}):(\d\d))?/(km|mi)$")
_SPEED = re.compile(r"^(\d{1,6}(?:\.\d+)?)(?:-(\d{1,6}(?:\.\d+)?))?(?:km/h|kmh|kph)$")
_PERCENT = re.compile(r"^(\d{1,6}(?:\.\d+)?)(?:-(\d{1,6}(?:\.\d+)?))?%([a-z]*)$")
_CADENCE = re.compile(r"^(\d{1,6})spm$")
_METRES = {"mtr": 1.0, "km": 1000.0, "mi": KM_PER_MILE * 1000, "yrd": 0.9144}
_FILLERS = ("pace", "press", "lap", "ramp")
_HEART = ("hr", "lthr", "hrr", "hrmax", "maxhr", "bpm")


def draft(text: str, name: str, full_kmh: float | None) -> Draft:
    """What the text says. `full_kmh` is the speed that 100 % of pace stands for; without it percentages are faults."""
    reader = _IntervalsReader(Draft(name=name), full_kmh)
    for number, raw in enumerate(text.splitlines(), 1):
        reader.read(raw.strip(), number)
    reader.close()
    return reader.found


class _IntervalsReader:
    """Line by line: a heading, perhaps with a repeat, then its steps; an empty line ends a repeat."""

    def __init__(self, found: Draft, full_kmh: float | None) -> None:
        self.found = found
        self._full_kmh = full_kmh
        self._heading = StepKind.ACTIVE
        self._times = 1
        self._said = keys.as_said("")
        self._steps = 0
        self._group: list[DraftStep] = []

    def read(self, line: str, number: int) -> None:
        """Take one line, the `number`th of the text."""
        if line.startswith(("-", "*", "•")):
            self._step(line[1:].strip(), number)
            return
        if line and self._times > 1 and self._steps:
            inside = keys.begins_inside if _REPEAT.search(line) else keys.stands_inside
            self.found.faults.append(keys.in_line(number, inside(repr(line), self._said)))
        self.close()
        if line:
            self._head(line, number)

    def close(self) -> None:
        """The end of a repeat, or of nothing."""
        if self._times > 1 and not self._steps:
            self.found.faults.append(keys.repeats_nothing(self._said))
        if self._group:
            self.found.groups.append((self._times, self._group))
        self._times, self._steps, self._group = 1, 0, []

    def _head(self, line: str, number: int) -> None:
        repeat = _REPEAT.search(line)
        self._times = int(repeat[1]) if repeat else 1
        self._said = keys.in_line(number, keys.as_said(repr(line)))
        if self._times < 1 or (repeat is None and _MAYBE_REPEAT.search(line)):
            self.found.faults.append(keys.in_line(number, keys.perhaps_a_repeat(repr(line))))
        told = next((word for word in line.lower().split() if _length(word) or _says_speed(word)), None)
        if told is not None:
            self.found.faults.append(keys.in_line(number, keys.perhaps_a_step(repr(line), repr(told))))
        self._heading = kind_of(line)
        if repeat is None and (self._heading is StepKind.ACTIVE or any(map(str.isdigit, line))):
            self.found.left_out.append(keys.in_line(number, keys.read_as_heading(repr(line))))

    def _step(self, line: str, number: int) -> None:
        self._steps += 1
        step = read_step(line, self._heading, number, self._full_kmh, self.found)
        if step is not None and self._times > 1:
            self._group.append(step)
        elif step is not None:
            self.found.groups.append((1, [step]))


def kind_of(words: str) -> StepKind:
    """What a heading or a cue says that a step is."""
    low = words.lower()
    if "warm" in low:
        return StepKind.WARMUP
    if "cool" in low:
        return StepKind.COOLDOWN
    return StepKind.RECOVERY if re.search(r"\b(recover\w*|rest|easy)\b", low) else StepKind.ACTIVE


def read_step(
    line: str, heading: StepKind, number: int, full_kmh: float | None, found: Draft
) -> DraftStep | None:
    """A step; None if it cannot be one, which `found` has among its faults then."""
    said = _StepWords(number, full_kmh, found)
    words, said.cue = _prompts(line, number, found)
    said.read(words)
    if said.faulty():
        return None
    heard = kind_of(" ".join(said.cue))
    pressed = "press lap" in line.lower()
    return DraftStep(
        kind=heard if heading is StepKind.ACTIVE else heading,
        speed_kmh=said.speed or 0.0,
        time_s=said.length[0] if said.length else None,
        distance_m=said.length[1] if said.length else None,
        lap=pressed and bool(said.length and said.length[0] is not None),
        cue=" ".join(said.cue),
        cadence_spm=said.cadence,
    )


def _prompts(line: str, number: int, found: Draft) -> tuple[list[str], list[str]]:
    """The words of the step itself, and those of the text that comes at its beginning.

    `first 33^ second 60^10 third <!> 10m 4km/h`: a number before `^` says after how many seconds the text behind it
    comes (and after it, for how long it stands). Nothing here is said in the middle of a step: such texts are listed.
    """
    spoken, mark, own = line.rpartition("<!>")
    if not _TIMED.search(line):
        return own.split(), spoken.split()
    if mark:
        first, *later = _TIMED.split(spoken)
        tail = own.split()
    else:
        first, *later = _TIMED.split(line)
        words = later.pop().split()
        begin = next((at for at, word in enumerate(words) if _length(word.lower()) is not None), len(words))
        later.append(" ".join(words[:begin]))
        tail = words[begin:]
    offsets = _TIMED.findall(line)
    for offset, text in zip(offsets, later, strict=False):
        if text.strip():
            at_s = int(offset.split("^")[0].removeprefix("-"))
            found.left_out.append(
                keys.in_line(number, keys.text_at(repr(text.strip()), keys.at_seconds(at_s)))
            )
    return tail, first.split()


class _StepWords:
    """A step's words, one after the other."""

    def __init__(self, number: int, full_kmh: float | None, found: Draft) -> None:
        self._number = number
        self._full_kmh = full_kmh
        self._found = found
        self._unsure: list[Phrase] = []
        self._other: list[str] = []
        self._lengths: list[str] = []
        self._speeds: list[str] = []
        self._shares: list[str] = []
        self.length: tuple[int | None, int | None] | None = None
        self.speed: float | None = None
        self.cadence: int | None = None
        self.cue: list[str] = []

    def read(self, words: list[str]) -> None:
        """Take all words of the step."""
        if any(word.lower() == "ramp" for word in words):
            self._leave_out(keys.ramp_unknown())
        for word, after in zip_longest(words, (word.lower() for word in words[1:]), fillvalue=""):
            self._word(word, word.lower(), after)
        for share in self._shares if self.speed is not None else ():
            self._leave_out(keys.no_counterpart(repr(share)))

    def _leave_out(self, what: Phrase) -> None:
        self._found.left_out.append(keys.in_line(self._number, what))

    def _word(self, word: str, low: str, after: str) -> None:
        length = _length(low)
        if length is not None:
            self._lengths.append(word)
            self.length = self.length or length
        elif percent := _PERCENT.match(low):
            self._percent(percent, word, percent[3] or after)
        elif (speed := _speed(low, self._number, self._found)) is not None:
            self._speeds.append(word)
            self.speed = self.speed or speed
        elif _CADENCE.match(low) and self.cadence is None:
            self.cadence = int(low[:-3])
        elif _CADENCE.match(low):
            self._other.append(word)
        elif "^" in low:
            self._unsure.append(keys.text_without_seconds())
        elif _MAYBE_REPEAT.fullmatch(low.strip("():,")):
            self._unsure.append(keys.repeat_in_step(repr(word)))
        elif low in _FILLERS:
            return
        elif self.length is None:
            self.cue.append(word)
        elif not (low in _HEART and self._shares):
            self._other.append(word)

    def _percent(self, percent: re.Match[str], word: str, of: str) -> None:
        """Of pace it is a speed; of a heart rate or (without a word) of power it is none."""
        if of == "pace":
            self._speeds.append(word)
            if self._full_kmh is not None and self.speed is None:
                values = [float(part) for part in percent.groups()[:2] if part]
                _of_range(word, self._number, values, self._found)
                self.speed = self._full_kmh * min(values) / 100
            return
        heart = of in _HEART
        self._shares.append(f"{word} {of.upper()}" if heart and not percent[3] else word)

    def faulty(self) -> bool:
        """Say what is missing or not sure."""
        faults = [*self._unsure, *(keys.text_without_seconds() for word in self.cue if "^" in word)]
        for which, words in ((keys.which_length, self._lengths), (keys.which_speed, self._speeds)):
            if len(words) > 1:
                *several, last = map(repr, words)
                faults.append(which(", ".join(several), last))
        if self.length is None:
            faults.append(keys.no_length())
        if self.speed is None and self._shares:
            share = self._shares[0]
            of = keys.share_of_heart if share.lower().endswith(_HEART) else keys.share_of_power
            faults.append(of(repr(share)))
        elif self.speed is None:
            faults.append(keys.no_usable_speed())
        self._found.faults += [keys.in_line(self._number, fault) for fault in faults]
        if not faults:
            for word in self._other:
                self._leave_out(keys.no_counterpart(repr(word)))
        return bool(faults)


def _length(word: str) -> tuple[int | None, int | None] | None:
    """Seconds, or metres."""
    distance = _DISTANCE.match(word)
    if distance is not None:
        return None, max(1, round(float(distance[1]) * _METRES[distance[2]]))
    time = _TIME.match(word)
    if time is None or word.isdigit():
        return None
    hours, minutes, seconds = (int(part or 0) for part in time.groups())
    return hours * 3600 + minutes * 60 + seconds, None


def _speed(word: str, number: int, found: Draft) -> float | None:
    """In km/h; None: the word tells no speed."""
    pace = _PACE.match(word)
    if pace is not None:
        ends = [int(pace[1]) * 60 + int(pace[2])]
        ends += [int(pace[3]) * 60 + int(pace[4])] if pace[3] else []
        _of_range(word, number, ends, found)
        unit = 1 if pace[5] == "km" else KM_PER_MILE
        return 3600 * unit / max(ends) if max(ends) else None
    speed = _SPEED.match(word)
    if speed is None:
        return None
    values = [float(part) for part in speed.groups() if part]
    _of_range(word, number, values, found)
    return min(values)


def _says_speed(word: str) -> bool:
    return bool(_PACE.match(word) or _SPEED.match(word))


def _of_range(word: str, number: int, ends: list[float] | list[int], found: Draft) -> None:
    if len(ends) > 1:
        found.left_out.append(keys.in_line(number, keys.slower_end_kept(word)))
