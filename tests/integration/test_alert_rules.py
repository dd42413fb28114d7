"""Each alert rule has a scene in which it was seen to fire, says what to do, and leads to a panel."""

import json
from pathlib import Path

from alert_scenes import SCENES

from services.provisioning.alerts import ALERTS
from services.provisioning.names import Names
from services.provisioning.shipped import alert_rules

NAMES = Names("gym")
RULES = alert_rules(NAMES)
DASHBOARDS = Path(__file__).parents[2] / "dashboards"


def test_every_rule_has_a_scene_and_a_whole_description() -> None:
    assert {scene.fires for scene in SCENES} == {alert.uid for alert in ALERTS}
    boards = {path.stem: json.loads(path.read_text()) for path in DASHBOARDS.glob("*.json")}
    shown = {(board["uid"], str(p["id"])): p for board in boards.values() for p in board["panels"]}
    for rule in RULES:
        notes, labels = rule["annotations"], rule["labels"]
        assert labels["severity"] in ("alarm", "warning")
        assert labels["site"] == "gym"
        assert len(notes["description"]) > 30, "what to do"
        assert (notes["__dashboardUid__"], notes["__panelId__"]) in shown
        assert "GROUP BY time" not in rule["data"][0]["model"]["query"], (
            "its last bucket is empty at a minute's start"
        )
    assert [rule["uid"] for rule in RULES if rule["noDataState"] == "Alerting"] == [NAMES.uid("not-stored")]
