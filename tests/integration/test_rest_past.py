"""What REST tells of sessions that ended agrees with their records, and what it refuses helps a program."""

import json
from collections.abc import AsyncIterator
from statistics import mean

import httpx
import jsonschema_rs
import pytest
import pytest_asyncio
from fit_readers import activity_by_garmin
from past_rig import PastRig, past_rig
from rest_rig import bearer, open_store, open_tokens

from services.console.auth.roles import Role
from services.members.model import Purpose

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PastRig]:
    async with past_rig(tmp_path_factory.mktemp("past")) as running:
        yield running


@pytest.fixture(scope="module")
def secret(site: PastRig) -> str:
    with open_tokens(site.rig.folder) as tokens:
        return tokens.create("desk", Role.STAFF, days=1, by="test")


@pytest_asyncio.fixture(loop_scope="module")
async def http(site: PastRig, secret: str) -> AsyncIterator[httpx.AsyncClient]:
    url = f"{site.url}/api/v1"
    async with httpx.AsyncClient(base_url=url, headers=bearer(secret), timeout=60) as client:
        yield client


async def test_the_history_has_the_mean_heart_of_the_fit_file_while_consent_stands(
    http: httpx.AsyncClient, site: PastRig
) -> None:
    member, session = site.past.member, site.past.session
    fit = activity_by_garmin((await http.get(f"/sessions/{session}/record.fit")).content)
    hearts = [bpm for bpm in fit.hearts if bpm]

    async def told() -> tuple[int | None, int | None]:
        past = (await http.get(f"/members/{member}/history")).json()["sessions"]
        one = next(one for one in past if one["session"] == session)
        return one["hr_mean_bpm"], one["hr_peak_bpm"]

    assert await told() == (round(mean(hearts)), max(hearts))
    with open_store(site.rig.folder) as store:
        store.withdraw(member, Purpose.HEART_RATE, by="test")
        assert await told() == (None, None)
        store.consent(member, Purpose.HEART_RATE, text_version="1", by="test")


async def test_a_session_is_found_by_its_id_and_its_record_says_the_same(
    http: httpx.AsyncClient, site: PastRig
) -> None:
    session = site.past.session
    told = (await http.get(f"/sessions/{session}")).json()
    answer = await http.get(f"/sessions/{session}/record.json")
    record = json.loads(answer.content)
    for name in ("session", "treadmill", "goal", "level", "programme", "member", "outcome"):
        assert told[name] == record[name], name
    assert told["phase"] == "ended"
    assert told["ended_ms"] == pytest.approx(record["end_ms"], abs=1_000)  # the rig tells of it each second
    assert record["requested_ms"] <= record["begin_ms"]
    assert told["total_s"] == pytest.approx(150, abs=1)


async def test_each_download_has_a_name_of_its_own(http: httpx.AsyncClient, site: PastRig) -> None:
    answer = await http.get(f"/sessions/{site.past.session}/record.csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="retro-{site.past.session}.csv"'


@pytest.mark.parametrize(
    "path", ["/members/m-000000000000", "/sessions/s-nobodys", "/treadmills/tm-77/session"]
)
async def test_what_is_not_there_is_told_in_words_for_a_program(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.json()["ok"]) == (404, False)
    assert "backstride" not in answer.json()["text"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("DELETE", "/members", "GET, POST"), ("PATCH", "/members/m-1/consents/session_records", "DELETE, PUT")],
)
async def test_a_wrong_method_is_told_all_that_are_right(
    http: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert allowed in answer.json()["text"]


async def test_an_alias_that_is_anothers_is_a_matter_of_rules_and_not_of_form(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.post("/members", json={"name": "W", "alias": "Wren", "birth_year": 1980})
    assert (answer.status_code, answer.json()["cause"], answer.json()["field"]) == (
        409,
        "alias_taken",
        "alias",
    )


async def test_the_document_names_no_file_that_a_program_cannot_have(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).text
    assert not [word for word in (".md", ".py", ".toml", "§") if word in document]


async def test_what_the_hub_says_of_itself_needs_no_token_and_is_whole(site: PastRig) -> None:
    async with httpx.AsyncClient(base_url=f"{site.url}/api/v1", timeout=60) as stranger:
        document = (await stranger.get("/openapi.json")).json()
        page = await stranger.get("/docs")
        topics = (await stranger.get("/asyncapi.json")).json()
        schema = (await stranger.get("/schemas/record.json")).json()
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "//" not in page.text.replace("<!doctype", "").replace("http://www.w3.org/2000/svg", "")
    for path, methods in document["paths"].items():
        assert all(f"<code>{method.upper()} {path}</code>" in page.text for method in methods), path
    assert topics["asyncapi"] == "3.0.0"
    assert schema["$ref"] == "#/$defs/Document"


async def test_a_record_fits_its_published_schema(http: httpx.AsyncClient, site: PastRig) -> None:
    schema = (await http.get("/schemas/record.json")).json()
    record = (await http.get(f"/sessions/{site.past.session}/record.json")).json()
    validator = jsonschema_rs.validator_for(schema)
    validator.validate(record)
    for wrong in ({"samples": 7}, {"totals": None}, {"begin_ms": "soon"}):
        assert not validator.is_valid({**record, **wrong})
