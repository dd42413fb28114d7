"""What a kind of page shows at one moment. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Picture:
    """What a kind of page shows at one moment: values of the page itself, and of each of its tiles by id."""

    floor: Mapping[str, Any]
    tiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
