"""What a tile says of its treadmill, in the language being spoken. Pure."""

import re
from datetime import UTC, datetime

from device_adapters.contract.keys import hazards
from device_adapters.contract.messages import StepBrief, TreadmillState
from device_adapters.contract.phrase import Phrase
from services.console import phrases
from services.console.languages import say
from services.console.operator.misdeeds import Defect
from services.console.words import NO_VALUE, PAGE
from services.texts.figures import fixed, short_day
from services.texts.programmes import in_words
from services.texts.telling import tell

ACCOUNT = re.compile(r" u-[0-9a-f]{8}\b")


def by_role(text: str) -> str:
    """Whoever did it is told by the role: accounts are for the bus and the records."""
    return ACCOUNT.sub("", text)


def step(k: int, n: int, kind: str) -> str:
    """Where a programme stands."""
    if not n:
        return ""
    name = step_kind(kind)
    return say("Step {k} of {n}", k=k, n=n) + (f" · {name}" if name else "")


def way(state: TreadmillState | None) -> str:
    """Which way a belt runs, where it is not the usual one."""
    return say("runs backward") if state is not None and state.arrangement == "belt_reversed" else ""


def step_kind(kind: str) -> str:
    """What a kind of step is called, in the language spoken."""
    return say(phrases.STEP_KINDS.get(kind, kind.replace("_", " ").capitalize()))


def step_brief(brief: StepBrief | None) -> str:
    """What a step asks for."""
    if brief is None:
        return say("none, it is the last")
    kind = step_kind(brief.kind)
    if brief.until == "staff":
        return say("{kind}, until staff say so", kind=kind)
    if brief.until == "hr_below":
        return say("{kind}, until the heart is calm", kind=kind)
    how_long = f"{brief.distance_m} m" if brief.distance_m else clock(brief.time_s or 0)
    facing = f" {say(phrases.FACING.get(brief.facing, brief.facing))}" if brief.facing else ""
    return say(
        "{kind}, {how_long} at {kmh} km/h",
        kind=kind + facing,
        how_long=how_long,
        kmh=fixed(brief.speed_kmh),
    )


def cue(said: Phrase | str | None) -> str:
    """What the member hears: a warning, or the step's words."""
    return in_words(said) if isinstance(said, str) else tell(said)


def locked(state: TreadmillState) -> str:
    """Why a treadmill is locked."""
    return why(state) or state.latched.replace("_", " ").capitalize()


def why(state: TreadmillState) -> str:
    """What the unit says of the worst hazard there is now, in its own words where it is newer than this console."""
    return tell(hazards.of_state(state.hazard, still=state.belt == "still") or state.why)


def defect(found: Defect) -> str:
    """What a treadmill did and nobody has checked since."""
    day = short_day(datetime.fromtimestamp(found.at_ms / 1000, UTC).astimezone().date())
    return say("{day}: {what}", day=day, what=tell(hazards.at_rest(found.cause)))


def sets(done: int, total: int) -> str:
    """How many sets are behind."""
    return say("{done} of {total} done", done=done, total=total) if total else ""


def clock(seconds: float) -> str:
    """Minutes and seconds: 3:05; never below zero or beyond 999 minutes."""
    whole = round(max(0.0, min(seconds, 59_999.0)))
    return f"{whole // 60}:{whole % 60:02d}"


def left(seconds: float) -> str:
    """Time left of a programme."""
    return say("{time} left", time=clock(seconds))


def unit_offline(unit: str) -> str:
    """Why a treadmill is not heard."""
    return say(
        "{unit} is not online and the belt may still move. Use the red button or the cord.",
        unit=unit or say("The unit"),
    )


def link_lost() -> str:
    """A treadmill out of reach."""
    return say("Bluetooth link lost: assume that the belt moves. Use the red button or the cord.")


def data_silent() -> str:
    """A treadmill that is linked and says nothing."""
    return say(
        "The treadmill is linked but tells no speed. Look at the belt; use the red button or the cord."
    )


def session_silent(seconds: int) -> str:
    """The session service no longer tells how the session stands."""
    return say("The session service has been silent for {s} s.", s=seconds)


def heart_over(bpm: str, bpm_max: int) -> str:
    """A heart that is over its ceiling while the belt rests."""
    return say(
        "Heart rate {bpm} is over the ceiling of {max} bpm: check the member, start nothing until it has come down.",
        bpm=bpm,
        max=bpm_max,
    )


def no_strap() -> str:
    """No strap belongs to the treadmill."""
    return say("No strap")


def no_contact() -> str:
    """The strap does not touch skin."""
    return say("No skin contact")


def hr_waiting() -> str:
    """A strap is known and has not told a heart rate."""
    return say("No reading yet")


def hr_old(seconds: int) -> str:
    """The heart rate is too old to show."""
    return say("No reading for {s} s", s=seconds)


def limit(value: str, over: bool = False) -> str:
    """A limit beside the value that it bounds."""
    return say("over limit {v}", v=value) if over else say("limit {v}", v=value)


def last_reading(speed: str) -> str:
    """The newest speed of a treadmill that no longer tells it."""
    return say(PAGE["last"], speed=speed) if speed != NO_VALUE else say(PAGE["never"])
