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
from typing import Any, TypeVar

import msgspec

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.config import Broker, HubConfig
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.request_ids import Asked
from device_adapters.errors import BusError, ConfigError
from services import logs
from services.cli.hub_settings import broker_at, hub_settings
from services.cli.person import ON_THE_BUS, note_name
from services.session_client import SessionClient

A = TypeVar("A", m.SessionRequest, m.ClassRequest)

REACH_S = 4.0
"""A broker that has not answered by then is not reached."""

BEAT_S = 3.0
"""A session service that is there says so each second, and the broker keeps what it said last."""

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
    "open": "a class is open; start a session for it at each belt",
    "go": "the belts that stand ready start one after the other",
    "end": "the class is over",
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
    return _told(hub, _made({**fields, **more}, m.SessionRequest), treadmill, by=by, as_json=as_json)


def asked_of_class(hub: Hub, verb: m.ClassVerb, *, by: str, as_json: bool, **more: Any) -> int:
    """As `asked`, of the site's class."""
    logs.configure("error")
    fields = {"id": uuid.uuid4().hex, "client": "cli", "verb": verb, "by": ON_THE_BUS}
    return _told(hub, _made({**fields, **more}, m.ClassRequest), "class", by=by, as_json=as_json)


def _made(fields: dict[str, Any], kind: type[A]) -> A:
    try:
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as e:
        raise ConfigError(f"{fields['verb']}: {e}") from e


def _told(hub: Hub, request: Asked, about: str, *, by: str, as_json: bool) -> int:
    """Ask, and print the answer; the exit code."""
    verb = request.verb
    try:
        reply = asyncio.run(_ask(hub, request))
        code = 0 if reply.ok else 1
    except _SilentError as e:
        reply = m.SessionReply(id=request.id, ok=False, cause="no_answer", text=str(e))
        code = 3
    refused = "" if reply.ok else f": {'no answer' if code == 3 else 'refused'}"
    if unkept := note_name(by, hub.settings, about, f"asked {verb}{refused}"):
        sys.stderr.write(f"{unkept}\n")
    if as_json:
        _out(json.dumps({"treadmill": about, "verb": verb, **msgspec.to_builtins(reply)}))
    elif reply.ok:
        _out(
            f"{about}: {reply.text or DONE.get(verb, 'recorded')}"
            + f" ({reply.session or reply.class_id})" * bool(reply.session or reply.class_id)
        )
    else:
        _out(f"{about}: {'refused' if code == 1 else 'failed'} ({reply.cause}): {reply.text}")
    return code


class _SilentError(Exception):
    """Nobody answered; says what may have come of it."""


async def _ask(hub: Hub, request: Asked) -> m.SessionReply:
    """The answer. What could move a belt goes out only to a service that says it is there, with the beat it was asked
    at, so that it is void wherever it may wait."""
    where = f"over {hub.broker.url}, site {hub.site!r}"
    clients: list[SessionClient] = []
    sent = False
    with contextlib.suppress(TimeoutError, BusError):
        async with line(hub, lambda site, name: clients.append(SessionClient(site, name, SystemClock()))):
            if await clients[0].heard(BEAT_S) or request.verb in registry.LATE_VERBS:
                sent = True
                return await clients[0].ask(request)
    what = "it may have been taken all the same: look at the treadmill" if sent else "nothing was sent"
    raise _SilentError(
        f"no answer from the session service {where}; {what}. To stop a belt: {_stop_command(request)}; in "
        "danger the red button."
    )


def _stop_command(request: Asked) -> str:
    return "backstride stop" + (
        f" {request.treadmill}" if isinstance(request, m.SessionRequest) else " --all"
    )


def _out(text: str) -> None:
    print(text)  # noqa: T201
