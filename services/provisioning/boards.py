"""The dashboards, each as Grafana reads it, and the folder that each belongs to."""

import json
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from services.provisioning import operations, training


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of Grafana. `everyone`: whoever has an account may look; else editors and the staff's team."""

    uid: str
    title: str
    everyone: bool


STAFF = Folder("backstride", "Backstride", everyone=False)
GYM = Folder("backstride-gym", "Backstride gym floor", everyone=True)
FOLDERS = (STAFF, GYM)
_BOARDS = (
    (training.gym_floor, GYM), (training.member_progress, STAFF), (training.session_review, STAFF),
    (operations.safety, STAFF), (operations.fleet_health, STAFF),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard; `text` is its JSON."""

    uid: str
    title: str
    folder: Folder
    text: str

    @property
    def json(self) -> dict[str, Any]:
        """`text`, read."""
        read: dict[str, Any] = json.loads(self.text)
        return read


def boards() -> list[Board]:
    """All of them."""
    made = []
    for make, folder in _BOARDS:
        board = make().build()
        text = json.dumps(board, cls=JSONEncoder, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        made.append(Board(str(board.uid), str(board.title), folder, text))
    return made
