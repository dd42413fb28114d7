"""A session's record in the form that was asked for. Pure."""

import csv
import io
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

import msgspec

from services.records.fit import fit
from services.records.form import Format
from services.records.model import FullRecord
from services.records.tcx import tcx

SCHEMA = "retro-record/1"
"""The form of the JSON file; its JSON Schema is made of `Document`. A field more is the same form."""

COLUMNS = (
    "time", "elapsed_s", "step", "kind", "set", "retro", "speed_kmh", "grade_pct", "hr_bpm", "distance_m", "cadence_spm"
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Of the whole session; `energy_kcal` is the machine's own estimate, null where it has none."""

    moving_s: float
    timer_s: float
    distance_m: float
    retro_m: float
    energy_kcal: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(FullRecord):
    """The JSON file: the session as it was; times in ms of the epoch, units in the names."""

    schema: str
    totals: Totals


def schema() -> dict[str, Any]:
    """The JSON Schema of the JSON file."""
    return {"title": "A session's record", **msgspec.json.schema(Document)}


def export(record: FullRecord, form: Format) -> bytes:
    """The file. RecordError if the form cannot hold it."""
    match form:
        case Format.FIT:
            return fit(record)
        case Format.TCX:
            return tcx(record)
        case Format.CSV:
            return table(record)
        case Format.JSON:
            return document(record)


def table(record: FullRecord) -> bytes:
    """A row a second, CSV (RFC 4180); what was not known is empty."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    ends = [lap.end_ms for lap in record.laps[:-1]]
    for sample in record.samples:
        lap = record.laps[sum(end_ms <= sample.at_ms for end_ms in ends)]
        rows.writerow(
            (
                _time(sample.at_ms),
                (sample.at_ms - record.begin_ms) / 1000,
                lap.step,
                lap.kind,
                lap.set_number or "",
                int(sample.retro),
                *(_known(v) for v in (sample.speed_kmh, sample.grade_pct, sample.hr_bpm)),
                f"{sample.distance_m:.2f}",
                _known(sample.cadence_spm),
            )
        )
    return text.getvalue().encode()


def document(record: FullRecord) -> bytes:
    """Everything, as JSON."""
    totals = Totals(
        moving_s=record.moving_s,
        timer_s=record.timer_s(record.begin_ms, record.end_ms),
        distance_m=record.distance_m,
        retro_m=record.retro_m,
        energy_kcal=record.energy_kcal,
    )
    told = {field.name: getattr(record, field.name) for field in fields(record)}
    return msgspec.json.format(msgspec.json.encode(Document(**told, schema=SCHEMA, totals=totals)), indent=1)


def _known(value: float | None) -> float | str:
    return "" if value is None else value


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
