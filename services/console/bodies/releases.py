"""What lets a release go to the units."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

TIME = r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$"


class RollOutBody(BaseModel):
    """`canary`: the unit that gets it first; `begin`, `end`: a window of each day (HH:MM), or neither."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[str, Field(pattern=r"^[0-9][0-9A-Za-z.+!-]{0,39}$")]
    canary: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    begin: Annotated[str, Field(pattern=TIME)] = ""
    end: Annotated[str, Field(pattern=TIME)] = ""
