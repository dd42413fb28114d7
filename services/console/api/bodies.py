"""What a request of the API may hold. The schema says it all: what fits here is refused by rules only."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from device_adapters.contract.messages import SessionRequest, SessionVerb
from device_adapters.safety.limits import Goal, Level
from services.console.bodies import ID_PATTERN, RequestId
from services.members.model import Contraindication

_PLAIN = r"[^\x00-\x1f\x7f]"
_SAID = rf"^{_PLAIN}*[^\s\x00-\x1f\x7f]{_PLAIN}*$"

Text = Annotated[str, Field(max_length=200, pattern=f"^{_PLAIN}*$")]
Words = Annotated[str, Field(min_length=1, max_length=200, pattern=_SAID)]
By = Annotated[str, Field(min_length=1, max_length=100, pattern=_SAID)]
Yes = Annotated[bool, Field(strict=True)]


def _whole(value: object) -> object:
    """To JSON 100.0 is an integer too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
HrMax = Annotated[int, Field(ge=100, le=230, strict=True), WHOLE]
StrapId = Annotated[str, Field(pattern=f"{ID_PATTERN}|^$")]
MemberId = Annotated[str, Field(pattern="^m-[0-9a-f]{1,38}$")]
SessionId = Annotated[str, Field(pattern="^[A-Za-z0-9-]{0,60}$")]
Measured = Literal["measured", "clinician"]


class Body(BaseModel):
    """A JSON object with these fields and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Ask(Body):
    """A request to the session service. `by`: the person who asks, for the audit alone. `id`, of the token's own: sent
    again, the same request has its first answer again; another request under a used id is refused (`id_used`)."""

    id: RequestId | None = None
    by: By | None = None

    def request(
        self, verb: SessionVerb, *, id: str, client: str, asker: str, treadmill: str, by: str
    ) -> SessionRequest:
        """The message for the session service: the fields have its names."""
        said = self.model_dump(exclude={"id", "by"}, exclude_none=True)
        return SessionRequest(
            id=id, client=client, verb=verb, treadmill=treadmill, asker=asker, by=by, **said
        )


class Clear(Ask):
    """Unlock a stopped treadmill. `by`: the person who looked at the belt; `latch`: the cause they saw (`latched` of
    the treadmill), left out: the one that stands."""

    by: By
    latch: Text = ""


class Start(Ask):
    """Start a session. `strap` left out: the one usually worn there; `waiver`: why none is worn.

    `why`: staff's reason to set a gap or a week aside. `spotter`, `harness`: they are there. `hr_max_bpm`: of a guest;
    a member's own counts, and the answer says so.
    """

    goal: Goal
    level: Level
    programme: Text = ""
    member: MemberId | None = None
    alias: Annotated[str, Field(max_length=24, pattern=f"^{_PLAIN}*$")] = ""
    strap: StrapId = ""
    hr_max_bpm: HrMax | None = None
    waiver: Text = ""
    why: Text = ""
    spotter: Yes = False
    harness: Yes = False
    countdown_s: Annotated[int, Field(ge=0, le=60, strict=True), WHOLE] = 0
    presence_s: Annotated[int, Field(ge=120, le=300, strict=True), WHOLE] | None = None


class Adjust(Ask):
    """The running session's speed limit; above the table's value it needs a person (`by`), `why` and an end after
    `minutes`."""

    speed_max_kmh: Annotated[float, Field(ge=0, le=30, strict=True)]
    why: Text = ""
    minutes: Annotated[int, Field(ge=0, le=60, strict=True), WHOLE] = 0


class Note(Ask):
    """Words for the record of a session; `session`: only if it is the treadmill's last one."""

    session: SessionId = ""
    text: Words


class Exertion(Ask):
    """How hard it is now (Borg 6 to 20)."""

    rpe: Annotated[int, Field(ge=6, le=20, strict=True), WHOLE]


class Feedback(Ask):
    """What the member says of a session: exertion (Borg 6 to 20), pain (0 to 10), words; one of them at least."""

    session: SessionId = ""
    rpe: Annotated[int, Field(ge=6, le=20, strict=True), WHOLE] | None = None
    pain: Annotated[int, Field(ge=0, le=10, strict=True), WHOLE] | None = None
    text: Text = ""


class Deed(Body):
    """Something done to a member's record. `by`: the person who does it; left out, the token's name stands."""

    by: By | None = None


class AnswersEntry(Deed):
    """What the member said of a session, also on the next day; what is left out stays as it is."""

    rpe: Annotated[int, Field(ge=6, le=20, strict=True), WHOLE] | None = None
    pain: Annotated[int, Field(ge=0, le=10, strict=True), WHOLE] | None = None
    pain_next_day: Annotated[int, Field(ge=0, le=10, strict=True), WHOLE] | None = None
    balance_lost: bool = False


class HeartMax(Body):
    """The highest heart rate of a member, and where it comes from."""

    bpm: HrMax
    source: Measured


class HeartRest(Body):
    """The resting heart rate of a member, and where it comes from."""

    bpm: Annotated[int, Field(ge=30, le=110, strict=True), WHOLE]
    source: Measured


class PersonEntry(Deed):
    """What staff enter of a member. `alias` is what screens show, never the name; `off_board`: no wall board does.

    `adult`: you saw that somebody who turns 18 this year has done so.
    """

    name: Words
    alias: Annotated[str, Field(min_length=1, max_length=24, pattern=_SAID)]
    birth_year: Annotated[int, Field(ge=1900, le=2100, strict=True), WHOLE]
    contact: Text = ""
    hr_max: HeartMax | None = None
    hr_rest: HeartRest | None = None
    beta_blocker: Yes = False
    off_board: Yes = False
    adult: Yes = False


class ScreeningEntry(Deed):
    """The answers of a screening, true for 12 months. `backward_walk_s`: the timed 3 m backward walk."""

    fall_12_months: Yes
    backward_walk_s: Annotated[float, Field(ge=0.5, le=60, strict=True)] | None = None
    contraindications: Annotated[list[Contraindication], Field(max_length=len(Contraindication))] = []
    clinician_ok_by: Text = ""


class ConsentEntry(Deed):
    """Consent to one purpose. `text_version`: which text was shown."""

    text_version: Annotated[str, Field(min_length=1, max_length=40, pattern=_SAID)]


class SignOffEntry(Deed):
    """A level for a goal. `by`: the person who signs."""

    by: By
    goal: Goal
    level: Level


class WishEntry(Deed):
    """A session that somebody would like to begin now; `why`: staff's reason to set a gap or a week aside."""

    goal: Goal
    level: Level
    programme: Text = ""
    why: Text = ""
    arms_reach: Yes = False
