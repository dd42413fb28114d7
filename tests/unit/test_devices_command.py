"""`backstride devices`, and the page that is made of the same profiles."""

import json
import re
from pathlib import Path

import pytest

from device_adapters.errors import ConfigError
from device_adapters.profiles.devices_page import PAGE, QUIRKS, described, matched_by, page
from device_adapters.profiles.loader import ProfileQuirks, all_profiles
from services.cli.devices.models import devices

CORPUS = Path(__file__).parents[1] / "corpus" / "frames.json"
FRAME = re.compile(r"\b2a[0-9a-f]{2}-\d{3}\b")


def test_the_page_is_what_the_profiles_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m device_adapters.profiles.devices_page"


def test_every_quirk_is_explained() -> None:
    assert tuple(QUIRKS) == ProfileQuirks.__struct_fields__


def test_everything_in_a_profile_is_on_the_page() -> None:
    for profile in all_profiles():
        assert profile.kind == "any" or f"## {profile.model}" in page()
        assert profile.kind == "any" or matched_by(profile) in page()
        for text, _, _ in described(profile):
            assert text[1:].rstrip(".") in page()


def test_each_frame_that_a_profile_names_is_in_the_corpus() -> None:
    frames = {frame["id"] for frame in json.loads(CORPUS.read_text(encoding="utf-8"))["frames"]}
    named = {
        frame for p in all_profiles() for _, _, source in described(p) for frame in FRAME.findall(source)
    }
    assert len(named) > 10
    assert named <= frames


def test_every_link_of_the_page_leads_somewhere() -> None:
    for text, target in re.findall(r"\[([^]]+)]\(([^)]+)\)", page()):
        if target.startswith("https://"):
            assert target == f"https://{text}"
        elif not target.startswith("#"):
            assert (PAGE.parent / target.partition("#")[0]).exists(), target


def test_the_list_names_every_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert devices("", as_json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert {model["model"] for model in said} == {profile.model for profile in all_profiles()}
    assert all(any(model["match"].values()) for model in said)
    (winfita,) = (model["match"] for model in said if model["model"] == "Winfita T532")
    assert (winfita["maker"], winfita["makers_model"]) == (["Winfita"], ["T532"])
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
