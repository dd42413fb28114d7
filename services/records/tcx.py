"""A session as a Garmin Training Center file (TCX v2), for programs that read no FIT. Pure.

It has no place for a direction: the notes say it. Its cadence is strides per minute.
"""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

from device_adapters.units import KMH_PER_M_S
from services.records.model import FullRecord, Lap, Sample

SCHEMA = "http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"
EXTENSION = "http://www.garmin.com/xmlschemas/ActivityExtension/v2"
RESTING = ("rest", "recovery", "open")


def tcx(record: FullRecord) -> bytes:
    """The file, UTF-8. Elements are in the order of the schema."""
    root = ET.Element("TrainingCenterDatabase", {"xmlns": SCHEMA, "xmlns:ns3": EXTENSION})
    activity = _under(_under(root, "Activities"), "Activity", Sport="Other")
    _under(activity, "Id", _time(record.begin_ms))
    for number, lap in enumerate(record.laps):
        last = number == len(record.laps) - 1
        inside = [
            s
            for s in record.samples
            if lap.begin_ms <= s.at_ms < lap.end_ms or (last and s.at_ms == lap.end_ms)
        ]
        _lap(activity, record, lap, inside)
    way = "retro (backward)" if record.retro_m == record.distance_m else "partly retro (backward)"
    _under(activity, "Notes", f"{record.programme}: {record.retro_m:.0f} m {way}, on a treadmill")
    ET.indent(root)
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _lap(activity: ET.Element, record: FullRecord, lap: Lap, samples: list[Sample]) -> None:
    inside = _under(activity, "Lap", StartTime=_time(lap.begin_ms))
    speeds = [s.speed_kmh / KMH_PER_M_S for s in samples if s.speed_kmh is not None]
    hearts = [s.hr_bpm for s in samples if s.hr_bpm]
    _under(inside, "TotalTimeSeconds", f"{record.timer_s(lap.begin_ms, lap.end_ms):.1f}")
    _under(inside, "DistanceMeters", f"{lap.distance_m:.2f}")
    _under(inside, "MaximumSpeed", f"{max(speeds, default=0):.3f}")
    _under(inside, "Calories", str(lap.energy_kcal or 0))  # the schema wants one, known or not
    if hearts:
        _under(_under(inside, "AverageHeartRateBpm"), "Value", str(round(sum(hearts) / len(hearts))))
        _under(_under(inside, "MaximumHeartRateBpm"), "Value", str(max(hearts)))
    _under(inside, "Intensity", "Resting" if lap.kind in RESTING else "Active")
    _under(inside, "TriggerMethod", "Manual")
    if samples:
        track = _under(inside, "Track")
        for sample in samples:
            _point(track, sample)


def _point(track: ET.Element, sample: Sample) -> None:
    point = _under(track, "Trackpoint")
    _under(point, "Time", _time(sample.at_ms))
    _under(point, "DistanceMeters", f"{sample.distance_m:.2f}")
    if sample.hr_bpm:
        _under(_under(point, "HeartRateBpm"), "Value", str(sample.hr_bpm))
    extra = _under(_under(point, "Extensions"), "ns3:TPX")
    if sample.speed_kmh is not None:
        _under(extra, "ns3:Speed", f"{sample.speed_kmh / KMH_PER_M_S:.3f}")
    if sample.cadence_spm is not None:
        _under(extra, "ns3:RunCadence", str(sample.cadence_spm // 2))


def _under(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    element.text = text or None
    return element


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
