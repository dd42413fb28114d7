"""`backstride devices`, and the page that is made of the same profiles."""

import json

import pytest

from device_adapters.errors import ConfigError
from device_adapters.profiles.loader import Quirks, all_profiles
from device_adapters.profiles.supported import PAGE, QUIRKS, page
from services.cli.devices import devices


def test_the_page_is_what_the_profiles_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m device_adapters.profiles.supported"


def test_every_quirk_is_explained() -> None:
    assert tuple(QUIRKS) == Quirks.__struct_fields__


def test_everything_in_a_profile_is_on_the_page() -> None:
    for profile in all_profiles():
        assert profile.kind == "any" or f"## {profile.model}" in page()
        for note in profile.note:
            assert note.text in page()
            assert note.source in page()


def test_the_list_names_every_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert devices("", as_json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert {model["model"] for model in said} == {profile.model for profile in all_profiles()}
    assert all(fact["source"] and fact["sure"] for model in said for fact in model["facts"])
    assert devices("", as_json=False) == 0
    table = capsys.readouterr().out
    assert "KingSmith" in table
    assert "cautiously" in table


def test_one_model_is_told_with_its_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert devices("kingsmith", as_json=False) == 0
    told = capsys.readouterr().out
    assert "paused first" in told
    assert "pypi.org/project/walkingpad-controller" in told


def test_a_model_that_nobody_described_says_so_and_lists_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"cautiously. Known: FitShow"):
        devices("Acme 3000", as_json=False)
