"""The commissioning record of a virtual treadmill, marked as what it is; real ones are commissioned on the floor."""

from device_adapters import commissioning
from device_adapters.clock import SystemClock
from device_adapters.config import Treadmill

MODEL = "VT-1"


def simulated_record(treadmill: Treadmill, model: str = MODEL) -> commissioning.Record:
    """The virtual machines' own figures."""
    return commissioning.Record(
        treadmill=treadmill.id,
        address=treadmill.known_by,
        model=model,
        at_ms=SystemClock().wall_ms(),
        by="virtual gym",
        units_right=True,
        speed_min_kmh=0.5,
        speed_max_kmh=20.0,
        accel_kmh_s=1.2,
        decel_kmh_s=2.0,
        stop_s=5.0,
        stops_on_link_loss=True,
        grade_right=True,
        simulated=True,
    )
