"""Whatever people, units and networks do, in any order, the engine keeps its promises."""

from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from session_rig import EngineGym, EngineUnit

from device_adapters.safety import events as unit_events
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import SITE_CEILING, Goal, Level, Limits, limits_for, tighter
from services.programme.model import Facing, ForDistance, ForTime, Programme, Step, StepKind, UntilStaff
from services.session.engine.events import (
    Ask,
    Effect,
    Event,
    RequestAnswer,
    SendCommand,
    SendLease,
    ServiceStopping,
    StartKept,
    StopSeen,
    Tell,
)


class WatchedSession(EngineGym):
    """A gym that checks every effect at the moment it comes out of the engine."""

    allowed: Limits | None = None
    persons: int = 0
    requests: int = 0
    starts: int = 0

    def feed(self, event: Event) -> tuple[Effect, ...]:
        was = self.state.session
        live_before = self.state.live
        effects = super().feed(event)
        lowers = isinstance(event, Tell) or (isinstance(event, Ask) and event.verb == "slower")
        if lowers and live_before is not None and self.state.live is not None:
            assert self.state.live.asked_ckmh <= live_before.asked_ckmh, f"{event} raised the target"
        if was is not None and not was.live and self.state.session is was:
            assert not [e for e in effects if isinstance(e, SendLease)]
        if live_before is not None and self.state.session is not None:
            assert self.state.session.wanted == live_before.wanted, "one live session at a time"
        for effect in effects:
            self._check(effect)
        return effects

    def _check(self, effect: Effect) -> None:
        session = self.state.session
        match effect:
            case SendCommand(verb="start"):
                self.starts += 1
                assert self.starts <= 2 * self.persons, "a start, and at most its repetition, per request"
                assert session is not None
                assert session.leased
                assert session.kept
            case SendCommand(verb="target"):
                assert session is not None
                assert not session.step.off_belt
                assert session.step.facing is session.facing, "a turn needs a full stop"
                assert session.phase == "running"
                assert self.allowed is not None
                assert effect.speed_ckmh is not None
                assert effect.grade_dpct is not None
                assert effect.speed_ckmh <= min(self.allowed.speed_max_ckmh, session.limits.speed_max_ckmh)
                assert self.allowed.grade_min_dpct <= effect.grade_dpct <= self.allowed.grade_max_dpct
            case SendLease(ttl_ms=0):
                assert session is not None
                if session.start_sent:
                    quiet = [speed for at, speed in self.speeds if at > self.now - 2_000]
                    assert self.state.measured_ckmh == 0
                    assert not any(quiet), "released on a belt that was not still"
                assert not self.state.measured_ckmh
            case RequestAnswer():
                self.requests -= 1
        match effect:
            case SendCommand(epoch=epoch, beat=beat, verb="start" | "target" | "stop"):
                newest = self.leases()[-1]
                assert (epoch, beat) <= (newest.epoch, newest.beat)


on_belt = st.builds(
    Step,
    place=st.just("1"),
    kind=st.sampled_from([kind for kind in StepKind if kind is not StepKind.OPEN]),
    facing=st.sampled_from([Facing.RETRO, Facing.RETRO, Facing.FORWARD]),
    until=st.one_of(
        st.builds(ForTime, st.integers(1, 60)),
        st.builds(ForDistance, st.integers(1, 60)),
        st.builds(UntilStaff, st.integers(1, 60)),
    ),
    speed_ckmh=st.integers(30, 1_500),
    incline_dpct=st.integers(-50, 200),
)
off_belt = st.builds(
    Step,
    place=st.just("1"),
    kind=st.just(StepKind.OPEN),
    facing=st.none(),
    until=st.builds(UntilStaff, st.integers(1, 60)),
    speed_ckmh=st.just(0),
)
steps = st.one_of(on_belt, on_belt, on_belt, off_belt)
programmes = st.builds(
    Programme,
    name=st.just("random"),
    goal=st.sampled_from(Goal),
    level=st.sampled_from(Level),
    steps=st.lists(steps, min_size=1, max_size=5).map(tuple),
)


class Promises(RuleBasedStateMachine):
    """Programmes that no check would pass, units that fall silent, people who press everything."""

    @initialize(programme=programmes, keeps=st.sampled_from([True, True, True, False, None]))
    def a_session_runs(self, programme: Programme, keeps: bool | None) -> None:
        self.gym = WatchedSession(keeps=keeps)
        self.somebody_starts(programme, 190)
        self.gym.run(9_000)

    @rule(programme=programmes)
    def all_is_well_again_and_another_starts(self, programme: Programme) -> None:
        gym = self.gym
        gym.unit.deaf = gym.unit.mute = False
        gym.online = gym.keeps = True
        gym.unit.belt.halt(pause=False)
        self.somebody_asks("stop")
        gym.run(12_000)
        self.somebody_asks("clear")
        gym.run(500)
        self.somebody_starts(programme, None)
        gym.run(9_000)

    @rule(
        programme=programmes,
        hr_max_bpm=st.none() | st.integers(100, 230),
        countdown_ms=st.sampled_from([0, 0, 3_000, 10_000]),
        waiver=st.sampled_from(["", "", "no strap fits"]),
    )
    def somebody_starts(
        self, programme: Programme, hr_max_bpm: int | None, countdown_ms: int = 0, waiver: str = ""
    ) -> None:
        self.gym.requests += 1
        self.gym.persons += 1
        before = self.gym.allowed
        self.gym.allowed = tighter(limits_for(programme.goal, programme.level), SITE_CEILING)
        strap = "" if waiver else "hr-01"
        answer = self.gym.start(
            programme, strap=strap, waiver=waiver, hr_max_bpm=hr_max_bpm, countdown_ms=countdown_ms
        )
        if not answer.ok:
            self.gym.allowed = before

    @rule(
        verb=st.sampled_from(
            [
                "pause",
                "resume",
                "resume",
                "stop",
                "clear",
                "skip",
                "skip",
                "repeat",
                "done",
                "slower",
                "slower",
            ]
        )
    )
    def somebody_asks(self, verb: Any) -> None:
        self.gym.requests += 1
        self.gym.persons += verb == "resume"
        self.gym.feed(Ask(self.gym.asker(), verb))

    @rule(verb=st.sampled_from(["rpe", "present", "note", "feedback"]), rpe=st.integers(6, 20))
    def somebody_tells(self, verb: Any, rpe: int) -> None:
        self.gym.requests += 1
        self.gym.feed(Tell(asker=self.gym.asker(), verb=verb, text="x", rpe=rpe))

    @rule(ms=st.sampled_from([100, 1_000, 2_500, 5_000, 8_000, 20_000, 60_000]))
    def time_passes(self, ms: int) -> None:
        self.gym.run(ms)

    @rule(deaf=st.booleans(), mute=st.booleans())
    def the_line_breaks(self, deaf: bool, mute: bool) -> None:
        self.gym.unit.deaf, self.gym.unit.mute = deaf, mute

    @rule()
    def the_line_mends(self) -> None:
        self.gym.unit.deaf = self.gym.unit.mute = False
        self.gym.online = True
        self.gym.hear_state()

    @rule()
    def the_unit_vanishes(self) -> None:
        self.gym.online = False
        self.gym.hear_state()

    @rule()
    def the_unit_restarts(self) -> None:
        old = self.gym.unit
        self.gym.unit = EngineUnit(boot=old.boot + "x")
        self.gym.unit.belt = old.belt

    @rule(cause=st.sampled_from(Cause))
    def a_hazard(self, cause: Cause) -> None:
        self.gym.unit.feed(unit_events.Hazard(cause), self.gym.now)

    @rule(by=st.sampled_from(["", "Ben"]))
    def a_stop_goes_over_the_bus(self, by: str) -> None:
        self.gym.unit.feed(unit_events.Hazard(Cause.STOP_PRESSED, by), self.gym.now)
        self.gym.feed(StopSeen(by))

    @rule(ckmh=st.integers(80, 2_000))
    def somebody_presses_the_console(self, ckmh: int) -> None:
        self.gym.unit.belt.start()
        self.gym.unit.belt.set_speed(ckmh)

    @rule(speed=st.integers(0, 900), grade=st.integers(0, 100))
    def the_unit_tightens_its_limits(self, speed: int, grade: int) -> None:
        limits = replace(SITE_CEILING, speed_max_ckmh=speed, grade_max_dpct=grade)
        self.gym.hear_state(limits=limits)

    @rule(
        outcome=st.sampled_from(["accepted", "clamped", "refused"]), speed=st.none() | st.integers(0, 2_000)
    )
    def a_result_comes_early(self, outcome: str, speed: int | None) -> None:
        session = self.gym.state.session
        if session is not None and session.pending is not None:
            self.gym.feed_result(session.pending.id, outcome, speed, "no_control")

    @rule(ok=st.booleans())
    def the_journal_speaks_again(self, ok: bool) -> None:
        session = self.gym.state.session
        self.gym.feed(StartKept(session.wanted.session if session else "s", ok))

    @rule()
    def the_service_ends(self) -> None:
        self.gym.feed(ServiceStopping())

    def teardown(self) -> None:
        """When all faults end, every session does, and every request has been answered once."""
        if not hasattr(self, "gym"):
            return
        gym = self.gym
        gym.unit.deaf = gym.unit.mute = False
        gym.feed(StopSeen(""))
        gym.unit.feed(unit_events.Hazard(Cause.STOP_PRESSED), gym.now)
        gym.run(35_000)
        assert gym.state.live is None
        assert gym.state.clearing is None
        assert gym.requests == 0
        starts = gym.starts
        gym.run(20_000)
        assert gym.starts == starts, "nothing resumes by itself"


Promises.TestCase.settings = settings(stateful_step_count=25)


# A failing example takes minutes to become small enough to read.
TestPromises = pytest.mark.timeout(400)(Promises.TestCase)
