"""The HTTP API of Grafana as its reference describes it, as far as provisioning goes.

No registry that this project builds from has a Grafana server: this stands in for one. It is strict where the
reference is (required fields, conflicts, roles, what files own) and remembers what it is told.
"""

import json
import secrets
from typing import Any

from aiohttp import web
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.alerting import RuleGroup

Thing = dict[str, Any]
ADMIN = "glsa_admin"
VIEWER = "glsa_viewer"
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


class FakeGrafana:
    """`rewrites`: dashboards come back otherwise than they were given, as newer versions do."""

    def __init__(self) -> None:
        self.sources: dict[str, Thing] = {}
        self.folders: dict[str, Thing] = {}
        self.boards: dict[str, list[Thing]] = {}
        self.groups: dict[tuple[str, str], Thing] = {}
        self.teams: list[str] = []
        self.playlists: dict[str, Thing] = {}
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
            return web.json_response({"database": "ok", "version": "13.2.3"})
        if given not in (f"Bearer {ADMIN}", f"Bearer {VIEWER}"):
            raise _error(web.HTTPUnauthorized, "Invalid API key")
        if request.method != "GET":
            if given != f"Bearer {ADMIN}":
                raise _error(web.HTTPForbidden, "You'll need additional permissions to perform this action.")
            self.writes.append(f"{request.method} {request.path}")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _org(self, request: web.Request) -> web.Response:
        return web.json_response({"id": 1, "name": "Main Org."})

    async def _source(self, request: web.Request) -> web.Response:
        thing = await _body(request, {"name", "type", "access", "url"})
        uid = thing["uid"]
        if "datasource" in self.from_files:
            raise _error(web.HTTPForbidden, "Cannot update read-only data source")
        if request.method == "POST" and uid in self.sources:
            raise _error(web.HTTPConflict, "data source with the same uid already exists")
        self.sources[uid] = thing
        return web.json_response({"id": 1, "datasource": _told(thing)})

    async def _get_source(self, request: web.Request) -> web.Response:
        return web.json_response(_told(_there(self.sources, request, "uid")))

    async def _health(self, request: web.Request) -> web.Response:
        _there(self.sources, request, "uid")
        if not self.reads_database:
            raise _error(web.HTTPBadRequest, "error reading InfluxDB. Status Code: 401")
        return web.json_response({"status": "OK", "message": "OK. 8 measurements found"})

    async def _find_team(self, request: web.Request) -> web.Response:
        found = [{"id": n, "name": t} for n, t in enumerate(self.teams, 1) if t == request.query["name"]]
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
        self.folders[thing["uid"]] = {**thing, "permissions": defaults}
        return web.json_response(thing)

    async def _get_folder(self, request: web.Request) -> web.Response:
        return web.json_response(_there(self.folders, request, "uid"))

    async def _permit(self, request: web.Request) -> web.Response:
        items = (await _body(request, {"items"}))["items"]
        for item in items:
            if item["permission"] not in (1, 2, 4) or not (
                "role" in item or 0 < item["teamId"] <= len(self.teams)
            ):
                raise _error(web.HTTPBadRequest, "bad permission")
        _there(self.folders, request, "uid")["permissions"] = items
        return web.json_response({"message": "Folder permissions updated"})

    async def _save_board(self, request: web.Request) -> web.Response:
        said = await _body(request, {"dashboard", "folderUid", "message"})
        board = said["dashboard"]
        if said["folderUid"] not in self.folders or not board["title"]:
            raise _error(web.HTTPBadRequest, "folder not found")
        if board["uid"] in self.from_files:
            raise _error(web.HTTPBadRequest, "Cannot save provisioned dashboard")
        versions = self.boards.setdefault(board["uid"], [])
        if versions and not said.get("overwrite"):
            raise _error(web.HTTPPreconditionFailed, "The dashboard has been changed by someone else")
        versions.insert(0, said)
        return web.json_response({"uid": board["uid"], "status": "success", "version": len(versions)})

    async def _get_board(self, request: web.Request) -> web.Response:
        newest, *older = _there(self.boards, request, "uid")
        board = {**newest["dashboard"], "id": 7, "version": len(older) + 1}
        if self.rewrites:
            board["panels"] = [{**panel, "pluginVersion": "13", "type": "other"} for panel in board["panels"]]
        return web.json_response({"dashboard": board, "meta": {"folderUid": newest["folderUid"]}})

    async def _versions(self, request: web.Request) -> web.Response:
        told = [{"version": 1, "message": said["message"]} for said in _there(self.boards, request, "uid")]
        return web.json_response({"continueToken": "", "versions": told[: int(request.query["limit"])]})

    async def _get_group(self, request: web.Request) -> web.Response:
        key = request.match_info["folder"], request.match_info["group"]
        if key not in self.groups:
            raise _error(web.HTTPNotFound, "rule group not found")
        group = self.groups[key]
        return web.json_response(
            {**group, "rules": [{"id": 1, "isPaused": False, **r} for r in group["rules"]]}
        )

    async def _put_group(self, request: web.Request) -> web.Response:
        group = await _body(request, {"title", "folderUid", "interval", "rules"})
        if "alerts" in self.from_files:
            raise _error(web.HTTPConflict, "cannot change provenance from 'file' to 'api'")
        known = json.loads(json.dumps(RuleGroup.from_json(group), cls=JSONEncoder))
        if known != group:
            raise _error(web.HTTPBadRequest, "fields that Grafana's own model of a rule group does not know")
        for rule in group["rules"]:
            if RULE_NEEDS - set(rule) or group["interval"] % 10 or rule["folderUID"] not in self.folders:
                raise _error(web.HTTPBadRequest, "invalid alert rule")
        self.groups[request.match_info["folder"], request.match_info["group"]] = group
        return web.json_response(group)

    async def _list_playlists(self, request: web.Request) -> web.Response:
        return web.json_response([{**each, "items": None} for each in self.playlists.values()])

    async def _playlist(self, request: web.Request) -> web.Response:
        said = await _body(request, {"name", "interval", "items"})
        uid = request.match_info.get("uid") or secrets.token_hex(5)
        self.playlists[uid] = {**said, "uid": uid}
        return web.json_response(self.playlists[uid])

    async def _get_playlist(self, request: web.Request) -> web.Response:
        playlist = _there(self.playlists, request, "uid")
        items = [{"type": item["type"], "value": item["value"]} for item in playlist["items"]]
        return web.json_response({**playlist, "items": items})


async def _body(request: web.Request, needed: set[str]) -> Thing:
    said: Thing = await request.json()
    if missing := needed - set(said):
        raise _error(web.HTTPBadRequest, f"bad request data: {sorted(missing)} missing")
    return said


def _there(things: dict[str, Any], request: web.Request, key: str) -> Any:
    if request.match_info[key] not in things:
        raise _error(web.HTTPNotFound, "not found")
    return things[request.match_info[key]]


def _told(source: Thing) -> Thing:
    """Secrets are never told, only that they are there."""
    secret = source.get("secureJsonData", {})
    told = {key: value for key, value in source.items() if key != "secureJsonData"}
    return {**told, "id": 1, "orgId": 1, "readOnly": False, "secureJsonFields": dict.fromkeys(secret, True)}


def _error(kind: type[web.HTTPException], message: str) -> web.HTTPException:
    return kind(text=f'{{"message": "{message}"}}', content_type="application/json")
