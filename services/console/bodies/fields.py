"""Kinds of fields, with the bounds of the contract: what passes here passes there."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from device_adapters.contract import bounds
from services.texts.languages import LANGUAGES

ID_PATTERN = bounds.ID_PATTERN

PLAIN = r"[^\x00-\x1f\x7f]"
SAID = rf"^{PLAIN}*[^\s\x00-\x1f\x7f]{PLAIN}*$"
"""Something is said, in one line."""


class JsonBody(BaseModel):
    """A JSON object with these fields and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _whole(value: object) -> object:
    """To JSON 100.0 is an integer too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def within(least_most: tuple[float, float]) -> Any:
    """A number of these bounds."""
    return Field(ge=least_most[0], le=least_most[1], strict=True)


WHOLE = BeforeValidator(_whole)

RequestId = Annotated[str, Field(pattern=f"^[A-Za-z0-9-]{{1,{bounds.REQUEST_ID_MAX}}}$")]
SessionId = Annotated[str, Field(pattern=f"^[A-Za-z0-9-]{{0,{bounds.SESSION_ID_MAX}}}$")]
ClassId = Annotated[str, Field(pattern="^(c-[0-9a-f]{12})?$")]
DeviceId = Annotated[str, Field(pattern=ID_PATTERN)]
DeviceIdOrNone = Annotated[str, Field(pattern=f"{ID_PATTERN}|^$")]
MemberId = Annotated[str, Field(pattern=bounds.MEMBER_PATTERN)]

Text = Annotated[str, Field(max_length=bounds.TEXT_MAX, pattern=f"^{PLAIN}*$")]
Words = Annotated[str, Field(min_length=1, max_length=bounds.TEXT_MAX, pattern=SAID)]
By = Annotated[str, Field(min_length=1, max_length=bounds.BY_MAX, pattern=SAID)]
Alias = Annotated[str, Field(max_length=bounds.ALIAS_MAX, pattern=f"^{PLAIN}*$")]
AliasGiven = Annotated[str, Field(min_length=1, max_length=bounds.ALIAS_MAX, pattern=SAID)]
Yes = Annotated[bool, Field(strict=True)]
LanguageOrNone = Annotated[str, Field(pattern=f"^({'|'.join(LANGUAGES)})?$")]

HrMax = Annotated[int, within(bounds.HR_MAX_BPM), WHOLE]
HrRest = Annotated[int, within(bounds.HR_REST_BPM), WHOLE]
Rpe = Annotated[int, within(bounds.RPE), WHOLE]
Pain = Annotated[int, within(bounds.PAIN), WHOLE]
CountdownS = Annotated[int, within(bounds.COUNTDOWN_S), WHOLE]
PresenceS = Annotated[int, within(bounds.PRESENCE_S), WHOLE]
RaiseMinutes = Annotated[int, within(bounds.RAISE_MINUTES), WHOLE]
BirthYear = Annotated[int, within(bounds.BIRTH_YEAR), WHOLE]
SpeedKmh = Annotated[float, within(bounds.SPEED_KMH)]
WalkS = Annotated[float, within((bounds.WALK_CS[0] / 100, bounds.WALK_CS[1] / 100))]
