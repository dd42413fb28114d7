"""`backstride stop`: a process stop from a terminal, straight to the units, and what they say came of it."""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from device_adapters.bus.port import Bus, Incoming
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.served import served
from device_adapters.errors import ConfigError, MessageError
from services import logs
from services.cli.hub_line import Hub, line
from services.cli.person import ON_THE_BUS, note_name
from services.stop_sender import StopSender

ANSWER_S = 8.0
"""From any speed of ours a belt is at rest within 7 s; a unit says each state at least every 6 s."""

WHY = "asked for there"
RED = "use the red button or the cord"

Word = Literal["still", "still moving", "link lost", "not delivered"]


@dataclass(frozen=True, slots=True)
class StopOutcome:
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

    def listen(self, bus: Bus, site: str) -> None:
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

    def about(self, treadmill: str) -> StopOutcome:
        """The present verdict on one treadmill; only a live report makes it still."""
        state = self.states.get(treadmill)
        if state is None:
            return StopOutcome(treadmill, "not delivered", f"nothing was heard of it: check its id; {RED}")
        if not served(state, self.units.get(state.unit)):
            return StopOutcome(treadmill, "not delivered", f"no unit has this treadmill; {RED}")
        if state.unit in self.offline or treadmill not in self.live:
            return StopOutcome(treadmill, "not delivered", f"{state.unit} does not answer; {RED}")
        if state.link != "connected":
            return StopOutcome(treadmill, "link lost", f"not linked: assume that the belt moves; {RED}")
        if state.belt != "still":
            return StopOutcome(treadmill, "still moving", f"not at rest; {RED}")
        return StopOutcome(treadmill, "still", f"locked: {state.latched}" if state.latched else "at rest")


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
    hub = Hub.of(config, broker, site)
    said = asyncio.run(_stop(hub, treadmills))
    for about in treadmills or ["all"]:
        if unkept := note_name(
            by, hub.settings, about, "stopped" if said is not None else "stop not delivered"
        ):
            sys.stderr.write(f"{unkept}\n")
            break
    if said is None:
        text = f"NOT DELIVERED: {RED}. The broker {hub.broker.url} cannot be reached."
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


async def _stop(hub: Hub, treadmills: list[str]) -> list[StopOutcome] | None:
    """None: the stop did not reach the broker."""
    reports = Reports()
    try:
        async with line(hub, lambda _site, _client: None) as site:
            if not await _sent(StopSender(site.bus, hub.site), treadmills):
                return None
            reports.listen(site.bus, hub.site)
            return await _answers(reports, treadmills)
    except TimeoutError:
        return None


async def _sent(stops: StopSender, treadmills: list[str]) -> bool:
    if not treadmills:
        return await stops.all(ON_THE_BUS, WHY)
    sent = await asyncio.gather(*(stops.one(treadmill, ON_THE_BUS, WHY) for treadmill in treadmills))
    return all(sent)


async def _answers(reports: Reports, treadmills: list[str]) -> list[StopOutcome]:
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
