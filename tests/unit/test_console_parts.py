"""The small parts: whose page may write, what a body may hold, previews inside limits, places at the feed."""

import re
from collections.abc import Iterator

import msgspec
import pytest
from pydantic import ValidationError

from device_adapters.contract import registry
from device_adapters.errors import MessageError
from device_adapters.safety.limits import Goal, Level
from services.console import words
from services.console.assets import HERE, Assets
from services.console.auth.model import SignedInUser
from services.console.auth.roles import Role
from services.console.bodies.session import SessionStart
from services.console.feeds.feed import CLIENTS_MAX, Feed
from services.console.live.live_state import LiveState
from services.console.live.tile import Tile
from services.console.middleware.hosts import same_site
from services.console.pages.plan_preview import HEIGHT, LIMIT_Y, WIDTH, previews


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
        ("https://hub.gym.lan", "hub.gym.lan", True),
        ("http://HUB:8080", "hub:8080", True),
        ("http://127.0.0.1:8081", "127.0.0.1:8080", False),
        ("http://evil.example", "127.0.0.1:8080", False),
        ("http://127.0.0.1:8080.evil.example", "127.0.0.1:8080", False),
        ("http://evil@127.0.0.1:8080", "127.0.0.1:8080", False),
        ("file://127.0.0.1:8080", "127.0.0.1:8080", False),
        ("http://[", "127.0.0.1:8080", False),
        ("null", "127.0.0.1:8080", False),
        ("", "", False),
    ],
)
def test_only_our_own_page_may_write(origin: str, host: str, same: bool) -> None:
    assert same_site(origin, host) is same


START = {"id": "r-1", "treadmill": "tm-01", "goal": "mobility", "level": "novice"}


@pytest.mark.parametrize(
    ("field", "fits", "beyond"),
    [
        ("id", "x" * 60, "x" * 61),
        ("id", "x", ""),
        ("treadmill", "a" * 40, "a" * 41),
        ("treadmill", "0-a", "-a"),
        ("goal", "athletic", "fast"),
        ("level", "advanced", "expert"),
        ("programme", "x" * 200, "x" * 201),
        ("alias", "x" * 24, "x" * 25),
        ("hr_max_bpm", 100, 99),
        ("hr_max_bpm", 230, 231),
    ],
)
def test_bodies_and_contract_have_the_same_bounds(field: str, fits: object, beyond: object) -> None:
    body = SessionStart.model_validate_json(msgspec.json.encode({**START, field: fits}))
    sent = registry.SESSION_REQUEST.encode(body.request("start", body.treadmill, "staff u-1"))
    assert msgspec.to_builtins(registry.SESSION_REQUEST.decode(sent))[field] == fits

    with pytest.raises(ValidationError):
        SessionStart.model_validate_json(msgspec.json.encode({**START, field: beyond}))
    with pytest.raises(MessageError):
        registry.SESSION_REQUEST.decode(
            msgspec.json.encode({"client": "console-1", "verb": "start", **START, field: beyond})
        )


def test_previews_stay_under_the_limit_line() -> None:
    cells = previews()
    assert len(cells) == len(Goal) * len(Level)
    for one in cells.values():
        points = [tuple(map(float, pair)) for pair in re.findall(r"([\d.]+) ([\d.]+)", one.path)]
        assert len(points) > 4
        assert all(0 <= x <= WIDTH and LIMIT_Y <= y <= HEIGHT for x, y in points)
        assert points == sorted(points, key=lambda point: point[0])
        assert "Limits:" in one.text


def test_a_preview_asks_for_who_stands_beside_novices_of_mobility() -> None:
    """Members and guests: who is chosen does not change what the start panel shows of it."""
    reached = {cell for cell, one in previews().items() if one.reach}
    assert "mobility/novice" in reached
    assert "mobility/intermediate" not in reached


def test_the_feed_has_a_bounded_number_of_places() -> None:
    feed = Feed()
    seats = [feed.join("a") for _ in range(CLIENTS_MAX)]
    assert all(seats)
    assert feed.join("a") is None
    mine = feed.join("b")
    assert mine is not None
    assert [seat is not None and seat.given_up.is_set() for seat in seats] == [True] + [False] * (
        CLIENTS_MAX - 1
    )
    feed.leave(mine)
    seats = [seat for seat in (*seats, feed.join("a")) if seat is not None]
    for n in range(CLIENTS_MAX):
        seat = feed.join(f"one of many {n}")
        assert seat is not None or n >= CLIENTS_MAX - 2
        seats += [] if seat is None else [seat]
    left = {seat.network for seat in seats if seat is not None and not seat.given_up.is_set()}
    assert len(left) >= CLIENTS_MAX - 2


def test_every_word_on_a_page_is_escaped() -> None:
    nasty = "<script>alert(1)</script>\"'"
    view = msgspec.structs.replace(
        LiveState(nasty).view(0), tiles=(Tile(id="tm-01", who=nasty, note=nasty, plan=nasty),)
    )
    page = Assets().page(
        "floor.html",
        view=view,
        straps=[nasty],
        person=SignedInUser(id="u-1", name=nasty, role=Role.STAFF),
        blank=Tile(id="@id"),
        words=words,
        previews={},
        own=(),
        limit_at=85,
        limit_y=4,
    )
    assert nasty not in page
    assert "<script>alert" not in page


def test_pages_carry_no_inline_script_or_style() -> None:
    view = msgspec.structs.replace(LiveState("gym").view(0), tiles=(Tile(id="tm-01"),))
    assets = Assets()
    page = assets.page(
        "floor.html",
        view=view,
        straps=[],
        person=SignedInUser(id="u-1", name="Anna", role=Role.STAFF),
        blank=Tile(id="@id"),
        words=words,
        previews={},
        own=(),
        limit_at=85,
        limit_y=4,
    )
    page += assets.page("answer.html", text="x", alarm=True, words=words)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert "emergency" not in (page + "".join(_texts(assets))).lower()


def _texts(assets: Assets) -> Iterator[str]:
    return (file.content.decode() for name, file in assets.static.items() if not name.endswith(".png"))


def test_what_is_for_who_works_on_a_script_does_not_travel() -> None:
    scripts = [
        file.content.decode() for name, file in Assets().static.items() if name.endswith((".js", ".css"))
    ]
    assert not any(re.search(r"^ *(//|/\*[^*\n]*\*/$)", script, re.MULTILINE) for script in scripts)
    assert "/** @type {HTMLFormElement} */ (document" in (HERE / "static" / "start.js").read_text()


def test_a_page_loads_nothing_from_elsewhere() -> None:
    assets = Assets()
    pages = assets.page("answer.html", text="x", alarm=True, words=words)
    pages += "".join(_texts(assets))
    assert set(re.findall(r"(?:https?:)?//[\w.]+\.\w+", pages)) <= {"http://www.w3.org"}
