"""A request on the bus → what the engine is asked, or why not. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import ProgrammeError
from device_adapters.safety.limits import Goal, Level
from device_adapters.units import ckmh_from_kmh
from services.programme import library
from services.programme.model import Programme
from services.programme.parse import parse
from services.rules import letters
from services.session.engine.events import Adjust, Ask, Start, Tell, TellVerb
from services.session.engine.state import Asker, Wanted


@dataclass(frozen=True, slots=True)
class Declined:
    """A request that reaches no engine."""

    cause: str
    text: str


@dataclass(frozen=True, slots=True)
class StrapChoice:
    """The strap a session would read: the one asked for, else the one usually worn there if it is free."""

    strap: str
    busy: bool


Request = Start | Ask | Adjust | Tell


class _Envelope(msgspec.Struct):
    client: m.Id = ""
    id: str = ""


def event_for(
    request: m.SessionRequest,
    session: str,
    strap: StrapChoice,
    own: Mapping[str, Programme] = library.NONE,
    *,
    program: bool = False,
) -> Request | Declined:
    """What the request asks of its treadmill's engine; `session` is the id of a session it may start, `own` are the
    gym's own programmes; `program`: no person of the gym asks."""
    by, needs_person = request.by.strip(), request.verb in ("clear", "adjust")
    if needs_person and letters.fault(by):
        by = ""
    if request.verb == "clear" and not by:
        return Declined("no_person", "A clear needs the name of the person who looked at the belt (by).")
    asker = Asker(request.id, request.client, by if needs_person else by or "staff", program, request.asker)
    match request.verb:
        case "start":
            return _start(request, asker, session, strap, own)
        case "adjust":
            return _adjust(request, asker)
        case "rpe" | "present" | "note" | "near_miss" | "feedback":
            return _tell(request, request.verb, asker)
        case verb:
            return Ask(asker, verb, request.latch)


def _start(
    request: m.SessionRequest, asker: Asker, session: str, strap: StrapChoice, own: Mapping[str, Programme]
) -> Start | Declined:
    if request.goal is None or request.level is None:
        return Declined("malformed", "A start needs a goal and a level.")
    unseen = letters.fault(request.alias) if request.alias else ""
    if unseen:
        return Declined("malformed", f"alias: {unseen}")
    try:
        programme = _programme(request, request.goal, request.level, own)
    except ProgrammeError as e:
        return Declined("no_programme", str(e))
    # Whoever gives the reason why no strap is worn is not to be judged by the one that usually lies there.
    worn = request.strap or ("" if request.waiver.strip() else strap.strap)
    wanted = Wanted(
        session=session,
        programme=programme,
        strap=worn,
        member=request.member,
        alias=request.alias,
        on_board=not request.member,
        hr_max_bpm=request.hr_max_bpm,
        spotter=request.spotter,
        harness=request.harness,
        waiver="" if worn else request.waiver.strip(),
        countdown_ms=request.countdown_s * 1000,
        presence_ms=(request.presence_s or 0) * 1000,
    )
    return Start(asker, wanted, strap.busy and bool(worn))


def _programme(
    request: m.SessionRequest, goal: Goal, level: Level, own: Mapping[str, Programme]
) -> Programme:
    """By its text, else by its name. ProgrammeError if it may not be run."""
    if not request.programme_text:
        return library.find(goal, level, request.programme, own)
    file = request.programme or "the programme"
    programme = parse(request.programme_text, file)
    if (programme.goal, programme.level) != (goal, level):
        raise ProgrammeError(
            f"{file}: it is for {programme.goal} {programme.level}; start it with that goal and level, not with "
            f"{goal} {level}"
        )
    return programme


def _adjust(request: m.SessionRequest, asker: Asker) -> Adjust | Declined:
    if request.speed_max_kmh is None:
        return Declined("malformed", "An adjust needs the new limit: speed_max_kmh.")
    speed_ckmh = ckmh_from_kmh(request.speed_max_kmh)
    return Adjust(asker=asker, speed_max_ckmh=speed_ckmh, why=request.why, for_ms=request.minutes * 60_000)


def _tell(request: m.SessionRequest, verb: TellVerb, asker: Asker) -> Tell | Declined:
    text = request.text.strip()
    if verb == "rpe" and request.rpe is None:
        return Declined("malformed", "An rpe needs its value: rpe, 6 to 20.")
    if verb in ("note", "near_miss") and not text:
        return Declined("malformed", f"A {verb} needs its words: text.")
    if verb == "feedback" and request.rpe is None and request.pain is None and not text:
        return Declined("malformed", "A feedback needs rpe (6 to 20), pain (0 to 10) or text.")
    return Tell(
        asker=asker, verb=verb, session=request.session, text=text, rpe=request.rpe, pain=request.pain
    )


def too_late(request: m.SessionRequest, waited_ms: int | None) -> Declined | None:
    """Nothing may move because of what a person asked for long ago and was not answered; what lowers is true late.

    `waited_ms`: None where only this is known, that it was asked of a service before this one.
    """
    if request.verb in registry.LATE_VERBS:
        return None
    if waited_ms is None:
        return Declined(
            "too_late",
            "This was asked before the session service began anew; nothing was done. Look at the belt, then ask again.",
        )
    if waited_ms <= registry.REQUEST_MAX_S * 1000:
        return None
    return Declined(
        "too_late",
        f"This came {waited_ms // 1000} s after it was asked; nothing was done. Look at the belt, then ask again.",
    )


def return_address(payload: bytes) -> tuple[str, str]:
    """Client and id of a request that is otherwise not understood; empty where it does not say."""
    try:
        envelope = msgspec.json.decode(payload, type=_Envelope)
    except registry.UNREADABLE:
        return "", ""
    return envelope.client, envelope.id[:60]
