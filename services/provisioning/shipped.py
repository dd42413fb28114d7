"""Files for a Grafana that come with Backstride, made by code for one site (`python -m services.provisioning`) and here
for any other: what is set up by files and over the API is the same.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from services.provisioning.names import MADE_FOR, Names

_UID = re.compile(rf"\b{MADE_FOR.tag}-([a-z0-9-]{{1,16}})\b")
ALERTS = "alerting/backstride.json"
DATA_SOURCE = "datasources/backstride.yaml"
EVERYONE = "floor"
"""The board of the folder into which every account may look."""


def sited(text: str, names: Names) -> str:
    """What was made for the default site, for another one."""
    text = _UID.sub(lambda found: names.uid(found[1]), text)
    text = text.replace(f'"{MADE_FOR.tag}"', f'"{names.tag}"').replace(MADE_FOR.title, _quoted(names.title))
    return text.replace(f'"site": "{MADE_FOR.site}"', f'"site": "{_quoted(names.site)}"')


def _quoted(name: str) -> str:
    """As it stands between quotes, in JSON and YAML."""
    return json.dumps(name, ensure_ascii=False)[1:-1]


def files(names: Names, database: str = "backstride") -> dict[str, str]:
    """By their path below Grafana's `provisioning` folder; the dashboards themselves below `boards`."""
    top = _top()
    below = top / "deploy" / "grafana"
    found = {
        str(path.relative_to(below)): path.read_text(encoding="utf-8")
        for path in sorted(below.rglob("*"))
        if path.is_file()
    }
    for path in sorted((top / "dashboards").glob("*.json")):
        folder = "everyone" if path.stem.endswith(f"-{EVERYONE}") else "staff"
        found[f"boards/{folder}/{path.name}"] = path.read_text(encoding="utf-8")
    found[DATA_SOURCE] = found[DATA_SOURCE].replace(": backstride\n", f": {json.dumps(database)}\n")
    return {name: sited(text, names) for name, text in found.items()}


def dashboards(names: Names) -> list[dict[str, Any]]:
    """The dashboards of a site."""
    return [json.loads(text) for name, text in files(names).items() if name.startswith("boards/")]


def alert_rules(names: Names) -> list[dict[str, Any]]:
    """The alert rules of a site, as in a file of rule groups."""
    (group,) = json.loads(files(names)[ALERTS])["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def _top() -> Path:
    checkout = Path(__file__).parents[2]
    installed = Path(sys.prefix) / "share" / "backstride"
    return checkout if (checkout / "deploy" / "grafana").is_dir() else installed
