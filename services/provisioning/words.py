"""Words and colours that several dashboards use, all of them the console's; limits are those of the code. Pure."""

from device_adapters.contract.standing import STANDINGS
from device_adapters.safety.hazards import Cause, reaction
from services.console import event_words, phrases
from services.console.live.tile_heart import FULL_PCT, NEAR_PCT, WORKING_PCT
from services.provisioning.columns import Steps
from services.provisioning.palette import colours, state_colours, state_words

KMH = "velocitykmh"
BPM = "suffix: bpm"
TIME_LEFT = "dthms"
GO, INFO, WARN, ALARM, QUIET = (colours()[name] for name in ("go", "info", "warn", "alarm", "ink-3"))
ABOVE_FULL = FULL_PCT + 0.001
"""Steps hold from their value on; over the limit is what is above it."""

NOW_S = 30
"""What was told within this time is of now: rows come each second, and Grafana's clock is not the hub's."""

ROLL_S = 60
"""The same for the roll call, which is each 10 s."""

NEUTRAL: Steps = ((None, INFO),)
NONE_IS_GOOD: Steps = ((None, GO), (1, WARN))
HEART: Steps = ((None, INFO), (WORKING_PCT, GO), (NEAR_PCT, WARN), (ABOVE_FULL, ALARM))
SPEED: Steps = ((None, GO), (NEAR_PCT, WARN), (ABOVE_FULL, ALARM))
STATES = {
    str(STANDINGS.index(state)): (text, state_colours()[state]) for state, text in state_words().items()
}
PHASES = {
    phase: (phrases.STATES[phase], state_colours()[phase])
    for phase in ("starting", "running", "pausing", "paused", "stopping")
} | {"ended": ("Ended", QUIET)}
GOALS = {goal.value: (words[0], "") for goal, words in phrases.GOALS.items()}
LEVELS = {level.value: (text, "") for level, text in phrases.LEVELS.items()}
OUTCOMES = {
    "completed": ("Completed", GO),
    "stopped": ("Stopped", WARN),
    "interrupted": ("Interrupted", ALARM),
}
LINKS = {
    "absent": (phrases.STATES["absent"], QUIET), "connecting": (phrases.STATES["connecting"], WARN),
    "connected": ("Connected", GO), "lost": (phrases.STATES["lost"], ALARM), "online": ("Online", GO),
    "offline": (phrases.STATES["offline"], ALARM),
}  # fmt: skip
KINDS = {kind: (text, "") for kind, text in event_words.KINDS.items()}
CAUSES = {cause: (text, "") for cause, text in event_words.CAUSES.items()} | {
    cause.value: (reaction(cause).rested or reaction(cause).staff, "") for cause in Cause
}
OF_HEARTS = frozenset(cause.value for cause in Cause if cause.value.startswith("hr_"))
"""What a heart did is health data, and no public board's."""

BELT_CAUSES = {cause: words for cause, words in CAUSES.items() if cause not in OF_HEARTS}
SEVERITIES = {"info": ("Info", QUIET), "warning": ("Warning", WARN), "alarm": ("Alarm", ALARM)}


def since(seconds: int) -> str:
    """InfluxQL: of the last `seconds` before the end of the dashboard's time range."""
    return f"time > ${{__to}}ms - {seconds}s AND time <= ${{__to}}ms"
