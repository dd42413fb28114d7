"""The people of an invented gym, and the sessions they came for: programmes, levels and answers by the gym's own rules.

Pure: the same `SeededGym` gives the same people and visits. Who trained before the first day has levels to show on it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from device_adapters.contract.messages import Outcome
from device_adapters.safety.limits import Goal, Level, Limits, limits_for
from device_adapters.units import DAY_MS, HOUR_MS, SECOND_MS
from services.members.admission import hr_max_bpm
from services.members.doses import next_level
from services.members.model import Answers, Body, Dossier, SessionRecord, SignOff
from services.members.progression import sign_off_refusal, standing
from services.programme import plan
from services.programme.library import find
from services.programme.model import Programme, StepKind
from services.rules.doses import per_week, rpe_max

ROW_S = 15
"""Telemetry and session rows come this far apart; a live gym has them each second."""

OPEN_H, LAST_START_H = 8, 20
JOINED_DAYS_AGO = (0, 50, 110)
"""How long before the first day a third of the people each came first: novices, and those who have come further."""

WEEKDAYS = {2: (0, 3), 3: (0, 2, 4)}
"""Which days a week holds, by how many; each has the rest between them that the gates ask for."""

COMES = 0.88
STAFF = "Seeded staff"
BIRDS = (
    "Wren", "Swift", "Heron", "Falcon", "Linnet", "Dunlin", "Plover", "Siskin", "Avocet", "Merlin", "Osprey", "Pipit",
    "Curlew", "Bunting", "Kestrel", "Martin", "Fulmar", "Gannet", "Jackdaw", "Lapwing", "Nuthatch", "Petrel", "Redpoll",
    "Sanderling", "Tern", "Whimbrel", "Wigeon", "Dotterel", "Eider", "Finch", "Goldcrest", "Hobby", "Kite", "Magpie",
    "Oriole", "Puffin", "Quail", "Ruff", "Shrike", "Thrush",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeededGym:
    """Which past: `days` up to `end_ms` (midnight UTC, ms since 1970), and by whose chance."""

    end_ms: int
    days: int
    members: int
    treadmills: int = 6
    seed: int = 1

    def begin_ms(self, nth: int) -> int:
        """When the `nth` day began (0 is the first; before it they are negative)."""
        return self.end_ms - (self.days - nth) * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """Somebody who does not exist. `joined`: the day of the first visit; `answers`: how often they say how it was."""

    member: str
    alias: str
    goal: Goal
    body: Body
    rest_bpm: int
    joined: int
    weekday: int
    hour: int
    answers: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededMoment:
    """What a row of a session shows."""

    second: int
    step: int
    target_kmh: float
    target_pct: float
    measured_kmh: float
    hr_bpm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One session of one person. `pace`: the share of the programme's speeds that this member may walk yet."""

    session: str
    person: Invented
    level: Level
    treadmill: str
    strap: str
    day: int
    start_ms: int
    pace: float
    done_s: int
    outcome: Outcome
    answers: Answers

    @property
    def programme(self) -> Programme:
        """What was done: the built-in one of goal and level."""
        return find(self.person.goal, self.level)

    @property
    def limits(self) -> Limits:
        """Limits of the visitor's goal and level."""
        return limits_for(self.person.goal, self.level)

    @property
    def planned_s(self) -> int:
        """Moving time of the whole programme."""
        return plan.total_ms(_legs(self.person.goal, self.level)) // SECOND_MS

    @property
    def end_ms(self) -> int:
        """When it was over."""
        return self.start_ms + self.done_s * SECOND_MS

    @property
    def hr_max_bpm(self) -> int:
        """What 100 % is for the member."""
        return hr_max_bpm(self.person.body, self.start_ms) or 0

    @property
    def ceiling_bpm(self) -> int:
        """The heart's ceiling of this visitor, beats a minute."""
        return self.hr_max_bpm * self.limits.hr_max_dpct // 1000

    def moments(self) -> Iterator[SeededMoment]:
        """Row by row; the heart follows the work within about a minute."""
        chance = random.Random(f"{self.session}/moments")  # noqa: S311  invented people, no secrets
        legs, heart = _legs(self.person.goal, self.level), float(self.person.rest_bpm + 12)
        reserve, planned_s = self.ceiling_bpm - self.person.rest_bpm, self.planned_s
        for second in range(0, self.done_s, ROW_S):
            where = plan.at(legs, self.limits, second * SECOND_MS)
            if where is None:
                return
            working = where.step.kind in (StepKind.ACTIVE, StepKind.INTERVAL)
            heart += (self.person.rest_bpm + reserve * (0.84 if working else 0.6) - heart) * 0.35
            expected = where.expected_ckmh / 100 * self.pace
            yield SeededMoment(
                second=second,
                step=where.index + 1,
                target_kmh=round(where.target_ckmh / 100 * self.pace, 1),
                target_pct=where.step.incline_dpct / 10,
                measured_kmh=round(max(0.0, expected + chance.gauss(0, 0.03)), 2),
                hr_bpm=round(heart + 4 * second / planned_s + chance.gauss(0, 1.5)),
            )

    def record(self) -> SessionRecord:
        """What the members store keeps of it."""
        moments = tuple(self.moments())
        hearts = [moment.hr_bpm for moment in moments]
        return SessionRecord(
            session=self.session,
            goal=self.person.goal,
            level=self.level,
            programme=self.programme.name,
            treadmill=self.treadmill,
            strap=self.strap,
            began_ms=self.start_ms,
            ended_ms=self.end_ms,
            outcome=self.outcome,
            done=self.outcome == "completed",
            planned_s=self.planned_s,
            actual_s=self.done_s,
            speed_max_ckmh=round(100 * max(moment.target_kmh for moment in moments)),
            grade_max_dpct=round(10 * max(moment.target_pct for moment in moments)),
            hr_over_s=ROW_S * sum(bpm > self.ceiling_bpm for bpm in hearts),
            hr_mean_bpm=round(sum(hearts) / len(hearts)),
            hr_peak_bpm=max(hearts),
            answers=self.answers,
        )


@cache
def _legs(goal: Goal, level: Level) -> tuple[plan.Leg, ...]:
    return plan.timeline(find(goal, level), limits_for(goal, level))


@dataclass(slots=True)
class Life:
    """A person with all visits and sign-offs, oldest first; those before the first day as well."""

    person: Invented
    visits: list[Visit] = field(default_factory=list)
    records: list[SessionRecord] = field(default_factory=list)
    sign_offs: list[SignOff] = field(default_factory=list)

    def level(self, now_ms: int) -> Level:
        """The level in force; a sign-off comes first, if there is one to be had."""
        at = standing(self._dossier, self.person.goal, now_ms)
        above = next_level(at.level)
        if above is not at.level and sign_off_refusal(at, above) is None:
            self.sign_offs.append(SignOff(goal=self.person.goal, level=above, at_ms=now_ms, by=STAFF))
            return above
        return at.level

    def came(self, visit: Visit) -> None:
        """Keep one more visit, and its record."""
        self.visits.append(visit)
        self.records.append(visit.record())

    @property
    def _dossier(self) -> Dossier:
        return Dossier(body=self.person.body, sign_offs=tuple(self.sign_offs), history=tuple(self.records))


@lru_cache(maxsize=2)
def lives(gym: SeededGym) -> tuple[Life, ...]:
    """Everybody, with everything that they did."""
    all_lives = tuple(Life(person) for person in _people(gym))
    early_first = sorted(all_lives, key=lambda life: life.person.hour)
    for nth in range(min((life.person.joined for life in all_lives), default=0), gym.days):
        chance = random.Random(f"{gym.seed}/{nth}/visits")  # noqa: S311
        begin_ms = gym.begin_ms(nth)
        weekday = (begin_ms // DAY_MS + 3) % 7
        free_ms = [begin_ms + OPEN_H * HOUR_MS] * gym.treadmills
        for life in early_first:
            if not _comes(life, nth, weekday, chance):
                continue
            machine = min(range(gym.treadmills), key=lambda i: free_ms[i])
            usual_ms = begin_ms + life.person.hour * HOUR_MS
            start_ms = max(usual_ms, free_ms[machine]) + chance.randrange(60, 1800) * SECOND_MS
            if start_ms > begin_ms + LAST_START_H * HOUR_MS:
                continue
            visit = _visit(gym, life, machine, nth, start_ms, chance)
            life.came(visit)
            free_ms[machine] = visit.end_ms + 300 * SECOND_MS
    return all_lives


def _people(gym: SeededGym) -> Iterator[Invented]:
    chance = random.Random(f"{gym.seed}/people")  # noqa: S311
    goals = tuple(Goal)
    year = 1970 + gym.end_ms // (365 * DAY_MS)
    for n in range(gym.members):
        days_ago = JOINED_DAYS_AGO[n // len(goals) % len(JOINED_DAYS_AGO)]
        goal = goals[n % len(goals)]
        bird, again = BIRDS[n % len(BIRDS)], n // len(BIRDS)
        yield Invented(
            member=f"m-{chance.getrandbits(40):010x}",
            alias=f"{bird} {again + 1}" if again else bird,
            goal=goal,
            body=Body(birth_year=year - chance.randrange(*((60, 75) if goal is Goal.MOBILITY else (22, 58)))),
            rest_bpm=chance.randrange(58, 72),
            joined=-chance.randrange(days_ago - 15, days_ago) if days_ago else chance.randrange(gym.days // 3 + 1),
            weekday=chance.randrange(7),
            hour=chance.randrange(OPEN_H, LAST_START_H - 1),
            answers=0.3 if n % 5 == 4 else 0.95,
        )  # fmt: skip


def _comes(life: Life, nth: int, weekday: int, chance: random.Random) -> bool:
    person = life.person
    level = life.visits[-1].level if life.visits else Level.NOVICE
    due = (weekday - person.weekday) % 7 in WEEKDAYS[per_week(person.goal, level)]
    return chance.random() < COMES and due and nth >= person.joined


def _visit(gym: SeededGym, life: Life, machine: int, nth: int, start_ms: int, chance: random.Random) -> Visit:
    person, level = life.person, life.level(start_ms)
    at_level = sum(visit.level is level for visit in life.visits)
    cut = chance.random()
    visit = Visit(
        session=f"s-{gym.seed}-{start_ms}-tm-{machine + 1:02}",
        person=person,
        level=level,
        treadmill=f"tm-{machine + 1:02}",
        strap=f"hr-{machine + 1:02}",
        day=nth,
        start_ms=start_ms,
        pace=min(1.0, 0.75 + 0.02 * at_level),
        done_s=0,
        outcome="completed" if cut > 0.1 else "stopped" if cut > 0.05 else "interrupted",
        answers=_answers(person, chance),
    )
    share = 1 if visit.outcome == "completed" else chance.uniform(0.25, 0.9)
    return replace(visit, done_s=max(ROW_S, int(visit.planned_s * share) // ROW_S * ROW_S))


def _answers(person: Invented, chance: random.Random) -> Answers:
    if chance.random() > person.answers:
        return Answers()
    pain = chance.choice((0, 0, 0, 1, 1, 2))
    return Answers(
        rpe=rpe_max(person.goal) - chance.choice((0, 1, 1, 2, 2, 3, -1)),
        pain=pain,
        pain_next_day=chance.choice((None, None, pain, pain, min(10, pain + 1))),
    )
