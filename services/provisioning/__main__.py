"""`python -m services.provisioning`: write the dashboards and alert rules (extra `provisioning`), from the top."""

import sys
from pathlib import Path

from services.provisioning import alert_rules
from services.provisioning.boards import boards, panel_ids


def files() -> dict[str, str]:
    """What is made, by its path within the repository."""
    made = boards()
    rules = alert_rules.rules(panel_ids(made))
    files = {f"dashboards/backstride-{what}.json": text for what, text in made.items()}
    return {**files, "deploy/grafana/alerting/backstride.json": rules, "docs/alerts.md": alert_rules.page()}


def main(top: Path) -> None:
    """Write them below `top`."""
    for name, text in files().items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
