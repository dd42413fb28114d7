"""`python -m services.provisioning`: write the dashboards and alert rules (extra `provisioning`), from the top."""

import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from services.provisioning import alerts, operations, training

BOARDS = (
    training.gym_floor, training.member_progress, training.session_review, operations.safety, operations.fleet_health
)  # fmt: skip


def files() -> dict[str, str]:
    """What is made, by its path within the repository."""
    made = {}
    for board in (make().build() for make in BOARDS):
        text = json.dumps(board, cls=JSONEncoder, indent=1, sort_keys=True, ensure_ascii=False)
        made[f"dashboards/{board.uid}.json"] = text + "\n"
    return {**made, "deploy/grafana/alerting/backstride.json": alerts.rules()}


def main(top: Path) -> None:
    """Write them below `top`."""
    for name, text in files().items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
