"""Wire-unit integers of FTMS and their human units, and the units of time.

Inside, speed is `ckmh` (0.01 km/h), inclination `dpct` (0.1 %), acceleration `ckmh_s` (0.01 km/h per second).
Floats exist only on the bus and on screens. Rounding is half away from zero, never truncation: 2.3 km/h is 230.
"""

import math

from device_adapters.errors import UnitError

KMH_PER_M_S = 3.6
SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
DAY_S = 86_400

MS_KMH_PER_M = 3_600
"""So many ms at 1 km/h are 1 m."""


def _scaled(value: float, scale: int, name: str) -> int:
    if not math.isfinite(value * scale):
        raise UnitError(f"{name} is {value}; give a number that a treadmill could have")
    return int(math.floor(abs(value) * scale + 0.5) * (1 if value >= 0 else -1))


def ckmh_from_kmh(kmh: float) -> int:
    """Speed in 0.01 km/h. `kmh` ≥ 0 (FTMS speed has no sign, FTMS v1.0.1 §4.4); raises UnitError otherwise."""
    if kmh < 0:
        raise UnitError(f"speed is {kmh} km/h; FTMS speeds have no sign, give 0 or more")
    return _scaled(kmh, 100, "speed")


def kmh_from_ckmh(ckmh: int) -> float:
    """Speed in km/h from 0.01 km/h."""
    return ckmh / 100


def dpct_from_pct(pct: float) -> int:
    """Inclination in 0.1 %, signed. Raises UnitError unless finite."""
    return _scaled(pct, 10, "incline")


def pct_from_dpct(dpct: int) -> float:
    """Inclination in % from 0.1 %."""
    return dpct / 10
