"""A terminal's line to the session service: one request and its answer over the site's broker."""

import asyncio
import contextlib
import json
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.config import Broker, HubConfig
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import BusError, ConfigError
from services import logs
from services.cli.hub_settings import broker_at, hub_settings
from services.cli.person import ON_THE_BUS, note_name

REACH_S = 4.0
"""A broker that has not answered by then is not reached."""

BEAT_S = 3.0
"""A session service that is there says so each second, and the broker keeps what it said last."""

REPLY_S = registry.REQUEST_MAX_S + 1.0
"""What could move a belt is not taken any more by then."""

DONE: dict[str, str] = {
    "start": "accepted; the belt starts after the countdown",
    "pause": "pausing: the belt comes to rest",
    "resume": "accepted; the belt starts after the countdown",
    "stop": "ending: the belt comes to rest",
    "skip": "next step",
    "repeat": "the step begins anew",
    "done": "done",
    "slower": "slower",
    "clear": "cleared",
}


@dataclass(frozen=True, slots=True)
class Hub:
    """Where the services of a site are; `settings` of the hub, where they are named."""

    broker: Broker
    site: str
    settings: HubConfig | None = None

    @staticmethod
    def of(config: Path | None, broker: str, site: str) -> "Hub":
        """From settings, with what the command line says instead."""
        hub = hub_settings(config)
        line = broker_at(broker) if broker else hub.broker
        return Hub(line, site or hub.site, hub if config else None)


@asynccontextmanager
async def line(hub: Hub, listen: Callable[[SiteBus, str], None]) -> AsyncIterator[SiteBus]:
    """A connected line. `listen` subscribes, given this client's name, before it connects: nothing can come too
    early to be heard. TimeoutError if the broker is not reached."""
    client = f"cli-{uuid.uuid4().hex[:8]}"
    bus = MqttBus(hub.broker, client_id=client)
    site = SiteBus(bus, hub.site, on_malformed=lambda _topic, _error: None)
    listen(site, client)
    up = asyncio.Event()
    bus.on_connection(lambda connected: up.set() if connected else None)
    running = asyncio.create_task(bus.run(), name="bus")
    try:
        async with asyncio.timeout(REACH_S):
            await up.wait()
        yield site
    finally:
        running.cancel()
        await asyncio.wait([running])


def asked(hub: Hub, verb: Any, treadmill: str, *, by: str, as_json: bool, **more: Any) -> int:
    """Ask the session service and print its answer; the exit code."""
    logs.configure("error")
    fields = {"id": uuid.uuid4().hex, "client": "cli", "verb": verb, "treadmill": treadmill, "by": ON_THE_BUS}
    try:
        request = msgspec.convert({**fields, **more}, m.SessionRequest, strict=False)
    except msgspec.ValidationError as e:
        raise ConfigError(f"{verb}: {e}") from e
    try:
        reply = asyncio.run(_ask(hub, request))
        code = 0 if reply.ok else 1
    except _SilentError as e:
        reply = m.SessionReply(id=request.id, ok=False, cause="no_answer", text=str(e))
        code = 3
    refused = "" if reply.ok else f": {'no answer' if code == 3 else 'refused'}"
    if unkept := note_name(by, hub.settings, treadmill, f"asked {verb}{refused}"):
        sys.stderr.write(f"{unkept}\n")
    if as_json:
        _out(json.dumps({"treadmill": treadmill, "verb": verb, **msgspec.to_builtins(reply)}))
    elif reply.ok:
        _out(
            f"{treadmill}: {reply.text or DONE.get(verb, 'recorded')}"
            + f" ({reply.session})" * bool(reply.session)
        )
    else:
        _out(f"{treadmill}: {'refused' if code == 1 else 'failed'} ({reply.cause}): {reply.text}")
    return code


class _SilentError(Exception):
    """Nobody answered; says what may have come of it."""


async def _ask(hub: Hub, request: m.SessionRequest) -> m.SessionReply:
    """The answer. What could move a belt goes out only to a service that says it is there, with the beat it was asked
    at, so that it is void wherever it may wait."""
    answer: asyncio.Future[m.SessionReply] = asyncio.get_running_loop().create_future()
    heard: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    where = f"over {hub.broker.url}, site {hub.site!r}"
    client = ""

    def replied(_client: str, reply: m.SessionReply) -> None:
        if reply.id == request.id and not answer.done():
            answer.set_result(reply)

    def beats(_id: str, said: m.SessionBeat) -> None:
        if not heard.done():
            heard.set_result(said.beat)

    def listen(site: SiteBus, name: str) -> None:
        nonlocal client
        client = name
        site.subscribe(registry.SESSION_REPLY, replied, name)
        site.subscribe(registry.SESSION_BEAT, beats)

    sent = False
    with contextlib.suppress(TimeoutError, BusError):
        async with line(hub, listen) as site:
            await asyncio.wait([heard], timeout=BEAT_S)
            beat = heard.result() if heard.done() else ""
            if beat or request.verb in registry.LATE_VERBS:
                asked = msgspec.structs.replace(request, client=client, beat=beat)
                async with asyncio.timeout(REPLY_S):
                    sent = True
                    await site.publish(registry.SESSION_REQUEST, asked)
                    return await answer
    what = "it may have been taken all the same: look at the treadmill" if sent else "nothing was sent"
    raise _SilentError(
        f"no answer from the session service {where}; {what}. To stop a belt: backstride stop {request.treadmill}; in "
        "danger the red button."
    )


def _out(text: str) -> None:
    print(text)  # noqa: T201
