"""A measurement steers and is shown only if it is about now: by (boot, seq, age), one rule for all who read the bus."""

import msgspec
import pytest

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.freshness import AGE_MAX_MS, AGE_TOLD_MS, AGE_UNKNOWN_MS, Freshness, aged
from services.console.live.live_state import LiveState

LIVE = 60_000


def frame(boot: str, seq: int, speed_kmh: float, **more: int) -> m.TreadmillTelemetry:
    return m.TreadmillTelemetry(
        treadmill="tm-1", boot=boot, seq=seq, at_ms=more.pop("at_ms", 0), speed_kmh=speed_kmh, **more
    )


def test_measurements_count_once_and_in_order() -> None:
    fresh = Freshness()
    assert fresh.age_ms("b", 1, 0, 1_000) == 0
    assert fresh.age_ms("b", 1, 0, 1_010) is None
    assert fresh.age_ms("b", 2, 40, 1_250) == 40
    assert fresh.age_ms("b", 1, 0, 1_260) is None
    assert fresh.age_ms("b", 3, 0, 1_500) == 0


@pytest.mark.parametrize("told_ms", [AGE_MAX_MS + 1, 60_000, AGE_UNKNOWN_MS])
def test_what_waited_is_past_and_changes_nothing_for_what_is_live(told_ms: int) -> None:
    fresh = Freshness()
    assert fresh.age_ms("b", 500, 0, LIVE) == 0
    assert fresh.age_ms("b", 900, told_ms, LIVE + 10) is None
    assert fresh.age_ms("a", 7, told_ms, LIVE + 20) is None
    assert fresh.age_ms("b", 501, 0, LIVE + 30) == 0


def test_as_old_as_the_bound_is_still_about_now() -> None:
    assert Freshness().age_ms("b", 1, AGE_MAX_MS, LIVE) == AGE_MAX_MS


def test_a_frame_of_an_earlier_start_never_shuts_out_the_present_one() -> None:
    fresh = Freshness()
    fresh.said("new")
    assert fresh.age_ms("new", 1, 0, LIVE) == 0
    assert fresh.age_ms("old", 4_000, 0, LIVE + 100) is None
    assert fresh.age_ms("new", 2, 0, LIVE + 200) == 0


def test_the_start_that_the_unit_tells_of_wins_at_once() -> None:
    fresh = Freshness()
    fresh.said("old")
    assert fresh.age_ms("old", 4_000, 0, LIVE) == 0
    fresh.said("new")
    assert fresh.age_ms("new", 1, 0, LIVE + 100) == 0
    assert fresh.age_ms("old", 4_001, 0, LIVE + 200) is None


def test_a_start_that_nobody_told_of_counts_once_the_other_is_silent() -> None:
    fresh = Freshness()
    assert fresh.age_ms("a", 70, 0, LIVE) == 0
    assert fresh.age_ms("b", 1, 0, LIVE + 100) is None
    assert fresh.age_ms("a", 71, 0, LIVE + 200) == 0
    later_ms = LIVE + 200 + AGE_MAX_MS + 1
    assert fresh.age_ms("b", 2, 0, later_ms) == 0
    assert fresh.age_ms("b", 3, 0, later_ms + 250) == 0


def test_a_count_that_begins_anew_under_the_same_start_is_not_refused_for_ever() -> None:
    fresh = Freshness()
    fresh.said("b")
    assert fresh.age_ms("b", 163, 0, LIVE) == 0
    taken = [fresh.age_ms("b", seq, 0, LIVE + 1_000 * seq) for seq in range(1, 10)]
    assert taken[:3] == [None] * 3  # it might be a copy that was overtaken
    assert taken[3:] == [0] * 6


def test_an_age_is_told_in_the_message_and_read_from_it() -> None:
    live = registry.TREADMILL_TELEMETRY.encode(frame("b", 1, 2.5))
    assert aged(live, AGE_TOLD_MS - 1) == live
    late = registry.TREADMILL_TELEMETRY.decode(aged(live, 12_345))
    assert late == msgspec.structs.replace(frame("b", 1, 2.5), age_ms=12_345)
    assert aged(b"17", 12_345) == b"17"
    assert aged(b"{}", 12_345) == b"{}"


def test_the_floor_shows_the_live_belt_whatever_comes_of_earlier_starts() -> None:
    floor = LiveState("gym")
    state = m.TreadmillState(treadmill="tm-1", unit="u-1", boot="new", at_ms=0, link="connected")
    floor.treadmill_state("tm-1", state, LIVE)
    for seq in range(1, 20):
        now_ms = LIVE + 250 * seq
        floor.treadmill_telemetry("tm-1", frame("new", seq, 2.5), now_ms)
        floor.treadmill_telemetry("tm-1", frame("old", 900 + seq, 0.0), now_ms + 1)
        facts = floor.facts("tm-1")
        assert facts is not None
        assert facts.speed_kmh == 2.5
        assert facts.fresh(now_ms + 2)


@pytest.mark.parametrize("step_ms", [-7_200_000, 7_200_000, 120 * 86_400_000])
def test_a_clock_of_the_unit_that_steps_hides_no_belt(step_ms: int) -> None:
    floor = LiveState("gym")
    for seq in range(1, 60):
        at_ms = 1_700_000_000_000 + 250 * seq + (step_ms if seq > 20 else 0)
        floor.treadmill_telemetry("tm-1", frame("b", seq, 2.5, at_ms=at_ms), LIVE + 250 * seq)
        facts = floor.facts("tm-1")
        assert facts is not None
        assert facts.silent_ms(LIVE + 250 * seq) == 0


def test_a_heart_that_was_kept_back_is_not_shown_and_a_second_session_of_a_strap_is() -> None:
    floor = LiveState("gym")
    floor.treadmill_telemetry("tm-1", frame("b", 1, 2.5), LIVE)
    worn = m.StrapState(strap="hr-1", unit="u-1", boot="b", at_ms=0, link="connected", treadmill="tm-1")
    floor.strap_state("hr-1", worn)

    def heart(seq: int, bpm: int, now_ms: int, age_ms: int = 0) -> str:
        said = m.StrapTelemetry(strap="hr-1", boot="b", seq=seq, at_ms=0, hr_bpm=bpm, age_ms=age_ms)
        floor.strap_telemetry("hr-1", said, now_ms)
        tile = floor.tile("tm-1", now_ms)
        assert tile is not None
        return tile.hr

    assert heart(163, 100, LIVE) == "100"
    assert heart(164, 180, LIVE + 1_000, age_ms=20_000) == "100"
    again_ms = LIVE + 30_000
    assert heart(1, 90, again_ms) == "90"
    assert heart(2, 91, again_ms + 1_000) == "91"
