"""The rules about members over random histories: what no history, however odd, may lead to."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from members_rig import at, demand, dossier, session

from device_adapters.safety.limits import Goal, Level, limits_for
from services.members import doses
from services.members.admission import Allowance, StartWish, may_start
from services.members.growth import Demand, caps
from services.members.model import Answers, Dossier, SessionRecord, SignOff
from services.members.progression import sign_off_refusal, standing

KNEE = Goal.KNEE_STRENGTH
DAYS = st.integers(0, 200)
LEVELS = st.sampled_from(Level)


@st.composite
def records(draw: st.DrawFn) -> SessionRecord:
    level = draw(LEVELS)
    row = limits_for(KNEE, level)
    return replace(
        session(draw(DAYS), level=level),
        done=draw(st.booleans()),
        planned_s=draw(st.integers(60, row.session_max_s)),
        speed_max_ckmh=draw(st.integers(50, row.speed_max_ckmh)),
        grade_max_dpct=draw(st.integers(0, row.grade_max_dpct)),
        hr_over_s=draw(st.one_of(st.none(), st.integers(0, 30))),
        answers=Answers(rpe=draw(st.integers(6, 20)), pain=draw(st.integers(0, 10))),
    )


@st.composite
def dossiers(draw: st.DrawFn) -> Dossier:
    history = sorted(draw(st.lists(records(), max_size=25)), key=lambda r: r.began_ms)
    signed = st.builds(
        lambda day, level: SignOff(goal=KNEE, level=level, at_ms=at(day), by="Anna"), DAYS, LEVELS
    )
    sign_offs = sorted(draw(st.lists(signed, max_size=4)), key=lambda s: s.at_ms)
    return dossier(*history, sign_offs=tuple(sign_offs))


DEMANDS = st.builds(
    Demand, session_s=st.integers(1, 2400), speed_ckmh=st.integers(1, 1000), grade_dpct=st.integers(0, 100)
)


@given(dossiers(), LEVELS, DEMANDS, DAYS)
def test_caps_stay_inside_the_level_and_one_thing_grows(
    of: Dossier, level: Level, asked: Demand, day: int
) -> None:
    where, row = standing(of, KNEE, at(day + 200)), limits_for(KNEE, level)
    now = caps(where, level, asked, at(day + 200))
    assert now.session_s <= row.session_max_s
    assert now.speed_ckmh <= row.speed_max_ckmh
    assert now.grade_dpct <= row.grade_max_dpct
    old = [mark for mark in where.marks if at(day + 200) - mark.at_ms >= doses.WEEK_MS]
    entry = limits_for(KNEE, Level.NOVICE)
    minutes = max((m.session_s for m in old), default=entry.session_max_s)
    speed = max((m.speed_ckmh for m in old), default=entry.speed_max_ckmh)
    grade = max((m.grade_dpct for m in old), default=entry.grade_max_dpct)
    grew = (now.session_s > minutes + doses.SAME_S, now.speed_ckmh > speed, now.grade_dpct > grade)
    assert sum(grew) <= 1
    assert now.session_s <= max(minutes * 1.2, minutes + doses.SAME_S)
    assert now.speed_ckmh <= speed + 30
    assert now.grade_dpct <= grade + 10


@given(dossiers(), DAYS)
def test_no_level_comes_without_a_sign_off(of: Dossier, day: int) -> None:
    where = standing(of, KNEE, at(day))
    signed = {s.level for s in of.sign_offs if s.at_ms <= at(day)} | {Level.NOVICE}
    unsigned = standing(replace(of, sign_offs=()), KNEE, at(day))
    assert unsigned.level is Level.NOVICE
    if all(s.at_ms <= at(day) for s in of.sign_offs):
        assert where.level in signed


@given(dossiers())
def test_a_session_that_is_found_unclean_afterwards_never_helps(of: Dossier) -> None:
    """A corrected answer takes away what it gave; the session stays training, so no gap opens."""
    sober = [replace(r, answers=replace(r.answers, rpe=19)) if n % 2 else r for n, r in enumerate(of.history)]
    before, after = (standing(d, KNEE, at(210)) for d in (of, replace(of, history=tuple(sober))))
    assert after.clean <= before.clean
    assert after.level is before.level
    assert set(after.marks) <= set(before.marks)


@given(dossiers(), LEVELS, DAYS)
def test_whoever_may_start_is_rested_and_signed_off(of: Dossier, level: Level, day: int) -> None:
    now = at(day, 12)
    past = replace(
        of,
        history=tuple(r for r in of.history if r.ended_ms <= now),
        sign_offs=tuple(s for s in of.sign_offs if s.at_ms <= now),
        screening=replace(of.screening, at_ms=now) if of.screening else None,
    )
    answer = may_start(past, StartWish(goal=KNEE, level=level, demand=demand(KNEE, level)), now)
    if isinstance(answer, Allowance):
        assert doses.rank(level) <= doses.rank(answer.level)
        assert all(now - r.ended_ms >= doses.gap_ms(KNEE) for r in past.history)
        assert sum(now - r.began_ms < doses.WEEK_MS for r in past.history) < 3
    higher = doses.next_level(standing(past, KNEE, now).level)
    at_now = standing(past, KNEE, now)
    if sign_off_refusal(at_now, higher) is None and higher is not at_now.level:
        needed, span_ms = doses.clean_needed(at_now.level)
        assert at_now.clean >= needed
        assert at_now.clean_last_ms - at_now.clean_first_ms >= span_ms
