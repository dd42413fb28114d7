"""A request on the bus → what the engine is asked, or why not. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.keys import programmes
from device_adapters.contract.keys import requests as keys
from device_adapters.contract.phrase import Refusal
from device_adapters.contract.request_ids import Asked
from device_adapters.drill import DRILL
from device_adapters.safety.limits import Goal, Level
from device_adapters.units import ckmh_from_kmh
from device_adapters.unreadable import UNREADABLE
from services.programme import library
from services.programme.faults import ProgrammeFaultsError
from services.programme.model import Programme
from services.programme.parse import parse
from services.programme.unsuited import UnsuitedError
from services.rules import letters
from services.session.engine.class_clock import COUNTDOWN_MS
from services.session.engine.events import Adjust, Ask, Start, Tell, TellVerb
from services.session.engine.questions import PRESENCE_MS
from services.session.engine.state import Asker, Wanted


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
    led: Programme | Refusal | None = None,
) -> Request | Refusal:
    """What the request asks of its treadmill's engine; `session` is the id of a session it may start, `own` are the
    gym's own programmes; `program`: no person of the gym asks; `led`: what a session of a class runs."""
    by, needs_person = request.by.strip(), request.verb in ("clear", "adjust")
    if needs_person and letters.fault(by) is not None:
        by = ""
    if request.verb == "clear" and not by:
        return Refusal("no_person", keys.clear_needs_person())
    asker = Asker(request.id, request.client, by if needs_person else by or "staff", program, request.asker)
    match request.verb:
        case "start":
            return _start(request, asker, session, strap, own, led)
        case "adjust":
            return _adjust(request, asker)
        case "rpe" | "present" | "note" | "near_miss" | "feedback":
            return _tell(request, request.verb, asker)
        case verb:
            return Ask(asker, verb, request.latch)


def _start(
    request: m.SessionRequest,
    asker: Asker,
    session: str,
    strap: StrapChoice,
    own: Mapping[str, Programme],
    led: Programme | Refusal | None,
) -> Start | Refusal:
    if request.treadmill == DRILL and (asker.program or request.member or request.class_id):
        return Refusal("drill", keys.drill_is_nobodys())
    if isinstance(led, Refusal):
        return led
    if led is not None:
        request = msgspec.structs.replace(request, goal=led.goal, level=led.level)
    if request.goal is None or request.level is None:
        return Refusal("malformed", keys.start_needs_goal())
    unseen = letters.fault(request.alias) if request.alias else None
    if unseen is not None:
        return Refusal("malformed", keys.alias_unreadable(unseen))
    try:
        programme = led or _programme(request, request.goal, request.level, own)
    except (UnsuitedError, ProgrammeFaultsError) as e:
        return Refusal("no_programme", e.said)
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
        hold=request.hold,
        language=request.language,
        waiver="" if worn else request.waiver.strip(),
        countdown_ms=max(request.countdown_s * 1000, COUNTDOWN_MS if led is not None else 0),
        presence_ms=_presence_ms(request.presence_s, request.level),
        class_id="" if led is None else request.class_id,
    )
    return Start(asker, wanted, strap.busy and bool(worn))


def _presence_ms(asked_s: int | None, level: Level) -> int:
    """As asked for; a novice's staff are asked by whatever door the start came."""
    if asked_s is not None:
        return asked_s * 1000
    return PRESENCE_MS if level is Level.NOVICE else 0


def _programme(
    request: m.SessionRequest, goal: Goal, level: Level, own: Mapping[str, Programme]
) -> Programme:
    """By its text, else by its name. ProgrammeError if it may not be run."""
    if not request.programme_text:
        return library.find(goal, level, request.programme, own)
    file = request.programme or "the programme"
    programme = parse(request.programme_text, file)
    if (programme.goal, programme.level) != (goal, level):
        of = programmes.programme_of_another_goal(file, programme.goal, programme.level, goal, level)
        raise UnsuitedError(of)
    return programme


def _adjust(request: m.SessionRequest, asker: Asker) -> Adjust | Refusal:
    if request.speed_max_kmh is None:
        return Refusal("malformed", keys.adjust_needs_limit())
    speed_ckmh = ckmh_from_kmh(request.speed_max_kmh)
    return Adjust(asker=asker, speed_max_ckmh=speed_ckmh, why=request.why, for_ms=request.minutes * 60_000)


def _tell(request: m.SessionRequest, verb: TellVerb, asker: Asker) -> Tell | Refusal:
    text = request.text.strip()
    if verb == "rpe" and request.rpe is None:
        return Refusal("malformed", keys.rpe_needs_value())
    if verb in ("note", "near_miss") and not text:
        return Refusal("malformed", keys.needs_words(verb))
    if verb == "feedback" and request.rpe is None and request.pain is None and not text:
        return Refusal("malformed", keys.feedback_needs_something())
    return Tell(
        asker=asker, verb=verb, session=request.session, text=text, rpe=request.rpe, pain=request.pain
    )


def too_late(request: Asked, waited_ms: int | None) -> Refusal | None:
    """Nothing may move because of what a person asked for long ago and was not answered; what lowers is true late.

    `waited_ms`: None where only this is known, that it was asked of a service before this one.
    """
    if request.verb in registry.LATE_VERBS:
        return None
    if waited_ms is None:
        return Refusal("too_late", keys.asked_of_another())
    if waited_ms <= registry.REQUEST_MAX_S * 1000:
        return None
    return Refusal("too_late", keys.came_late(waited_ms // 1000))


def return_address(payload: bytes) -> tuple[str, str]:
    """Client and id of a request that is otherwise not understood; empty where it does not say."""
    try:
        envelope = msgspec.json.decode(payload, type=_Envelope)
    except UNREADABLE:
        return "", ""
    return envelope.client, envelope.id[:60]
