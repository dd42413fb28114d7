"""No pod and no strap takes a treadmill's link: a unit leaves out the ones whose address is at fault."""

import pytest

from device_adapters.config import Strap, Treadmill, UnitConfig
from device_adapters.device_addresses import faults, usable

BELT, STRAP, POD = "F1:00:00:00:00:01", "F2:00:00:00:00:01", "F3:00:00:00:00:01"


def test_settings_in_order_are_used_as_they_are() -> None:
    config = UnitConfig(
        unit="u",
        treadmill=(Treadmill(id="tm-01", address=BELT, footpod=POD),),
        strap=(Strap(id="hr-01", address=STRAP),),
    )
    assert not list(faults(config))
    assert usable(config) == config


def test_a_treadmill_keeps_its_address_and_the_others_are_left_out() -> None:
    config = UnitConfig(
        unit="u",
        treadmill=(
            Treadmill(id="tm-01", address=BELT, footpod=BELT.lower()),
            Treadmill(id="tm-02", address=BELT[:-1] + "2", footpod=POD),
            Treadmill(id="tm-03", address=BELT[:-1] + "3", footpod=POD),
            Treadmill(id="tm-04", address=BELT[:-1] + "4", footpod="pod 5"),
        ),
        strap=(
            Strap(id="hr-01", address=BELT),
            Strap(id="hr-02", address=STRAP),
            Strap(id="hr-03", address=STRAP),
        ),
    )
    used = usable(config)
    assert [t.footpod for t in used.treadmill] == ["", POD, "", ""]
    assert [t.id for t in used.treadmill] == ["tm-01", "tm-02", "tm-03", "tm-04"]
    assert [s.id for s in used.strap] == ["hr-02"]
    assert len(list(faults(config))) == 5
    assert all("scan" in fault.text for fault in faults(config))


def test_a_belt_has_one_sensor_whose_address_is_its_own() -> None:
    on_roller = "F4:00:00:00:00:01"
    config = UnitConfig(
        unit="u",
        treadmill=(
            Treadmill(id="tm-01", address=BELT, footpod=POD, belt_sensor_address=on_roller),
            Treadmill(id="tm-02", address=BELT[:-1] + "2", footpod=POD[:-1] + "2", belt_sensor_address=POD),
            Treadmill(id="tm-03", address=BELT[:-1] + "3", belt_sensor_address="roller"),
            Treadmill(
                id="tm-04",
                address=BELT[:-1] + "4",
                belt_sensor_address=on_roller[:-1] + "4",
                belt_sensor_gpio=24,
            ),
            Treadmill(id="tm-05", address=BELT[:-1] + "5", belt_sensor_address=on_roller.lower()),
        ),
    )
    found = {fault.where: fault.text for fault in faults(config)}
    assert [where[1:] for where in found] == [(place, "belt_sensor_address") for place in (1, 2, 4, 3)]
    assert found["treadmill", 1, "belt_sensor_address"] == (
        f"belt sensor of tm-02: belt_sensor_address = {POD!r} is that of foot pod of tm-01 already: give it its own; "
        "backstride scan shows the address of each device"
    )
    assert "'roller' is no address like" in found["treadmill", 2, "belt_sensor_address"]
    assert found["treadmill", 3, "belt_sensor_address"] == (
        "treadmill tm-04: belt_sensor_address = 'F4:00:00:00:00:04' and belt_sensor_gpio = 24: a belt has one sensor; "
        "take one out"
    )
    used = usable(config).treadmill
    assert [t.belt_sensor_address for t in used] == [on_roller, "", "", "", ""]
    assert [t.footpod for t in used[:2]] == [POD, POD[:-1] + "2"]
    assert used[3].belt_sensor_gpio == 24


PORT = "serial:/dev/serial/by-id/usb-FTDI_A-if00-port0"


def test_a_treadmill_on_a_cable_needs_no_address() -> None:
    config = UnitConfig(
        unit="u",
        treadmill=(
            Treadmill(id="tm-01", link=PORT, protocol="woodway"),
            Treadmill(id="tm-02", address=BELT),
        ),
    )
    assert not list(faults(config))
    assert config.treadmill[0].port == PORT.removeprefix("serial:")
    assert (config.treadmill[1].port, config.treadmill[1].known_by) == ("", BELT)


def test_what_is_wrong_with_a_cable_is_named() -> None:
    wrong = (
        Treadmill(id="tm-01", link=PORT),
        Treadmill(id="tm-02", link="/dev/ttyUSB0", protocol="woodway"),
        Treadmill(id="tm-03", link="serial:ttyUSB0", protocol="woodway"),
        Treadmill(id="tm-04", link=PORT, protocol="woodway"),
        Treadmill(id="tm-05", link=PORT + "x", address=BELT, protocol="woodway"),
        Treadmill(id="tm-06", address=BELT, protocol="woodway"),
    )
    found = list(faults(UnitConfig(unit="u", treadmill=wrong)))
    assert [fault.where for fault in found] == [
        ("treadmill", 0, "protocol"), ("treadmill", 1, "link"), ("treadmill", 2, "link"), ("treadmill", 3),
        ("treadmill", 4, "address"), ("treadmill", 5, "link"),
    ]  # fmt: skip
    assert "tm-01 already" in found[3].text


def test_a_treadmill_without_address_and_cable_is_none() -> None:
    with pytest.raises(ValueError, match="needs its Bluetooth address"):
        Treadmill(id="tm-01")


def test_each_pin_is_of_one_thing_and_each_clicker_of_one_treadmill() -> None:
    config = UnitConfig(
        unit="u",
        alarm_light_gpio=23,
        treadmill=(
            Treadmill(id="tm-01", address=BELT, stop_line_gpio=23, clicker="R400", stop_button_gpio=5),
            Treadmill(id="tm-02", address=BELT[:-1] + "2", slower_button_gpio=5, clicker="r400"),
            Treadmill(id="tm-03", address=BELT[:-1] + "3", belt_sensor_gpio=6, clicker_slower_keys=(114,)),
        ),
    )
    found = list(faults(config))
    assert [fault.where for fault in found] == [
        ("treadmill", 0, "stop_line_gpio"),
        ("treadmill", 1, "slower_button_gpio"),
        ("treadmill", 1, "clicker"),
        ("treadmill", 2, "clicker_slower_keys"),
    ]
    assert (
        "treadmill tm-02: slower_button_gpio = 5 is that of treadmill tm-01 (stop_button_gpio)"
        in found[1].text
    )
    assert usable(config) == config


def test_a_trackmaster_whose_belt_is_to_run_backward_is_refused_by_name() -> None:
    machine = Treadmill(id="tm-01", link=PORT, protocol="trackmaster")
    assert list(faults(UnitConfig(unit="u", treadmill=(machine,)))) == []
    reversed_ = Treadmill(id="tm-01", link=PORT, protocol="trackmaster", arrangement="belt_reversed")
    (fault,) = faults(UnitConfig(unit="u", treadmill=(reversed_,)))
    assert fault.where == ("treadmill", 0, "arrangement")
    assert "tm-01: arrangement = 'belt_reversed'" in fault.text
    assert "member_turned" in fault.text
