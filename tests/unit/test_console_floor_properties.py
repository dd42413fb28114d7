"""Whatever comes, in whatever order, at whatever time: a tile never shows an old value as if it were of now."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.contract import messages as m
from device_adapters.contract.standing import HR_FRESH_MS, SPEED_FRESH_MS
from device_adapters.safety.limits import Goal, Level
from services.console import words
from services.console.feeds.feed import FeedFrame
from services.console.live.live_state import FloorView, LiveState
from services.console.live.tile import Tile

TREADMILLS = ("tm-01", "tm-02")
BELT_STATES = {"ready", "starting", "running", "pausing", "paused", "stopping", "stopped", "moving"}

ids = st.sampled_from(TREADMILLS)
finite = st.floats(allow_nan=False, allow_infinity=False)
events = st.one_of(
    st.tuples(st.just("state"), ids, st.builds(
        m.TreadmillState, treadmill=ids, unit=st.just("unit-01"), boot=st.just("b"), at_ms=st.just(0),
        link=st.sampled_from(["absent", "connecting", "connected", "lost"]),
        belt=st.sampled_from(["unknown", "still", "moving"]), latched=st.sampled_from(["", "overspeed"]),
    )),
    st.tuples(st.just("telemetry"), ids, st.one_of(st.none(), st.floats(0, 30))),
    st.tuples(st.just("heart"), ids, st.one_of(st.none(), st.integers(0, 260))),
    st.tuples(st.just("session"), ids, st.builds(
        m.SessionView, session=st.just("s"), treadmill=ids, at_ms=st.just(0), programme=st.just("p"),
        phase=st.sampled_from(["starting", "running", "pausing", "paused", "stopping", "ended"]),
        goal=st.sampled_from(Goal), level=st.sampled_from(Level), target_kmh=finite, total_s=finite, elapsed_s=finite,
        hr_limit_bpm=st.one_of(st.none(), st.integers(-5, 300)), steps=st.integers(0, 9), step=st.integers(0, 9),
        outcome=st.sampled_from([None, "completed", "interrupted"]), limits=st.one_of(st.none(), st.builds(
            m.Limits, speed_max_kmh=st.floats(0, 30), accel_max_kmh_s=finite, decel_stop_kmh_s=finite,
            grade_min_pct=finite, grade_max_pct=finite, session_max_s=st.just(0), bout_max_s=st.just(0),
            hr_max_pct=finite,
        )),
    )),
    st.tuples(st.just("unit"), ids, st.booleans()),
)  # fmt: skip
histories = st.lists(st.tuples(st.integers(0, 4_000), events), max_size=40)


class FloorWorld:
    """A floor, and beside it what was really measured when."""

    def __init__(self) -> None:
        self.floor = LiveState("gym")
        self.now_ms = 0
        self.seq = 0
        self.speed: dict[str, tuple[float, int]] = {}
        self.heart: dict[str, tuple[int | None, int]] = {}
        self.moving_said: dict[str, bool] = {}

    def happen(self, wait_ms: int, event: tuple[str, str, object]) -> None:
        kind, id_, value = event
        self.now_ms += wait_ms
        self.seq += 1
        floor, now_ms = self.floor, self.now_ms
        match kind, value:
            case "state", m.TreadmillState():
                floor.treadmill_state(id_, value, now_ms)
                self.moving_said[id_] = value.belt == "moving"
            case "telemetry", float() | int() | None:
                frame = m.TreadmillTelemetry(
                    treadmill=id_, boot="b", seq=self.seq, at_ms=now_ms, speed_kmh=value
                )
                floor.treadmill_telemetry(id_, frame, now_ms)
                if value is not None:
                    self.speed[id_] = (value, now_ms)
            case "heart", int() | None:
                strap = id_.replace("tm", "hr")
                floor.strap_state(
                    strap,
                    m.StrapState(strap=strap, unit="u", boot="b", at_ms=0, link="connected", treadmill=id_),
                )
                frame_ = m.StrapTelemetry(strap=strap, boot="b", seq=self.seq, at_ms=now_ms, hr_bpm=value)
                floor.strap_telemetry(strap, frame_, now_ms)
                self.heart[id_] = (value, now_ms)
            case "session", m.SessionView():
                floor.session_view(id_, value, now_ms)
            case _:
                floor.unit_status(
                    "unit-01", m.UnitStatus(unit="unit-01", online=bool(value), boot="b", at_ms=0), now_ms
                )

    def check(self, tile: Tile) -> None:
        speed_kmh, at_ms = self.speed.get(tile.id, (None, 0))
        recent = speed_kmh is not None and self.now_ms - at_ms <= SPEED_FRESH_MS
        if tile.speed != words.NO_VALUE:
            assert recent
            assert tile.speed == f"{speed_kmh:.1f}"
        assert tile.fresh is (tile.age_s is None) is (tile.speed != words.NO_VALUE)
        if tile.state in BELT_STATES:
            assert recent
            assert tile.fresh
        if not tile.fresh:
            assert (tile.speed_bar, tile.grade) == (0, words.NO_VALUE)
            assert tile.last
        if not tile.may_move:
            assert recent
            assert speed_kmh == 0
            assert not self.moving_said.get(tile.id)
        if tile.can_start or tile.can_resume or tile.can_clear:
            assert not tile.may_move
        if tile.hr != words.NO_VALUE:
            hr_bpm, hr_ms = self.heart[tile.id]
            assert tile.hr == str(hr_bpm)
            assert self.now_ms - hr_ms <= HR_FRESH_MS
        assert all(0 <= bar <= 100 for bar in (tile.speed_bar, tile.hr_bar, tile.progress))


@given(histories, st.integers(0, 20_000))
def test_no_tile_shows_the_past_as_now(
    history: list[tuple[int, tuple[str, str, object]]], quiet_ms: int
) -> None:
    world = FloorWorld()
    for wait_ms, event in history:
        world.happen(wait_ms, event)
        for tile in world.floor.view(world.now_ms).tiles:
            world.check(tile)
    world.now_ms += quiet_ms
    for tile in world.floor.view(world.now_ms).tiles:
        world.check(tile)


@given(histories, st.data())
def test_a_page_that_misses_any_frames_ends_with_the_whole_picture(
    history: list[tuple[int, tuple[str, str, object]]], data: st.DataObject
) -> None:
    world = FloorWorld()
    frame: FeedFrame | None = None
    tick = 0
    tiles: dict[str, dict[str, object]] = {}
    floor: dict[str, object] = {}
    for wait_ms, event in [*history, (0, ("unit", "tm-01", True))]:
        world.happen(wait_ms, event)
        view: FloorView = world.floor.view(world.now_ms)
        frame = FeedFrame(1 if frame is None else frame.tick + 1, view.picture(), frame)
        if data.draw(st.booleans()) or (wait_ms, event) == (0, ("unit", "tm-01", True)):
            said = msgspec.json.decode(frame.for_reader_of(tick))
            tick = said["tick"]
            gone = [id_ for id_ in tiles if id_ not in said["tiles"]] if said["whole"] else said["gone"]
            for id_ in gone:
                tiles.pop(id_, None)
            for id_, changes in said["tiles"].items():
                tiles.setdefault(id_, {}).update(changes)
            floor.update(said["floor"])
    whole = msgspec.json.decode(msgspec.json.encode({t.id: t for t in world.floor.view(world.now_ms).tiles}))
    assert tiles == whole
    assert floor["treadmills"] == len(whole)
