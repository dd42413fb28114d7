"""The file of a capture: what is read back, what is refused, what is hidden."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters import capture as files
from device_adapters.codecs import uuids
from device_adapters.errors import ConfigError

HEADER = files.Header(
    capture=1,
    kind="strap",
    day="2026-11-24",
    model="H10",
    profile="generic",
    services=(
        files.CapturedService(
            uuids.HEART_RATE_SERVICE, (files.CapturedCharacteristic(uuids.HEART_RATE_MEASUREMENT),)
        ),
    ),
)
FRAME = files.CapturedFrame(250, uuids.HEART_RATE_MEASUREMENT, "0047")


def test_it_reads_what_it_wrote_up_to_the_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(files.line(HEADER) + files.line(FRAME) + files.line(FRAME)[:-20])
    assert files.read(path) == files.Capture(HEADER, (FRAME,))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("{}\n", "line 1: .*missing required field"),
        (files.line(HEADER) + '{"t_ms":-1,"uuid":"x","hex":""}\n', "line 2: .*t_ms"),
        (files.line(HEADER) + files.line(FRAME).replace("0047", "004"), r"line 2: .*\$\.hex"),
        (files.line(HEADER).replace('"capture":1', '"capture":2'), r"line 1: .*\$\.capture"),
        (files.line(HEADER) + "not json\n", "line 2"),
    ],
)
def test_what_is_not_a_capture_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        files.read(path)
    with pytest.raises(ConfigError, match="backstride capture wrote"):
        files.read(tmp_path / "none")


@given(before=st.binary(max_size=8), after=st.binary(max_size=8))
def test_address_and_name_are_hidden_wherever_they_are(before: bytes, after: bytes) -> None:
    hide = files.secrets("F1:A2:B3:C4:D5:E6", "Polar H10 7E2A")
    raw = bytes.fromhex("F1A2B3C4D5E6")
    for secret in (raw, raw[::-1], b"f1:a2:b3:c4:d5:e6", b"F1A2B3C4D5E6", b"Polar H10 7E2A"):
        data = before + secret + after
        shown = files.redacted(data, hide)
        assert secret not in shown
        assert len(shown) == len(data)


def test_short_names_and_frames_without_secrets_stay_as_they_are() -> None:
    hide = files.secrets("F1:A2:B3:C4:D5:E6", "HR")
    assert files.redacted(b"HR HR \x00\x47", hide) == b"HR HR \x00\x47"
