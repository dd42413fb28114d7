"""Profiles: quirks as data, found by what a device says of itself."""

from pathlib import Path

import msgspec
import pytest

from device_adapters.config import load
from device_adapters.errors import ConfigError
from device_adapters.profiles.loader import Fact, Profile, all_profiles, generic, match, named


@pytest.mark.parametrize("profile", all_profiles(), ids=lambda p: p.model)
def test_every_fact_has_a_source_and_a_model_is_found_by_its_own_words(profile: Profile) -> None:
    stated = [getattr(profile.quirks, name) for name in profile.quirks.__struct_fields__]
    facts = [fact for fact in stated if fact is not None]
    assert facts or profile.note
    assert all(isinstance(fact, Fact) and len(fact.source) > 10 for fact in facts)
    assert all(len(note.source) > 10 for note in profile.note)
    for where in ("manufacturer", "model", "name"):
        for word in getattr(profile.match, where):
            assert match(**{where: f"x-{word.lower()} 1234"}) == profile
    assert named(profile.model) == profile


def test_nobody_knows_everything() -> None:
    assert match("Acme", "Runner 3000", "AR-3000") == generic()
    assert named("Acme Runner") is None
    assert generic().elevation_unavailable == (0xFFFF, 0x7FFF)


def test_words_match_whole_and_the_longest_wins() -> None:
    assert match(name="FS-BT-T4").model == "FitShow FS-BT-T4"
    assert match(name="FS-123456").model == "FitShow treadmill"
    assert match(name="OFFSET T900") == generic()


@pytest.mark.parametrize(
    "told",
    [
        {"name": "ASSAULT T9"},
        {"name": "ASSAULT T15 Pro"},
        {"model": "T9"},
        {"manufacturer": "Acme", "model": "H10"},
        {"model": "H10"},
        {"name": "H10"},
        {"name": "Runner T202"},
        {"name": "Deluxe KS"},
        {"name": "Pro FS-12"},
        {"manufacturer": "Acme", "model": "RM-01"},
        {"model": "E1L"},
        {"name": "T2020"},
    ],
)
def test_what_many_makers_might_use_tells_no_model(told: dict[str, str]) -> None:
    assert match(**told) == generic()


@pytest.mark.parametrize(
    ("told", "model"),
    [
        ({"manufacturer": "Polar Electro Oy", "model": "H10"}, "Polar H10"),
        ({"manufacturer": "Polar Electro Oy", "model": "H7"}, "Polar H7"),
        ({"name": "JFTM T202-5_4DEE"}, "TM11GY / T202 (mph firmware)"),
        ({"name": "BFX_T9_123"}, "TM11GY / T202 (mph firmware)"),
        ({"name": "THERUN  T15"}, "TM11GY / T202 (mph firmware)"),
        ({"name": "KS-HD-Z1D"}, "KingSmith WalkingPad"),
        ({"manufacturer": "KingSmith", "model": "KS X21"}, "KingSmith WalkingPad"),
        ({"manufacturer": "Sperax", "model": "RM01"}, "Sperax RM-01"),
    ],
)
def test_maker_and_model_together_or_the_beginning_of_a_name_tell_it(
    told: dict[str, str], model: str
) -> None:
    assert match(**told).model == model


def test_quirks_are_as_specified_unless_stated() -> None:
    plain = match(name="Sperax RM-01")
    assert (plain.elevation_unavailable, plain.pace_width) == ((), "by_length")
    assert plain.incline_controllable
    assert plain.answers_request_control
    flags = ("target_speed_in_mph", "pause_before_stop", "status_speed_is_momentary", "always_sends_rr")
    assert not any(getattr(plain, name) for name in flags)


@pytest.mark.parametrize(
    ("name", "quirk", "value"),
    [
        ("Polar H10 12345678", "always_sends_rr", True),
        ("T202", "target_speed_in_mph", True),
        ("KS-HD-Z1D", "pause_before_stop", True),
        ("URTM041", "status_speed_is_momentary", True),
        ("URTM041", "incline_controllable", False),
        ("Omega Z", "answers_request_control", False),
        ("Star Trac", "pace_width", "legacy"),
    ],
)
def test_what_is_known_of_some_models(name: str, quirk: str, value: object) -> None:
    assert getattr(match(name=name), quirk) == value


def test_a_quirk_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "typo.toml"
    file.write_text(
        'model = "X"\nkind = "strap"\nsure = "reported"\nmatch = {}\n[quirks.always_sends_r]\nvalue = true\n'
    )
    with pytest.raises(ConfigError, match="always_sends_r"):
        load(file, Profile)


def test_profiles_are_values() -> None:
    with pytest.raises(AttributeError):
        generic().model = "other"  # type: ignore[misc]
    assert msgspec.json.decode(msgspec.json.encode(generic()), type=Profile) == generic()
