"""What a real server answered, request by request (`corpus/metrics`), and where a stand-in says something else.

A stand-in is told the same requests in the same order. Ids, times and secrets are its own: an id that the real server
made is replaced by the one that the stand-in made in its place, and of times and secrets only the kind is compared.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

CORPUS = Path(__file__).parents[1] / "corpus" / "metrics"
OWN = frozenset({
    "id", "orgID", "userID", "ownerID", "bucketID", "token", "createdAt", "updatedAt", "created", "updated", "traceID",
    "latestCompleted", "commit", "avatarUrl", "tokenSha256", "createdBy", "updatedBy",
})  # fmt: skip
"""Keys whose values are a server's own."""

SHORT_ID = re.compile(r"(?=.*[A-Z])[A-Za-z0-9_-]{9}")
"""What Grafana makes up for a playlist."""

LEFT_OUT = frozenset({"dashboard"})
"""Keys that the recording leaves out."""

CUT = "…"
"""Where the recording cut a long text."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """`sent`: JSON or lines; `said`: JSON, None for an empty body."""

    asked: str
    sent: Any
    status: int
    said_headers: Mapping[str, str]
    said: Any

    @property
    def method(self) -> str:
        return self.asked.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.asked.partition(" ")[2]


def recorded(name: str) -> list[Exchange]:
    """The exchanges with one server, in their order."""
    lines = (CORPUS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Exchange(**json.loads(line)) for line in lines]


@dataclass(slots=True)
class Replay:
    """`url`: the stand-in; `ids`: what the real server called a thing → what the stand-in calls it."""

    url: str
    ids: dict[str, str] = field(default_factory=dict)

    async def differences(
        self, exchange: Exchange, headers: Mapping[str, str], sent: Any = None
    ) -> list[str]:
        """What the stand-in answers otherwise; `sent` in the place of what was recorded."""
        body = self._own(json.dumps(exchange.sent if sent is None else sent))
        path = self._own(exchange.path)
        lines = exchange.sent if isinstance(exchange.sent, str) and sent is None else None
        data = lines if lines is not None else None if exchange.method == "GET" else body
        kind = {"Content-Type": "application/json"} if lines is None else {}
        async with (
            aiohttp.ClientSession() as client,
            client.request(
                exchange.method, f"{self.url}{path}", data=data, headers={**headers, **kind}
            ) as answer,
        ):
            text = await answer.text()
        said = json.loads(text) if text else None
        found = [] if answer.status == exchange.status else [f"status {answer.status}, not {exchange.status}"]
        found += differing(said, exchange.said, "")
        self._learn(exchange.said, said)
        return [f"{exchange.asked}: {each}" for each in found]

    def _own(self, text: str) -> str:
        for theirs, ours in self.ids.items():
            text = text.replace(theirs, ours)
        return text

    def _learn(self, theirs: Any, ours: Any) -> None:
        if isinstance(theirs, dict) and isinstance(ours, dict):
            for key, value in theirs.items():
                if key == "id" and isinstance(value, str) and re.fullmatch("[0-9a-f]{16}", value):
                    self.ids.setdefault(value, str(ours.get(key, value)))
                self._learn(value, ours.get(key))
        elif isinstance(theirs, list) and isinstance(ours, list):
            for one, other in zip(theirs, ours, strict=False):
                self._learn(one, other)


def differing(said: Any, real: Any, where: str) -> Iterator[str]:
    """Each place at which `said` is not what the real server said."""
    if isinstance(real, dict) and isinstance(said, dict):
        for key in sorted((set(said) | set(real)) - LEFT_OUT):
            if key not in said:
                yield f"{where}.{key} is not there"
            elif key not in real:
                yield f"{where}.{key} is not the real server's"
            elif key in OWN or SHORT_ID.fullmatch(str(real[key])):
                if (type(said[key]), bool(said[key])) != (type(real[key]), bool(real[key])):
                    yield f"{where}.{key}: {said[key]!r}, not like {real[key]!r}"
            else:
                yield from differing(said[key], real[key], f"{where}.{key}")
    elif isinstance(real, list) and isinstance(said, list):
        if len(said) != len(real):
            yield f"{where}: {len(said)} of {len(real)}"
        for place, (one, other) in enumerate(zip(said, real, strict=False)):
            yield from differing(one, other, f"{where}[{place}]")
    elif isinstance(real, str) and real.endswith(CUT):
        if not isinstance(said, str) or not said.startswith(real[: -len(CUT)]):
            yield f"{where}: {said!r}, not {real!r}"
    elif said != real:
        yield f"{where}: {said!r}, not {real!r}"
