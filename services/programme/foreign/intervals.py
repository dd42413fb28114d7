"""intervals.icu workout text → Draft (domain.md §5): `- cue 5m 8:00/km`, `4x` before a repeat.

Pure. `m` are minutes, metres are `mtr`. Of a range of paces the slower end is used, and said to be.
"""

import re

from services.programme.foreign.draft import Draft, DraftStep
from services.programme.model import Kind

KM_PER_MILE = 1.609344

_REPEAT = re.compile(r"(?:^|\s)(\d{1,3})\s*x\s*$", re.IGNORECASE)
_TIME = re.compile(r"^(?=\d)(?:(\d+)h)?(?:(\d+)(?:m|'))?(?:(\d+)(?:s|\"|'')?)?$")
_DISTANCE = re.compile(r"^(\d+(?:\.\d+)?)(mtr|km|mi|yrd)$")
_PACE = re.compile(r"^(\d{1,2}):(\d\d)(?:-(\d{1,2}):(\d\d))?/(km|mi)$")
_SPEED = re.compile(r"^(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?(?:km/h|kmh|kph)$")
_PERCENT = re.compile(r"^(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?%$")
_CADENCE = re.compile(r"^(\d+)spm$")
_METRES = {"mtr": 1.0, "km": 1000.0, "mi": KM_PER_MILE * 1000, "yrd": 0.9144}
_FILLERS = ("pace", "press", "lap", "ramp")


def draft(text: str, name: str, full_kmh: float | None) -> Draft:
    """What the text says. `full_kmh` is the speed that 100 % of pace stands for; without it percentages are faults."""
    found = Draft(name=name)
    heading, times, group = Kind.ACTIVE, 1, list[DraftStep]()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith(("-", "*", "•")):
            step = _step(line[1:].strip(), heading, f"line {number}", full_kmh, found)
            if step is not None and times > 1:
                group.append(step)
            elif step is not None:
                found.groups.append((1, [step]))
            continue
        if group:
            found.groups.append((times, group))
            times, group = 1, []
        if not line:
            times = 1
            continue
        repeat = _REPEAT.search(line)
        times = int(repeat[1]) if repeat else 1
        heading = _kind(line)
        if repeat is None and heading is Kind.ACTIVE:
            found.left_out.append(f"line {number}: {line!r} is no step; it was read as a heading")
    if group:
        found.groups.append((times, group))
    return found


def _kind(words: str) -> Kind:
    low = words.lower()
    if "warm" in low:
        return Kind.WARMUP
    if "cool" in low:
        return Kind.COOLDOWN
    return Kind.RECOVERY if re.search(r"\b(recover\w*|rest|easy|walk)\b", low) else Kind.ACTIVE


def _step(line: str, heading: Kind, where: str, full_kmh: float | None, found: Draft) -> DraftStep | None:
    length: tuple[int | None, int | None] | None = None
    speed: float | None = None
    cadence: int | None = None
    cue: list[str] = []
    pressed = "press lap" in line.lower()
    if re.search(r"\bramp\b", line, re.IGNORECASE):
        found.left_out.append(f"{where}: a ramp is not known here; one speed is kept, the slower end")
    for word in line.split():
        low = word.lower()
        if length is None and (length := _length(low)) is not None:
            continue
        if speed is None and (speed := _speed(low, where, full_kmh, found)) is not None:
            continue
        if _CADENCE.match(low):
            cadence = int(low[:-3])
        elif low in _FILLERS:
            continue
        elif length is None:
            cue.append(word)
        else:
            found.left_out.append(f"{where}: {word!r} has no counterpart")
    if length is None:
        found.faults.append(f"{where}: no duration or distance; write for example 2m or 50mtr")
    if speed is None:
        found.faults.append(
            f"{where}: no usable speed; write a pace such as 15:00/km, or 4.0km/h, or say with --full-kmh which "
            "speed 100% stands for"
        )
    if length is None or speed is None:
        return None
    time_s, distance_m = length
    said = _kind(" ".join(cue))
    kind = said if heading is Kind.ACTIVE else heading
    return DraftStep(
        kind=kind,
        speed_kmh=speed,
        time_s=time_s,
        distance_m=distance_m,
        lap=pressed and time_s is not None,
        cue=" ".join(cue),
        cadence_spm=cadence,
    )


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


def _speed(word: str, where: str, full_kmh: float | None, found: Draft) -> float | None:
    """km/h."""
    pace = _PACE.match(word)
    if pace is not None:
        ends = [int(pace[1]) * 60 + int(pace[2])]
        ends += [int(pace[3]) * 60 + int(pace[4])] if pace[3] else []
        _of_range(word, where, ends, found)
        unit = 1 if pace[5] == "km" else KM_PER_MILE
        return 3600 * unit / max(ends) if max(ends) else None
    speed = _SPEED.match(word)
    if speed is not None:
        values = [float(part) for part in speed.groups() if part]
        _of_range(word, where, values, found)
        return min(values)
    percent = _PERCENT.match(word)
    if percent is None or full_kmh is None:
        return None
    values = [float(part) for part in percent.groups() if part]
    _of_range(word, where, values, found)
    return full_kmh * min(values) / 100


def _of_range(word: str, where: str, ends: list[float] | list[int], found: Draft) -> None:
    if len(ends) > 1:
        found.left_out.append(f"{where}: of the range {word} the slower end is kept")
