"""Files that come with Backstride beside its code: Grafana's provisioning and the dashboards."""

import sys
from pathlib import Path


def grafana_files() -> dict[str, bytes]:
    """By their path below Grafana's `provisioning` folder, the dashboards themselves below `boards`."""
    checkout = Path(__file__).parents[2]
    installed = Path(sys.prefix) / "share" / "backstride"
    top = checkout if (checkout / "deploy" / "grafana").is_dir() else installed
    below = top / "deploy" / "grafana"
    found = {
        str(path.relative_to(below)): path.read_bytes() for path in sorted(below.rglob("*")) if path.is_file()
    }
    return found | {
        f"boards/{path.name}": path.read_bytes() for path in sorted((top / "dashboards").glob("*.json"))
    }
