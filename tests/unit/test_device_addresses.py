"""No pod and no strap takes a treadmill's link: a unit leaves out the ones whose address is at fault."""

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
