"""The API of InfluxDB 2 as a real 2.9.1 answered it (`corpus/metrics`), as far as this project asks for it.

No registry that this project builds from has an InfluxDB 2 server: this stands in for one. It keeps tokens as hashes
(their text is told once), knows what each may do, and remembers what it is told. Points it hands on to `engine`, an
InfluxDB 1.6.7 with a database for each bucket; without one it forgets them.
"""

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

import aiohttp
import influxdb_client
from aiohttp import web

Thing = dict[str, Any]
OPERATOR = "operator-token"
VERSION = {"X-Influxdb-Version": "v2.9.1", "X-Influxdb-Build": "OSS"}
NOW = "2026-11-28T23:01:24Z"
WEEK_S = 604_800
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
    """`allowed`: not set up yet. `lacks`: rights that the operator's token has not. `engine`: a 1.6.7's address."""

    def __init__(self, engine: str = "") -> None:
        self.allowed = False
        self.lacks: set[str] = set()
        self.things: dict[str, dict[str, Thing]] = {kind: {} for kind in NEEDED}
        self.tokens: dict[str, str] = {}
        self.writes: list[str] = []
        self.url = ""
        self._engine = engine
        self._user = {"id": secrets.token_hex(8), "name": "admin", "status": "active"}
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        app = web.Application(client_max_size=0)
        app.router.add_get("/ping", self._ping)
        app.router.add_get("/api/v2/setup", self._setup)
        app.router.add_post("/api/v2/write", self._write)
        app.router.add_post("/api/v2/delete", self._erase)
        app.router.add_route("*", "/query", self._query)
        app.router.add_get("/api/v2/{kind}", self.lists)
        app.router.add_post("/api/v2/{kind}", self._create)
        app.router.add_patch("/api/v2/{kind}/{id}", self._patch)
        app.router.add_delete("/api/v2/{kind}/{id}", self._delete)
        app.on_response_prepare.append(_signed)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, auto_decompress=False)
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

    def text_of(self, description: str) -> str:
        """The token with that description, which the server itself keeps only as a hash."""
        (id_,) = (a["id"] for a in self.things["authorizations"].values() if a["description"] == description)
        return next(text for text, of in self.tokens.items() if of == id_)

    async def _ping(self, request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _setup(self, request: web.Request) -> web.Response:
        return web.json_response({"allowed": self.allowed})

    async def lists(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        self._may(request, "read", kind)
        query = request.query
        found = list(self.things[kind].values())
        if kind == "dbrps" and not query.get("orgID"):
            raise _error(400, "invalid", "invalid org or orgID")
        for key, name in (("orgID", "orgID"), ("name", "name"), ("org", "name"), ("db", "database")):
            if key in query:
                found = [thing for thing in found if thing.get(name) == query[key]]
        if kind == "orgs" and not found:
            raise _error(404, "not found", f'organization name "{query.get("org")}" not found')
        if kind == "buckets" and not found and "name" in query:
            raise _error(404, "not found", f'bucket "{query["name"]}" not found')
        if kind == "authorizations":
            found = [{**each, "token": ""} for each in found]
        if kind == "dbrps":
            found += self._virtual(query["orgID"], query.get("db", ""))
        return web.json_response({LISTS.get(kind, kind): found})

    def _virtual(self, org_id: str, database: str) -> list[Thing]:
        mapped = {each["bucketID"] for each in self.things["dbrps"].values()}
        return [
            {"id": bucket["id"], "orgID": org_id, "bucketID": bucket["id"], "database": bucket["name"],
             "retention_policy": "autogen", "default": True, "virtual": True}
            for bucket in self.things["buckets"].values()
            if bucket["id"] not in mapped and bucket["name"] == database and bucket["orgID"] == org_id
        ]  # fmt: skip

    async def _create(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        self._may(request, "write", kind)
        thing = await _described(request, CREATE[kind])
        missing = NEEDED[kind] - {key for key, value in thing.items() if value}
        if missing:
            raise _error(400, "invalid", f"{kind}: {sorted(missing)} missing")
        self._check(kind, thing)
        made = self.born(kind, thing)
        if kind == "buckets" and self._engine:
            await self._ask_engine("POST", "/query", {"q": f'CREATE DATABASE "{made["name"]}"'}, b"", {})
        if kind == "authorizations":
            text = secrets.token_urlsafe(64)
            self.tokens[text] = made["id"]
            made = {**made, "token": text}
        return web.json_response(made, status=201)

    def born(self, kind: str, thing: Thing) -> Thing:
        """With what the server adds of its own."""
        times = {"createdAt": NOW, "updatedAt": NOW}
        owner = {"userID": self._user["id"], "user": self._user["name"]}
        org = self.things["orgs"].get(thing.get("orgID", ""), {}).get("name", "")
        made: Thing = {"id": secrets.token_hex(8), **thing}
        if kind == "orgs":
            made = {"description": "", **made, **times}
        elif kind == "buckets":
            made["retentionRules"] = [_with_shards(rule) for rule in thing.get("retentionRules", [])]
            made = {**made, "type": "user", "labels": [], **times}
        elif kind == "tasks":
            made = {"labels": [], "status": "active", **made, **_options(thing["flux"]), "org": org,
                    "ownerID": self._user["id"], "latestCompleted": NOW, "createdAt": NOW}  # fmt: skip
        elif kind == "dbrps":
            made = {**made, "virtual": False}
        else:
            named = [self._named_right(each, org) for each in thing["permissions"]]
            made = {
                **made,
                "token": "",
                "status": "active",
                "org": org,
                **owner,
                **times,
                "permissions": named,
            }
        self.things[kind][made["id"]] = made
        return made

    def _named_right(self, permission: Thing, org: str) -> Thing:
        bucket = self.things["buckets"][permission["resource"]["id"]]
        return {**permission, "resource": {**permission["resource"], "name": bucket["name"], "org": org}}

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
            if permission["resource"]["id"] not in self.things["buckets"]:
                raise _error(404, "not found", "bucket not found")

    async def _patch(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        self._may(request, "write", kind)
        there = self._there(request)
        there.update(await _described(request, UPDATE[kind]))
        if kind == "tasks":
            there.update({**_options(there["flux"]), "updatedAt": NOW})
        return web.json_response(there)

    async def _delete(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        self._may(request, "write", kind)
        gone = self._there(request)["id"]
        del self.things[kind][gone]
        self.tokens = {text: id_ for text, id_ in self.tokens.items() if id_ != gone}
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

    async def _write(self, request: web.Request) -> web.Response:
        bucket = self.asked(request, "write", "insufficient permissions for write")
        body = await request.read()
        if not self._engine or not body:
            return web.Response(status=204)
        query = {"db": bucket["name"], "precision": request.query.get("precision", "ns")}
        coding = {n: v for n, v in request.headers.items() if n == "Content-Encoding"}
        status, said = await self._ask_engine("POST", "/write", query, body, coding)
        words = json.loads(said)["error"] if said else ""
        if "partial write" in words:
            raise _error(422, "unprocessable entity", f"failure writing points to database: {words}")
        if status >= 400:
            raise _error(400, "invalid", words)
        return web.Response(status=status)

    async def _erase(self, request: web.Request) -> web.Response:
        """To delete is to write, for InfluxDB."""
        self.asked(request, "write", "insufficient permissions to delete")
        said = await request.json()
        if not re.match(r"\d{4}-\d\d-\d\dT", said["start"]):
            raise _error(400, "invalid", "error decoding json body: invalid RFC3339Nano for field start, please format "
                         "your time with RFC3339Nano format, example: 2009-01-02T23:00:00Z")  # fmt: skip
        if said["predicate"].startswith("_field"):
            raise _error(501, "not implemented", "delete by field is not supported")
        return web.Response(status=204)

    def asked(self, request: web.Request, action: str, refusal: str) -> Thing:
        """The bucket that the request is about, if its token may."""
        rights = self._rights(request)
        if rights is None:
            raise _error(401, "unauthorized", "unauthorized access")
        org, name = request.query.get("org", ""), request.query.get("bucket", "")
        org_id = next((o["id"] for o in self.things["orgs"].values() if o["name"] == org), None)
        if org_id is None:
            raise _error(404, "not found", f'organization name "{org}" not found')
        found = [b for b in self.things["buckets"].values() if (b["orgID"], b["name"]) == (org_id, name)]
        if not found:
            raise _error(404, "not found", f'bucket "{name}" not found')
        if rights != "all" and (action, found[0]["id"]) not in rights:
            raise _error(403, "forbidden", refusal)
        return found[0]

    def _rights(self, request: web.Request) -> Any:
        """(action, bucket) pairs of the request's token, "all" of the operator's, None of nobody's."""
        text = request.headers.get("Authorization", "").removeprefix("Token ")
        if text == OPERATOR:
            return "all"
        if text not in self.tokens:
            return None
        token = self.things["authorizations"][self.tokens[text]]
        if token["status"] != "active":
            return None
        return {(each["action"], each["resource"].get("id")) for each in token["permissions"]}

    async def _query(self, request: web.Request) -> web.Response:
        """InfluxQL of one database and policy, which a mapping makes a bucket."""
        rights = self._rights(request)
        if rights is None:
            raise _error(401, "unauthorized", "Unauthorized")
        asked = {**request.query, **(dict(await request.post()) if request.method == "POST" else {})}
        database, policy = str(asked.get("db", "")), str(asked.get("rp", ""))
        maps = [m for m in self.things["dbrps"].values() if m["database"] == database]
        bucket = next(
            (m["bucketID"] for m in maps if (m["retention_policy"] == policy if policy else m["default"])),
            next(
                (b["id"] for b in self.things["buckets"].values() if b["name"] == database and not maps), ""
            ),
        )
        said = str(asked.get("q", ""))
        if said.startswith("DROP SERIES"):
            return web.json_response(_failed("not implemented: DROP SERIES"))
        if not bucket or (rights != "all" and ("read", bucket) not in rights):
            return web.json_response(_failed(f"database not found: {database}"))
        if said.startswith("DELETE"):
            return web.json_response({})
        if not self._engine:
            return web.json_response({"results": [{"statement_id": 0}]})
        name = self.things["buckets"][bucket]["name"]
        query = {k: str(v) for k, v in {**asked, "db": name}.items() if k != "rp"}
        status, text = await self._ask_engine("GET", "/query", query, b"", {})
        return web.Response(status=status, text=text, content_type="application/json")

    async def _ask_engine(
        self, method: str, path: str, query: Mapping[str, str], body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as client,
            client.request(
                method, f"{self._engine}{path}", params=query, data=body or None, headers=headers
            ) as answer,
        ):
            return answer.status, await answer.text()


async def _signed(_request: web.Request, answer: web.StreamResponse) -> None:
    answer.headers.update(VERSION)


async def _described(request: web.Request, model: str) -> Thing:
    """The body, if `model` knows all of its fields: the client's models are generated from InfluxData's description."""
    body: Thing = await request.json()
    if unknown := set(body) - set(vars(influxdb_client)[model].attribute_map.values()):
        raise _error(400, "invalid", f"unknown fields {sorted(unknown)}")
    return body


def _with_shards(rule: Thing) -> Thing:
    """A bucket says of its rule how long its files are."""
    days = rule["everySeconds"] / 86_400
    return {**rule, "shardGroupDurationSeconds": 86_400 if 2 <= days <= 180 else WEEK_S}


def _options(flux: str) -> Thing:
    found = re.search(r'option task = \{name: "([^"]+)", every: (\w+), offset: (\w+)', flux)
    if found is None:
        raise _error(400, "invalid", "error calling options: missing name or cron/every")
    return {"name": found[1], "every": found[2], "offset": found[3]}


def _failed(words: str) -> Thing:
    return {"results": [{"statement_id": 0, "error": words}]}


def _error(status: int, code: str, message: str) -> web.HTTPException:
    classes = {400: web.HTTPBadRequest, 401: web.HTTPUnauthorized, 403: web.HTTPForbidden, 404: web.HTTPNotFound,
               422: web.HTTPUnprocessableEntity, 501: web.HTTPNotImplemented}  # fmt: skip
    text = json.dumps({"code": code, "message": message})
    return classes[status](
        text=text, content_type="application/json", headers={"X-Platform-Error-Code": code}
    )
