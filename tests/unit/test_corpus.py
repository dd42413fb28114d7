"""Every frame of the corpus says what its source says, read by the very function that the command uses."""

import json
from pathlib import Path
from typing import Any

import pytest

from device_adapters.profiles.loader import Profile, named
from services.cli.devices.frames import READERS, Json

CORPUS = json.loads((Path(__file__).parents[1] / "corpus" / "frames.json").read_text())["frames"]
IDS = [entry["id"] for entry in CORPUS]


def records(characteristic: str, frames: list[str], profile: Profile | None) -> list[str]:
    outputs = READERS[characteristic]([bytes.fromhex(frame) for frame in frames], profile)
    return [as_text(output) for output in outputs if isinstance(output, dict)]


def as_text(record: Json) -> str:
    """JSON, so that 0 differs from 0.0 and 1 from true."""
    return json.dumps(record, sort_keys=True)


def needs_its_model(entry: dict[str, Any]) -> bool:
    return "literal_spec_values" in entry or "suspect" in entry["expect"]


@pytest.mark.parametrize("entry", CORPUS, ids=IDS)
def test_a_frame_decodes_to_exactly_what_is_expected(entry: dict[str, Any]) -> None:
    profile = named(entry["device"]) if needs_its_model(entry) else None
    assert records(entry["char"], [entry["hex"]], profile) == [as_text(entry["expect"])]


@pytest.mark.parametrize("entry", CORPUS, ids=IDS)
def test_a_model_that_is_named_changes_nothing_else(entry: dict[str, Any]) -> None:
    assert records(entry["char"], [entry["hex"]], named(entry["device"])) == [as_text(entry["expect"])]


@pytest.mark.parametrize(
    "entry", [e for e in CORPUS if "literal_spec_values" in e], ids=lambda e: str(e["id"])
)
def test_without_a_model_the_specification_decides(entry: dict[str, Any]) -> None:
    expected = entry["expect"] | entry["literal_spec_values"]
    assert records(entry["char"], [entry["hex"]], None) == [as_text(expected)]


def test_the_parts_of_a_record_become_one() -> None:
    parts = [e for e in CORPUS if e.get("record") == "tg-1"]
    expected = parts[0]["expect"] | parts[1]["expect"]
    assert records("2acd", [part["hex"] for part in parts], None) == [as_text(expected)]


@pytest.mark.parametrize("entry", [e for e in CORPUS if e["char"] == "2acd"], ids=lambda e: str(e["id"]))
def test_notes_say_what_was_odd(entry: dict[str, Any]) -> None:
    outputs = READERS["2acd"]([bytes.fromhex(entry["hex"])], None)
    notes = " ".join(output for output in outputs if isinstance(output, str))
    assert ("cut off" in notes) == entry.get("truncated", False)
    assert entry.get("trailing_hex", "") in notes


def test_the_corpus_is_all_there() -> None:
    assert len(CORPUS) == 90
    assert all(entry["source"] for entry in CORPUS)
