"""What a member sees, what the wall shows, and whom an address of a member page lets in."""

import re
from pathlib import Path

import msgspec
import pytest

from device_adapters.contract import messages as m
from device_adapters.safety.limits import Goal, Level
from services.console import languages
from services.console.auth.member_links import MemberLinks
from services.console.feeds.feed import Feed, Feeds
from services.console.live.board import TILES_MAX, board_picture
from services.console.live.facts import StrapFacts, TreadmillFacts
from services.console.live.member_view import CUE_FRESH_MS, member_picture
from services.console.live.picture import Picture
from services.console.live.tile import Tile
from services.rules.zones import ZONES, zone_of
from services.texts.languages import LANGUAGES, SOURCE

NOW = 1_000_000
VIEW = m.SessionView(
    session="s1", treadmill="tm-01", at_ms=0, phase="running", goal=Goal.MOBILITY, level=Level.NOVICE,
    programme="Retro walk", alias="Heron", strap="hr-01", step=2, steps=5, step_kind="active", elapsed_s=100,
    total_s=160, target_kmh=1.2, hr_limit_bpm=120, hr_max_bpm=180, can=("slower", "stop"),
    limits=m.Limits(
        speed_max_kmh=1.5, accel_max_kmh_s=0.1, decel_stop_kmh_s=1, grade_min_pct=0, grade_max_pct=0,
        session_max_s=300, bout_max_s=120, hr_max_pct=65,
    ),
)  # fmt: skip


def facts(**more: object) -> TreadmillFacts:
    state = m.TreadmillState(
        treadmill="tm-01", unit="unit-01", boot="b", at_ms=0, link="connected", belt="moving"
    )
    known = TreadmillFacts(
        id="tm-01", seen_ms=0, state=state, speed_kmh=1.2, measured_ms=NOW - 200, session=VIEW, session_ms=NOW
    )
    for name, value in more.items():
        setattr(known, name, value)
    return known


def strap(bpm: int | None = 110, age_ms: int = 0) -> StrapFacts:
    return StrapFacts(hr_bpm=bpm, contact=True, measured_ms=NOW - age_ms)


def test_a_member_sees_speed_heart_zone_and_ceiling() -> None:
    seen = member_picture(facts(), None, strap(), VIEW, NOW)
    assert (seen.speed_kmh, seen.target_kmh, seen.limit_kmh) == (1.2, 1.2, 1.5)
    assert (seen.hr_bpm, seen.zone, seen.zone_word, seen.over) == (110, 2, "Light", False)
    assert (seen.hr_arc, seen.ceiling_arc, seen.ceiling_bpm) == (61, 66, 120)
    assert (seen.can_slower, seen.total_left_s) == (True, 60)
    assert member_picture(facts(), None, strap(121), VIEW, NOW).over


def test_a_belt_that_runs_backward_is_told_so() -> None:
    assert not member_picture(facts(), None, None, VIEW, NOW).belt_reversed
    view = msgspec.structs.replace(VIEW, arrangement="belt_reversed")
    assert member_picture(facts(session=view), None, None, view, NOW).belt_reversed


def test_nothing_old_is_shown_as_of_now() -> None:
    seen = member_picture(facts(measured_ms=NOW - 4_000), None, strap(age_ms=6_000), VIEW, NOW)
    assert (seen.speed_kmh, seen.fresh, seen.age_s) == (None, False, 4)
    assert (seen.hr_bpm, seen.hr_age_s, seen.hr_arc, seen.zone) == (None, 6, 0, 0)
    assert member_picture(facts(), None, None, VIEW, NOW).hr_age_s is None


def test_a_cue_is_told_while_it_is_about_now_and_about_this_session() -> None:
    cue = m.Cue(id="c1", treadmill="tm-01", session="s1", at_ms=0, key="count", text={"en": "3", "de": "3"})
    assert member_picture(facts(cue=cue, cue_ms=NOW), None, None, VIEW, NOW).cue == {"en": "3", "de": "3"}
    late = facts(cue=cue, cue_ms=NOW - CUE_FRESH_MS - 1)
    assert member_picture(late, None, None, VIEW, NOW).cue_id == ""
    other = facts(cue=msgspec.structs.replace(cue, session="s0"), cue_ms=NOW)
    assert member_picture(other, None, None, VIEW, NOW).cue_id == ""


def test_an_ended_session_shows_its_end() -> None:
    ended = msgspec.structs.replace(VIEW, phase="ended", outcome="completed", can=())
    seen = member_picture(facts(session=ended), None, strap(), ended, NOW)
    assert (seen.state, seen.outcome, seen.can_slower) == ("ended", "completed", False)


@pytest.mark.parametrize(
    ("bpm", "number"), [(0, 0), (89, 0), (90, 1), (108, 2), (126, 3), (144, 4), (161, 4), (162, 5), (230, 5)]
)
def test_zones_begin_at_their_tenth_of_the_maximum(bpm: int, number: int) -> None:
    assert zone_of(bpm, 180) is ZONES[number]


def test_an_address_opens_one_session_also_after_a_restart_and_no_other(tmp_path: Path) -> None:
    links = MemberLinks(tmp_path / "new")
    token = links.token("s1")
    again = MemberLinks(tmp_path / "new")
    assert again.opens(token, "s1")
    assert not again.opens(token, "s2")
    assert not again.opens(token[:-1] + "x", "s1")
    assert not again.opens("Ü" * 26, "s1")
    assert not MemberLinks(tmp_path / "other").opens(token, "s1")
    assert (tmp_path / "new" / "member-links.key").stat().st_mode & 0o077 == 0


def test_the_wall_shows_who_trains_and_no_free_treadmill() -> None:
    tiles = (
        Tile(id="tm-01", state="running", who="Heron", speed="1.2", hr="110", fresh=True),
        Tile(id="tm-02", state="ready", hr="70"),
        Tile(id="tm-03", state="moving", speed="9.0", hr="150", fresh=True),
        Tile(id="tm-04", state="running", who="Wren", speed="1.0", hr="99", fresh=True),
    )
    shown = board_picture(
        tiles, {"tm-01": msgspec.structs.replace(VIEW, on_board=True, member="m-1"), "tm-04": VIEW}, bus=True
    ).tiles
    assert set(shown) == {"tm-01", "tm-03", "tm-04"}
    assert (shown["tm-01"]["hr"], shown["tm-01"]["zone_name"], shown["tm-01"]["hr_pct"]) == (
        "110",
        "blue",
        61,
    )
    assert shown["tm-03"]["hr"] == "–", "a heart without a session is nobody's business"
    assert (shown["tm-04"]["who"], shown["tm-04"]["hr"]) == ("", "–"), "who did not agree is not on the wall"
    many = tuple(Tile(id=f"tm-{n:03}", state="running") for n in range(100))
    assert len(board_picture(many, {}, bus=True).tiles) == TILES_MAX


def on_wall(view: m.SessionView, hr: str = "110") -> dict[str, object]:
    tile = Tile(id="tm-01", state="running", word="Running", who="Heron", speed="1.2", hr=hr, fresh=True)
    return dict(board_picture((tile,), {"tm-01": view}, bus=True).tiles["tm-01"])


def test_of_a_guest_the_wall_shows_the_alias_and_no_heart() -> None:
    guest = on_wall(msgspec.structs.replace(VIEW, on_board=True, member=""))
    assert (guest["who"], guest["hr"], guest["hr_pct"], guest["zone_name"]) == ("Heron", "–", 0, "none")
    assert (guest["big"], guest["big_unit"]) == ("1.2", "km/h")


def test_the_wall_says_what_a_walker_does() -> None:
    member = msgspec.structs.replace(VIEW, on_board=True, member="m-1")
    assert on_wall(member)["word"] == "Walk"
    low = on_wall(member, hr="80")
    assert (low["zone"], low["zone_word"], low["big"], low["big_unit"]) == (0, "", "44", "%")


async def test_a_frame_says_which_tiles_are_gone() -> None:
    feed = Feed()
    feed.publish(Picture({"bus": True}, {"a": {"x": 1}, "b": {"x": 1}}))
    feed.publish(Picture({"bus": True}, {"b": {"x": 2}}))
    frame = msgspec.json.decode((await feed.newer_than(1)).for_reader_of(1))
    assert frame == {"tick": 2, "floor": {}, "tiles": {"b": {"x": 2}}, "whole": False, "gone": ["a"]}


def test_members_feeds_are_forgotten_with_their_last_page() -> None:
    feeds = Feeds()
    seat = feeds.member("s1").join()
    assert seat is not None
    feeds.member("s2")
    assert set(feeds.members()) == {"s1"}
    feeds.member("s1").leave(seat)
    assert feeds.members() == {}


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != SOURCE])
def test_every_text_of_the_member_page_is_translated_with_the_same_places(language: str) -> None:
    templates = Path(languages.__file__).parent / "templates"
    texts = {
        text
        for name in ("member.html", "member_over.html")
        for text in re.findall(r"""_\((?:"([^"]*)"|'[^']*')\)""", (templates / name).read_text())
        if text
    }
    told = languages.catalogue(language)
    assert texts <= set(told), sorted(texts - set(told))
    for text in texts:
        assert set(re.findall(r"\{\w+\}", told[text])) == set(re.findall(r"\{\w+\}", text))
    assert languages.translate("de", "Stop") == "Stopp"
    assert languages.translate("en", "Stop") == "Stop"


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        ("de", "en", "de"),
        ("", "de-CH,de;q=0.9,en;q=0.8", "de"),
        ("", "fr-CA,en;q=0.5", "fr"),
        ("", "xx,en;q=0.5", "en"),
        ("xx", "", "en"),
    ],
)
def test_the_language_is_what_was_asked_for_or_what_the_browser_prefers(
    asked: str, accepted: str, language: str
) -> None:
    assert languages.language_for(asked, accepted) == language
