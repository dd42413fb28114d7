"""Bodies of requests to the session service. What a verb takes is written once; pages and REST differ in who asks."""

from typing import Any, Literal

from device_adapters.contract.messages import ClassRequest, ClassVerb, SessionRequest, SessionVerb
from device_adapters.safety.limits import Goal, Level
from services.console.bodies.fields import (
    Alias,
    By,
    ClassId,
    CountdownS,
    DeviceId,
    DeviceIdOrNone,
    HrMax,
    JsonBody,
    LanguageOrNone,
    MemberId,
    Pain,
    PresenceS,
    RaiseMinutes,
    RequestId,
    Rpe,
    SessionId,
    SpeedKmh,
    Text,
    Words,
    Yes,
)

CLIENT = "console"
"""Whoever sends a request puts its own name there."""


class _AskedBody(JsonBody):
    def message(self, verb: SessionVerb, treadmill: str, *, id: str, asker: str, by: str) -> SessionRequest:
        """The message for the session service: the fields have its names."""
        said = self.model_dump(exclude={"id", "by", "treadmill"}, exclude_none=True)
        told: dict[str, Any] = {
            name: value.strip() if type(value) is str else value for name, value in said.items()
        }
        return SessionRequest(
            id=id, client=CLIENT, verb=verb, treadmill=treadmill, asker=asker, by=by, **told
        )


class SessionAction(_AskedBody):
    """From a page: a request that needs no more than its id; who asks is who is signed in."""

    id: RequestId

    def request(self, verb: SessionVerb, treadmill: str, by: str) -> SessionRequest:
        """In the name of who is signed in."""
        return self.message(verb, treadmill, id=self.id, asker=by, by=by)


class RequestBody(_AskedBody):
    """A request to the session service. `by`: the person who asks, for the audit alone. `id`, of the token's own: sent
    again, the same request has its first answer again; another request under a used id is refused (`id_used`)."""

    id: RequestId | None = None
    by: By | None = None


class _Clear(JsonBody):
    latch: Text = ""


class SessionClear(SessionAction, _Clear):
    """`latch`: the cause of the stop that the person saw; no other one is meant."""


class ClearBody(RequestBody, _Clear):
    """Unlock a stopped treadmill. `by`: the person who looked at the belt; `latch`: the cause they saw (`latched` of
    the treadmill), left out: the one that stands."""

    by: By


class _Adjust(JsonBody):
    speed_max_kmh: SpeedKmh
    why: Text = ""
    minutes: RaiseMinutes = 0


class SessionLimit(SessionAction, _Adjust):
    """The running session's speed limit; above its cell's value it needs `why` and an end after `minutes`."""


class AdjustBody(RequestBody, _Adjust):
    """The running session's speed limit; above the table's value it needs a person (`by`), `why` and an end after
    `minutes`."""


class _Exertion(JsonBody):
    rpe: Rpe


class SessionExertion(SessionAction, _Exertion):
    """How hard the member says it is now (Borg 6 to 20)."""


class ExertionBody(RequestBody, _Exertion):
    """How hard it is now (Borg 6 to 20)."""


class _Note(JsonBody):
    session: SessionId = ""
    text: Words


class SessionFeedback(SessionAction):
    """What the member says after the session, entered by staff: exertion (Borg 6 to 20) and pain (0 to 10)."""

    session: SessionId = ""
    rpe: Rpe
    pain: Pain


class TakenOut(SessionAction):
    """Why a treadmill is not to be used."""

    why: Words


class SessionNote(SessionAction, _Note):
    """Words for the record of a session; `session`: only if it is the treadmill's last one."""


class NoteBody(RequestBody, _Note):
    """Words for the record of a session; `session`: only if it is the treadmill's last one."""


class FeedbackBody(RequestBody):
    """What the member says of a session: exertion (Borg 6 to 20), pain (0 to 10), words; one of them at least."""

    session: SessionId = ""
    rpe: Rpe | None = None
    pain: Pain | None = None
    text: Text = ""


class MemberAnswer(SessionAction):
    """`rpe`: how hard is it now. `feedback`: after the session, exertion (Borg 6 to 20), pain (0 to 10) and words."""

    kind: Literal["rpe", "feedback"]
    rpe: Rpe
    pain: Pain | None = None
    text: Text = ""


class _Start(JsonBody):
    goal: Goal
    level: Level
    programme: Text = ""
    alias: Alias = ""
    strap: DeviceIdOrNone = ""
    hr_max_bpm: HrMax | None = None
    waiver: Text = ""
    why: Text = ""
    spotter: Yes = False
    harness: Yes = False
    hold: Yes = False
    language: LanguageOrNone = ""
    screened: Yes = False
    countdown_s: CountdownS = 0
    presence_s: PresenceS | None = None
    class_id: ClassId = ""


class _Class(JsonBody):
    def message(self, verb: ClassVerb, *, id: str, asker: str, by: str) -> ClassRequest:
        """The message for the session service."""
        said = self.model_dump(exclude={"id", "by"}, exclude_none=True)
        return ClassRequest(id=id, client=CLIENT, verb=verb, asker=asker, by=by, **said)


class _Opened(JsonBody):
    goal: Goal
    level: Level
    programme: Text = ""


class ClassAction(_Class):
    """From a page: `class_id` is the class that the person saw; another one is not meant."""

    id: RequestId
    class_id: ClassId = ""


class ClassOpening(_Class, _Opened):
    """From a page: a class of one goal, at the level whose speeds its programme has."""

    id: RequestId


class ClassBody(_Class):
    """What is asked of the class. `by`: the person who asks; `class_id`: the class that is meant, else the one there
    is."""

    id: RequestId | None = None
    by: By
    class_id: ClassId = ""


class ClassOpenBody(_Class, _Opened):
    """Open a class: its goal, and the level whose speeds its programme has; who is of a lower one goes slower."""

    id: RequestId | None = None
    by: By


class SessionStart(SessionAction, _Start):
    """Start a session. `strap` left out: the session service takes the one usually worn at the treadmill.

    `waiver`: why the member wears none; without strap and reason no session starts. `member`: a pseudonym; empty is a
    guest. `why`: staff's reason to set aside a gap or a week. `countdown_s` before each start of the belt.
    `presence_s`: how often staff are asked whether they are with the member; left out: novices' each 180 s, others'
    never. `language`: what the unit speaks to whoever trains; left out: its own. `screened`: nothing has changed since
    the screening; a guest was asked all of it. `class_id`: for this class, whose programme it runs: the belt waits for
    it.
    """

    treadmill: DeviceId
    member: DeviceIdOrNone = ""


class StartBody(RequestBody, _Start):
    """Start a session. `strap` left out: the one usually worn there; `waiver`: why none is worn.

    `why`: staff's reason to set a gap or a week aside. `spotter`, `harness`: they are there. `hold`: hold-to-run, where
    the treadmill has a button. `language`: what its unit speaks to the member; left out: its own. `screened`: nothing
    has changed since the screening; a guest was asked all of it. `hr_max_bpm`: of a guest; a member's own counts, and
    the answer says so. `class_id`: for this class, whose programme it runs: the belt waits for it.
    """

    member: MemberId | None = None
