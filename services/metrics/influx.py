"""InfluxDB 2 (or anything that speaks its v2 write API) as one POST. Batching, retries and spooling are not its job.

Only 204 says that the lines are stored. A redirect is not followed (a POST that is sent on may arrive as a GET, or at
nothing that stores), and a page that says 200 is no database's.
"""

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from device_adapters.config import Influx
from device_adapters.errors import ConfigError
from services.metrics.shipper import STORED, Post, Reply

TIMEOUT_S = 10.0
WAIT_MAX_S = 600.0
ANSWER_MAX_BYTES = 65_536
SHOWN = 160


def token_of(settings: Influx) -> str:
    """The token, from its file. Raises ConfigError."""
    if not settings.token_file:
        return ""
    try:
        return Path(settings.token_file).read_text(encoding="utf-8").strip()
    except OSError as e:
        raise ConfigError(
            f"influx.token_file {settings.token_file}: {e.strerror}; write the token there"
        ) from e


@contextlib.asynccontextmanager
async def open_influx(settings: Influx, token: str) -> AsyncIterator[Post]:
    """A `Post` into the settings' bucket, at most TIMEOUT_S each. What goes wrong is in its replies."""
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"}
    if token:
        headers["Authorization"] = f"Token {token}"
    address = f"{settings.url.rstrip('/')}/api/v2/write"
    query = {"org": settings.org, "bucket": settings.bucket, "precision": "ns"}
    async with ClientSession(timeout=ClientTimeout(total=TIMEOUT_S), headers=headers) as session:

        async def post(body: bytes) -> Reply:
            try:
                async with session.post(address, params=query, data=body, allow_redirects=False) as answer:
                    return await _reply(answer, settings.url)
            except (ClientError, TimeoutError, OSError, ValueError) as e:
                return Reply(0, f"no answer from {settings.url} ({str(e) or type(e).__name__})")

        yield post


async def _reply(answer: ClientResponse, url: str) -> Reply:
    status = answer.status
    if status == STORED:
        return Reply(status)
    wait_s = _retry_after_s(answer.headers)
    if 300 <= status < 400:
        to = urlsplit(answer.headers.get("Location", ""))
        there = f"{to.scheme}://{to.netloc}" if to.netloc else "another address"
        text = (
            f"{url} answers {status} and sends on to {there}: give the database's own address as influx.url"
        )
        return Reply(status, text, wait_s, foreign=True)
    body = (await answer.content.read(ANSWER_MAX_BYTES)).decode("utf-8", "replace")
    told = _database_s_words(body)
    if told is not None and status >= 400:
        return Reply(status, told, wait_s)
    shown = " ".join(body.split())[:SHOWN]
    text = (
        f"what answers at {url} is no InfluxDB (status {status}: {shown or 'nothing'}): see influx.url, and any "
        "proxy in between"
    )
    return Reply(status, text, wait_s, foreign=True)


def _database_s_words(body: str) -> str | None:
    """What InfluxDB 2 (`message`) or 1 (`error`) says of an error, in JSON; None: these are another's words."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    words = told.get("message") if "code" in told else told.get("error")
    return words if isinstance(words, str) and words else None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """What `Retry-After` asks for in seconds, within WAIT_MAX_S; a date is not understood."""
    try:
        return min(WAIT_MAX_S, max(0.0, float(headers["Retry-After"])))
    except (KeyError, ValueError):
        return None
