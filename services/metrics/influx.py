"""InfluxDB 2 (or anything that speaks its v2 write API) as one POST. Batching, retries and spooling are not its job."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import ClientError
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.rest import ApiException
from influxdb_client.service.write_service import WriteService

from device_adapters.config import Influx
from device_adapters.errors import ConfigError
from services.metrics.shipper import Post, Reply

TIMEOUT_S = 10.0
WAIT_MAX_S = 600.0


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
    client = InfluxDBClientAsync(settings.url, token, org=settings.org, timeout=int(TIMEOUT_S * 1000))
    service = WriteService(client.api_client)  # type: ignore[no-untyped-call]

    async def post(body: bytes) -> Reply:
        try:
            await service.post_write_async(  # type: ignore[no-untyped-call]
                settings.org, settings.bucket, body, precision="ns", async_req=False,
                content_encoding="gzip", content_type="text/plain; charset=utf-8",
            )  # fmt: skip
        except ApiException as e:
            return Reply(int(e.status or 0), str(e.message or e.reason or ""), _retry_after_s(e))
        except (ClientError, TimeoutError, OSError) as e:
            return Reply(0, f"no answer from {settings.url} ({str(e) or type(e).__name__})")
        return Reply(204)

    try:
        yield post
    finally:
        await client.close()  # type: ignore[no-untyped-call]


def _retry_after_s(error: ApiException) -> float | None:
    """What `Retry-After` asks for in seconds, within WAIT_MAX_S; a date is not understood."""
    try:
        return min(WAIT_MAX_S, max(0.0, float(error.headers["Retry-After"])))
    except (KeyError, TypeError, ValueError):
        return None
