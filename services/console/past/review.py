"""One session in review: what its page shows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.console import tile_words, words
from services.console.hearsay import tell
from services.console.languages import say
from services.console.past import sayings
from services.console.past.next_day import NextDay, next_day
from services.console.past.timeline import timeline
from services.history.course import course
from services.history.model import Ended, Key, Row, Said
from services.history.model import Frame as Deck
from services.members.model import SessionRecord

TABLE_ROWS = 60
READOUT_MAX = 900
AFTER_MS = 24 * 3_600_000
"""For so long after its end something may be written into a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened, with its place in the drawing (from 1)."""

    number: int
    at: str
    kind: str
    text: str
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A session's page. `readout`: columns for the page's script; `table`: the same for who reads."""

    session: str
    title: str
    goal: str
    level: str
    treadmill: str
    member: str
    alias: str
    day: str
    began: str
    outcome: str
    outcome_word: str
    why: str
    runs: bool
    next_day: NextDay | None
    facts: tuple[tuple[str, str], ...]
    drawing: str
    marks: tuple[Mark, ...]
    table: tuple[tuple[str, ...], ...]
    readout: dict[str, list[float | int | None]]


def review(
    ended: Ended,
    rows: Sequence[Row],
    deck: Sequence[Deck],
    said: Sequence[Said],
    *,
    now_ms: int,
    treadmill: str = "",
    alias: str = "",
    record: SessionRecord | None = None,
) -> Review:
    """`record`: what the members store keeps of it; `treadmill`: as it is called today."""
    rows = rows or (Row(at_ms=ended.at_ms),)
    begin_ms = rows[0].at_ms
    told = [s for s in said if _belongs(s, ended, begin_ms)]
    return Review(
        session=ended.session,
        title=tell(ended.programme) or sayings.goal(ended.goal),
        goal=sayings.goal(ended.goal),
        level=sayings.level(ended.level),
        treadmill=treadmill or ended.treadmill,
        member=ended.member,
        alias=alias,
        day=sayings.day(begin_ms),
        began=sayings.time(begin_ms),
        outcome=ended.outcome,
        outcome_word=sayings.outcomes().get(ended.outcome, ended.outcome),
        why=tell(ended.why),
        runs=ended.outcome == sayings.RUNNING,
        next_day=next_day(record, now_ms) if record is not None else None,
        facts=_facts(ended, rows, record),
        drawing=timeline(rows, deck, [s.at_ms for s in told], _described(ended, rows, len(told))),
        marks=tuple(_mark(n, s, begin_ms) for n, s in enumerate(told, 1)),
        table=_table(rows, begin_ms),
        readout=_readout(rows, begin_ms),
    )


def _belongs(said: Said, ended: Ended, begin_ms: int) -> bool:
    mine = said.session == ended.session
    meanwhile = not said.session and begin_ms <= said.at_ms <= ended.at_ms
    return said.kind in sayings.kinds() and (mine or meanwhile)


def words_of(ended: Ended) -> Key:
    """Where what was said of it is, also after its end."""
    return replace(ended.key, to_ms=ended.at_ms + AFTER_MS)


def _facts(ended: Ended, rows: Sequence[Row], record: SessionRecord | None) -> tuple[tuple[str, str], ...]:
    planned = round(ended.planned_minutes)
    done = say("{done} of {planned} min planned", done=f"{ended.minutes:.1f}", planned=planned)
    steps = say("{done} of {planned} done", done=ended.steps_done, planned=ended.steps)
    found = [
        (say("Moving"), done),
        (say("Steps"), steps if ended.steps else ""),
        *_course(rows),
        (say("Off plan"), say("{kmh} km/h at most, while settled", kmh=f"{ended.off_plan_kmh:.1f}")),
        *(_kept(record) if record is not None else ()),
    ]
    return tuple((name, value) for name, value in found if value)


def _course(rows: Sequence[Row]) -> list[tuple[str, str]]:
    summed = course(rows)
    if summed is None:
        return []
    longest = tile_words.clock(summed.longest_bout_s)
    mean, peak = summed.hr_mean_bpm, summed.hr_peak_bpm
    return [
        (say("Distance"), f"{summed.distance_m:.0f} m"),
        (say("Bouts at speed"), say("{count}, longest {time}", count=summed.bouts, time=longest)),
        (say("Heart rate"), say("mean {mean}, peak {peak} bpm", mean=mean, peak=peak) if mean else ""),
    ]


def _kept(record: SessionRecord) -> list[tuple[str, str]]:
    said, over = record.answers, record.hr_over_s
    return [
        (say("Over ceiling"), f"{over} s" if over is not None else ""),
        (say("Exertion"), say("RPE {rpe} of 20", rpe=said.rpe) if said.rpe is not None else ""),
        (say("Pain at the end"), say("{pain} of 10", pain=said.pain) if said.pain is not None else ""),
        (
            say("Pain on the next day"),
            say("{pain} of 10", pain=said.pain_next_day) if said.pain_next_day is not None else "",
        ),
        (say("Allowed because"), record.override_why),
    ]


def _described(ended: Ended, rows: Sequence[Row], marks: int) -> str:
    fastest = max((row.measured_kmh or 0 for row in rows), default=0)
    planned = max((row.target_kmh for row in rows), default=0)
    hearts = [row.hr_bpm for row in rows if row.hr_bpm]
    told = [
        say("{minutes} minutes of movement.", minutes=f"{ended.minutes:.1f}"),
        say(
            "Planned up to {planned} km/h, measured up to {fastest} km/h.",
            planned=f"{planned:g}",
            fastest=f"{fastest:g}",
        ),
        say("Heart rate {low} to {high} bpm.", low=min(hearts), high=max(hearts))
        if hearts
        else say("No heart rate."),
        say("{marks} events.", marks=marks),
        say("The table below has the same numbers."),
    ]
    return " ".join(told)


def _mark(number: int, said: Said, begin_ms: int) -> Mark:
    kind, text = sayings.what(said)
    before = say("before") if said.at_ms < begin_ms else tile_words.clock((said.at_ms - begin_ms) / 1000)
    return Mark(number=number, at=before, kind=kind, text=text, severity=said.severity)


def _table(rows: Sequence[Row], begin_ms: int) -> tuple[tuple[str, ...], ...]:
    every = -(-len(rows) // TABLE_ROWS)
    return tuple(
        (
            tile_words.clock((row.at_ms - begin_ms) / 1000),
            str(row.step or ""),
            _number(row.target_kmh),
            _number(row.measured_kmh),
            _number(row.speed_limit_kmh),
            _number(row.hr_bpm),
            _number(row.hr_limit_bpm),
            _number(row.target_pct),
        )
        for row in rows[::every]
    )


def _number(value: float | None) -> str:
    return words.NO_VALUE if value is None else f"{value:g}"


def _readout(rows: Sequence[Row], begin_ms: int) -> dict[str, list[float | int | None]]:
    every = -(-len(rows) // READOUT_MAX)
    kept = rows[::every]
    return {
        "s": [round((row.at_ms - begin_ms) / 1000) for row in kept],
        "step": [row.step for row in kept],
        "planned": [row.target_kmh for row in kept],
        "measured": [row.measured_kmh for row in kept],
        "limit": [row.speed_limit_kmh for row in kept],
        "hr": [row.hr_bpm for row in kept],
        "ceiling": [row.hr_limit_bpm for row in kept],
        "grade": [row.target_pct for row in kept],
    }
