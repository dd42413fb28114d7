"""Bodies of requests about members. What staff enter is written once; REST names the person who does it."""

from typing import Annotated, Literal

from pydantic import Field

from device_adapters.safety.limits import Goal, Level
from services.console.bodies.fields import (
    SAID,
    AliasGiven,
    BirthYear,
    By,
    HrMax,
    HrRest,
    JsonBody,
    Pain,
    RequestId,
    Rpe,
    SessionId,
    Text,
    WalkS,
    Words,
    Yes,
)
from services.members.model import Answers, Contraindication, Purpose, Screening

Measured = Literal["measured", "clinician"]


class _Identity(JsonBody):
    name: Words
    alias: AliasGiven
    birth_year: BirthYear
    beta_blocker: Yes = False
    adult: Yes = False


class _Screened(JsonBody):
    fall_12_months: Yes
    backward_walk_s: WalkS | None = None
    contraindications: list[Contraindication] = Field(default=[], max_length=len(Contraindication))
    clinician_ok_by: Text = ""

    def screening(self, at_ms: int, by: str) -> Screening:
        """As the store keeps it."""
        walk_s = self.backward_walk_s
        return Screening(
            at_ms=at_ms,
            by=by,
            backward_walk_cs=None if walk_s is None else round(walk_s * 100),
            fall_12_months=self.fall_12_months,
            contraindications=frozenset(self.contraindications),
            clinician_ok_by=self.clinician_ok_by,
        )


class _Level(JsonBody):
    goal: Goal
    level: Level


class Screened(_Screened):
    """A screening and the consents, as staff enter them at the treadmill. `backward_walk_s`: the timed 3 m walk."""

    id: RequestId
    consents: list[Purpose] = Field(default=[], max_length=len(Purpose))


class Newcomer(_Identity, Screened):
    """A new member with the screening and the consents.

    `adult`: staff saw that somebody who turns 18 this year has done so. `another`: staff know that it is no member of
    the same name.
    """

    hr_max_bpm: HrMax | None = None
    another: Yes = False


class LevelSignOff(_Level):
    """A level for a goal, signed off by who is signed in."""

    id: RequestId


class OwnStrap(JsonBody):
    """The strap of this session is its member's own."""

    id: RequestId
    session: SessionId


class MemberDeed(JsonBody):
    """Something done to a member's record. `by`: the person who does it; left out, the token's name stands."""

    by: By | None = None


class AnswersEntry(MemberDeed):
    """What the member said of a session, also on the next day; what is left out stays as it is."""

    rpe: Rpe | None = None
    pain: Pain | None = None
    pain_next_day: Pain | None = None
    balance_lost: bool = False

    def answers(self) -> Answers:
        """As the store keeps them."""
        return Answers(
            rpe=self.rpe, pain=self.pain, pain_next_day=self.pain_next_day, balance_lost=self.balance_lost
        )


class HeartMax(JsonBody):
    """The highest heart rate of a member, and where it comes from."""

    bpm: HrMax
    source: Measured


class HeartRest(JsonBody):
    """The resting heart rate of a member, and where it comes from."""

    bpm: HrRest
    source: Measured


class PersonEntry(MemberDeed, _Identity):
    """What staff enter of a member. `alias` is what screens show, never the name; `off_board`: no wall board does.

    `adult`: you saw that somebody who turns 18 this year has done so.
    """

    contact: Text = ""
    hr_max: HeartMax | None = None
    hr_rest: HeartRest | None = None
    off_board: Yes = False


class ScreeningEntry(MemberDeed, _Screened):
    """The answers of a screening, true for 12 months. `backward_walk_s`: the timed 3 m backward walk."""


class ConsentEntry(MemberDeed):
    """Consent to one purpose. `text_version`: which text was shown."""

    text_version: Annotated[str, Field(min_length=1, max_length=40, pattern=SAID)]


class SignOffEntry(MemberDeed, _Level):
    """A level for a goal. `by`: the person who signs."""

    by: By


class WishEntry(MemberDeed, _Level):
    """A session that somebody would like to begin now; `why`: staff's reason to set a gap or a week aside."""

    programme: Text = ""
    why: Text = ""
    arms_reach: Yes = False
