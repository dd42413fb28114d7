"""What a Grafana is set up with over its HTTP API: data source, folders, dashboards, alert rules, playlists.

Everything has the site in its name and uid: several sites share one Grafana, and none touches what is another's.
What Grafana says back has more in it than it was told: a thing is right if it has all that is wanted.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.provisioning.comparing import has
from services.provisioning.contacts import Contact
from services.provisioning.data_source import authorization, data_source
from services.provisioning.grafana_alerts import provision_contacts, provision_rules
from services.provisioning.grafana_api import Grafana
from services.provisioning.names import Names
from services.provisioning.plan import Plan
from services.provisioning.shipped import EVERYONE, dashboards

VIEW, EDIT = 1, 2
READS_DBNAME_FROM = 10
PLAYLISTS: dict[str, tuple[str, Sequence[str]]] = {
    "gym TV": ("1m", (EVERYONE,)),
    "staff room TV": ("30s", (EVERYONE, "safety", "fleet")),
}
"""Name → how long each dashboard is shown, and which."""


@dataclass(frozen=True, slots=True)
class Database:
    """Where Grafana reads: InfluxDB's address as Grafana sees it, the database, and a token, '' if none is needed."""

    url: str
    name: str
    token: str


def provision(
    grafana: Grafana, names: Names, database: Database, plan: Plan, contacts: tuple[Contact, ...] | None
) -> None:
    """All of it; `contacts` None: who is told stays. Raises ConfigError."""
    version = grafana.greet()
    _data_source(grafana, plan, names, database, version)
    team = _team(grafana, plan, team_of(names))
    for what, title in (("staff-boards", names.title), ("open-boards", f"{names.title}, for everyone")):
        _folder(grafana, plan, names.uid(what), title, "" if what == "open-boards" else team_of(names), team)
    made = {board["uid"]: board for board in dashboards(names)}
    for uid, board in made.items():
        folder = names.uid("open-boards" if uid == names.uid(EVERYONE) else "staff-boards")
        _board(grafana, plan, board, folder)
    provision_rules(grafana, plan, names)
    provision_contacts(grafana, plan, names, contacts)
    for name, (each, whats) in PLAYLISTS.items():
        _playlist(grafana, plan, f"{names.title}: {name}", each, [made[names.uid(what)] for what in whats])


def team_of(names: Names) -> str:
    """The team that sees the staff's dashboards."""
    return f"{names.title} staff"


def reads(grafana: Grafana, names: Names) -> str:
    """'' if Grafana can read the data source, else what it says."""
    said = grafana.ask("GET", f"/datasources/uid/{names.uid('data')}/health", status_400=True) or {}
    return "" if said.get("status") == "OK" else str(said.get("message", "no health check"))


def tv_addresses(grafana: Grafana, names: Names) -> dict[str, str]:
    """Where a television finds each playlist."""
    ours = {f"{names.title}: {name}" for name in PLAYLISTS}
    there = grafana.ask("GET", "/playlists") or []
    return {
        each["name"]: f"{grafana.url}/playlists/play/{each['uid']}?kiosk"
        for each in there
        if each["name"] in ours
    }


def _data_source(grafana: Grafana, plan: Plan, names: Names, database: Database, version: int) -> None:
    """Grafana never tells a secret: which token it has is known by a part of its hash."""
    token = database.token
    path = f"/datasources/uid/{names.uid('data')}"
    wanted = data_source(names, database.url, database.name, token=bool(token))
    wanted["jsonData"]["tokenSha256"] = hashlib.sha256(token.encode()).hexdigest()[:16] if token else ""
    there = grafana.ask("GET", path)
    secret = {"secureJsonData": {"httpHeaderValue1": authorization(token)}} if token else {}
    what = f"data source {names.title}: {database.name} at {database.url}"
    needed = {key: value for key, value in wanted.items() if key != "database" or version < READS_DBNAME_FROM}
    if there is None:
        plan.make(what, lambda: grafana.ask("POST", "/datasources", {**wanted, **secret}))
    elif has(there, needed):
        plan.same(what)
    else:
        plan.change(what, "another address or token", lambda: grafana.ask("PUT", path, {**wanted, **secret}))


def _team(grafana: Grafana, plan: Plan, name: str) -> int:
    """Its id; 0 while a dry run has made none."""
    found = grafana.ask("GET", f"/teams/search?name={name.replace(' ', '%20')}")["teams"]
    there = next((team["id"] for team in found if team["name"] == name), 0)
    if there:
        plan.same(f"team {name}")
        return int(there)
    made = plan.make(f"team {name}", lambda: grafana.ask("POST", "/teams", {"name": name}))
    return int(made["teamId"]) if made else 0


def _folder(grafana: Grafana, plan: Plan, uid: str, title: str, for_team: str, team: int) -> None:
    """Who may look is set once, when the folder is made: later it is the operator's business."""
    what = f"folder {title}, for {'editors and ' + for_team if for_team else 'every account'}"
    path = f"/folders/{uid}"

    def make() -> None:
        grafana.ask("POST", "/folders", {"uid": uid, "title": title})
        look = {"teamId": team} if for_team else {"role": "Viewer"}
        items = [{"role": "Editor", "permission": EDIT}, {**look, "permission": VIEW}]
        grafana.ask("POST", f"{path}/permissions", {"items": items})

    if grafana.ask("GET", path) is None:
        plan.make(what, make)
    else:
        plan.same(what)


def _board(grafana: Grafana, plan: Plan, board: dict[str, Any], folder: str) -> None:
    """Some versions of Grafana rewrite what they are given: then the message of the newest version tells."""
    what = f"dashboard {board['title']}"
    text = json.dumps(board, sort_keys=True)
    message = f"backstride {hashlib.sha256(text.encode()).hexdigest()[:16]}"
    body = {"dashboard": {**board, "id": None}, "folderUid": folder, "overwrite": True, "message": message}
    there = grafana.ask("GET", f"/dashboards/uid/{board['uid']}")
    if there is None:
        plan.make(what, lambda: grafana.ask("POST", "/dashboards/db", body))
    elif there["meta"].get("folderUid") == folder and (
        has(there["dashboard"], board) or _newest(grafana, board["uid"]) == message
    ):
        plan.same(what)
    else:
        plan.change(what, "another version", lambda: grafana.ask("POST", "/dashboards/db", body))


def _newest(grafana: Grafana, uid: str) -> str:
    """The message of a dashboard's newest version."""
    told = grafana.ask("GET", f"/dashboards/uid/{uid}/versions?limit=1") or []
    versions = told["versions"] if isinstance(told, dict) else told  # a bare list before Grafana 11
    return str(versions[0].get("message", "")) if versions else ""


def _playlist(grafana: Grafana, plan: Plan, name: str, each: str, shown: Sequence[dict[str, Any]]) -> None:
    """Older versions of Grafana want an order and titles of the items, newer ones do not tell them."""
    what = f"playlist {name}"
    core = [{"type": "dashboard_by_uid", "value": board["uid"]} for board in shown]
    items = [{**item, "order": nth, "title": shown[nth - 1]["title"]} for nth, item in enumerate(core, 1)]
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
