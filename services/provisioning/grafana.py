"""What a Grafana is set up with over its HTTP API: data source, folders, dashboards, alert rules, playlists.

What it says back has more in it than it was told: a thing is right if it has all that is wanted.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence

from services.provisioning.alerts import ALERTS, EVERY_S, GROUP, rule
from services.provisioning.boards import FOLDERS, STAFF, Board, Folder, boards
from services.provisioning.grafana_api import Grafana
from services.provisioning.influxql import DATASOURCE_UID, data_source
from services.provisioning.plan import Plan

TEAM = "Backstride staff"
VIEW, EDIT = 1, 2
PLAYLISTS: dict[str, tuple[str, Sequence[str]]] = {
    "Backstride gym TV": ("1m", ("backstride-floor",)),
    "Backstride staff room TV": ("30s", ("backstride-floor", "backstride-safety", "backstride-fleet")),
}
"""Name → how long each dashboard is shown, and which."""


def provision(grafana: Grafana, influx_url: str, database: str, token: str, plan: Plan) -> None:
    """All of it. `token` lets Grafana read the database; '' where none is needed. Raises ConfigError."""
    grafana.greet()
    _data_source(grafana, plan, influx_url, database, token)
    team = _team(grafana, plan)
    for folder in FOLDERS:
        _folder(grafana, plan, folder, team)
    made = boards()
    for board in made:
        _board(grafana, plan, board)
    _alerts(grafana, plan)
    for name, (each, uids) in PLAYLISTS.items():
        _playlist(grafana, plan, name, each, [board for uid in uids for board in made if board.uid == uid])


def reads(grafana: Grafana) -> str:
    """'' if Grafana can read the data source, else what it says."""
    said = grafana.ask("GET", f"/datasources/uid/{DATASOURCE_UID}/health") or {}
    return "" if said.get("status") == "OK" else str(said.get("message", "no health check"))


def tv_addresses(grafana: Grafana) -> dict[str, str]:
    """Where a television finds each playlist."""
    there = grafana.ask("GET", "/playlists") or []
    return {
        each["name"]: f"{grafana.url}/playlists/play/{each['uid']}?kiosk"
        for each in there
        if each["name"] in PLAYLISTS
    }


def has(there: object, wanted: object) -> bool:
    """Is all of `wanted` in `there`?"""
    if isinstance(wanted, Mapping):
        return isinstance(there, Mapping) and all(has(there.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(there, list) and len(there) == len(wanted) and all(map(has, there, wanted))
    return there == wanted


def _data_source(grafana: Grafana, plan: Plan, url: str, database: str, token: str) -> None:
    """Grafana never tells a secret: which token it has is known by a part of its hash."""
    path = f"/datasources/uid/{DATASOURCE_UID}"
    wanted = data_source(url, database, token=bool(token))
    wanted["jsonData"]["tokenSha256"] = hashlib.sha256(token.encode()).hexdigest()[:16] if token else ""
    there = grafana.ask("GET", path)
    secret = {"secureJsonData": {"httpHeaderValue1": _authorization(token)}} if token else {}
    what = f"data source Backstride: {database} at {url}"
    if there is None:
        plan.make(what, lambda: grafana.ask("POST", "/datasources", {**wanted, **secret}))
    elif has(there, wanted):
        plan.same(what)
    else:
        plan.change(what, "another address or token", lambda: grafana.ask("PUT", path, {**wanted, **secret}))


def _authorization(token: str) -> str:
    """InfluxDB 2 has tokens, InfluxDB 1 users: `user:password`."""
    return f"Basic {base64.b64encode(token.encode()).decode()}" if ":" in token else f"Token {token}"


def _team(grafana: Grafana, plan: Plan) -> int:
    """Its id; 0 while a dry run has made none."""
    found = grafana.ask("GET", f"/teams/search?name={TEAM.replace(' ', '%20')}")["teams"]
    there = next((team["id"] for team in found if team["name"] == TEAM), 0)
    if there:
        plan.same(f"team {TEAM}")
        return int(there)
    made = plan.make(f"team {TEAM}", lambda: grafana.ask("POST", "/teams", {"name": TEAM}))
    return int(made["teamId"]) if made else 0


def _folder(grafana: Grafana, plan: Plan, folder: Folder, team: int) -> None:
    """Who may look is set once, when the folder is made: later it is the operator's business."""
    what = f"folder {folder.title}, for {'everyone' if folder.everyone else 'editors and ' + TEAM}"
    path = f"/folders/{folder.uid}"

    def make() -> None:
        grafana.ask("POST", "/folders", {"uid": folder.uid, "title": folder.title})
        look = {"role": "Viewer"} if folder.everyone else {"teamId": team}
        items = [{"role": "Editor", "permission": EDIT}, {**look, "permission": VIEW}]
        grafana.ask("POST", f"{path}/permissions", {"items": items})

    if grafana.ask("GET", path) is None:
        plan.make(what, make)
    else:
        plan.same(what)


def _board(grafana: Grafana, plan: Plan, board: Board) -> None:
    """Some versions of Grafana rewrite what they are given: then the message of the newest version tells."""
    what = f"dashboard {board.title}"
    message = f"backstride {hashlib.sha256(board.text.encode()).hexdigest()[:16]}"
    body = {
        "dashboard": {**board.json, "id": None},
        "folderUid": board.folder.uid,
        "overwrite": True,
        "message": message,
    }
    there = grafana.ask("GET", f"/dashboards/uid/{board.uid}")
    if there is None:
        plan.make(what, lambda: grafana.ask("POST", "/dashboards/db", body))
    elif there["meta"].get("folderUid") == board.folder.uid and (
        has(there["dashboard"], board.json) or _newest(grafana, board.uid) == message
    ):
        plan.same(what)
    else:
        plan.change(what, "another version", lambda: grafana.ask("POST", "/dashboards/db", body))


def _newest(grafana: Grafana, uid: str) -> str:
    """The message of a dashboard's newest version."""
    told = grafana.ask("GET", f"/dashboards/uid/{uid}/versions?limit=1") or []
    versions = told["versions"] if isinstance(told, dict) else told  # a bare list before Grafana 11
    return str(versions[0].get("message", "")) if versions else ""


def _alerts(grafana: Grafana, plan: Plan) -> None:
    path = f"/v1/provisioning/folder/{STAFF.uid}/rule-groups/{GROUP}"
    org = grafana.ask("GET", "/org")["id"]
    rules = [{**rule(alert), "orgID": org, "folderUID": STAFF.uid, "ruleGroup": GROUP} for alert in ALERTS]
    wanted = {"title": GROUP, "folderUid": STAFF.uid, "interval": EVERY_S, "rules": rules}
    there = grafana.ask("GET", path)
    what = f"{len(rules)} alert rules"
    if there is None:
        plan.make(what, lambda: grafana.ask("PUT", path, wanted))
    elif has(there, wanted):
        plan.same(what)
    else:
        plan.change(what, "other rules", lambda: grafana.ask("PUT", path, wanted))


def _playlist(grafana: Grafana, plan: Plan, name: str, each: str, shown: Sequence[Board]) -> None:
    """Older versions of Grafana want an order and titles of the items, newer ones do not tell them."""
    what = f"playlist {name}"
    core = [{"type": "dashboard_by_uid", "value": board.uid} for board in shown]
    items = [{**item, "order": nth, "title": shown[nth - 1].title} for nth, item in enumerate(core, 1)]
    wanted = {"name": name, "interval": each, "items": items}
    uid = next(
        (there["uid"] for there in grafana.ask("GET", "/playlists") or [] if there["name"] == name), ""
    )
    path = f"/playlists/{uid}"
    if not uid:
        plan.make(what, lambda: grafana.ask("POST", "/playlists", wanted))
    elif has(grafana.ask("GET", path), {**wanted, "items": core}):
        plan.same(what)
    else:
        plan.change(what, "other items", lambda: grafana.ask("PUT", path, wanted))
