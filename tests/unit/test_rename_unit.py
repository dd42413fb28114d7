"""Another id for a treadmill in a unit's settings and data: there and nowhere else, whole or not at all."""

from pathlib import Path

import pytest

from device_adapters import belt_sensor_record, commissioning
from device_adapters.belt_sensor_record import Counted
from device_adapters.config import UnitConfig, load
from device_adapters.errors import ConfigError
from device_adapters.stop_line import record as stop_line_record
from device_adapters.stop_line.record import Fitted
from services.hub.rename_unit import rename_in_unit

SETTINGS = """\
# tm-01 stands at the window
unit = "tm-01-unit"   # not a treadmill
site = "gym"
data = "{data}"

[[treadmill]]
id = "tm-01"  # by the window: "tm-10" is beside it
address = "F1:00:00:00:00:01"
footpod = 'F3:00:00:00:00:01'

[[treadmill]]
address = "F1:00:00:00:00:02"
id = 'tm-010'

[[strap]]
id = "hr-01"
address = "F2:00:00:00:00:01"
treadmill = 'tm-01'

[[strap]]
id = "hr-02"
address = "F2:00:00:00:00:02"
treadmill = "tm-010"
"""


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    path = tmp_path / "unit.toml"
    path.write_text(SETTINGS.format(data=tmp_path / "data"))
    path.chmod(0o640)
    (tmp_path / "data").mkdir()
    record = commissioning.Record(
        treadmill="tm-01", address="F1:00:00:00:00:01", at_ms=5, by="Kim", units_right=True, speed_min_kmh=0.5,
        speed_max_kmh=18, accel_kmh_s=1, decel_kmh_s=1, stop_s=4, stops_on_link_loss=True, grade_right=True,
    )  # fmt: skip
    commissioning.write(tmp_path / "data", record)
    return path


def test_settings_and_record_have_the_new_id_and_comments_stay(unit: Path) -> None:
    before, data = unit.read_text(), unit.parent / "data"
    for pod, pulses in ((False, 192), (True, 160)):
        counted = Counted(treadmill="tm-01", at_ms=5, by="Kim", belt_m=3.2, turns=10, pulses=pulses)
        belt_sensor_record.write(data, counted, pod=pod)
    line = Fitted(
        treadmill="tm-01", address="F1:00:00:00:00:01", at_ms=5, by="Kim", circuit="stop", belt="brakes", from_kmh=5,
        rest_s=2, stays_at_rest=True,
    )  # fmt: skip
    stop_line_record.write(data, line)
    rename_in_unit(unit, "tm-01", "tm-15")
    after = unit.read_text()
    changed = [(a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=True) if a != b]
    assert changed == [
        (
            'id = "tm-01"  # by the window: "tm-10" is beside it',
            'id = "tm-15"  # by the window: "tm-10" is beside it',
        ),
        ("treadmill = 'tm-01'", 'treadmill = "tm-15"'),
    ]
    assert unit.stat().st_mode & 0o777 == 0o640
    config = load(unit, UnitConfig)
    assert [one.id for one in config.treadmill] == ["tm-15", "tm-010"]
    assert [one.treadmill for one in config.strap] == ["tm-15", "tm-010"]
    record = commissioning.read(data, "tm-15", "F1:00:00:00:00:01")
    assert record is not None
    assert (record.treadmill, record.by) == ("tm-15", "Kim")
    assert not commissioning.path_of(data, "tm-01").exists()
    for pod, pulses in ((False, 192), (True, 160)):
        moved = belt_sensor_record.read(data, "tm-15", pod=pod)
        assert moved is not None
        assert (moved.treadmill, moved.pulses) == ("tm-15", pulses)
    fitted = stop_line_record.read(data, "tm-15", "F1:00:00:00:00:01")
    assert fitted is not None
    assert (fitted.treadmill, fitted.rest_s) == ("tm-15", 2)
    assert [path.name for path in (data / "commissioning").iterdir() if "tm-01" in path.name] == []
    rename_in_unit(unit, "tm-01", "tm-15")  # once more is nothing more
    assert unit.read_text() == after


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("tm-99", "tm-15", "no treadmill tm-99 (there: tm-01, tm-010)"),
        ("tm-01", "tm-010", "tm-010 is there already"),
        ("tm-01", "hr-02", "hr-02 is there already"),
        ("tm-01", "Tread 1", "is no id"),
        ("tm-01", "tm/01", "is no id"),
        ("tm-01", "+", "is no id"),
    ],
)
def test_what_cannot_be_changes_nothing(unit: Path, old: str, new: str, says: str) -> None:
    before = unit.read_text()
    with pytest.raises(ConfigError) as refused:
        rename_in_unit(unit, old, new)
    assert says in str(refused.value)
    assert unit.read_text() == before
    assert commissioning.path_of(unit.parent / "data", "tm-01").exists()


def test_a_belt_that_is_in_use_keeps_its_id(unit: Path) -> None:
    mark = unit.parent / "data" / "moving" / "tm-01"
    mark.parent.mkdir()
    mark.touch()
    with pytest.raises(ConfigError, match="end it, clear the stop"):
        rename_in_unit(unit, "tm-01", "tm-15")
    mark.unlink()
    assert rename_in_unit(unit, "tm-01", "tm-15").treadmill[0].id == "tm-15"


def test_settings_in_another_form_are_edited_or_left_to_a_person(unit: Path, tmp_path: Path) -> None:
    inline = tmp_path / "inline.toml"
    data = f'unit = "unit-01"\ndata = "{tmp_path / "data"}"\n'
    inline.write_text(data + 'treadmill = [{ id = "tm-01", address = "F1:00:00:00:00:01" }]\n')
    assert rename_in_unit(inline, "tm-01", "tm-15").treadmill[0].id == "tm-15"
    twice = data + (
        'treadmill = [{ id = "tm-01", address = "F1:00:00:00:00:01" }]\n'
        'strap = [{ id = "hr-01", address = "F2:00:00:00:00:01", treadmill = "tm-01" },'
        ' { id = "hr-02", address = "F2:00:00:00:00:02", treadmill = "tm-01" }]\n'
    )
    inline.write_text(twice)
    with pytest.raises(ConfigError, match="by hand"):
        rename_in_unit(inline, "tm-01", "tm-15")
    assert inline.read_text() == twice
