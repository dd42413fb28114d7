"""One session in review: what its page shows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from device_adapters.units import DAY_MS
from services.console import tile_words, words
from services.console.languages import say, say_many
from services.console.past import sayings
from services.console.past.next_day import NextDay, next_day
from services.console.past.timeline import timeline
from services.console.past.walked import walked_bounds, walked_facts
from services.history.course import course
from services.history.gait import Gait, gait
from services.history.model import Decision, Ended, HistoryRow, Key
from services.history.model import TreadmillFrame as Deck
from services.members.model import SessionRecord
from services.texts.figures import fixed, plain
from services.texts.programmes import in_words
from services.texts.telling import tell

TABLE_ROWS = 60
READOUT_MAX = 900
AFTER_MS = DAY_MS
"""For so long after its end something may be written into a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewMark:
    """Something that happened, with its place in the drawing (from 1)."""

    number: int
    at: str
    kind: str
    text: str
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A session's page. `readout`: columns for the page's script; `table`: the same for who reads; `gait`: how sure
    cadence and step length are."""

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
    marks: tuple[ReviewMark, ...]
    gait: str
    table: tuple[tuple[str, ...], ...]
    readout: dict[str, list[float | int | None]]


def review(
    ended: Ended,
    rows: Sequence[HistoryRow],
    deck: Sequence[Deck],
    said: Sequence[Decision],
    *,
    now_ms: int,
    treadmill: str = "",
    alias: str = "",
    record: SessionRecord | None = None,
    staff_named: bool = True,
) -> Review:
    """`record`: what the members store keeps of it; `treadmill`: as it is called today; `staff_named`: with who wrote
    a note."""
    rows = rows or (HistoryRow(at_ms=ended.at_ms),)
    begin_ms = rows[0].at_ms
    told = [s for s in said if _belongs(s, ended, begin_ms)]
    walked = gait(deck)
    return Review(
        session=ended.session,
        title=in_words(ended.programme) or sayings.goal(ended.goal),
        goal=sayings.goal(ended.goal),
        level=sayings.level(ended.level),
        treadmill=treadmill or ended.treadmill,
        member=ended.member,
        alias=alias,
        day=sayings.day(begin_ms),
        began=sayings.time(begin_ms),
        outcome=ended.outcome,
        outcome_word=sayings.outcomes().get(ended.outcome, ended.outcome),
        why=tell(ended.told),
        runs=ended.outcome == sayings.RUNNING,
        next_day=next_day(record, now_ms) if record is not None else None,
        facts=_facts(ended, rows, record, walked),
        gait=walked_bounds(walked),
        drawing=timeline(rows, deck, [s.at_ms for s in told], _described(ended, rows, len(told))),
        marks=tuple(_mark(n, s, begin_ms, staff_named=staff_named) for n, s in enumerate(told, 1)),
        table=_table(rows, begin_ms),
        readout=_readout(rows, begin_ms),
    )


def _belongs(said: Decision, ended: Ended, begin_ms: int) -> bool:
    mine = said.session == ended.session
    meanwhile = not said.session and begin_ms <= said.at_ms <= ended.at_ms
    return said.kind in sayings.kinds() and (mine or meanwhile)


def words_of(ended: Ended) -> Key:
    """Where what was said of it is, also after its end."""
    return replace(ended.key, to_ms=ended.at_ms + AFTER_MS)


def _facts(
    ended: Ended, rows: Sequence[HistoryRow], record: SessionRecord | None, walked: Gait | None
) -> tuple[tuple[str, str], ...]:
    planned = round(ended.planned_minutes)
    done = say("{done} of {planned} min planned", done=fixed(ended.minutes), planned=planned)
    steps = say("{done} of {planned} done", done=ended.steps_done, planned=ended.steps)
    found = [
        (say("Moving"), done),
        (say("Steps"), steps if ended.steps else ""),
        *_course(rows),
        *walked_facts(walked),
        (say("Off plan"), say("{kmh} km/h at most, while settled", kmh=fixed(ended.off_plan_kmh))),
        *(_kept(record) if record is not None else ()),
    ]
    return tuple((name, value) for name, value in found if value)


def _course(rows: Sequence[HistoryRow]) -> list[tuple[str, str]]:
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


def _described(ended: Ended, rows: Sequence[HistoryRow], marks: int) -> str:
    fastest = max((row.measured_kmh or 0 for row in rows), default=0)
    planned = max((row.target_kmh for row in rows), default=0)
    hearts = [row.hr_bpm for row in rows if row.hr_bpm]
    told = [
        say("{minutes} minutes of movement.", minutes=fixed(ended.minutes)),
        say(
            "Planned up to {planned} km/h, measured up to {fastest} km/h.",
            planned=plain(planned),
            fastest=plain(fastest),
        ),
        say("Heart rate {low} to {high} bpm.", low=min(hearts), high=max(hearts))
        if hearts
        else say("No heart rate."),
        say_many("{count} event.", "{count} events.", marks),
        say("The table below has the same numbers."),
    ]
    return " ".join(told)


def _mark(number: int, said: Decision, begin_ms: int, *, staff_named: bool) -> ReviewMark:
    kind, text = sayings.what(said, staff_named=staff_named)
    before = say("before") if said.at_ms < begin_ms else tile_words.clock((said.at_ms - begin_ms) / 1000)
    return ReviewMark(number=number, at=before, kind=kind, text=text, severity=said.severity)


def _table(rows: Sequence[HistoryRow], begin_ms: int) -> tuple[tuple[str, ...], ...]:
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
    return words.NO_VALUE if value is None else plain(value)


def _readout(rows: Sequence[HistoryRow], begin_ms: int) -> dict[str, list[float | int | None]]:
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
