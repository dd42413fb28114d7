"""What people say of a treadmill."""

from typing import Annotated

from pydantic import Field

from device_adapters.contract import bounds
from services.console.bodies.fields import PLAIN, By, JsonBody, Words

LabelText = Annotated[str, Field(max_length=bounds.LABEL_MAX, pattern=f"^{PLAIN}*$")]


class LabelGiven(JsonBody):
    """What staff call it, and where it stands; empty takes it back."""

    name: LabelText = ""
    place: LabelText = ""


class OutOfUseGiven(JsonBody):
    """Why nobody may start there, and who says so."""

    why: Words
    by: By
