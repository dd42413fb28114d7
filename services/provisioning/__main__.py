"""`python -m services.provisioning FOLDER`: write the dashboards there, one JSON file each (extra `provisioning`)."""

import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from services.provisioning import operations, training

BOARDS = (
    training.gym_floor, training.member_progress, training.session_review, operations.safety, operations.fleet_health
)  # fmt: skip


def files() -> dict[str, str]:
    """The dashboards by file name."""
    made = [board().build() for board in BOARDS]
    return {
        f"{board.uid}.json": json.dumps(board, cls=JSONEncoder, indent=1, sort_keys=True, ensure_ascii=False)
        + "\n"
        for board in made
    }


def main(folder: Path) -> None:
    """Write them into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "dashboards"))
