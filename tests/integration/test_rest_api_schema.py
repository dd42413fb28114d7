"""schemathesis against the API of a real console process: no 5xx, no violation of its own document."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from console_rig import Rig, rig, still, walking
from rest_rig import open_tokens, take_in
from sampling import many

from services.console.auth.roles import Role

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
SEED = 20_261_124
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "positive_data_acceptance", "unsupported_method",
)  # fmt: skip

NAMES = """
import schemathesis
from services.rules.letters import fault


@schemathesis.hook
def filter_body(context, body):
    told = [body[key] for key in ("name", "alias") if key in body] if isinstance(body, dict) else []
    return not any(isinstance(text, str) and text and fault(text) for text in told)
"""
"""Which characters a name may have, no pattern of JSON Schema can say: tests/unit/test_unicode_text.py holds it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("rest")) as running:
        running.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02")}
        await running.heard(2)
        yield running


async def test_the_api_keeps_to_its_own_document(site: Rig, tmp_path: Path) -> None:
    with open_tokens(site.folder) as tokens:
        secret = tokens.create("schemathesis", Role.STAFF, days=1, by="test")
    async with httpx.AsyncClient(base_url=f"{site.console.url}/api/v1", timeout=60) as http:
        member = await take_in(http, secret)
    config = tmp_path / "schemathesis.toml"
    (tmp_path / "names.py").write_text(NAMES)
    config.write_text(
        f'hooks = "names"\n[parameters]\n"path.treadmill" = "tm-02"\n"path.member" = "{member}"\n'
        '[phases.coverage]\nunexpected-methods = ["PATCH"]\n'
    )
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config), "run",
        f"{site.console.url}/api/v1/openapi.json", "--header", f"Authorization: Bearer {secret}",
        "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--max-examples", str(many(4, 1)),
        "--seed", str(SEED), "--no-color", "--continue-on-failure",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=tmp_path,
    )  # fmt: skip
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, said.decode()[-20_000:]
    assert "Rate limited" not in said.decode()
    assert "Traceback" not in site.console.said()
