"""The alert rules of the stand-in for Grafana: by uid, in groups of a folder, told with Grafana's own defaults."""

from typing import Any

Thing = dict[str, Any]
RULE_NEEDS = {
    "title",
    "condition",
    "data",
    "noDataState",
    "execErrState",
    "for",
    "folderUID",
    "ruleGroup",
    "orgID",
}
EVERY_S = 60
MODEL = {"intervalMs": 1000, "maxDataPoints": 43200}


class RuleStore:
    """`strict`: a group with rules that are not there yet is refused, as before 11.5.2."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self.intervals: dict[tuple[str, str], int] = {}
        self.rules: dict[str, Thing] = {}

    def put(self, rule: Thing, *, new: bool) -> bool:
        """Is it taken? A uid and, within a folder, a title are there once."""
        place = (rule["folderUID"], rule["title"])
        others = [(r["folderUID"], r["title"]) for uid, r in self.rules.items() if uid != rule["uid"]]
        if place in others or (new and rule["uid"] in self.rules):
            return False
        id_ = self.rules[rule["uid"]]["id"] if rule["uid"] in self.rules else len(self.rules) + 1
        self.rules[rule["uid"]] = {**rule, "id": id_}
        return True

    def put_group(self, folder: str, group: Thing) -> str:
        """The uid of a rule that it misses; '' if the group was taken."""
        for rule in group["rules"]:
            if self._strict and rule["uid"] not in self.rules:
                return str(rule["uid"])
        for rule in group["rules"]:
            self.put(rule, new=False)
        self.intervals[folder, group["title"]] = group["interval"]
        return ""

    def group(self, folder: str, name: str) -> Thing | None:
        found = [r for r in self.rules.values() if (r["folderUID"], r["ruleGroup"]) == (folder, name)]
        if not found:
            return None
        interval = self.intervals.get((folder, name), EVERY_S)
        return {"title": name, "folderUid": folder, "interval": interval, "rules": [*map(as_told, found)]}


def as_told(rule: Thing) -> Thing:
    """With what Grafana adds to each part."""
    parts = [
        {"queryType": "", "relativeTimeRange": {"from": 0, "to": 0}, **p, "model": {**MODEL, **p["model"]}}
        for p in rule["data"]
    ]
    return {**rule, "for": _duration(rule["for"]), "data": parts, "updated": "2026-11-28T23:02:26Z"}


def _duration(text: str) -> str:
    """In the largest units that leave no rest, as Prometheus writes one: 60s is 1m."""
    seconds = int(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]
    parts = (f"{seconds // 3600}h", f"{seconds % 3600 // 60}m", f"{seconds % 60}s")
    return "".join(part for part in parts if part[:-1] != "0") or "0s"
