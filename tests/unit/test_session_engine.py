"""The engine against the unit's real envelope and an obedient belt, in virtual time."""

from dataclasses import replace
from itertools import pairwise

import pytest
from session_rig import SPEC, STEP_MS, EngineGym, EngineUnit, programme, step

from device_adapters.contract.phrase import english
from device_adapters.safety.limits import Goal, Level, limits_for
from services.programme.library import find
from services.programme.model import (
    Facing,
    ForDistance,
    ForTime,
    StepKind,
    UntilHeartRateBelow,
)
from services.session.engine.events import SendLease, StartKept
from services.session.engine.state import EngineState

KNEE = find(Goal.KNEE_STRENGTH, Level.NOVICE)


def test_the_belt_is_not_started_before_the_journal_has_the_session() -> None:
    gym = EngineGym(keeps=None)
    gym.start()
    gym.run(2_000)
    assert gym.session.leased
    assert gym.commands() == []
    gym.feed(StartKept(gym.session.wanted.session, ok=True))
    assert [c.verb for c in gym.commands()] == ["start"]


def test_the_belt_is_not_started_before_the_lease_is_granted() -> None:
    gym = EngineGym()
    gym.start()
    assert gym.session.kept
    assert gym.commands() == []
    gym.run(200)
    assert [c.verb for c in gym.commands()] == ["start"]


def test_a_journal_that_does_not_answer_refuses_the_session() -> None:
    gym = EngineGym(keeps=None)
    gym.start()
    gym.run_until("ended")
    assert english(gym.session.why) == "The journal did not answer; the belt was not started."
    assert gym.commands() == []


def test_the_lease_goes_out_with_a_higher_epoch_and_twice_a_second_a_higher_beat() -> None:
    gym = EngineGym()
    gym.moving()
    leases = [(now, e) for now, e in gym.sent if isinstance(e, SendLease)]
    assert {e.epoch for _, e in leases} == {1}
    assert {e.ttl_ms for _, e in leases} == {3_000}
    assert [e.beat for _, e in leases] == list(range(1, len(leases) + 1))
    gaps = [b[0] - a[0] for a, b in pairwise(leases)]
    assert max(gaps) <= 500


def test_each_lease_brings_back_the_newest_nonce_of_this_boot() -> None:
    gym = EngineGym()
    gym.moving()
    assert {e.nonce for e in gym.leases()} == {None}, "a unit that says none is answered with none"
    for nonce in (7, 8, 12):
        gym.hear_state(nonce=nonce)
        sent = len(gym.leases())
        gym.run(600)
        assert {e.nonce for e in gym.leases()[sent:]} == {nonce}
    gym.hear_state(nonce=11)
    gym.run(600)
    assert gym.leases()[-1].nonce == 12


def test_a_session_begins_with_the_nonce_that_the_unit_said_last() -> None:
    gym = EngineGym()
    gym.hear_state(nonce=41)
    gym.start()
    assert gym.leases()[0].nonce == 41


def test_the_first_movement_is_slow_and_held() -> None:
    gym = EngineGym()
    gym.start()
    gym.run_until("running")
    began = gym.now
    assert gym.commands("target") == []
    gym.run(4_800)
    assert gym.unit.belt.speed_ckmh == 100
    assert gym.commands("target") == []
    gym.run(400)
    (target,) = gym.commands("target")
    assert (target.speed_ckmh, target.grade_dpct) == (120, 0)
    assert gym.session.elapsed_ms == gym.now - began


def test_a_target_goes_out_only_when_it_changes() -> None:
    gym = EngineGym()
    gym.moving()
    gym.run(100_000)
    assert [c.speed_ckmh for c in gym.commands("target")] == [120, 180]


def test_pause_and_resume_from_a_still_belt() -> None:
    gym = EngineGym()
    gym.moving()
    progress = gym.session.progress
    assert gym.ask("pause").ok
    assert gym.session.phase == "pausing"
    assert not gym.ask("resume").ok
    gym.run_until("paused")
    assert gym.unit.belt.speed_ckmh == 0
    gym.run(30_000)
    assert gym.session.progress.step_ms - progress.step_ms <= 200
    assert english(gym.view.why) == "Paused by Anna."
    starts = len(gym.commands("start"))
    assert gym.ask("resume").ok
    assert len(gym.commands("start")) == starts + 1
    gym.run_until("running")
    assert english(gym.view.why) == ""
    gym.run(5_400)
    assert gym.commands("target")[-1].speed_ckmh == 120
    gym.run_until("ended", within_ms=700_000)
    assert gym.session.outcome == "completed"
    assert len({e.epoch for e in gym.leases()}) == 1


def test_a_pause_does_not_last_for_ever() -> None:
    gym = EngineGym()
    gym.moving()
    gym.ask("pause")
    gym.run_until("ended", within_ms=620_000)
    assert (gym.session.outcome, english(gym.session.why)) == ("stopped", "It was paused for 10 minutes.")


def test_stop_releases_the_lease_on_a_still_belt_only() -> None:
    gym = EngineGym()
    gym.moving()
    assert gym.ask("stop").ok
    assert gym.session.phase == "stopping"
    assert gym.leases()[-1].ttl_ms == 3_000
    gym.run_until("ended")
    assert gym.unit.belt.speed_ckmh == 0
    assert all(speed == 0 for at, speed in gym.speeds if at > gym.now - 2_000)
    assert gym.leases()[-1].ttl_ms == 0
    assert (gym.session.outcome, english(gym.session.why)) == ("stopped", "Stopped by Anna.")
    assert gym.ends() == [gym.session]


def test_a_started_belt_that_has_not_moved_is_watched_for_longer() -> None:
    gym = EngineGym(EngineUnit(spec=replace(SPEC, start_delay_ms=60_000)))
    gym.start()
    gym.run(1_000)
    gym.ask("stop")
    stopped = gym.now
    gym.run_until("ended")
    assert gym.now - stopped >= 8_000


def test_a_belt_that_never_moves_is_given_up() -> None:
    gym = EngineGym(EngineUnit(spec=replace(SPEC, start_delay_ms=600_000)))
    gym.start()
    gym.run_until("ended", within_ms=40_000)
    assert (gym.session.outcome, english(gym.session.why)) == (
        "refused",
        "The belt did not move after its start.",
    )


def test_a_change_of_facing_stops_the_belt_and_waits_for_a_person() -> None:
    gym = EngineGym()
    plan = programme(step(200, ForTime(20), Facing.FORWARD), step(200, ForTime(20)))
    gym.moving(plan)
    gym.run_until("paused")
    assert gym.session.progress.index == 1
    assert gym.session.retro_ms == 0
    assert english(gym.view.why) == "Turn to walk retro; when the member stands ready, resume."
    gym.run(60_000)
    assert gym.session.phase == "paused"
    gym.ask("resume")
    gym.run_until("ended")
    assert gym.session.outcome == "completed"
    assert abs(gym.session.retro_ms - 20_000) <= 200


def test_distance_steps_end_by_the_metres_of_the_belt() -> None:
    gym = EngineGym()
    gym.moving(programme(step(400, ForDistance(50)), step(200, ForTime(20), kind=StepKind.REST)))
    at_speed = gym.unit.belt.distance_m
    while gym.session.progress.index == 0:
        at_speed = gym.unit.belt.distance_m if not gym.session.progress.at_speed else at_speed
        gym.run(STEP_MS)
    assert abs(gym.unit.belt.distance_m - at_speed - 50) <= 1


@pytest.mark.parametrize(("bpm", "ends"), [(128, True), (130, False)])
def test_a_recovery_may_end_by_heart_rate(bpm: int, ends: bool) -> None:
    gym = EngineGym(bpm=140)
    recovery = step(200, UntilHeartRateBelow(650, 90), kind=StepKind.RECOVERY)
    gym.start(programme(recovery, step(200, ForTime(300), kind=StepKind.REST)), hr_max_bpm=200)
    gym.run_until("running")
    gym.run(10_000)
    gym.bpm = bpm
    gym.run(2_000)
    assert (gym.session.progress.index == 1) is ends
    gym.run(80_000)
    assert gym.session.progress.index == 1


def test_a_stale_heart_rate_ends_no_recovery_and_is_not_shown() -> None:
    gym = EngineGym(bpm=140)
    gym.moving(programme(step(200, UntilHeartRateBelow(650, 90))))
    gym.heart_rate(140)
    assert gym.view.hr_bpm == 140
    gym.run(5_000)
    assert gym.view.hr_bpm == 140
    gym.run(100)
    assert gym.view.hr_bpm is None


def test_the_session_limit_ends_it_in_time() -> None:
    gym = EngineGym()
    limits = limits_for(Goal.MOBILITY, Level.NOVICE)
    steps = [step(150, ForTime(100), kind=StepKind.REST)] * 4
    gym.start(programme(*steps, goal=Goal.MOBILITY, level=Level.NOVICE))
    gym.run_until("ended", within_ms=600_000)
    assert (gym.session.outcome, english(gym.session.why)) == (
        "stopped",
        "The session limit of 5 min was reached.",
    )
    assert sum(200 for _, speed in gym.speeds if speed) <= limits.session_max_s * 1000
    assert gym.session.retro_ms >= limits.session_max_s * 1000 - 2_000


def test_a_target_outside_the_envelope_is_clamped_and_recorded() -> None:
    gym = EngineGym()
    gym.moving(programme(step(900, ForTime(50), grade=50), goal=Goal.ATHLETIC, level=Level.NOVICE))
    (target,) = gym.commands("target")
    limits = limits_for(Goal.ATHLETIC, Level.NOVICE)
    assert (target.speed_ckmh, target.grade_dpct) == (limits.speed_max_ckmh, limits.grade_max_dpct)
    (note,) = gym.notes("clamped")
    assert note.before == {"speed_ckmh": 900, "grade_dpct": 50}
    assert note.after == {"speed_ckmh": 600, "grade_dpct": 20}


def test_limits_that_the_unit_tightens_lower_the_target_at_once() -> None:
    gym = EngineGym()
    gym.moving(programme(step(600, ForTime(120))))
    tight = replace(gym.session.limits, speed_max_ckmh=300)
    gym.hear_state(limits=tight)
    gym.run(400)
    assert gym.commands("target")[-1].speed_ckmh == 300
    gym.hear_state(limits=limits_for(Goal.ATHLETIC, Level.ADVANCED))
    gym.run(2_000)
    assert gym.session.limits == tight
    assert gym.commands("target")[-1].speed_ckmh == 300


def test_the_machine_s_own_range_counts_too() -> None:
    gym = EngineGym(EngineUnit(spec=replace(SPEC, speed_max_ckmh=500, speed_min_ckmh=150)))
    gym.start(programme(step(120, ForTime(20)), step(600, ForTime(60))))
    gym.run_until("running")
    gym.run(30_000)
    assert [c.speed_ckmh for c in gym.commands("target")] == [150, 500]
    assert [n.after["speed_ckmh"] for n in gym.notes("clamped")] == [150, 500]


def test_a_clamp_by_the_unit_is_recorded_and_expected() -> None:
    gym = EngineGym()
    gym.moving(programme(step(600, ForTime(50))))
    (target,) = gym.commands("target")
    gym.feed_result(target.id, "clamped", 550)
    assert gym.session.ramp.to_ckmh == 600, "a result that was given already changes nothing"

    gym = EngineGym()
    gym.start(programme(step(600, ForTime(50))))
    gym.run_until("running")
    gym.unit.deaf = True
    gym.run(5_200)
    gym.feed_result(gym.commands("target")[0].id, "clamped", 550)
    assert gym.session.ramp.to_ckmh == 550
    assert gym.notes("clamped")[0].after == {"speed_ckmh": 550}


def test_a_settled_belt_off_its_plan_is_seen() -> None:
    gym = EngineGym()
    gym.moving(programme(step(300, ForTime(60))))
    gym.run(8_000)
    assert gym.session.off_plan_ckmh == 0
    gym.unit.belt.set_speed(250)
    gym.run(3_000)
    assert gym.session.off_plan_ckmh == 50
    assert gym.view.off_plan_kmh == 0.5


def test_a_second_session_on_one_treadmill_is_refused() -> None:
    gym = EngineGym()
    gym.moving()
    before = gym.state
    answer = gym.start()
    assert (answer.ok, answer.cause) == (False, "busy")
    assert gym.state == before
    assert gym.notes("request_refused")[-1].cause == "busy"


def test_after_its_end_another_may_start_with_a_higher_epoch() -> None:
    gym = EngineGym()
    gym.moving()
    gym.ask("stop")
    gym.run_until("ended")
    gym.run(1_000)
    assert gym.start().ok
    gym.run_until("running")
    assert gym.leases()[-1].epoch == 2


def test_a_new_engine_allows_nothing() -> None:
    state = EngineState(treadmill="tm-01", holder="h")
    assert (state.seen, state.session, state.measured_ckmh) == (None, None, None)
