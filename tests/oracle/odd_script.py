"""What people do at an odd treadmill, how far its session has come when they do it, and what comes of it."""

from collections.abc import Callable
from dataclasses import replace

from odd_world import OddWorld

from device_adapters.safety import envelope_state
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import limits_for

PRESSES: dict[str, Callable[[OddWorld], None]] = {}
"""What people, and losses that count as a press, do; each tells the oracle first."""

PLUS_CKMH = 20
"""What one press of + at the console adds."""


def _press(name: str) -> Callable[[Callable[[OddWorld], None]], Callable[[OddWorld], None]]:
    def add(press: Callable[[OddWorld], None]) -> Callable[[OddWorld], None]:
        PRESSES[name] = press
        return press

    return add


@_press("stop")
def _stop(world: OddWorld) -> None:
    world.oracle.pressed(world.now, locks=True)
    world.gate.stop(Cause.STOP_PRESSED, "Kim")


@_press("pause")
def _pause(world: OddWorld) -> None:
    """The session's own stop, which keeps its lease; without a lease it is refused, and nothing is owed."""
    held = world.gate.envelope.lease.claim is not None
    if held:
        world.oracle.pressed(world.now)
    world.order("stop")


@_press("broker_lost")
def _broker_lost(world: OddWorld) -> None:
    if world.oracle.rest_ms is None and world.oracle.leased:
        world.oracle.pressed(world.now, locks=True)
    world.renews = False
    world.gate.stop(Cause.BROKER_LOST)


@_press("slower")
def _slower(world: OddWorld) -> None:
    world.target(max(80, world.said * 9 // 10))


@_press("lower_limit")
def _lower_limit(world: OddWorld) -> None:
    told = world.oracle.told
    lower = max(100, told * 8 // 10)
    if told > lower:
        world.oracle.pressed(world.now, stops=False)
    world.limits = replace(limits_for(world.goal, world.level), speed_max_ckmh=lower)
    if world.renews:
        world.renew()


@_press("hub_silent")
def _hub_silent(world: OddWorld) -> None:
    world.renews = False


@_press("safety_key")
def _safety_key(world: OddWorld) -> None:
    world.oracle.pressed(world.now, stops=False)
    world.say(world.computer.pull_key())
    world.later(6_000, world.belt.insert_key)


@_press("console_stop")
def _console_stop(world: OddWorld) -> None:
    world.oracle.pressed(world.now, stops=False)
    world.say(world.computer.press_stop())


@_press("console_pause")
def _console_pause(world: OddWorld) -> None:
    world.oracle.pressed(world.now, stops=False)
    world.say(world.computer.press_pause())


@_press("console_minus")
def _console_minus(world: OddWorld) -> None:
    """No bound is set by it: the gate takes it for the member's wish after 5 s only (`console_slower`)."""
    if world.belt.under_way:
        slower = max(80, world.belt.target_ckmh // 3)
        world.say(world.computer.press_speed(slower))


@_press("console_plus")
def _console_plus(world: OddWorld) -> None:
    """A little, which the gate takes back: at once if the belt had settled, else after 2 s."""
    if not world.belt.under_way:
        return
    if world.gate.envelope.phase is envelope_state.Phase.MOVING:
        world.oracle.plus(world.now)
    world.say(world.computer.press_speed(world.belt.target_ckmh + PLUS_CKMH))


@_press("control_taken")
def _control_taken(world: OddWorld) -> None:
    world.say(world.computer.revoke_control())


@_press("link_lost")
def _link_lost(world: OddWorld) -> None:
    world.drop_link(back_ms=3_000)


@_press("clear")
def _clear(world: OddWorld) -> None:
    world.clear()


def _start_again(world: OddWorld) -> None:
    if world.gate.envelope.lease.claim is None:
        world.lease()
    world.start()


def _faster(world: OddWorld) -> None:
    world.target(min(world.oracle.told + 100, 900))


DEEDS = {**PRESSES, "start": _start_again, "faster": _faster}
"""All that people do in a session, starts and rises too."""

Phase = Callable[[OddWorld], bool]
PHASES: dict[str, Phase] = {}
"""How far a session has come when somebody presses; each tells whether this machine came so far."""


def _phase(name: str) -> Callable[[Phase], Phase]:
    def add(reach: Phase) -> Phase:
        PHASES[name] = reach
        return reach

    return add


@_phase("free")
def _free(world: OddWorld) -> bool:
    world.run(2_000)
    return True


@_phase("ready")
def _ready(world: OddWorld) -> bool:
    world.run(2_000)
    world.lease()
    world.run(1_200)
    return world.oracle.leased


@_phase("counting")
def _counting(world: OddWorld) -> bool:
    _ready(world)
    taken = world.start()
    world.run(700)
    return taken


@_phase("first")
def _first(world: OddWorld) -> bool:
    _ready(world)
    world.start()
    world.until(lambda: world.belt.speed_ckmh > 60, 14_000)
    world.run(1_500)
    return world.belt.speed_ckmh > 60


@_phase("rising")
def _rising(world: OddWorld) -> bool:
    _first(world)
    world.run(5_000)
    world.target(550)
    world.run(3_300)
    return world.belt.speed_ckmh > 150


@_phase("cruising")
def _cruising(world: OddWorld) -> bool:
    _rising(world)
    world.run(8_000)
    return world.belt.speed_ckmh > 300


@_phase("slowed")
def _slowed(world: OddWorld) -> bool:
    """Slowed at its console 3.2 s ago, which nobody but the belt tells."""
    reached = _cruising(world)
    _console_minus(world)
    world.run(3_200)
    return reached and world.belt.speed_ckmh > 60


@_phase("slowed_lower")
def _slowed_lower(world: OddWorld) -> bool:
    """On its way down to a much lower speed of the session's, and slowed at its console faster than that."""
    reached = _cruising(world)
    world.belt.spec = replace(world.belt.spec, decel_ckmh_s=400)
    world.target(100)
    for _ in range(6):
        world.run(100)
        _console_minus(world)
    return reached and world.belt.speed_ckmh > 60


@_phase("stopping")
def _stopping(world: OddWorld) -> bool:
    reached = _cruising(world)
    _pause(world)
    world.run(1_000)
    return reached


@_phase("paused_by_us")
def _paused_by_us(world: OddWorld) -> bool:
    reached = _cruising(world)
    _pause(world)
    world.run(9_000)
    return reached


@_phase("paused_by_hand")
def _paused_by_hand(world: OddWorld) -> bool:
    """Paused at its console; the belt has come to its rest since."""
    reached = _cruising(world)
    _console_pause(world)
    world.until(lambda: not world.belt.speed_ckmh, 8_000)
    world.run(600)
    return reached


@_phase("link_back")
def _link_back(world: OddWorld) -> bool:
    reached = _cruising(world)
    world.drop_link(back_ms=2_000)
    world.run(2_300)
    return reached


@_phase("locked")
def _locked(world: OddWorld) -> bool:
    reached = _cruising(world)
    _stop(world)
    world.run(10_000)
    return reached


def play(world: OddWorld, phase: str, press: str, after_ms: int = 20_000) -> bool:
    """A session up to `phase`, one press, what comes of it, and a person who clears the belt in the end. Was the
    phase reached?
    """
    reached = PHASES[phase](world)
    world.run(100)
    PRESSES[press](world)
    world.run(after_ms)
    world.renews = False
    world.run(4_000)
    world.can_be_cleared()
    return reached
