"""`backstride stop`: a process stop from a terminal, straight to the units, and what they say came of it."""

import asyncio
import json
import sys
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.port import Incoming
from device_adapters.config import Broker
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.served import served
from device_adapters.errors import BusError, ConfigError, MessageError
from services import logs
from services.cli.hub_settings import broker_at, hub_settings
from services.cli.person import ON_THE_BUS, note_name

REACH_S = 4.0
"""A broker that has not answered by then is not reached."""

ANSWER_S = 8.0
"""From any speed of ours a belt is at rest within 7 s; a unit says each state at least every 6 s."""

RED = "use the red button or the cord"

Word = Literal["still", "still moving", "link lost", "not delivered"]


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of one treadmill after the stop."""

    treadmill: str
    word: Word
    text: str


class Reports:
    """What the units of a site report. A retained state may be that of a unit long gone: it proves nothing."""

    def __init__(self) -> None:
        self.states: dict[str, m.TreadmillState] = {}
        self.live: set[str] = set()
        self.offline: set[str] = set()
        self.units: dict[str, m.UnitStatus] = {}

    def listen(self, bus: MqttBus, site: str) -> None:
        """Begin to collect."""
        bus.subscribe(registry.TREADMILL_STATE.topic(site, "+"), self._state)
        bus.subscribe(registry.UNIT_STATUS.topic(site, "+"), self._unit)

    def served(self) -> list[str]:
        """Every treadmill that may be there; one that was renamed, or that its unit has no more, is not."""
        return sorted(i for i, state in self.states.items() if served(state, self.units.get(state.unit)))

    def _state(self, incoming: Incoming) -> None:
        if not incoming.payload:
            self.states.pop(registry.TREADMILL_STATE.id_of(incoming.topic), None)
            return
        try:
            _, state = registry.TREADMILL_STATE.read(incoming.topic, incoming.payload)
        except MessageError:
            return
        self.states[state.treadmill] = state
        if not incoming.retained:
            self.live.add(state.treadmill)

    def _unit(self, incoming: Incoming) -> None:
        if not incoming.payload:
            gone = registry.UNIT_STATUS.id_of(incoming.topic)
            self.units.pop(gone, None)
            self.offline.discard(gone)
            return
        try:
            _, status = registry.UNIT_STATUS.read(incoming.topic, incoming.payload)
        except MessageError:
            return
        self.units[status.unit] = status
        (self.offline.discard if status.online else self.offline.add)(status.unit)

    def about(self, treadmill: str) -> Said:
        """The present verdict on one treadmill; only a live report makes it still."""
        state = self.states.get(treadmill)
        if state is None or not served(state, self.units.get(state.unit)):
            return Said(treadmill, "not delivered", f"no unit has this treadmill; {RED}")
        if state.unit in self.offline or treadmill not in self.live:
            return Said(treadmill, "not delivered", f"{state.unit} does not answer; {RED}")
        if state.link != "connected":
            return Said(treadmill, "link lost", f"not linked: assume that the belt moves; {RED}")
        if state.belt != "still":
            return Said(treadmill, "still moving", f"not at rest; {RED}")
        return Said(treadmill, "still", f"locked: {state.latched}" if state.latched else "at rest")


def stop(
    treadmills: list[str],
    *,
    everything: bool,
    broker: str,
    config: Path | None,
    site: str,
    by: str,
    as_json: bool,
) -> int:
    """Stop, wait, say; 0 only if every addressed belt is reported still. ConfigError if it is unclear what to stop."""
    if everything == bool(treadmills):
        raise ConfigError("say which belts: backstride stop --all, or backstride stop tm-01 tm-02")
    logs.configure("error")
    hub = hub_settings(config)
    line = broker_at(broker) if broker else hub.broker
    said = asyncio.run(
        _stop(line, site or hub.site, treadmills, m.Stop(by=ON_THE_BUS, why="asked for there"))
    )
    named = hub if config else None
    for about in treadmills or ["all"]:
        if unkept := note_name(by, named, about, "stopped" if said is not None else "stop not delivered"):
            sys.stderr.write(f"{unkept}\n")
            break
    if said is None:
        text = f"NOT DELIVERED: {RED}. The broker {line.url} cannot be reached."
        _out(json.dumps({"delivered": False, "treadmills": []}) if as_json else text)
        return 1
    if as_json:
        _out(json.dumps({"delivered": True, "treadmills": [asdict(s) for s in said]}))
    else:
        _out(
            "\n".join(f"{s.treadmill}: {s.word} ({s.text})" for s in said)
            or f"NOT DELIVERED: no units here; {RED}"
        )
    return 0 if said and all(s.word == "still" for s in said) else 1


async def _stop(line: Broker, site: str, treadmills: list[str], message: m.Stop) -> list[Said] | None:
    """None: the stop did not reach the broker."""
    bus, reports = MqttBus(line, client_id=f"cli-{uuid.uuid4().hex[:8]}"), Reports()
    up = asyncio.Event()
    bus.on_connection(lambda connected: up.set() if connected else None)
    running = asyncio.create_task(bus.run(), name="bus")
    try:
        async with asyncio.timeout(REACH_S):
            await up.wait()
            await _publish(bus, site, treadmills, message)
        reports.listen(bus, site)
        return await _answers(reports, treadmills)
    except (TimeoutError, BusError):
        return None
    finally:
        running.cancel()
        await asyncio.wait([running])


async def _publish(bus: MqttBus, site: str, treadmills: list[str], message: m.Stop) -> None:
    topics = [registry.STOP_ONE.topic(site, id) for id in treadmills] or [registry.STOP_ALL.topic(site)]
    for topic in topics:
        await bus.publish(topic, registry.STOP_ONE.encode(message))


async def _answers(reports: Reports, treadmills: list[str]) -> list[Said]:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + ANSWER_S
    while True:
        await asyncio.sleep(0.1)
        said = [reports.about(id) for id in treadmills or reports.served()]
        settled = bool(said) and all(s.word == "still" for s in said)
        if settled or loop.time() > deadline:
            return said


def _out(text: str) -> None:
    print(text)  # noqa: T201
