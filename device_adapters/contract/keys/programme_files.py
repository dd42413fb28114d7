"""What is wrong with a programme file, or with a workout of another program: the place, the rule and its numbers.

Keys of the file are told as they are written there; `given` is a value as the file has it.
"""

from device_adapters.contract.phrase import Phrase, key


@key("{file}: {wrong}")
def in_file(file: str, wrong: Phrase) -> None: ...


@key("step {place}: {wrong}")
def in_step(place: str, wrong: Phrase) -> None: ...


@key("step {place} ({kind}): {wrong}")
def in_step_of_kind(place: str, kind: str, wrong: Phrase) -> None: ...


@key("step {first} to {last} ({kind}): {wrong}")
def in_steps(first: str, last: str, kind: str, wrong: Phrase) -> None: ...


@key("line {line}: {wrong}")
def in_line(line: int, wrong: Phrase) -> None: ...


@key("programme: {wrong}")
def in_programme(wrong: Phrase) -> None: ...


@key("{name}: {wrong}")
def in_key(name: str, wrong: Phrase) -> None: ...


@key("{faults: · }")
def programme_faults(faults: tuple[Phrase, ...]) -> None: ...


@key("is not a table; write [[step]]")
def not_a_table() -> None: ...


@key("{name} is missing; give a text")
def text_missing(name: str) -> None: ...


@key("{name} = {given} is not a text of 1 to {most} characters")
def text_wrong(name: str, given: str, most: int) -> None: ...


@key("{name} is missing; give one of {words}")
def word_missing(name: str, words: str) -> None: ...


@key("{name} = {given} is not one of {words}")
def word_wrong(name: str, given: str, words: str) -> None: ...


@key("{name} is missing; give a whole number from {least} to {most}")
def whole_missing(name: str, least: int, most: int) -> None: ...


@key("{name} = {given} is not a whole number from {least} to {most}")
def whole_wrong(name: str, given: str, least: int, most: int) -> None: ...


@key("{name} = {given} is not [least, most] of whole numbers from {least} to {most}")
def span_wrong(name: str, given: str, least: int, most: int) -> None: ...


@key("{name} is missing; give a number from {least} to {most}")
def number_missing(name: str, least: float, most: float) -> None: ...


@key("{name} = {given} is not a number from {least} to {most}")
def number_wrong(name: str, given: str, least: float, most: float) -> None: ...


@key("{name} is missing; write at least one [[{name}]]")
def tables_missing(name: str) -> None: ...


@key("unknown key {names}; remove it or correct its spelling")
def keys_unknown(names: str) -> None: ...


@key("not TOML: {why}")
def not_toml(why: str) -> None: ...


@key("schema = {given} is not {known}, the one format that is known")
def schema_unknown(given: str, known: str) -> None: ...


@key("more than {most} steps, repeats unrolled; shorten it")
def too_many_steps(most: int) -> None: ...


@key("a repeat within a repeat is not supported; write its steps out")
def repeat_in_repeat() -> None: ...


@key("{name} does not fit kind = 'open', a step beside the still belt; remove it")
def not_off_belt(name: str) -> None: ...


@key("kind = 'open' ends when staff press done; write until = 'staff' and time_max_s")
def open_needs_staff() -> None: ...


@key("give exactly one of time_s, distance_m, until (found none)")
def no_ending() -> None: ...


@key("give exactly one of time_s, distance_m, until (found {one} and {other})")
def two_endings(one: str, other: str) -> None: ...


@key("speed_kmh = {kmh} is above {limit_kmh} km/h, the speed limit of {goal:word} {level:word}")
def above_speed(kmh: float, limit_kmh: float, goal: str, level: str) -> None: ...


@key("incline_pct = {pct} is outside {least_pct}..{most_pct} %, the grade limits of {goal:word} {level:word}")
def outside_grade(pct: float, least_pct: float, most_pct: float, goal: str, level: str) -> None: ...


@key("hr_pct_max = {pct} is above {limit_pct} % of HRmax, the heart-rate limit of {goal:word} {level:word}")
def above_heart(pct: float, limit_pct: float, goal: str, level: str) -> None: ...


@key("{time_s} s without a recovery are above {most_s} s, the bout limit of {goal:word} {level:word}")
def bout_too_long(time_s: int, most_s: int, goal: str, level: str) -> None: ...


@key(
    "{time_s} s without a recovery are above {most_s} s, the limit for running (above {kmh} km/h) of "
    "{goal:word} {level:word}"
)
def running_too_long(time_s: int, most_s: int, kmh: float, goal: str, level: str) -> None: ...


@key(
    "{time_s} s of retro movement, ramps included, are above {most_s} s, the session limit of "
    "{goal:word} {level:word}; shorten a step"
)
def session_too_long(time_s: int, most_s: int, goal: str, level: str) -> None: ...


@key("per_week = {given} is above {most}, the limit of {goal:word} {level:word}")
def too_often(given: str, most: int, goal: str, level: str) -> None: ...


@key("a step off the belt stands between steps on the belt; begin and end on the belt")
def off_belt_at_end() -> None: ...


@key("more than {most} programmes; the others are left out")
def too_many_programmes(most: int) -> None: ...


@key("longer than {most} bytes; shorten it")
def file_too_long(most: int) -> None: ...


@key("it cannot be read as text in UTF-8; take it away or mend it")
def file_unreadable() -> None: ...


@key("name = {name} is taken at {goal:word} {level:word}; give it another name")
def programme_taken(name: str, goal: str, level: str) -> None: ...


@key("{why}; run it as the hub's operator (sudo -u backstride)")
def folder_closed(why: str) -> None: ...


@key("no own programme {name}; there is: {known}")
def no_own_programme(name: str, known: str) -> None: ...


@key("no own programme {name}; there is none")
def no_own_programmes(name: str) -> None: ...


@key("no step was found")
def no_step_found() -> None: ...


@key("if its slow steps are recoveries, say so: --recovery-below KMH (its slowest: {kmh})")
def say_recoveries(kmh: str) -> None: ...


@key("the name beyond {most} characters: {rest}")
def name_shortened(most: int, rest: str) -> None: ...


@key("a cue beyond {most} characters: {rest}")
def cue_shortened(most: int, rest: str) -> None: ...


@key(
    "{what} begins inside {outer}; repeats within repeats are not known here: write them out, or leave "
    "an empty line before it"
)
def begins_inside(what: str, outer: Phrase) -> None: ...


@key("{what} stands inside {outer}; leave an empty line before it if the repeat ends there, else take it out")
def stands_inside(what: str, outer: Phrase) -> None: ...


@key("{what}")
def as_said(what: str) -> None: ...


@key("{outer} repeats nothing; put its steps right below it, without an empty line")
def repeats_nothing(outer: Phrase) -> None: ...


@key("{what}: is it a repeat? write how often, as 5x, at the end of the line; else leave it out")
def perhaps_a_repeat(what: str) -> None: ...


@key("{what}: is it a step? begin it with '- '; else leave out {word}")
def perhaps_a_step(what: str, word: str) -> None: ...


@key("{what} is no step; it was read as a heading")
def read_as_heading(what: str) -> None: ...


@key("the text {what} at {places}")
def text_at(what: str, places: Phrase) -> None: ...


@key("{at_s} s")
def at_seconds(at_s: float) -> None: ...


@key("{at_m} m")
def at_metres(at_m: float) -> None: ...


@key("{one} and {other}")
def at_both(one: Phrase, other: Phrase) -> None: ...


@key("the text {what} at a place that it does not say")
def text_somewhere(what: str) -> None: ...


@key("a ramp is not known here; one speed is kept, the slower end")
def ramp_unknown() -> None: ...


@key("{what} has no counterpart")
def no_counterpart(what: str) -> None: ...


@key("of the range {what} the slower end is kept")
def slower_end_kept(what: str) -> None: ...


@key("'^' without its seconds: write a timed text as 33^, behind the first text")
def text_without_seconds() -> None: ...


@key("{word} in a step: a repeat stands on a line of its own, above its steps")
def repeat_in_step(word: str) -> None: ...


@key("{one} and {other}: which is the step's length? Keep one, and texts before <!>")
def which_length(one: str, other: str) -> None: ...


@key("{one} and {other}: which is the step's speed? Keep one, and texts before <!>")
def which_speed(one: str, other: str) -> None: ...


@key("no duration or distance; write for example 2m or 50mtr")
def no_length() -> None: ...


@key(
    "{share} is a share of a heart rate, not a speed; write a share of pace, such as 70% Pace, or a "
    "speed such as 4.0km/h"
)
def share_of_heart(share: str) -> None: ...


@key(
    "{share} is a share of power, not a speed; write a share of pace, such as 70% Pace, or a speed such as 4.0km/h"
)
def share_of_power(share: str) -> None: ...


@key(
    "no usable speed; write a pace such as 15:00/km, or 4.0km/h, or say with --full-kmh which speed 100% stands for"
)
def no_usable_speed() -> None: ...


@key("not a ZWO file: {why}")
def not_zwo(why: str) -> None: ...


@key("{count} {tag}s; leave one")
def tag_repeated(count: int, tag: str) -> None: ...


@key("sportType is missing; only runs (sportType run, with a workout) can be read")
def sport_missing() -> None: ...


@key("sportType is {sport}; only runs (sportType run, with a workout) can be read")
def sport_wrong(sport: str) -> None: ...


@key("its speeds are fractions of a pace; say with --full-kmh which speed is 100 %")
def full_speed_missing() -> None: ...


@key(
    "durationType is missing: are its durations seconds or metres? Say so with --lengths time or --lengths distance"
)
def lengths_missing() -> None: ...


@key(
    "durationType is {kind}: are its durations seconds or metres? Say so with --lengths time or --lengths distance"
)
def lengths_wrong(kind: str) -> None: ...


@key("its fractions are of several paces ({paces}); write one")
def several_paces(paces: str) -> None: ...


@key("has no speed, so it cannot be a step on a belt; remove it")
def step_without_speed() -> None: ...


@key("{name} = {given} is not a whole number")
def not_whole(name: str, given: str) -> None: ...


@key("its Off is faster than its On: which is the recovery? write its steps one by one")
def off_faster_than_on() -> None: ...


@key("{name} = {given} is below 1; give it a length")
def below_one(name: str, given: str) -> None: ...


@key("no target; give it a Power (a fraction of the pace)")
def no_target() -> None: ...


@key("{name} = {given} is not a number above 0")
def not_above_zero(name: str, given: str) -> None: ...
