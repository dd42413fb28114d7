"""What a request body may hold. Bounds are those of `SessionRequest`: what passes here passes there."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from device_adapters.contract.messages import SessionRequest, SessionVerb
from device_adapters.safety.limits import Goal, Level
from services.console import field_words
from services.console.accounts.acting import signature
from services.members.model import Contraindication, Purpose

ID_PATTERN = "^[a-z0-9][a-z0-9-]{0,39}$"

RequestId = Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,60}$")]
DeviceId = Annotated[str, Field(pattern=ID_PATTERN)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MemberAsk(_Body):
    """A member asks for something: nothing but the request's id."""

    id: RequestId


class MemberAnswer(MemberAsk):
    """`rpe`: how hard is it now. `feedback`: after the session, exertion (Borg 6 to 20), pain (0 to 10) and words."""

    kind: Literal["rpe", "feedback"]
    rpe: Annotated[int, Field(ge=6, le=20, strict=True)]
    pain: Annotated[int, Field(ge=0, le=10, strict=True)] | None = None
    text: Annotated[str, Field(max_length=200)] = ""


class SessionAction(_Body):
    """A request that needs no more than its id: who asks is who is signed in."""

    id: RequestId

    def request(self, client: str, verb: SessionVerb, treadmill: str) -> SessionRequest:
        """The message for the session service: the fields have its names."""
        said = self.model_dump(exclude={"id"})
        by = signature()
        return SessionRequest(
            id=self.id, client=client, verb=verb, treadmill=treadmill, asker=by, by=by, **said
        )


class SessionClear(SessionAction):
    """`latch`: the cause of the stop that the person saw; no other one is meant."""

    latch: Annotated[str, Field(max_length=200)] = ""


class SessionLimit(SessionAction):
    """The running session's speed limit; above its cell's value it needs `why` and an end after `minutes`."""

    speed_max_kmh: Annotated[float, Field(ge=0, le=30, strict=True)]
    why: Annotated[str, Field(max_length=200)] = ""
    minutes: Annotated[int, Field(ge=0, le=60, strict=True)] = 0


class SessionExertion(SessionAction):
    """How hard the member says it is now (Borg 6 to 20)."""

    rpe: Annotated[int, Field(ge=6, le=20, strict=True)]


class SessionNote(SessionAction):
    """Words for the record of a session; `session`: only if it is the treadmill's last one."""

    session: Annotated[str, Field(pattern="^[A-Za-z0-9-]{0,60}$")] = ""
    text: Annotated[str, Field(min_length=1, max_length=200)]


class SessionStart(_Body):
    """Start a session. `strap` left out: the session service takes the one usually worn at the treadmill.

    `waiver`: why the member wears none; without strap and reason no session starts. `member`: a pseudonym; empty is a
    guest. `why`: staff's reason to set aside a gap or a week. `countdown_s` before each start of the belt.
    `presence_s`: how often staff are asked whether they are with the member.
    """

    id: RequestId
    treadmill: DeviceId
    goal: Goal
    level: Level
    programme: Annotated[str, Field(max_length=200)] = ""
    strap: Annotated[str, Field(pattern=f"{ID_PATTERN}|^$")] = ""
    alias: Annotated[str, Field(max_length=24)] = ""
    hr_max_bpm: Annotated[int, Field(ge=100, le=230, strict=True)] | None = None
    waiver: Annotated[str, Field(max_length=200)] = ""
    member: Annotated[str, Field(pattern=f"{ID_PATTERN}|^$")] = ""
    why: Annotated[str, Field(max_length=200)] = ""
    spotter: bool = False
    harness: bool = False
    countdown_s: Annotated[int, Field(ge=0, le=60, strict=True)] = 0
    presence_s: Annotated[int, Field(ge=120, le=300, strict=True)] | None = None

    def request(self, client: str) -> SessionRequest:
        """The message for the session service."""
        by = signature()
        return SessionRequest(
            id=self.id,
            client=client,
            verb="start",
            treadmill=self.treadmill,
            asker=by,
            by=by,
            goal=self.goal,
            level=self.level,
            programme=self.programme,
            strap=self.strap,
            alias=self.alias.strip(),
            hr_max_bpm=self.hr_max_bpm,
            waiver=self.waiver.strip(),
            member=self.member,
            why=self.why.strip(),
            spotter=self.spotter,
            harness=self.harness,
            countdown_s=self.countdown_s,
            presence_s=self.presence_s,
        )


class LevelSignOff(SessionAction):
    """A level for a goal, signed off by who is signed in."""

    goal: Goal
    level: Level


class Newcomer(_Body):
    """A new member with the screening and the consents, as staff enter them at the treadmill.

    `adult`: staff saw that somebody who turns 18 this year has done so. `backward_walk_s`: the timed 3 m walk.
    """

    id: RequestId
    name: Annotated[str, Field(min_length=1, max_length=200)]
    alias: Annotated[str, Field(min_length=1, max_length=24)]
    birth_year: Annotated[int, Field(ge=1900, le=2100, strict=True)]
    adult: bool = False
    hr_max_bpm: Annotated[int, Field(ge=100, le=230, strict=True)] | None = None
    beta_blocker: bool = False
    fall_12_months: Annotated[bool, Field(strict=True)]
    contraindications: Annotated[list[Contraindication], Field(max_length=len(Contraindication))] = []
    clinician_ok_by: Annotated[str, Field(max_length=200)] = ""
    backward_walk_s: Annotated[float, Field(ge=0.5, le=60)] | None = None
    consents: Annotated[list[Purpose], Field(max_length=len(Purpose))] = []


def complaint(errors: Sequence[Any]) -> tuple[str, str]:
    """The first problem of a refused body or path: field, and words that name it, the limit and the fix."""
    first = errors[0]
    place = [str(part) for part in first["loc"][1:]]
    problem = str(first["msg"]).removeprefix("Input should be ").removeprefix("String should ")
    if not place or first["type"] == "json_invalid":
        return "body", field_words.bad_body(problem)
    given = "" if first["type"] == "missing" else repr(first.get("input"))[:60]
    return place[-1], field_words.bad_field(place[-1], given, problem)
