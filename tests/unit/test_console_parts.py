"""The small parts: whose page may write, what a body may hold, previews inside limits, places at the feed."""

import re

import msgspec
import pytest
from pydantic import ValidationError

from device_adapters.contract import registry
from device_adapters.errors import MessageError
from device_adapters.safety.limits import Goal, Level
from services.console import words
from services.console.accounts.model import Person
from services.console.assets import Assets
from services.console.bodies import SessionStart
from services.console.feed import CLIENTS_MAX, Feed
from services.console.floor import Floor
from services.console.hosts import same_site
from services.console.preview import HEIGHT, LIMIT_Y, WIDTH, previews
from services.console.roles import Role
from services.console.tile import Tile


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
    sent = registry.SESSION_REQUEST.encode(body.request("console-1"))
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
    assert feed.join("a") is not None
    for n in range(CLIENTS_MAX):
        assert feed.join(f"one of many {n}") is not None or n >= CLIENTS_MAX - 2
    assert len({seat.network for seat in feed._seats}) >= CLIENTS_MAX - 2


def test_every_word_on_a_page_is_escaped() -> None:
    nasty = "<script>alert(1)</script>\"'"
    view = msgspec.structs.replace(
        Floor(nasty).view(0), tiles=(Tile(id="tm-01", who=nasty, note=nasty, plan=nasty),)
    )
    page = Assets().page(
        "floor.html",
        view=view,
        straps=[nasty],
        person=Person(id="u-1", name=nasty, role=Role.STAFF),
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
    view = msgspec.structs.replace(Floor("gym").view(0), tiles=(Tile(id="tm-01"),))
    assets = Assets()
    page = assets.page(
        "floor.html",
        view=view,
        straps=[],
        person=Person(id="u-1", name="Anna", role=Role.STAFF),
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
    assert "emergency" not in (page + "".join(f.content.decode() for f in assets.static.values())).lower()


def test_a_page_loads_nothing_from_elsewhere() -> None:
    assets = Assets()
    pages = assets.page("answer.html", text="x", alarm=True, words=words)
    pages += "".join(file.content.decode() for file in assets.static.values())
    assert set(re.findall(r"(?:https?:)?//[\w.]+\.\w+", pages)) <= {"http://www.w3.org"}
