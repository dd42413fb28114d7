"""The programme format: what it takes, and that each fault leads to its line."""

import pytest

from device_adapters.errors import ProgrammeError
from device_adapters.safety.limits import Goal, Level
from services.programme.faults import SAID_MAX, ProgrammeFaultsError
from services.programme.model import Facing, ForDistance, ForTime, StepKind, UntilHeartRateBelow, UntilStaff
from services.programme.parse import STEPS_MAX, parse
from services.texts.telling import tell_in

HEAD = 'schema = "retro-session/1"\nname = "Test"\ngoal = "conditioning"\nlevel = "intermediate"\n'


def step(**keys: object) -> str:
    values: dict[str, object] = {
        "kind": '"active"',
        "facing": '"retro"',
        "time_s": 30,
        "speed_kmh": 3.0,
        **keys,
    }
    return "[[step]]\n" + "".join(f"{k} = {v}\n" for k, v in values.items() if v is not None)


DRILL = '[[step]]\nkind = "open"\nuntil = "staff"\ntime_max_s = 240\ncue = "Cone drill"\n'


def refusal(text: str) -> str:
    with pytest.raises(ProgrammeError) as caught:
        parse(text, "mine.toml")
    return str(caught.value)


def test_a_file_with_every_kind_of_step() -> None:
    programme = parse(
        HEAD
        + step(kind='"warmup"', facing='"forward"', time_s=300, speed_kmh=4.0)
        + """
[[step]]
kind = "repeat"
times = 2
  [[step.step]]
  kind = "interval"
  facing = "retro"
  distance_m = 50
  speed_kmh = 6.2
  incline_pct = 1.5
  cue = "Short quick steps"
  [[step.step]]
  kind = "recovery"
  facing = "retro"
  until = "hr_below"
  hr_pct_max = 65
  time_max_s = 90
  speed_kmh = 2.0
""",
        "mine.toml",
    )
    assert (programme.name, programme.goal, programme.level) == (
        "Test",
        Goal.CONDITIONING,
        Level.INTERMEDIATE,
    )
    assert [s.kind for s in programme.steps] == [
        StepKind.WARMUP, StepKind.INTERVAL, StepKind.RECOVERY, StepKind.INTERVAL, StepKind.RECOVERY
    ]  # fmt: skip
    assert [s.place for s in programme.steps] == ["1", "2.1", "2.2", "2.1", "2.2"]
    warmup, interval, recovery = programme.steps[:3]
    assert (warmup.facing, warmup.until) == (Facing.FORWARD, ForTime(300))
    assert (interval.until, interval.speed_ckmh, interval.incline_dpct) == (ForDistance(50), 620, 15)
    assert recovery.until == UntilHeartRateBelow(650, 90)
    assert [str(s.said) for s in programme.steps[1:]] == [
        "Set 1 of 2. Short quick steps", "Set 1 of 2", "Set 2 of 2. Short quick steps", "Set 2 of 2"
    ]  # fmt: skip


def test_steps_that_staff_end_on_the_belt_and_off_it() -> None:
    text = step(time_s=None, until='"staff"', time_max_s=50, cadence_spm=120) + DRILL + step()
    programme = parse(HEAD + "per_week = [1, 2]\n" + text, "mine.toml")
    walk, drill, _ = programme.steps
    assert (walk.until, walk.cadence_spm, walk.off_belt) == (UntilStaff(50), 120, False)
    assert (drill.until, drill.facing, drill.speed_ckmh, drill.off_belt) == (UntilStaff(240), None, 0, True)
    assert drill.cue == "Cone drill"
    assert programme.per_week == (1, 2)


def test_sets_are_the_rounds_of_all_repeats() -> None:
    inner = '  [[step.step]]\n  kind = "rest"\n  facing = "retro"\n  time_s = 5\n  speed_kmh = 1.0\n'
    repeats = "".join(f'[[step]]\nkind = "repeat"\ntimes = {n}\n{inner}{inner}' for n in (4, 2))
    assert parse(HEAD + step() + repeats, "mine.toml").sets == 6
    assert parse(HEAD + step(), "mine.toml").sets == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("schema = ", "not TOML"),
        (HEAD.replace("session/1", "session/9") + step(), "schema = 'retro-session/9'"),
        (HEAD.replace('name = "Test"\n', "") + step(), "name is missing"),
        (HEAD.replace("conditioning", "flying") + step(), "goal = 'flying' is not one of knee_strength"),
        (HEAD.replace('level = "intermediate"\n', "") + step(), "level is missing"),
        (HEAD, "step is missing"),
        (HEAD + "step = []\n", "step is missing"),
        (HEAD + "step = [3]\n", "step 1: is not a table"),
        (HEAD + "colour = 1\n" + step(), "unknown key colour"),
        (HEAD + step(kind='"sprint"'), "step 1: kind = 'sprint' is not one of warmup"),
        (HEAD + step(facing=None), "step 1: facing is missing"),
        (HEAD + step(speed_kmh=None), "step 1: speed_kmh is missing"),
        (HEAD + step(speed_kmh="nan"), "step 1: speed_kmh = nan"),
        (HEAD + step(speed_kmh=0), "step 1: speed_kmh = 0 is not a number from 0.3"),
        (HEAD + step(speed_kmh="true"), "step 1: speed_kmh = True"),
        (HEAD + step(time_s=0), "step 1: time_s = 0"),
        (HEAD + step(time_s=1.5), "step 1: time_s = 1.5 is not a whole number"),
        (HEAD + step(time_s=None), "exactly one of time_s, distance_m, until (found none)"),
        (HEAD + step(distance_m=50), "(found time_s and distance_m)"),
        (HEAD + step(time_s=None, until='"tired"'), "until = 'tired' is not one of hr_below, staff"),
        (HEAD + step(time_s=None, until='"staff"'), "time_max_s is missing"),
        (HEAD + step(cadence_spm=39), "step 1: cadence_spm = 39 is not a whole number from 40 to 240"),
        (HEAD + "per_week = 3\n" + step(), "per_week = 3 is not [least, most]"),
        (HEAD + "per_week = [3, 2]\n" + step(), "per_week = [3, 2] is not [least, most]"),
        (HEAD + "per_week = [true, 2]\n" + step(), "per_week = [True, 2] is not [least, most]"),
        (HEAD + "per_week = [2, 8]\n" + step(), "per_week = [2, 8] is not [least, most]"),
        (HEAD + step() + DRILL + "speed_kmh = 3\n" + step(), "step 2: speed_kmh does not fit kind = 'open'"),
        (HEAD + step() + DRILL + 'facing = "retro"\n' + step(), "step 2: facing does not fit kind = 'open'"),
        (
            HEAD + step() + DRILL.replace("staff", "hr_below") + step(),
            "step 2: kind = 'open' ends when staff",
        ),
        (HEAD + step() + DRILL.replace("cue", "name") + step(), "step 2: cue is missing"),
        (HEAD + step() + DRILL.replace("240", "1801") + step(), "step 2: time_max_s = 1801"),
        (HEAD + step(time_s=None, until='"hr_below"', hr_pct_max=60), "time_max_s is missing"),
        (HEAD + step(speed_kph=3), "step 1: unknown key speed_kph"),
        (HEAD + step(cue=7), "step 1: cue = 7"),
        (HEAD + step(times=3), "step 1: unknown key times"),
        (HEAD + '[[step]]\nkind = "repeat"\ntimes = 2\n', "step 1: step is missing"),
        (
            HEAD + '[[step]]\nkind = "repeat"\ntimes = 2\n[[step.step]]\nkind = "repeat"\ntimes = 2\n',
            "step 1.1: a repeat within a repeat",
        ),
    ],
)
def test_a_fault_names_the_file_the_place_and_the_value(text: str, says: str) -> None:
    message = refusal(text)
    assert message.startswith("mine.toml: ")
    assert says in message


def test_all_faulty_steps_are_named_at_once() -> None:
    message = refusal(HEAD + step(kind='"sprint"') + step() + step(speed_kmh=-1))
    assert "step 1: kind" in message
    assert "step 3: speed_kmh" in message


def test_all_faults_of_a_file_are_named_at_once_its_limits_too() -> None:
    head = HEAD.replace('name = "Test"\n', "colour = 1\n")
    bad = step(facing='"up"', time_s=0, speed_kmh=None, cue=7, speed_kph=3)
    assert refusal(head + bad + step(speed_kmh=9, incline_pct=5.0)).splitlines() == [
        "mine.toml: name is missing; give a text",
        "mine.toml: unknown key colour; remove it or correct its spelling",
        "mine.toml: step 1: facing = 'up' is not one of forward, retro",
        "mine.toml: step 1: time_s = 0 is not a whole number from 1 to 3600",
        "mine.toml: step 1: speed_kmh is missing; give a number from 0.3 to 30",
        "mine.toml: step 1: cue = 7 is not a text of 1 to 120 characters",
        "mine.toml: step 1: unknown key speed_kph; remove it or correct its spelling",
        "mine.toml: step 2 (active): speed_kmh = 9 is above 6.5 km/h, the speed limit of conditioning intermediate",
        "mine.toml: step 2 (active): incline_pct = 5 is outside 0..2 %, the grade limits of conditioning intermediate",
    ]


def test_unrolled_repeats_are_bounded() -> None:
    inner = "".join('[[step.step]]\nkind="rest"\nfacing="retro"\ntime_s=1\nspeed_kmh=1\n' for _ in range(2))
    message = refusal(HEAD + f'[[step]]\nkind = "repeat"\ntimes = {STEPS_MAX}\n' + inner)
    assert f"more than {STEPS_MAX} steps" in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            step(speed_kmh=6.6),
            "step 1 (active): speed_kmh = 6.6 is above 6.5 km/h, the speed limit of conditioning intermediate",
        ),
        (step(incline_pct=2.1), "step 1 (active): incline_pct = 2.1 is outside 0..2 %"),
        (step(incline_pct=-1.0), "incline_pct = -1 is outside 0..2 %"),
        (step(time_s=61), "step 1 (active): 61 s without a recovery are above 60 s, the bout limit"),
        (step(time_s=40) + step(time_s=30), "step 1 to 2 (active): 70 s"),
        (step(time_s=None, distance_m=51), "62 s without a recovery"),
        (step(kind='"recovery"', time_s=200, speed_kmh=5.0), "step 1 (recovery): 200 s without a recovery"),
        (
            step(time_s=None, until='"hr_below"', hr_pct_max=81, time_max_s=30),
            "hr_pct_max = 81 is above 80 % of HRmax",
        ),
        (step(time_s=None, until='"staff"', time_max_s=61), "step 1 (active): 61 s without a recovery"),
        (DRILL + step(), "step 1 (open): a step off the belt stands between steps on the belt"),
        (step() + DRILL, "step 2 (open): a step off the belt stands between steps on the belt"),
        (
            "per_week = [2, 3]\n" + step(),
            "programme: per_week = [2, 3] is above 2, the limit of conditioning intermediate",
        ),
        (step(kind='"rest"', time_s=1499, speed_kmh=3.0), "are above 1500 s, the session limit"),
    ],
)
def test_a_step_outside_its_limits_is_refused_with_the_limit_named(text: str, says: str) -> None:
    message = refusal(HEAD + text)
    assert message.startswith("mine.toml: ")
    assert says in message


@pytest.mark.parametrize(
    "text",
    [
        step(speed_kmh=6.5, incline_pct=2.0),
        step(time_s=60),
        step(time_s=None, distance_m=50),
        step(kind='"rest"', time_s=1497, speed_kmh=3.0),
        step(time_s=60) + DRILL + step(time_s=60),
        step(time_s=60) + step(kind='"recovery"', time_s=1, speed_kmh=4.0) + step(time_s=60),
    ],
)
def test_a_step_at_its_limits_is_taken(text: str) -> None:
    assert parse(HEAD + text, "mine.toml").steps


@pytest.mark.parametrize(("level", "longest_s"), [("novice", 30), ("intermediate", 45), ("advanced", 60)])
def test_athletic_running_has_a_shorter_bout_than_walking(level: str, longest_s: int) -> None:
    head = HEAD.replace("conditioning", "athletic").replace("intermediate", level)
    assert parse(head + step(speed_kmh=6.0, time_s=longest_s), "mine.toml").steps
    message = refusal(head + step(speed_kmh=6.0, time_s=longest_s + 1))
    assert f"{longest_s + 1} s without a recovery are above {longest_s} s, the limit for running" in message
    assert parse(head + step(speed_kmh=5.9, time_s=longest_s + 1), "mine.toml").steps


def test_forward_minutes_do_not_count_as_retro_minutes() -> None:
    forward = step(kind='"warmup"', facing='"forward"', time_s=300, speed_kmh=4.0)
    assert parse(HEAD + forward + step(kind='"rest"', time_s=1497, speed_kmh=3.0), "mine.toml").steps


def test_a_name_or_a_cue_that_nobody_can_read_is_refused_with_its_place() -> None:
    assert "mine.toml: name: character 5 cannot be seen (U+202E" in refusal(
        HEAD.replace('"Test"', '"Test\u202e"') + step()
    )
    assert "mine.toml: step 1: cue: character 1 cannot be seen" in refusal(HEAD + step(cue='"\u200bStop"'))


def test_a_name_is_kept_in_one_form() -> None:
    assert parse(HEAD.replace("Test", "Zoe\u0308") + step(), "mine.toml").name == "Zo\xeb"


def test_what_is_wrong_with_a_file_is_said_in_the_reader_s_language() -> None:
    with pytest.raises(ProgrammeFaultsError) as caught:
        parse(HEAD + step(speed_kmh=6.6) + step(time_s=61), "mine.toml")
    assert [tell_in("de", fault) for fault in caught.value.faults] == [
        "mine.toml: Schritt 1 (active): speed_kmh = 6,6 ist über 6,5 km/h, der Geschwindigkeitsgrenze von Kondition, "
        "Mittelstufe",
        "mine.toml: Schritt 1 bis 2 (active): 91 s ohne Erholung sind über 60 s, der Grenze eines Abschnitts von "
        "Kondition, Mittelstufe",
    ]
    told = tell_in("fr", caught.value.said)
    assert "étape 1 (active)\N{NO-BREAK SPACE}: speed_kmh = 6,6 dépasse 6,5 km/h" in told
    assert "above" not in told


def test_one_answer_does_not_tell_hundreds_of_faults() -> None:
    with pytest.raises(ProgrammeFaultsError) as caught:
        parse(HEAD + step(speed_kmh=-1) * 150, "mine.toml")
    assert len(caught.value.faults) == 150
    assert str(caught.value.said).count("mine.toml") == SAID_MAX
