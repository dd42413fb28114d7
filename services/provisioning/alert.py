"""One alert rule, as a value: what is asked, the bound that it must keep, and what people are told. Pure."""

from dataclasses import dataclass
from typing import Literal

STATE_S = 300
"""Over how long a state is looked at."""

Severity = Literal["alarm", "warning"]


@dataclass(frozen=True, slots=True)
class Alert:
    """Alert while `reduce` of `query` over the last `during_s` is beyond `bound`, for `for_s` (whole minutes) at least.

    `when`: that in words. `about`: what is said of the one that it is of. `do`: what to do about it. `panel`: board and
    title of the panel that shows it. `alone`: it fires if nothing is told.
    """

    uid: str
    title: str
    when: str
    about: str
    do: str
    severity: Severity
    query: str
    beyond: Literal["gt", "lt"]
    bound: float
    panel: tuple[str, str]
    during_s: int = STATE_S
    reduce: Literal["last", "max"] = "last"
    for_s: int = 0
    alone: bool = False
