"""What the rules about members say: gates, doses, progress."""

from device_adapters.contract.phrase import Phrase, key


@key("This member trains on {treadmill}; end that session first.")
def member_busy(treadmill: str) -> None: ...


@key("No member has this id: choose the member anew.")
def unknown_member() -> None: ...


@key(
    "The members store does not answer, so gates and gaps cannot be judged: look at its database, or start a "
    "novice session without the member."
)
def members_unavailable() -> None: ...


@key("Without a member only novice sessions start: choose the member, or the level novice.")
def guest_novice_only() -> None: ...


@key(
    "Ask whether anything has changed since the screening (illness, pain, medicines, a fall) and say so with the "
    "start; if it has, screen anew."
)
def changes_not_asked() -> None: ...


@key(
    "Ask the guest every question of the screening, for mobility time the backward walk too, and say so with the "
    "start; whoever answers one with yes trains as a member."
)
def guest_not_screened() -> None: ...


@key("Birth year {birth_year} cannot be; give four digits, such as 1968.")
def birth_year(birth_year: str) -> None: ...


@key("Members are 18 or older; Backstride is not offered to minors.")
def under_age() -> None: ...


@key("Turns 18 this year: confirm that the birthday was seen to be past.")
def birthday_unseen() -> None: ...


@key(
    "There is no consent to keep session records, so progress and gaps cannot be judged: ask for consent, "
    "or start a novice session without the member."
)
def no_consent() -> None: ...


@key("Not screened yet: ask the screening questions first.")
def screening_missing() -> None: ...


@key("The screening is more than 12 months old: ask the questions again.")
def screening_old() -> None: ...


@key("The screening asks more than it did then: ask the questions again.")
def screening_asks_more() -> None: ...


@key("The screening rules retro sessions out; screen again when that is over.")
def screened_out() -> None: ...


@key("The screening asks for a clinician's OK first; record who gave it.")
def clinician_after_screening() -> None: ...


@key("Backward walk or a fall ask for a clinician's OK first; record who gave it.")
def clinician_after_walk() -> None: ...


@key(
    "For mobility, from 65 years on, and from 50 above 4.5 km/h, time a 3 m backward walk at the screening first."
)
def backward_walk_missing() -> None: ...


@key("The timed backward walk was too slow for a treadmill; train on firm ground with a person beside.")
def backward_walk_too_slow() -> None: ...


@key("A person within arm's reach, or a harness, is needed: declare it with the start.")
def arms_reach() -> None: ...


@key("A harness is needed, and the limits of mobility hold: declare it with the start.")
def harness_needed() -> None: ...


@key("After {days} days or more without training {lost:word} has lapsed: begin again at {level:word}.")
def detrained(days: int, lost: str, level: str) -> None: ...


@key(
    "{level:Word} is not signed off for {goal:word}; the level is {at:word}. Towards {above:word}: {missing}."
)
def level_not_signed_off(level: str, goal: str, at: str, above: str, missing: tuple[Phrase, ...]) -> None: ...


@key("ready, staff has to sign it off")
def ready_to_sign_off() -> None: ...


@key("From {at:word} the next level is {above:word}; sign that off first.")
def one_level_at_a_time(at: str, above: str) -> None: ...


@key("Not ready for {level:word}: {missing}.")
def not_ready(level: str, missing: tuple[Phrase, ...]) -> None: ...


@key(
    "The member has not agreed that their own strap may be recognised: note it first, or let them on their own page."
)
def no_own_strap_consent() -> None: ...


@key("{clean} of {sessions} clean sessions at {level:word}")
def clean_sessions(clean: int, sessions: int, level: str) -> None: ...


@key("they span {spanned_days} of {span_days} days")
def clean_span(spanned_days: int, span_days: int) -> None: ...


@key("Rest first: {hours} h from one session to the next, the next is due in {left}. {more}")
def minimum_gap(hours: int, left: Phrase, more: Phrase) -> None: ...


@key("Staff may allow it now with a reason.")
def gap_with_reason() -> None: ...


@key("Nobody can allow less than 20 h.")
def gap_never_less() -> None: ...


@key("Sessions in this week: {done}, and {most} is the dose; the next is due in {left}.")
def weekly_cap(done: int, most: int, left: Phrase) -> None: ...


@key(
    "Sessions in this week: {done}, and {most} is the dose; the next is due in {left}. "
    "Staff may allow up to {ceiling} with a reason."
)
def weekly_cap_with_reason(done: int, most: int, left: Phrase, ceiling: int) -> None: ...


@key("{hours} h")
def due_in_hours(hours: int) -> None: ...


@key("{days} days")
def due_in_days(days: int) -> None: ...


@key("not completed ({cause:word})")
def not_completed(cause: str) -> None: ...


@key("balance was lost")
def balance_lost() -> None: ...


@key("RPE and pain were not answered")
def not_answered() -> None: ...


@key("how hard it was was asked and not answered")
def exertion_not_answered() -> None: ...


@key("the pain of the next day was not answered")
def next_day_not_answered() -> None: ...


@key("RPE {rpe}, above {most}")
def rpe_high(rpe: int, most: int) -> None: ...


@key("pain {pain} of 10, above {most}")
def pain_high(pain: int, most: int) -> None: ...


@key("pain rose from {pain} to {later} on the next day")
def pain_rose(pain: int, later: int) -> None: ...


@key("no heart rate against a ceiling")
def no_heart_rate() -> None: ...


@key("heart rate over its ceiling for {s} s")
def heart_over(s: int) -> None: ...


@key("{min} min: {why}")
def held_minutes(min: float, why: Phrase) -> None: ...


@key("{kmh} km/h: {why}")
def held_speed(kmh: float, why: Phrase) -> None: ...


@key("{pct} % grade: {why}")
def held_grade(pct: float, why: Phrase) -> None: ...


@key("one step down after the last session")
def held_step_down() -> None: ...


@key("more after {weeks} clean weeks")
def held_clean_weeks(weeks: int) -> None: ...


@key("the first week after {days} days without training")
def held_first_week(days: int) -> None: ...


@key("at most +{pct} % a week")
def held_minutes_step(pct: int) -> None: ...


@key("at most +{kmh} km/h a week")
def held_speed_step(kmh: float) -> None: ...


@key("at most +{pct} % a week")
def held_grade_step(pct: float) -> None: ...


@key("minutes first, one thing at a time")
def held_minutes_first() -> None: ...


@key("speed first, one thing at a time")
def held_speed_first() -> None: ...


@key("grade first, one thing at a time")
def held_grade_first() -> None: ...


@key("as prescribed")
def held_prescribed() -> None: ...


@key(
    "Pain {pain} of 10 after the last session; the prescription stops at {stop}: ask the member, and prescribe anew "
    "if it is right."
)
def prescribed_pain(pain: int, stop: int) -> None: ...


@key("Held to {held:; }.")
def held_to(held: tuple[Phrase, ...]) -> None: ...


@key("The hr_max_bpm given is not used: for this member no highest heart rate holds, and exertion counts.")
def hr_max_not_used() -> None: ...


@key("The hr_max_bpm given is not used: the member's own is {bpm} bpm. Change it with the member.")
def hr_max_of_member(bpm: int) -> None: ...


@key("{one} {other}")
def both(one: Phrase, other: Phrase) -> None: ...


@key("There is no sign-off of the last day to take back.")
def no_sign_off() -> None: ...
