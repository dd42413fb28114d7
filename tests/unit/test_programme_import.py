"""Workouts of other programs: what becomes of them, what is listed as left out, and what is refused."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from device_adapters.errors import ProgrammeError
from device_adapters.safety.limits import Goal, Level
from services.cli.main import app
from services.programme.foreign import intervals, zwo
from services.programme.foreign.draft import Draft, programme_text
from services.programme.model import Facing, ForDistance, ForTime, Programme, StepKind, UntilStaff
from services.programme.parse import parse

TEXT = """Warmup
- Easy steps 3m 24:00/km

Main set 5x
- Short quick steps 50mtr 9:40-10:00/km Pace 150spm
- Recover 1m30s 24:00/km Z1 HR

- Press lap 45s 4.0km/h

Cooldown
- 2' 30:00/km
"""

RUN = """<workout_file><name>Four by forty</name><sportType>run</sportType>{type}<workout>
<Warmup Duration="120" PowerLow="0.4" PowerHigh="0.6" pace="1"/>
<IntervalsT Repeat="4" OnDuration="40" OffDuration="60" OnPower="1.0" OffPower="0.4" Cadence="85" pace="1">
<textevent timeoffset="0" message="Quick"/><textevent timeoffset="20" message="Half way"/></IntervalsT>
<SteadyState Duration="50" Power="0.5"/>
<Cooldown Duration="90" PowerLow="0.4" PowerHigh="0.3"/></workout></workout_file>"""


TIME = "<durationType>time</durationType>"


def made(draft: Draft, goal: Goal = Goal.CONDITIONING, level: Level = Level.INTERMEDIATE) -> Programme:
    return parse(programme_text(draft, goal, level, "mine"), "mine.toml")


def test_intervals_text_becomes_a_retro_programme() -> None:
    programme = made(intervals.draft(TEXT, "Mine", None))
    steps = programme.steps
    assert (programme.name, programme.sets, len(steps)) == ("Mine", 5, 13)
    assert {s.facing for s in steps} == {Facing.RETRO}
    warmup, work, rest = steps[:3]
    assert (warmup.kind, warmup.until, warmup.speed_ckmh, warmup.cue) == (
        StepKind.WARMUP,
        ForTime(180),
        250,
        "Easy steps",
    )
    assert (work.kind, work.until, work.speed_ckmh) == (StepKind.INTERVAL, ForDistance(50), 600)
    assert (work.cadence_spm, work.cue) == (150, "Short quick steps")
    assert (rest.kind, rest.until) == (StepKind.RECOVERY, ForTime(90))
    assert steps[-2].until == UntilStaff(45)
    assert (steps[-1].kind, steps[-1].until) == (StepKind.COOLDOWN, ForTime(120))


def test_what_intervals_text_has_and_a_programme_has_not_is_listed() -> None:
    draft = intervals.draft(TEXT + "Some words\n- ramp 1m 20:00-30:00/km\n", "Mine", None)
    assert [str(left) for left in draft.left_out] == [
        "line 5: of the range 9:40-10:00/km the slower end is kept",
        "line 6: 'Z1' has no counterpart",
        "line 6: 'HR' has no counterpart",
        "line 12: 'Some words' is no step; it was read as a heading",
        "line 13: a ramp is not known here; one speed is kept, the slower end",
        "line 13: of the range 20:00-30:00/km the slower end is kept",
    ]


@pytest.mark.parametrize(
    ("line", "length"),
    [
        ("10m", ForTime(600)), ("1h", ForTime(3600)), ("1m30", ForTime(90)), ("1m30s", ForTime(90)),
        ("45s", ForTime(45)), ("2'", ForTime(120)), ("400mtr", ForDistance(400)), ("0.4km", ForDistance(400)),
        ("0.25mi", ForDistance(402)),
    ],
)  # fmt: skip
def test_lengths(line: str, length: object) -> None:
    draft = intervals.draft(f"- Rest {line} 1.0km/h", "x", None)
    ((_, (step,)),) = draft.groups
    said = ForTime(step.time_s) if step.time_s else ForDistance(step.distance_m or 0)
    assert said == length


@pytest.mark.parametrize(
    ("speed", "kmh"),
    [
        ("10:00/km", 6.0),
        ("16:06/mi", 6.0),
        ("4.5kmh", 4.5),
        ("70% Pace", 4.2),
        ("65-70% Pace", 3.9),
        ("70%pace", 4.2),
    ],
)
def test_speeds(speed: str, kmh: float) -> None:
    ((_, (step,)),) = intervals.draft(f"- 1m {speed}", "x", 6.0).groups
    assert step.speed_kmh == pytest.approx(kmh, abs=0.01)


NO_SPEED = (
    "no usable speed; write a pace such as 15:00/km, or 4.0km/h, "
    "or say with --full-kmh which speed 100% stands for"
)


def test_every_line_without_length_or_speed_is_named() -> None:
    with pytest.raises(ProgrammeError) as caught:
        made(intervals.draft("- 1m 70% Pace\n- 4.0km/h\n- 1m Z2\n", "x", None))
    assert str(caught.value).splitlines() == [
        f"mine: line 1: {NO_SPEED}",
        "mine: line 2: no duration or distance; write for example 2m or 50mtr",
        f"mine: line 3: {NO_SPEED}",
    ]


def test_a_zwift_run_becomes_a_retro_programme() -> None:
    draft = zwo.draft(RUN.format(type=TIME), "file", 6.2)
    programme = made(draft)
    assert (programme.name, programme.sets, len(programme.steps)) == ("Four by forty", 4, 11)
    warmup, work, rest = programme.steps[:3]
    assert (warmup.kind, warmup.speed_ckmh, warmup.until) == (StepKind.WARMUP, 250, ForTime(120))
    assert (work.kind, work.speed_ckmh, work.cue) == (StepKind.INTERVAL, 620, "")
    assert (rest.kind, rest.speed_ckmh, rest.cue) == (StepKind.RECOVERY, 250, "")
    assert [str(left) for left in draft.left_out] == [
        "step 1 Warmup: a ramp is not known here; one speed is kept, the slower end",
        "step 2 IntervalsT: Cadence = 85 has no counterpart",
        "step 2 IntervalsT: the text 'Quick' at 0 s",
        "step 2 IntervalsT: the text 'Half way' at 20 s",
        "step 4 Cooldown: a ramp is not known here; one speed is kept, the slower end",
    ]


def test_a_zwift_run_by_distance() -> None:
    draft = zwo.draft(RUN.format(type="<durationType>distance</durationType>"), "file", 6.2)
    assert made(draft).steps[1].until == ForDistance(40)


@pytest.mark.parametrize(
    ("text", "full_kmh", "says"),
    [
        (RUN.format(type=TIME), None, "say with --full-kmh"),
        (RUN.format(type=TIME).replace("run<", "bike<"), 6, "only runs"),
        (RUN.format(type=TIME).replace("SteadyState", "FreeRide"), 6, "step 3 FreeRide: has no speed"),
        (RUN.format(type=TIME).replace('pace="1">', 'pace="2">'), 6, "of several paces (1, 2)"),
        (RUN.format(type=TIME).replace('"50"', '"nan"'), 6, "step 3 SteadyState: Duration = 'nan' is not"),
        (RUN.format(type=TIME).replace(' Power="0.5"', ""), 6, "step 3 SteadyState: no target"),
        ("<workout_file>", 6, "not a ZWO file: ParseError"),
        (
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><workout_file><name>&b;</name></workout_file>',
            6,
            "not a ZWO file: EntitiesForbidden",
        ),
    ],
)  # fmt: skip
def test_a_zwift_file_that_cannot_be_used_says_why(text: str, full_kmh: float | None, says: str) -> None:
    with pytest.raises(ProgrammeError, match=r"^mine: ") as caught:
        made(zwo.draft(text, "file", full_kmh))
    assert says in str(caught.value)


def test_nothing_is_clamped_a_limit_refuses() -> None:
    with pytest.raises(ProgrammeError) as caught:
        made(zwo.draft(RUN.format(type=TIME), "file", 6.2), Goal.MOBILITY, Level.NOVICE)
    faults = str(caught.value).splitlines()
    assert (
        "mine: step 2.1 (interval): speed_kmh = 6.2 is above 1.5 km/h, the speed limit of mobility novice"
        in faults
    )
    assert any("the session limit of mobility novice" in fault for fault in faults)


def test_long_words_are_cut_and_listed() -> None:
    draft = intervals.draft(f"- {'word ' * 30}1m 2.0km/h", "n" * 70, None)
    assert len(made(draft).name) == 60
    assert [str(text).partition(":")[0] for text in draft.left_out] == [
        "the name beyond 60 characters",
        "a cue beyond 120 characters",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- 1m 90% HR", "line 1: '90% HR' is a share of a heart rate, not a speed"),
        ("- 1m 85-90% LTHR", "line 1: '85-90% LTHR' is a share of a heart rate"),
        ("- 1m 90%HR", "line 1: '90%HR' is a share of a heart rate"),
        ("- 1m 75%", "line 1: '75%' is a share of power, not a speed; write a share of pace, such as 70% Pace"),
        ("- 20m 88-92% 90rpm", "line 1: '88-92%' is a share of power"),
        ("- 60% MMP 5m", "line 1: '60%' is a share of power"),
        ("- 1m 220w", "line 1: no usable speed"),
        ("- 1m Z2 Pace", "line 1: no usable speed"),
        ("5x\n\n- 1m 4km/h", "line 1: '5x' repeats nothing; put its steps right below it"),
        ("Main set 5x", "line 1: 'Main set 5x' repeats nothing"),
        ("5x\nMain set\n- 1m 4km/h", "line 1: '5x' repeats nothing"),
        ("2x\n- 1m 4km/h\n3x\n- 30s 4km/h", "line 3: '3x' begins inside line 1: '2x'"),
        ("2x\n3x\n- 30s 4km/h", "line 1: '2x' repeats nothing"),
        ("2x\n- 1m 4km/h\n- 3x 30s 4km/h", "line 3: '3x' in a step: a repeat stands on a line of its own"),
        ("- 1m 4km/h 5x", "line 1: '5x' in a step"),
        ("5x Main set\n- 1m 4km/h", "line 1: '5x Main set': is it a repeat?"),
        ("Main set, 5 times\n- 1m 4km/h", "is it a repeat?"),
        ("0x\n- 1m 4km/h", "line 1: '0x': is it a repeat?"),
        ("- Hold 10s at the end 5m 4km/h", "line 1: '10s' and '5m': which is the step's length?"),
        ("- First 33^ go 5m easy 10m 4km/h", "line 1: '5m' and '10m': which is the step's length?"),
        ("- 4km/h 5km/h 1m", "line 1: '4km/h' and '5km/h': which is the step's speed?"),
        ("- 1m 10:00/km then 4km/h", "line 1: '10:00/km' and '4km/h': which is the step's speed?"),
        ("- 1m 70% Pace 4km/h", "line 1: '70%' and '4km/h': which is the step's speed?"),
        ("Warmup 10m 4km/h\n- 1m 4km/h", "line 1: 'Warmup 10m 4km/h': is it a step? begin it with '- '"),
        ("Easy 5m\n- 1m 4km/h", "line 1: 'Easy 5m': is it a step?"),
        ("\u2013 5m 3km/h\n- 1m 4km/h", "line 1: '\u2013 5m 3km/h': is it a step?"),
        ("1. 400mtr slow\n- 1m 4km/h", "line 1: '1. 400mtr slow': is it a step?"),
        ("Repeat 5:\n- 1m 4km/h", "line 1: 'Repeat 5:': is it a repeat?"),
        ("Twice\n- 1m 4km/h", "line 1: 'Twice': is it a repeat?"),
        ("(3x)\n- 1m 4km/h", "line 1: '(3x)': is it a repeat?"),
        ("3*\n- 1m 4km/h", "line 1: '3*': is it a repeat?"),
        ("3 reps\n- 1m 4km/h", "line 1: '3 reps': is it a repeat?"),
        ("5-mal\n- 1m 4km/h", "line 1: '5-mal': is it a repeat?"),
        ("- 1m 4km/h (5x)", "line 1: '(5x)' in a step"),
        ("3x\n- 1m 4km/h\n# note\n- 30s 2km/h", "line 3: '# note' stands inside line 1: '3x'"),
        ("- 33 ^ Faster 1m 4km/h", "line 1: '^' without its seconds"),
    ],
)  # fmt: skip
def test_what_is_not_sure_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(ProgrammeError) as caught:
        made(intervals.draft(text, "x", 6.0))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("line", "cue", "left_out"),
    [
        ("- First 33^ go 5m on <!> 10m 4km/h", "First", ["line 1: the text 'go 5m on' at 33 s"]),
        ("- First 60^30 Second 120^30 Third 10m 4km/h", "First",
         ["line 1: the text 'Second' at 60 s", "line 1: the text 'Third' at 120 s"]),
        ("- 20^ Stop, walk it off 10m 4km/h", "", ["line 1: the text 'Stop, walk it off' at 20 s"]),
        ("- Stand tall for 2m <!> 10m 4km/h", "Stand tall for 2m", []),
    ],
)  # fmt: skip
def test_timed_texts_are_listed_and_never_spoken_at_the_wrong_moment(
    line: str, cue: str, left_out: list[str]
) -> None:
    draft = intervals.draft(line, "x", None)
    ((_, (step,)),) = draft.groups
    assert (step.time_s, step.speed_kmh, step.cue) == (600, 4.0, cue)
    assert [str(left) for left in draft.left_out] == left_out


def test_to_walk_is_what_everybody_does_here_and_no_recovery() -> None:
    ((_, (step,)),) = intervals.draft("- Walk 3m 4km/h", "x", None).groups
    assert step.kind is StepKind.ACTIVE


def test_a_heading_with_a_number_is_listed_whatever_else_it_says() -> None:
    draft = intervals.draft("Warmup 20min\n- 1m 4km/h", "x", None)
    assert [str(left) for left in draft.left_out] == [
        "line 1: 'Warmup 20min' is no step; it was read as a heading"
    ]


def test_a_second_cadence_is_listed() -> None:
    draft = intervals.draft("- 120spm 140spm 1m 4km/h", "x", None)
    ((_, (step,)),) = draft.groups
    assert (step.cadence_spm, step.cue) == (120, "")
    assert [str(left) for left in draft.left_out] == ["line 1: '140spm' has no counterpart"]


def test_a_heart_rate_beside_a_speed_is_listed() -> None:
    draft = intervals.draft("- 1m 4km/h 90% HR", "x", None)
    assert [str(left) for left in draft.left_out] == ["line 1: '90% HR' has no counterpart"]
    assert draft.faults == []


def test_a_zwift_file_that_does_not_say_what_its_durations_are_is_asked_about() -> None:
    text = RUN.format(type="")
    with pytest.raises(ProgrammeError) as caught:
        made(zwo.draft(text, "file", 6.2))
    assert str(caught.value) == (
        "mine: durationType is missing: are its durations seconds or metres? Say so with --lengths time or --lengths "
        "distance"
    )
    assert made(zwo.draft(text, "file", 6.2, "distance")).steps[1].until == ForDistance(40)
    assert made(zwo.draft(text, "file", 6.2, "time")).steps[1].until == ForTime(40)


STEP = '<SteadyState Duration="60" Power="0.5"{more}/>'
TWICE = '<IntervalsT Repeat="{times}" OnDuration="{on}" OffDuration="60" OnPower="1" OffPower="{off}"/>'


def zwift(workout: str, before: str = "", after: str = "") -> Draft:
    text = f"<workout_file><sportType>run</sportType>{TIME}{before}<workout>{workout}</workout>{after}</workout_file>"
    return zwo.draft(text, "file", 6.0)


@pytest.mark.parametrize(
    ("draft", "says"),
    [
        (zwift(STEP.format(more=""), after="<workout/>"), "2 workouts; leave one"),
        (zwift(STEP.format(more=""), before="<durationType>distance</durationType>"), "2 durationTypes; leave one"),
        (zwift(STEP.format(more=""), before="<sportType>bike</sportType>"), "2 sportTypes; leave one"),
        (zwift(TWICE.format(times="2.6", on=40, off=0.4)), "step 1 IntervalsT: Repeat = '2.6' is not a whole number"),
        (zwift(TWICE.format(times="0.4", on=40, off=0.4)), "step 1 IntervalsT: Repeat = '0.4' is not a whole number"),
        (zwift(TWICE.format(times="2", on="0.4", off=0.4)), "step 1 IntervalsT: OnDuration = '0.4' is below 1"),
        (zwift(TWICE.format(times="2", on=40, off=1.2)),
         "step 1 IntervalsT: its Off is faster than its On: which is the recovery?"),
    ],
)  # fmt: skip
def test_what_is_not_sure_in_a_zwift_file_is_refused_with_its_step(draft: Draft, says: str) -> None:
    with pytest.raises(ProgrammeError) as caught:
        made(draft)
    assert says in str(caught.value)


def test_nothing_in_a_zwift_step_is_lost_without_a_word() -> None:
    inner = (
        '<SteadyState Duration="60" Power="0.5" units="1"><gameplayevent type="sprint"/>'
        '<textevent timeoffset="20" message="in time"/><textevent distoffset="30" message="in space"/></SteadyState>'
    )
    assert [str(left) for left in zwift(inner).left_out] == [
        "step 1 SteadyState: units = 1 has no counterpart",
        "step 1 SteadyState: gameplayevent has no counterpart",
        "step 1 SteadyState: the text 'in time' at 20 s",
        "step 1 SteadyState: the text 'in space' at 30 m",
    ]


@pytest.mark.parametrize(
    ("event", "when"),
    [
        ('<textevent timeOffset="30" message="Stop, walk it off"/>', "30 s"),
        ('<TextEvent TimeOffset="30" Message="Stop, walk it off"/>', "30 s"),
        ('<textevent message="Stop, walk it off"/>', "a place that it does not say"),
        ('<textevent timeoffset="soon" message="Stop, walk it off"/>', "a place that it does not say"),
        ('<textevent timeoffset="0" distoffset="500" message="Stop, walk it off"/>', "0 s and 500 m"),
        ('<textevent timeoffset="0" timeOffset="30" message="Stop, walk it off"/>', "0 s and 30 s"),
    ],
)
def test_a_text_that_may_belong_later_is_not_said_at_the_start(event: str, when: str) -> None:
    draft = zwift(f'<SteadyState Duration="60" Power="0.5">{event}</SteadyState>')
    assert [str(left) for left in draft.left_out] == [
        f"step 1 SteadyState: the text 'Stop, walk it off' at {when}"
    ]
    assert made(draft).steps[0].cue == ""


def test_what_a_zwift_file_says_of_its_lengths_counts_in_any_capitals() -> None:
    text = RUN.format(type="<durationtype>Distance</durationtype>")
    assert isinstance(made(zwo.draft(text, "file", 6.2, "time")).steps[1].until, ForDistance)


@pytest.mark.parametrize(
    "line", ["- hello 1:30^ x <!> 10m 4km/h", "- a^ hello <!> 10m 4km/h", "- ^ x <!> 10m 4km/h"]
)
def test_a_time_that_cannot_be_read_is_no_part_of_a_cue(line: str) -> None:
    with pytest.raises(ProgrammeError, match="'\\^' without its seconds"):
        made(intervals.draft(line, "file", None))


SLOW = '<SteadyState Duration="60" Power="0.5"/>'
FAST = (
    '<SteadyState Duration="50" Power="1.0"><textevent timeoffset="30" message="Stop, walk it off"/>'
    '<textevent timeoffset="0" message="Go"/></SteadyState>'
)
STEADY = (
    f"<workout_file><sportType>run</sportType>{TIME}<workout>{(FAST + SLOW) * 4}</workout></workout_file>"
)


def test_slow_steady_steps_are_recoveries_when_a_person_says_so(tmp_path: Path) -> None:
    (tmp_path / "mine.zwo").write_text(STEADY)
    words = (tmp_path / "mine.zwo", "--goal", "conditioning", "--level", "intermediate", "--full-kmh", "6")
    refused = run(*words)
    assert refused.exit_code == 1
    assert (
        "if its slow steps are recoveries, say so: --recovery-below KMH (its slowest: 3.0)" in refused.stderr
    )
    taken = run(*words, "--recovery-below", "4")
    assert taken.exit_code == 0, taken.stderr
    steps = parse(taken.stdout, "mine.toml").steps
    assert [step.kind for step in steps[:2]] == [StepKind.ACTIVE, StepKind.RECOVERY]
    assert steps[0].cue == "Go"
    assert "step 1 SteadyState: the text 'Stop, walk it off' at 30 s" in taken.stderr


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            ["- ", "3x", "1m ", "50mtr ", "0:00/km", "00:00-00:00/mi", "4km/h", "%", "Ramp ", "<", "0s 1%"]
        ),
        st.text(max_size=12),
    )
).map("".join)


@given(text=LINES, full_kmh=st.none() | st.floats(0.5, 30))
def test_no_text_does_more_than_be_refused(text: str, full_kmh: float | None) -> None:
    for reader in (intervals.draft, zwo.draft):
        with contextlib.suppress(ProgrammeError):
            made(reader(text, "x", full_kmh))


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["programme", "import", *map(str, words)])


def test_the_command_writes_a_programme_that_checks(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(TEXT)
    to = tmp_path / "mine.toml"
    result = run(tmp_path / "mine.txt", "--goal", "conditioning", "--level", "intermediate", "-o", to)
    assert result.exit_code == 0
    assert "Not carried over: line 6: 'Z1' has no counterpart" in result.stderr
    assert parse(to.read_text(), "mine.toml").sets == 5


def test_the_command_refuses_with_the_limit_and_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "mine.zwo").write_text(RUN.format(type=TIME))
    result = run(tmp_path / "mine.zwo", "--goal", "mobility", "--level", "novice", "--full-kmh", "6")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert (
        "mine.zwo: step 1 (warmup): speed_kmh = 2.4 is above 1.5 km/h, the speed limit of mobility novice"
        in result.stderr
    )


def test_a_length_and_a_speed_may_have_any_number_of_decimals() -> None:
    found = intervals.draft("- 0.33333333km 4.0000000001km/h", "thirds", 10.0)
    assert (found.faults, found.groups[0][1][0].distance_m) == ([], 333)


@pytest.mark.parametrize(
    "text",
    ["{d}x\n- 5m 4km/h", "- {d}m 4km/h", "- {d}km 4km/h", "- 5m {d}km/h",
     "- 5m {d}:30/km", "- 5m 4-{d}km/h", "- 5m {d}% Pace", "x {d}^ there 5m 4km/h", "- {d}h{d}m{d}s 4km/h"],
)  # fmt: skip
def test_numbers_of_thousands_of_digits_are_faults_and_no_lengths(text: str) -> None:
    found = intervals.draft(text.replace("{d}", "9" * 5000), "too many", 10.0)
    assert found.faults
    assert all((step.time_s or 0) < 10**9 for _, steps in found.groups for step in steps)
