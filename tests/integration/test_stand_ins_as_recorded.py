"""The stand-ins for InfluxDB 2 and Grafana answer as the real ones did, and a stand-in that does not is found out."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from grafana_stand_in import ADMIN, OLD, FakeGrafana
from influx2_stand_in import OPERATOR, Influx2
from recorded_answers import Exchange, Replay, recorded

INFLUX, GRAFANA = recorded("influxdb-2.9.1"), recorded("grafana-9.4.0")
THE_OPERATORS_OWN = {1, 2}
"""`influx setup`: this project never asks for it."""

NEEDS_AN_ENGINE = {30, 31, 32, 38, 39, 40, 41, 42, 43, 44}
"""What was written wrongly, and what was read: answers of the store itself (see test_metrics_wrong_answers)."""

READER = "Backstride reader of backstride"
WRITER = "Backstride writer of backstride"
Break = Callable[[Influx2], None]


@pytest.fixture
async def influx() -> AsyncIterator[Influx2]:
    made = Influx2()
    await made.open()
    yield made
    await made.close()


def whose(server: Influx2, place: int, exchange: Exchange) -> str:
    """The token with which the request was made, told from its answer."""
    if exchange.status == 401:
        return "nobody's"
    if exchange.status == 403:
        return server.text_of(READER)
    if place == 46 or (exchange.path.startswith("/api/v2/delete") and exchange.status == 204):
        return server.text_of(WRITER)  # it cannot read, and it can delete
    return OPERATOR


async def replayed(server: Influx2) -> list[str]:
    replay, found = Replay(server.url), []
    for place, exchange in enumerate(INFLUX):
        if place not in THE_OPERATORS_OWN | NEEDS_AN_ENGINE:
            headers = {"Authorization": f"Token {whose(server, place, exchange)}"}
            found += await replay.differences(exchange, headers)
    return found


async def test_the_stand_in_for_influxdb_2_says_what_2_9_1_said(influx: Influx2) -> None:
    assert await replayed(influx) == []


def tells_tokens(server: Influx2) -> None:
    real = server.lists

    async def lists(request: Any) -> Any:
        answer = await real(request)
        return web.Response(
            text=str(answer.text).replace('"token": ""', '"token": "told"'), content_type="application/json"
        )

    server.lists = lists  # type: ignore[method-assign]


def forbids_the_writer_to_delete(server: Influx2) -> None:
    real = server.asked

    def asked(request: Any, action: str, refusal: str) -> Any:
        return real(request, "delete" if "delete" in refusal else action, refusal)

    server.asked = asked  # type: ignore[method-assign]


def finds_no_bucket_quietly(server: Influx2) -> None:
    real = server.lists

    async def lists(request: Any) -> Any:
        try:
            return await real(request)
        except web.HTTPNotFound:
            return web.json_response({request.match_info["kind"]: []})

    server.lists = lists  # type: ignore[method-assign]


@pytest.mark.parametrize("broken", [tells_tokens, forbids_the_writer_to_delete, finds_no_bucket_quietly])
async def test_a_stand_in_that_says_something_else_is_found_out(broken: Break) -> None:
    server = Influx2()
    broken(server)
    await server.open()
    try:
        assert await replayed(server)
    finally:
        await server.close()


async def replayed_grafana(server: FakeGrafana) -> list[str]:
    replay, found = Replay(server.url), []
    for exchange in GRAFANA:
        sent = exchange.sent
        if exchange.path == "/api/dashboards/db":
            folder = "backstride-gym" if exchange.said["uid"] == "backstride-floor" else "backstride"
            title = exchange.said["slug"].capitalize().replace("-", " ")
            board = {"uid": exchange.said["uid"], "title": title, "panels": []}
            sent = {"dashboard": board, "folderUid": folder, "message": "", "overwrite": True}
        token = "nobody's" if exchange.status == 401 else ADMIN
        found += await replay.differences(exchange, {"Authorization": f"Bearer {token}"}, sent)
    return found


async def test_the_stand_in_for_grafana_says_what_9_4_0_said() -> None:
    server = FakeGrafana(OLD)
    await server.open()
    try:
        assert await replayed_grafana(server) == []
    finally:
        await server.close()


async def test_a_newer_grafana_is_not_the_one_of_the_recording() -> None:
    server = FakeGrafana()
    await server.open()
    try:
        found = "\n".join(await replayed_grafana(server))
    finally:
        await server.close()
    assert "rule-groups/backstride: status 200, not 500" in found, "it takes a group of new rules"
    assert "/health: status 200, not 400" in found, "it needs one name of the database only"
