"""Judgements of a commissioning, and what a record is worth."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters import commissioning
from device_adapters.commission.findings import (
    Findings,
    FrameSample,
    record_of,
    steady,
    steepest,
    units_verdict,
    unproven,
)
from device_adapters.errors import ConfigError, StorageError

ADDRESS = "F1:00:00:00:00:01"
PROVEN = Findings(
    speed_min_ckmh=80, speed_max_ckmh=2000, stop_ms=1500, units_right=True, stops_on_link_loss=True, grade_right=True
)  # fmt: skip
HALF_A_YEAR_MS = 183 * 24 * 3600 * 1000


def record(findings: Findings = PROVEN, at_ms: int = 10**12) -> commissioning.Record:
    return record_of(findings, treadmill="tm-01", address=ADDRESS, at_ms=at_ms, by="Kim", simulated=False)


@pytest.mark.parametrize(
    ("asked", "measured", "verdict"),
    [
        (200, 200, "right"), (200, 220, "right"), (200, 180, "right"), (200, 221, "wrong"), (200, 179, "wrong"),
        (50, 60, "right"), (50, 61, "wrong"), (200, 321, "mph"), (100, 161, "mph"), (200, 306, "mph"),
        (200, 305, "wrong"), (200, 337, "mph"), (200, 338, "wrong"), (200, 124, "wrong"), (200, 0, "wrong"),
    ],
)  # fmt: skip
def test_units(asked: int, measured: int, verdict: str) -> None:
    assert units_verdict(asked, measured) == verdict


def test_a_steady_belt_moves_and_keeps_its_speed_for_a_second() -> None:
    def at(*speeds: int) -> list[FrameSample]:
        return [FrameSample(250 * i, speed) for i, speed in enumerate(speeds)]

    assert steady(at(100, 100, 105, 110, 100))
    assert not steady(at(100, 100, 100, 100))
    assert not steady(at(100, 100, 111, 100, 100))
    assert not steady(at(0, 0, 0, 0, 0))
    assert steady(at(0, 50, 100, 100, 100, 100, 100))
    assert not steady([])
    assert steady([FrameSample(0, 0), FrameSample(1010, 100), FrameSample(2020, 100)])
    assert not steady([FrameSample(0, 0), FrameSample(1010, 100)])


@given(st.integers(10, 500), st.integers(100, 400), st.booleans())
def test_slopes_are_those_of_the_belt(rate_ckmh_s: int, every_ms: int, rising: bool) -> None:
    speeds = [rate_ckmh_s * i * every_ms // 1000 for i in range(20)]
    ordered = speeds if rising else speeds[::-1]
    samples = [FrameSample(i * every_ms, speed) for i, speed in enumerate(ordered)]
    assert abs(steepest(samples, rising=rising) - rate_ckmh_s) <= 3
    assert steepest(samples, rising=not rising) == 0


def test_findings_begin_with_nothing_proven_and_name_each_gap() -> None:
    assert len(unproven(Findings())) == 5
    assert unproven(PROVEN) == ()
    assert not record(Findings()).good(10**12)


@given(
    st.builds(
        Findings, units_right=st.booleans(), stops_on_link_loss=st.booleans(), grade_right=st.booleans(),
        stop_ms=st.sampled_from([0, 1500]), speed_min_ckmh=st.sampled_from([0, 80]),
    ),
    st.integers(-HALF_A_YEAR_MS, 2 * HALF_A_YEAR_MS),
)  # fmt: skip
def test_a_record_is_good_only_if_all_is_proven_and_recent(findings: Findings, age_ms: int) -> None:
    made = record(findings)
    proven = findings.units_right and findings.stops_on_link_loss and findings.grade_right
    assert made.good(made.at_ms + age_ms) is (proven and 0 <= age_ms <= HALF_A_YEAR_MS)
    gaps = [note for note in made.notes if note.startswith("not proven")]
    assert bool(gaps) is not (proven and findings.stop_ms > 0 and findings.speed_min_ckmh > 0)


def test_a_record_is_good_for_183_days_and_not_from_the_future() -> None:
    made = record()
    assert [made.good(made.at_ms + ms) for ms in (-1, 0, HALF_A_YEAR_MS, HALF_A_YEAR_MS + 1)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_record_belongs_to_one_address(tmp_path: Path) -> None:
    commissioning.write(tmp_path, record())
    assert commissioning.read(tmp_path, "tm-01", ADDRESS.lower()) == record()
    assert commissioning.read(tmp_path, "tm-01", "F1:00:00:00:00:02") is None
    assert commissioning.read(tmp_path, "tm-02", ADDRESS) is None


def test_a_record_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = commissioning.write(tmp_path, record())
    before = path.read_bytes()

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        commissioning.write(tmp_path, record(Findings()))
    assert path.read_bytes() == before


@pytest.mark.parametrize("garbage", [b"", b"{", b"\xff", b'{"treadmill":"tm-01"}'])
def test_an_unreadable_record_says_what_to_do(tmp_path: Path, garbage: bytes) -> None:
    commissioning.write(tmp_path, record()).write_bytes(garbage)
    with pytest.raises(ConfigError, match="backstride commission tm-01"):
        commissioning.read(tmp_path, "tm-01", ADDRESS)


def test_a_record_with_an_unknown_field_is_refused(tmp_path: Path) -> None:
    path = commissioning.write(tmp_path, record())
    known = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode(known | {"trusted": True}))
    with pytest.raises(ConfigError, match="trusted"):
        commissioning.read(tmp_path, "tm-01", ADDRESS)
