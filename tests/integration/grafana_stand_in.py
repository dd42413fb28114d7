"""The HTTP API of Grafana, as far as provisioning goes: as a real 9.4.0 answered it, or as a newer one would.

No registry that this project builds from has a Grafana server: this stands in for one. What 9.4.0 said stands in
`corpus/metrics` and is held to it; what is asked besides (playlists one by one, contact points, policies, and all of
newer versions) is from the API reference. It is strict (required fields, conflicts, roles, what files own) and
remembers what it is told.
"""

import json
import secrets
from typing import Any

from aiohttp import web
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.alerting import RuleGroup
from grafana_rules import RULE_NEEDS, RuleStore, as_told

Thing = dict[str, Any]
ADMIN = "glsa_admin"
VIEWER = "glsa_viewer"
OLD, NEW = "9.4.0-pre", "12.1.1"
THEN = "2026-11-28T23:02:24Z"
MAY = dict.fromkeys(("canSave", "canEdit", "canAdmin", "canDelete"), True)
BY = {"createdBy": "Anonymous", "updatedBy": "Anonymous", "created": THEN, "updated": THEN}
ACTIONS = {"canAdd": True, "canEdit": True, "canDelete": True}
PUBLIC = {"hasPublicDashboard": False, "publicDashboardAccessToken": "", "publicDashboardUid": "",
          "publicDashboardEnabled": False}  # fmt: skip


class FakeGrafana:
    """`rewrites`: dashboards come back otherwise than they were given, as newer versions do."""

    def __init__(self, version: str = NEW) -> None:
        self.version = version
        self.sources: dict[str, Thing] = {}
        self.folders: dict[str, Thing] = {}
        self.boards: dict[str, list[Thing]] = {}
        self.rules = RuleStore(strict=version == OLD)
        self.teams: list[str] = []
        self.playlists: dict[str, Thing] = {}
        self.contacts: list[Thing] = []
        self.policy: Thing = {
            "receiver": "grafana-default-email",
            "group_by": ["grafana_folder", "alertname"],
        }
        self.from_files: set[str] = set()
        self.rewrites = False
        self.reads_database = True
        self.writes: list[str] = []
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        app = web.Application(middlewares=[self._door])
        add = app.router.add_route
        add("GET", "/api/org", self._org)
        add("POST", "/api/datasources", self._source)
        add("PUT", "/api/datasources/uid/{uid}", self._source)
        add("GET", "/api/datasources/uid/{uid}", self._get_source)
        add("GET", "/api/datasources/uid/{uid}/health", self._health)
        add("GET", "/api/teams/search", self._find_team)
        add("POST", "/api/teams", self._make_team)
        add("POST", "/api/folders", self._make_folder)
        add("GET", "/api/folders/{uid}", self._get_folder)
        add("POST", "/api/folders/{uid}/permissions", self._permit)
        add("POST", "/api/dashboards/db", self._save_board)
        add("GET", "/api/dashboards/uid/{uid}", self._get_board)
        add("GET", "/api/dashboards/uid/{uid}/versions", self._versions)
        add("GET", "/api/v1/provisioning/folder/{folder}/rule-groups/{group}", self._get_group)
        add("PUT", "/api/v1/provisioning/folder/{folder}/rule-groups/{group}", self._put_group)
        add("POST", "/api/v1/provisioning/alert-rules", self._rule)
        add("PUT", "/api/v1/provisioning/alert-rules/{uid}", self._rule)
        add("GET", "/api/v1/provisioning/alert-rules/{uid}", self._get_rule)
        add("DELETE", "/api/v1/provisioning/alert-rules/{uid}", self._drop_rule)
        add("GET", "/api/v1/provisioning/contact-points", self._get_contacts)
        add("POST", "/api/v1/provisioning/contact-points", self._contact)
        add("PUT", "/api/v1/provisioning/contact-points/{uid}", self._contact)
        add("DELETE", "/api/v1/provisioning/contact-points/{uid}", self._drop_contact)
        add("GET", "/api/v1/provisioning/policies", self._get_policy)
        add("PUT", "/api/v1/provisioning/policies", self._put_policy)
        add("GET", "/api/playlists", self._list_playlists)
        add("POST", "/api/playlists", self._playlist)
        add("GET", "/api/playlists/{uid}", self._get_playlist)
        add("PUT", "/api/playlists/{uid}", self._playlist)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def close(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @web.middleware
    async def _door(self, request: web.Request, handler: Any) -> web.StreamResponse:
        given = request.headers.get("Authorization")
        if request.path == "/api/health":
            return web.json_response({"commit": "8f3e923", "database": "ok", "version": self.version})
        if given not in (f"Bearer {ADMIN}", f"Bearer {VIEWER}"):
            raise _error(web.HTTPUnauthorized, "invalid API key", traceID="")
        if request.method != "GET":
            if given != f"Bearer {ADMIN}":
                raise _error(web.HTTPForbidden, "You'll need additional permissions to perform this action.")
            self.writes.append(f"{request.method} {request.path}")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _org(self, request: web.Request) -> web.Response:
        address = dict.fromkeys(("address1", "address2", "city", "zipCode", "state", "country"), "")
        return web.json_response({"id": 1, "name": "Main Org.", "address": address})

    async def _source(self, request: web.Request) -> web.Response:
        thing = await _body(request, {"name", "type", "access", "url"})
        uid = thing["uid"]
        if "datasource" in self.from_files:
            raise _error(web.HTTPForbidden, "Cannot update read-only data source")
        if request.method == "POST":
            if uid in self.sources or any(thing["name"] == each["name"] for each in self.sources.values()):
                raise _error(web.HTTPConflict, "data source with the same name already exists")
            thing["id"] = len(self.sources) + 1
        else:
            thing["id"] = _there(self.sources, request, "uid", "Data source not found")["id"]
        self.sources[uid] = thing
        said = {"id": thing["id"], "message": "Datasource added", "name": thing["name"]}
        return web.json_response({"datasource": _told(thing), **said})

    async def _get_source(self, request: web.Request) -> web.Response:
        return web.json_response(_told(_there(self.sources, request, "uid", "Data source not found")))

    async def _health(self, request: web.Request) -> web.Response:
        source = _there(self.sources, request, "uid", "Data source not found")
        named = source.get("database") or (source["jsonData"].get("dbName") and self.version != OLD)
        if not named:
            raise _error(web.HTTPBadRequest, "database name required error reading influxDB", status="ERROR")
        if not self.reads_database:
            raise _error(web.HTTPBadRequest, "error reading InfluxDB. Status Code: 401", status="ERROR")
        return web.json_response({"status": "OK", "message": "OK. 8 measurements found"})

    async def _find_team(self, request: web.Request) -> web.Response:
        about = {"orgId": 1, "email": "", "avatarUrl": "/public/img/user_profile.png", "memberCount": 0,
                 "permission": 0, "accessControl": None}  # fmt: skip
        found = [
            {"id": n, "name": t, **about} for n, t in enumerate(self.teams, 1) if t == request.query["name"]
        ]
        return web.json_response({"totalCount": len(found), "teams": found, "page": 1, "perPage": 1000})

    async def _make_team(self, request: web.Request) -> web.Response:
        name = (await _body(request, {"name"}))["name"]
        if name in self.teams:
            raise _error(web.HTTPConflict, "Team name taken")
        self.teams.append(name)
        return web.json_response({"message": "Team created", "teamId": len(self.teams)})

    async def _make_folder(self, request: web.Request) -> web.Response:
        thing = await _body(request, {"title"})
        if thing["uid"] in self.folders:
            raise _error(web.HTTPConflict, "a folder with the same uid already exists")
        defaults = [{"role": "Viewer", "permission": 1}, {"role": "Editor", "permission": 2}]
        self.folders[thing["uid"]] = {**thing, "permissions": defaults, "id": len(self.folders) + 1}
        return web.json_response(_told_folder(self.folders[thing["uid"]]))

    async def _get_folder(self, request: web.Request) -> web.Response:
        if request.match_info["uid"] not in self.folders:
            raise _error(web.HTTPNotFound, "folder not found", status="not-found")
        return web.json_response(_told_folder(self.folders[request.match_info["uid"]]))

    async def _permit(self, request: web.Request) -> web.Response:
        items = (await _body(request, {"items"}))["items"]
        for item in items:
            if item["permission"] not in (1, 2, 4) or not (
                "role" in item or 0 < item["teamId"] <= len(self.teams)
            ):
                raise _error(web.HTTPBadRequest, "bad permission")
        _there(self.folders, request, "uid", "folder not found")["permissions"] = items
        return web.json_response({"message": "Dashboard permissions updated"})

    async def _save_board(self, request: web.Request) -> web.Response:
        said = await _body(request, {"dashboard", "folderUid", "message"})
        board = said["dashboard"]
        if said["folderUid"] not in self.folders or not board["title"] or len(board["uid"]) > 40:
            raise _error(web.HTTPBadRequest, "folder not found")
        if board["uid"] in self.from_files:
            raise _error(web.HTTPBadRequest, "Cannot save provisioned dashboard")
        versions = self.boards.setdefault(board["uid"], [])
        if versions and not said.get("overwrite"):
            raise _error(web.HTTPPreconditionFailed, "The dashboard has been changed by someone else")
        said["id"] = versions[0]["id"] if versions else len(self.boards) + len(self.folders)
        versions.insert(0, said)
        told = {"id": said["id"], "slug": _slug(board["title"]), "status": "success", "uid": board["uid"]}
        url = f"/d/{board['uid']}/{_slug(board['title'])}"
        return web.json_response({**told, "url": url, "version": len(versions)})

    async def _get_board(self, request: web.Request) -> web.Response:
        if request.match_info["uid"] not in self.boards:
            raise _error(web.HTTPNotFound, "Dashboard not found", traceID="")
        newest, *older = self.boards[request.match_info["uid"]]
        board = {**newest["dashboard"], "id": 7, "version": len(older) + 1}
        if self.rewrites:
            board["panels"] = [{**panel, "pluginVersion": "13", "type": "other"} for panel in board["panels"]]
        folder = self.folders[newest["folderUid"]]
        slug = _slug(board["title"])
        meta = {
            "type": "db", **MAY, "canStar": True, "slug": slug, "url": f"/d/{board['uid']}/{slug}", **BY,
            "expires": "0001-01-01T00:00:00Z", "version": len(older) + 1, "hasAcl": False, "isFolder": False,
            "folderId": folder["id"], "folderUid": folder["uid"], "folderTitle": folder["title"],
            "folderUrl": f"/dashboards/f/{folder['uid']}/{_slug(folder['title'])}", "provisioned": False,
            "provisionedExternalId": "", "annotationsPermissions": {"dashboard": ACTIONS, "organization": ACTIONS},
            **PUBLIC,
        }  # fmt: skip
        return web.json_response({"dashboard": board, "meta": meta})

    async def _versions(self, request: web.Request) -> web.Response:
        there = _there(self.boards, request, "uid", "Dashboard not found")
        told = [{"version": 1, "message": said["message"]} for said in there][: int(request.query["limit"])]
        return web.json_response(told if self.version == OLD else {"continueToken": "", "versions": told})

    async def _get_group(self, request: web.Request) -> web.Response:
        group = self.rules.group(request.match_info["folder"], request.match_info["group"])
        if group is None:
            raise _error(web.HTTPNotFound, "rulegroup not found", traceID="")
        return web.json_response(group)

    async def _put_group(self, request: web.Request) -> web.Response:
        group = await _body(request, {"title", "folderUid", "interval", "rules"})
        if "alerts" in self.from_files:
            raise _error(web.HTTPConflict, "cannot change provenance from 'file' to 'api'")
        known = json.loads(json.dumps(RuleGroup.from_json(group), cls=JSONEncoder))
        if known != group:
            raise _error(web.HTTPBadRequest, "fields that Grafana's own model of a rule group does not know")
        for rule in group["rules"]:
            self._check(rule)
        if group["interval"] % 10:
            raise _error(web.HTTPBadRequest, "invalid alert rule")
        missing = self.rules.put_group(request.match_info["folder"], group)
        if missing:
            words = f"failed to update rule with UID {missing} because could not find alert rule"
            text = f"failed to calculate diff for alert rules: {words}"
            raise _error(web.HTTPInternalServerError, text, traceID="")
        return web.json_response(group)

    def _check(self, rule: Thing) -> None:
        if RULE_NEEDS - set(rule) or rule["folderUID"] not in self.folders or len(rule["uid"]) > 40:
            raise _error(web.HTTPBadRequest, "invalid alert rule")
        if {part["datasourceUid"] for part in rule["data"]} - {"__expr__", *self.sources}:
            raise _error(web.HTTPBadRequest, "invalid alert rule: data source not found")

    async def _rule(self, request: web.Request) -> web.Response:
        rule = await _body(request, RULE_NEEDS)
        if "alerts" in self.from_files:
            raise _error(web.HTTPConflict, "cannot change provenance from 'file' to 'api'")
        self._check(rule)
        if request.method == "PUT" and rule["uid"] not in self.rules.rules:
            raise _error(web.HTTPNotFound, "could not find alert rule")
        if not self.rules.put(rule, new=request.method == "POST"):
            raise _error(
                web.HTTPConflict, "a rule of that uid, or of that title in the folder, is there already"
            )
        made = as_told(self.rules.rules[rule["uid"]])
        return web.json_response(
            {**made, "provenance": "api"}, status=201 if request.method == "POST" else 200
        )

    async def _get_rule(self, request: web.Request) -> web.Response:
        rule = _there(self.rules.rules, request, "uid", "could not find alert rule")
        return web.json_response({**as_told(rule), "provenance": "api"})

    async def _drop_rule(self, request: web.Request) -> web.Response:
        self.rules.rules.pop(request.match_info["uid"], None)
        return web.Response(status=204)

    async def _get_contacts(self, request: web.Request) -> web.Response:
        return web.json_response(self.contacts)

    async def _contact(self, request: web.Request) -> web.Response:
        said = await _body(request, {"name", "type", "settings"})
        uid = request.match_info.get("uid") or said.get("uid") or secrets.token_hex(5)
        if len(uid) > 40 or not all(isinstance(v, str | bool | int) for v in said["settings"].values()):
            raise _error(web.HTTPBadRequest, "invalid object specification")
        others = [each for each in self.contacts if each["uid"] != uid]
        self.contacts = [*others, {**said, "uid": uid, "disableResolveMessage": False, "provenance": "api"}]
        return web.json_response(self.contacts[-1], status=202)

    async def _drop_contact(self, request: web.Request) -> web.Response:
        gone = [each for each in self.contacts if each["uid"] == request.match_info["uid"]]
        used = {self.policy["receiver"], *(route["receiver"] for route in self.policy.get("routes", []))}
        if any(each["name"] in used for each in gone):
            raise _error(web.HTTPConflict, "contact point is currently used by a notification policy")
        self.contacts = [each for each in self.contacts if each not in gone]
        return web.Response(status=204)

    async def _get_policy(self, request: web.Request) -> web.Response:
        return web.json_response({**self.policy, "provenance": "api"})

    async def _put_policy(self, request: web.Request) -> web.Response:
        said = await _body(request, {"receiver"})
        known = {"grafana-default-email", *(each["name"] for each in self.contacts)}
        if {said["receiver"], *(route["receiver"] for route in said.get("routes", []))} - known:
            raise _error(web.HTTPBadRequest, "invalid object specification: receiver does not exist")
        self.policy = said
        return web.json_response({"message": "policies updated"}, status=202)

    async def _list_playlists(self, request: web.Request) -> web.Response:
        more: Thing = {} if self.version == OLD else {"items": None}
        return web.json_response([{**_told_playlist(each), **more} for each in self.playlists.values()])

    async def _playlist(self, request: web.Request) -> web.Response:
        said = await _body(request, {"name", "interval", "items"})
        uid = request.match_info.get("uid") or secrets.token_hex(5)
        self.playlists[uid] = {"id": len(self.playlists) + 1, **said, "uid": uid}
        return web.json_response(_told_playlist(self.playlists[uid]))

    async def _get_playlist(self, request: web.Request) -> web.Response:
        playlist = _there(self.playlists, request, "uid", "Playlist not found")
        items = [{"type": item["type"], "value": item["value"]} for item in playlist["items"]]
        return web.json_response({**playlist, "items": items})


async def _body(request: web.Request, needed: set[str]) -> Thing:
    said: Thing = await request.json()
    if missing := needed - set(said):
        raise _error(web.HTTPBadRequest, f"bad request data: {sorted(missing)} missing")
    return said


def _there(things: dict[str, Any], request: web.Request, key: str, otherwise: str) -> Any:
    if request.match_info[key] not in things:
        raise _error(web.HTTPNotFound, otherwise)
    return things[request.match_info[key]]


def _told(source: Thing) -> Thing:
    """Secrets are never told, only that they are there."""
    secret = source.get("secureJsonData", {})
    told = {key: value for key, value in source.items() if key != "secureJsonData"}
    defaults = {"orgId": 1, "typeLogoUrl": "", "user": "", "database": "", "basicAuth": False, "basicAuthUser": "",
                "withCredentials": False, "isDefault": False, "version": 1, "readOnly": False}  # fmt: skip
    return {**defaults, **told, "secureJsonFields": dict.fromkeys(secret, True)}


def _told_folder(folder: Thing) -> Thing:
    told = {key: folder[key] for key in ("id", "uid", "title")}
    url = f"/dashboards/f/{folder['uid']}/{_slug(folder['title'])}"
    return {**told, "url": url, "hasAcl": False, **MAY, **BY, "version": 1}


def _told_playlist(playlist: Thing) -> Thing:
    return {key: playlist[key] for key in ("id", "uid", "name", "interval")}


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-")


def _error(kind: type[web.HTTPException], message: str, **more: str) -> web.HTTPException:
    return kind(text=json.dumps({"message": message, **more}), content_type="application/json")
