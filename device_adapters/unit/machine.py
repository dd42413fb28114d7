"""What a treadmill may be asked to do, from what it says of itself, its profile and its commissioning record. Pure.

Cautious where nobody described the model: without a good record its deck is left alone and its speed is held to
3.0 km/h (safety/lease.py). A range is believed only as far as it can be.
"""

from device_adapters.codecs.ftms.features import FitnessMachineFeatures, Target
from device_adapters.codecs.ftms.ranges import InclineRange, SpeedRange
from device_adapters.profiles.loader import Profile
from device_adapters.safety.envelope_state import Machine
from device_adapters.safety.limits import Arrangement


def machine_of(
    speed: SpeedRange | None,
    incline: InclineRange | None,
    features: FitnessMachineFeatures | None,
    profile: Profile,
    *,
    commissioned: bool,
    proving: bool = False,
    starts_by_speed: bool = False,
    arrangement: Arrangement,
) -> Machine | None:
    """The machine as the envelope takes it; None without a speed range that can be: then it is read
    and can be stopped, and is never started.

    `starts_by_speed`: as its record shows, or as its commissioning tries. `proving`: this is its commissioning, which
    finds out what is otherwise not taken on trust.
    """
    if speed is None or not 0 < speed.min_ckmh < speed.max_ckmh:
        return None
    tilts = incline is not None and _tilts(incline, features, profile, proven=commissioned or proving)
    return Machine(
        speed_min_ckmh=speed.min_ckmh,
        speed_max_ckmh=speed.max_ckmh,
        speed_step_ckmh=max(1, speed.step_ckmh),
        incline_min_dpct=incline.min_dpct if incline and tilts else 0,
        incline_max_dpct=incline.max_dpct if incline and tilts else 0,
        incline_step_dpct=max(1, incline.step_dpct) if incline and tilts else 1,
        commissioned=commissioned,
        arrangement=arrangement,
        pause_before_stop=profile.pause_before_stop,
        takes_miles=profile.target_speed_in_mph and not (commissioned or proving),
        starts_by_speed=starts_by_speed,
    )


def _tilts(
    incline: InclineRange, features: FitnessMachineFeatures | None, profile: Profile, *, proven: bool
) -> bool:
    """May the deck be asked to tilt? By a range that can be, a model that does it, and a machine that claims it."""
    claims = features is None or bool(features.targets & Target.INCLINATION)
    known = proven or profile.kind == "treadmill"
    return incline.min_dpct < incline.max_dpct and profile.incline_controllable and claims and known
