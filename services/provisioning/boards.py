"""The dashboards of the default site, each as Grafana reads it, made by code."""

import json

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from services.provisioning import operations, training

_BOARDS = {
    "floor": training.gym_floor,
    "member": training.member_progress,
    "session": training.session_review,
    "safety": operations.safety,
    "fleet": operations.fleet_health,
}


def boards() -> dict[str, str]:
    """JSON of each, by what it is of."""
    return {
        what: json.dumps(make().build(), cls=JSONEncoder, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        for what, make in _BOARDS.items()
    }
