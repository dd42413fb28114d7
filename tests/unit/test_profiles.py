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
