"""What lets a release go to the units."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from device_adapters.config import TIME_OF_DAY
from device_adapters.contract import bounds
from services.console.bodies.fields import DeviceId


class RollOutBody(BaseModel):
    """`canary`: the unit that gets it first; `begin`, `end`: a window of each day (HH:MM), or neither."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[str, Field(pattern=bounds.RELEASE_PATTERN)]
    canary: DeviceId
    begin: Annotated[str, Field(pattern=TIME_OF_DAY)] = ""
    end: Annotated[str, Field(pattern=TIME_OF_DAY)] = ""
