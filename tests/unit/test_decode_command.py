"""`backstride decode` as a person types it."""

import json

import pytest
import typer

from services.cli.devices.decode import decode

MATRIX = "9e1b000000000000000000ff7f0000ffff000000"
PART_1, PART_2 = "1f0084012a00000000000001000000", "80064e020200ffffff372700"
SPEED_ONE = {"speed_kmh": 1.0, "more_data": False}


def run(
    capsys: pytest.CaptureFixture[str], *args: str, device: str = ""
) -> tuple[list[dict[str, object]], str]:
    characteristic, *frames = args
    decode(characteristic, frames, device)
    out, err = capsys.readouterr()
    return [json.loads(line) for line in out.splitlines()], err


def refusal(capsys: pytest.CaptureFixture[str], *args: str, device: str = "") -> str:
    with pytest.raises(typer.Exit) as ended:
        run(capsys, *args, device=device)
    assert ended.value.exit_code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    return err


@pytest.mark.parametrize("characteristic", ["2acd", "2ACD", "0x2AcD", "00002ACD-0000-1000-8000-00805F9B34FB"])
@pytest.mark.parametrize(
    "frame", ["00006400", "0x00006400", "00 00 64 00", "00:00:64:00", "0X00 0x00 0x64 0x00"]
)
def test_people_write_hex_as_they_like(
    capsys: pytest.CaptureFixture[str], characteristic: str, frame: str
) -> None:
    assert run(capsys, characteristic, frame) == ([SPEED_ONE], "")


def test_two_frames_that_belong_together_are_one_record(capsys: pytest.CaptureFixture[str]) -> None:
    records, notes = run(capsys, "2acd", PART_1, PART_2, "00006400")
    assert [r["speed_kmh"] for r in records] == [5.9, 1.0]
    assert records[0]["distance_m"] == 42
    assert notes == ""


def test_an_unfinished_record_is_shown_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    records, notes = run(capsys, "2acd", "00006400", PART_1)
    assert records[0] == SPEED_ONE
    assert records[1]["more_data"] is True
    assert "speed_kmh" not in records[1]
    assert "more_data" in notes


def test_parts_without_their_end_are_said_to_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    records, notes = run(capsys, "2acd", PART_1, PART_1, PART_2)
    assert len(records) == 1
    assert "frame 2 begins a new record" in notes


def test_a_models_own_codes_count_when_it_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    literal, hint = run(capsys, "2acd", MATRIX)
    assert literal[0]["elev_neg_m"] == 6553.5
    assert "--device" in hint
    known, notes = run(capsys, "2acd", MATRIX, device="matrix")
    assert known[0]["elev_neg_m"] is None
    assert "frame 1: cut off" in notes
    assert "--device" not in notes


def test_what_is_ignored_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    records, notes = run(capsys, "2acd", "00c064000102030405")
    assert records == [SPEED_ONE]
    assert "5 byte(s)" in notes
    assert "0102030405" in notes
    assert "bit 14, 15" in notes


def test_a_strap_that_is_not_worn_is_suspect(capsys: pytest.CaptureFixture[str]) -> None:
    records, notes = run(capsys, "2a37", "006f", "106ffb17", device="Polar H10")
    assert [r.get("suspect") for r in records] == ["frozen_no_rr", None]
    assert "frame 1" in notes


@pytest.mark.parametrize(
    ("characteristic", "frame", "expected"),
    [
        ("2a19", "64", {"battery_pct": 100}),
        ("2a19", "ff", {"battery_pct": None}),
        ("2a29", "506f6c617200", {"text": "Polar"}),
        ("2acc", "0000028000000100", {"features": [], "targets": ["cadence"], "rfu_bits": [17, 31]}),
        ("2ad3", "0101476f", {"flags": 1, "status": "idle", "text": "Go"}),
        ("2ad3", "00", {"flags": 0, "status": None}),
        ("2acc", "00", {"features": [], "targets": [], "rfu_bits": []}),
        ("2ada", "04aa", {"op": "started_or_resumed_by_user"}),
        ("2ad9", "80130164006400", {"op": "response", "req": "spin_down", "result": "success"}),
        ("2ad9", "42", {"op": "rfu_0x42"}),
        ("2ad9", "02", {"op": "set_target_speed", "kmh": None}),
        ("2ad9", "14b400", {"op": "set_target_cadence", "rpm": 90.0}),
        ("2ad9", "804207", {"op": "response", "req": "rfu_0x42", "result": "rfu_0x07"}),
        ("2ada", "0203", {"op": "stopped_or_paused_by_user", "param": "rfu_0x03"}),
        ("2ada", "0d701101", {"op": "target_distance_changed", "distance_m": 70000}),
        ("adv-1826", "0616261801c100", {"ad_type": "0x16", "uuid": "0x1826", "available": True,
                                        "machine_types": ["treadmill", "rfu_6", "rfu_7"]}),
    ],
)  # fmt: skip
def test_one_of_each(
    capsys: pytest.CaptureFixture[str], characteristic: str, frame: str, expected: dict[str, object]
) -> None:
    records, _ = run(capsys, characteristic, frame)
    assert records == [expected]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ("84g4", "'g' at place 3 of '84g4'"),
        ("0x8xcd", "'x' at place 4"),
        ("844", "3 hex digits"),
        ("", "is empty"),
        ("0x", "is empty"),
        ("00 O0", "'O' at place 4"),
    ],
)
def test_a_typo_is_named_with_its_frame_and_place(
    capsys: pytest.CaptureFixture[str], frame: str, words: str
) -> None:
    error = refusal(capsys, "2acd", "00006400", frame)
    assert "frame 2" in error
    assert words in error


def test_what_is_unknown_is_named_with_what_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert "'2acf'" in (error := refusal(capsys, "2acf", "00"))
    assert "2acd" in error


def test_a_model_without_a_profile_is_read_as_specified_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    known, notes = run(capsys, "2acd", "00006400", device="Acme")
    assert known == run(capsys, "2acd", "00006400")[0]
    assert "'Acme'" in notes
    assert "Polar H10" in notes


def test_bytes_that_cannot_be_what_they_are_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert "too short" in refusal(capsys, "2ad4", "0000")
    assert "1826" in refusal(capsys, "adv-1826", "020106")
