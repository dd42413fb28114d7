"""The management API of InfluxDB 2 as InfluxData's OpenAPI description has it, as far as provisioning goes.

No registry that this project builds from has an InfluxDB 2 server: this stands in for one. It is strict where the
description is (required fields, conflicts, rights) and remembers what it is told; it stores no points.
"""

import re
import secrets
from typing import Any

import influxdb_client
from aiohttp import web

Thing = dict[str, Any]
OPERATOR = "operator-token"
NEEDED: dict[str, set[str]] = {
    "orgs": {"name"},
    "buckets": {"orgID", "name"},
    "tasks": {"orgID", "flux"},
    "dbrps": {"orgID", "bucketID", "database", "retention_policy"},
    "authorizations": {"orgID", "permissions"},
}
CREATE = {
    "orgs": "PostOrganizationRequest", "buckets": "PostBucketRequest",
    "tasks": "TaskCreateRequest", "dbrps": "DBRPCreate",
    "authorizations": "AuthorizationPostRequest",
}  # fmt: skip
UPDATE = {
    "buckets": "PatchBucketRequest", "tasks": "TaskUpdateRequest", "dbrps": "DBRPUpdate"
}  # fmt: skip
LISTS = {"dbrps": "content"}


class Influx2:
    """`allowed`: not set up yet. `lacks`: rights that the operator's token has not. `hashed`: tokens told once only."""

    def __init__(self) -> None:
        self.allowed = False
        self.lacks: set[str] = set()
        self.hashed = False
        self.things: dict[str, dict[str, Thing]] = {kind: {} for kind in NEEDED}
        self.writes: list[str] = []
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        app = web.Application()
        app.router.add_get("/ping", self._ping)
        app.router.add_get("/api/v2/setup", self._setup)
        app.router.add_get("/api/v2/{kind}", self._list)
        app.router.add_post("/api/v2/{kind}", self._create)
        app.router.add_patch("/api/v2/{kind}/{id}", self._patch)
        app.router.add_delete("/api/v2/{kind}/{id}", self._delete)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def close(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def named(self, kind: str, name: str) -> Thing:
        (found,) = (thing for thing in self.things[kind].values() if thing.get("name") == name)
        return found

    async def _ping(self, request: web.Request) -> web.Response:
        return web.Response(status=204, headers={"X-Influxdb-Version": "v2.9.0", "X-Influxdb-Build": "OSS"})

    async def _setup(self, request: web.Request) -> web.Response:
        return web.json_response({"allowed": self.allowed})

    async def _list(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        self._may(request, "read", kind)
        query = request.query
        found = list(self.things[kind].values())
        if kind == "orgs" and query.get("org") not in [org["name"] for org in found]:
            raise _error(404, "not found", f'organization name "{query.get("org")}" not found')
        if kind == "dbrps" and not query.get("orgID"):
            raise _error(400, "invalid", "invalid org or orgID")
        for key, field in (("orgID", "orgID"), ("name", "name"), ("org", "name"), ("db", "database")):
            if key in query:
                found = [thing for thing in found if thing.get(field) == query[key]]
        if kind == "authorizations" and self.hashed:
            found = [{key: value for key, value in each.items() if key != "token"} for each in found]
        if kind == "dbrps":
            found += self._virtual(query["orgID"], query.get("db", ""))
        return web.json_response({LISTS.get(kind, kind): found})

    def _virtual(self, org_id: str, database: str) -> list[Thing]:
        mapped = {each["bucketID"] for each in self.things["dbrps"].values()}
        return [
            {"id": bucket["id"], "orgID": org_id, "bucketID": bucket["id"], "database": bucket["name"],
             "retention_policy": "autogen", "default": True, "virtual": True}
            for bucket in self.things["buckets"].values()
            if bucket["id"] not in mapped and bucket["name"] == database
        ]  # fmt: skip

    async def _create(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        self._may(request, "write", kind)
        thing = await _described(request, CREATE[kind])
        missing = NEEDED[kind] - {key for key, value in thing.items() if value}
        if missing:
            raise _error(400, "invalid", f"{kind}: {sorted(missing)} missing")
        self._check(kind, thing)
        thing["id"] = secrets.token_hex(8)
        if kind == "tasks":
            thing = {"status": "active", **thing, "name": _task_name(thing["flux"])}
        if kind == "authorizations":
            thing = {"status": "active", **thing, "token": secrets.token_urlsafe(64)}
        self.things[kind][thing["id"]] = thing
        return web.json_response(thing, status=201)

    def _check(self, kind: str, thing: Thing) -> None:
        if kind != "orgs" and thing["orgID"] not in self.things["orgs"]:
            raise _error(404, "not found", "organization not found")
        if kind in ("orgs", "buckets") and thing["name"] in [o["name"] for o in self.things[kind].values()]:
            raise _error(422, "conflict", f"{kind[:-1]} with name {thing['name']} already exists")
        if kind == "dbrps" and thing["bucketID"] not in self.things["buckets"]:
            raise _error(404, "not found", "bucket not found")
        for rule in thing.get("retentionRules", []):
            if rule["type"] != "expire" or rule["everySeconds"] < 3600:
                raise _error(422, "unprocessable entity", "retention policy duration must be at least 1h0m0s")
        for permission in thing.get("permissions", []):
            if permission["action"] not in ("read", "write") or permission["resource"]["type"] != "buckets":
                raise _error(400, "invalid", "unknown permission")

    async def _patch(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        self._may(request, "write", kind)
        self._there(request).update(await _described(request, UPDATE[kind]))
        return web.json_response(self._there(request))

    async def _delete(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        self._may(request, "write", kind)
        del self.things[kind][self._there(request)["id"]]
        return web.Response(status=204)

    def _there(self, request: web.Request) -> Thing:
        try:
            return self.things[request.match_info["kind"]][request.match_info["id"]]
        except KeyError:
            raise _error(404, "not found", "not found") from None

    def _may(self, request: web.Request, action: str, kind: str) -> None:
        if request.headers.get("Authorization") != f"Token {OPERATOR}":
            raise _error(401, "unauthorized", "unauthorized access")
        if f"{action}:{kind}" in self.lacks:
            raise _error(401, "unauthorized", f"{action}:{kind} is unauthorized")
        if action == "write":
            self.writes.append(f"{request.method} {kind}")


async def _described(request: web.Request, model: str) -> Thing:
    """The body, if `model` knows all of its fields: the client's models are generated from InfluxData's description."""
    body: Thing = await request.json()
    if unknown := set(body) - set(vars(influxdb_client)[model].attribute_map.values()):
        raise _error(400, "invalid", f"unknown fields {sorted(unknown)}")
    return body


def _task_name(flux: str) -> str:
    found = re.search(r'option task = \{name: "([^"]+)", every: \w+', flux)
    if found is None:
        raise _error(400, "invalid", "error calling options: missing name or cron/every")
    return found[1]


def _error(status: int, code: str, message: str) -> web.HTTPException:
    classes = {400: web.HTTPBadRequest, 401: web.HTTPUnauthorized, 404: web.HTTPNotFound,
               422: web.HTTPUnprocessableEntity}  # fmt: skip
    text = f'{{"code": "{code}", "message": {_quoted(message)}}}'
    return classes[status](text=text, content_type="application/json")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'
