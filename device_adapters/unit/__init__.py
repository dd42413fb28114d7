"""Everything that runs on the Pi: one unit, its treadmills and straps, what it says and what it is asked."""

from device_adapters.unit.service import Unit, run_unit

__all__ = ["Unit", "run_unit"]
