"""The dashboards of the default site, each as Grafana reads it, made by code."""

import json
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from services.provisioning.fleet_board import fleet_health
from services.provisioning.floor_board import gym_floor, gym_floor_with_hearts
from services.provisioning.member_board import member_progress
from services.provisioning.safety_board import safety
from services.provisioning.session_board import session_review

_BOARDS = {
    "floor": gym_floor,
    "floor-hearts": gym_floor_with_hearts,
    "member": member_progress,
    "session": session_review,
    "safety": safety,
    "fleet": fleet_health,
}


def boards() -> dict[str, str]:
    """JSON of each, by what it is of."""
    return {
        what: json.dumps(make().build(), cls=JSONEncoder, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        for what, make in _BOARDS.items()
    }


def panel_ids(made: dict[str, str]) -> dict[tuple[str, str], int]:
    """Of each board's panels, by their titles."""
    read: dict[str, dict[str, Any]] = {what: json.loads(text) for what, text in made.items()}
    return {(what, panel["title"]): panel["id"] for what, board in read.items() for panel in board["panels"]}
