"""The supervised process of one Raspberry Pi: its radios, its treadmills and straps, one connection to the bus."""

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from device_adapters import device_addresses
from device_adapters.ble.adapter import Adapter
from device_adapters.ble.radio import Radio
from device_adapters.ble.radios import Radios
from device_adapters.ble.recovery import keep_scanning
from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.port import Bus, Incoming, Will
from device_adapters.clock import Clock
from device_adapters.config import UnitConfig
from device_adapters.contract import messages, registry
from device_adapters.contract.messages.health import STATUS_EVERY_S
from device_adapters.contract.oddities import Odd
from device_adapters.errors import BusError, ConfigError, MessageError
from device_adapters.outbox import Outbox
from device_adapters.safety.events import Note
from device_adapters.safety.hazards import Cause
from device_adapters.safety.stop_line import BEAT_S
from device_adapters.serial.port import OpenLine, open_port
from device_adapters.unit import alarm_output, odd_file
from device_adapters.unit.hand_stops import HandStops
from device_adapters.unit.health import UnitHealth
from device_adapters.unit.home_assistant import HomeAssistant
from device_adapters.unit.judge import IDLE_S, Judge
from device_adapters.unit.kept import LONGEST_WAIT_S, keep_at_work, through
from device_adapters.unit.local_http import serve
from device_adapters.unit.oddities import Oddities
from device_adapters.unit.orders import UnitOrders
from device_adapters.unit.reporter import Reporter
from device_adapters.unit.roaming import Roaming
from device_adapters.unit.stop_line import StopLines
from device_adapters.unit.store_watch import StoreWatch
from device_adapters.unit.strap import StrapAdapter
from device_adapters.unit.strap_salt import strap_salt
from device_adapters.unit.treadmill import TreadmillAdapter
from device_adapters.unit.voice import UnitVoice
from device_adapters.update_hold import UpdateHold

STATUS_LOOK_S = 0.5
FLUSH_S = 2.0
STOPPING_S = 10.0
"""A unit told to stop gives its belts this long to come to rest before it leaves."""

BELT_WAIT_S = 1.0
"""What a stop needs begins again within this."""

ENDED_MAX = 100
Part = tuple[str, Coroutine[Any, Any, None]]

log = structlog.get_logger()


async def run_unit(
    config: UnitConfig,
    clock: Clock,
    adapters: Sequence[Adapter],
    ready: Callable[[], None],
    alive: Callable[[], None] | None = None,
) -> None:
    """Run until cancelled; then ramp every belt down, deliver what is waiting, say goodbye.

    Calls `ready` once the bus is there, and `alive` each time that all belts were judged. A radio that fails or is
    pulled is recovered; the unit lives on.
    """
    data = Path(config.data)
    data.mkdir(parents=True, exist_ok=True)
    boot = uuid.uuid4().hex[:12]
    offline = messages.UnitStatus(unit=config.unit, online=False, boot=boot, at_ms=clock.wall_ms())
    will = Will(
        registry.UNIT_STATUS.topic(config.site, config.unit),
        registry.UNIT_STATUS.encode(offline),
        retain=True,
    )
    bus = MqttBus(config.broker, client_id=f"unit-{config.unit}", will=will)
    outbox = Outbox(data / "outbox.db", bus, clock)
    StoreWatch(bus, config.site, outbox.store_is_there)
    unit = Unit(config, boot, bus, outbox, clock, adapters, alive)
    async with asyncio.TaskGroup() as rims:
        line = [rims.create_task(bus.run(), name="bus"), rims.create_task(outbox.run(), name="outbox")]
        bus.on_connection(lambda up: ready() if up else None)
        try:
            await unit.run()
        finally:
            if not any(task.done() for task in line):
                await outbox.flush(STOPPING_S)
            with contextlib.suppress(BusError):
                await bus.publish(will.topic, registry.UNIT_STATUS.encode(offline), retain=True)
            for task in line:
                task.cancel()


class Unit:
    """The adapters of one unit and what the bus may ask of them."""

    def __init__(
        self,
        config: UnitConfig,
        boot: str,
        bus: Bus,
        outbox: Outbox,
        clock: Clock,
        adapters: Sequence[Adapter],
        alive: Callable[[], None] | None = None,
        open_line: OpenLine = open_port,
    ) -> None:
        self._faults = [fault.text for fault in device_addresses.faults(config)]
        config = device_addresses.usable(config)
        self._config = config
        self._boot = boot
        self._bus = bus
        self._outbox = outbox
        self._clock = clock
        self._adapters = tuple(adapters)
        self._air = Radios(
            [Radio(a.name, a.slots, clock) for a in self._adapters],
            clock,
            first=[t.address for t in config.treadmill if t.address],
        )
        self._reporter = Reporter(config.site, config.unit, bus, outbox, clock)
        self.treadmills = {
            t.id: TreadmillAdapter(
                t,
                boot,
                self._air,
                self._reporter,
                clock,
                Path(config.data),
                lock_after_s=config.lock_after_s,
                open_line=open_line,
            )
            for t in config.treadmill
        }
        self.straps = {s.id: StrapAdapter(s, boot, self._air, self._reporter, clock) for s in config.strap}
        odd = Oddities(clock, self._reporter.event)
        self.health = UnitHealth(
            config, boot, clock, bus, outbox, self._radios, self.treadmills, self.straps, odd
        )
        self._roaming = Roaming(
            boot,
            self._air,
            self._reporter,
            clock,
            strap_salt(config.strap_salt, Path(config.data)),
            own=frozenset(s.address.upper() for s in config.strap),
        )
        self._home_assistant = HomeAssistant(config, bus)
        self._ended: set[tuple[str, str]] = set()
        self._voices = {
            t.id: UnitVoice(
                t.audio, config.voice_language, config.voice_volume, clock, partial(self._mute, t.id)
            )
            for t in config.treadmill
            if t.audio
        }
        for treadmill_id in self._voices:
            bus.subscribe(registry.CUE.topic(config.site, treadmill_id), partial(self._cue, treadmill_id))
        self._stop_lines = StopLines(config, self.treadmills, clock, self._told_of)
        self._alive = alive
        self._judge = Judge(
            tuple(self.treadmills.values()), self._judged, BEAT_S if self._stop_lines.there else IDLE_S
        )
        for treadmill in self.treadmills.values():
            treadmill.wake_judge = self._judge.wake
        self._update_hold = UpdateHold(Path(config.data))
        self._orders = UnitOrders(
            config.site,
            bus,
            self._reporter,
            clock,
            self.treadmills,
            self._wanted,
            lambda: self._update_hold.held,
        )
        self._hand_stops = HandStops(config, self.treadmills, self._told_of, self._pass_on)
        self._orders.hand_stop_works = self._hand_stops.works
        for name, treadmill in self.treadmills.items():
            treadmill.held = partial(self._hand_stops.held, name)

    def _judged(self) -> None:
        """All belts were judged: who waits for that is told. A beat that fails is none, and opens the lines."""
        if self._stop_lines.there:
            try:
                self._stop_lines.beat()
            except Exception:
                log.exception("stop lines")
        if self._alive is not None:
            self._alive()

    def _wanted(self, treadmill: str, strap: str) -> None:
        if strap not in self.straps:
            self._roaming.wanted(treadmill, strap)

    def _cue(self, treadmill: str, incoming: Incoming) -> None:
        """What this treadmill's member is told. What is no cue is nobody's words."""
        with contextlib.suppress(MessageError):
            self._voices[treadmill].say(registry.CUE.decode(incoming.payload))

    def _mute(self, treadmill: str, why: str) -> None:
        self._reporter.event(
            Note(kind="settings", cause="voice", text=why[:200], severity="warning"), treadmill=treadmill
        )

    def _told_of(self, note: Note, treadmill: str) -> None:
        self._reporter.event(note, treadmill=treadmill)

    async def _pass_on(self, who: str) -> None:
        """Stop the rest of the site too, where the broker can be reached."""
        message = registry.STOP_ALL.encode(messages.Stop(by=who, why="button"))
        try:
            async with asyncio.timeout(FLUSH_S):
                await self._bus.publish(registry.STOP_ALL.topic(self._config.site), message, urgent=True)
        except (BusError, TimeoutError) as e:
            log.warning("stop not passed on", unit=self._config.unit, why=str(e))

    async def run(self) -> None:
        """Serve all devices until cancelled, then bring the belts to rest and say where everything was left.

        What a belt's stop needs is ended last, by whatever cause the rest ends: no stop waits for another device.
        """
        for text in self._faults:
            log.error("settings", why=text)
            self._reporter.event(Note(kind="settings", cause="address", text=text[:200], severity="alarm"))
        lasting, passing = self._parts()
        stop_needs = [asyncio.create_task(work, name=name) for name, work in lasting]
        others = [asyncio.create_task(work, name=name) for name, work in passing]
        try:
            waiting = {*stop_needs, *others}
            while waiting.issuperset(stop_needs):
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            for task in others:
                task.cancel()
            await through(self._end(stop_needs, others))

    def _parts(self) -> tuple[list[Part], list[Part]]:
        """What a stop needs, and the rest. Each is kept at work by itself."""
        radios = zip(self._air.radios, self._adapters, strict=True)
        lasting: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("reporter", self._reporter.run),
            ("judge", self._judge.run),
            *((r.name, partial(keep_scanning, r, a, self._reporter.event)) for r, a in radios),
            *((f"treadmill[{t.id}]", t.run) for t in self.treadmills.values()),
        ]
        passing: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("status", self._status),
            ("home_assistant", self._home_assistant.keep),
            *((f"strap[{s.id}]", s.run) for s in self.straps.values()),
            ("roaming", self._roaming.run),
            ("odd_file", partial(odd_file.keep, Path(self._config.data), self._odd, self._clock)),
            *self._hand_stops.parts(),
            *((f"voice[{t}]", voice.run) for t, voice in self._voices.items()),
        ]
        if self._config.metrics_port is not None:
            passing.append(("metrics", partial(self._monitored, self._config.metrics_port)))
        if self._config.alarm_light_gpio is not None or self._config.alarm_sounder_gpio is not None:
            passing.append(("alarm", self._alarm))
        return [self._kept(*part, BELT_WAIT_S) for part in lasting], [self._kept(*part) for part in passing]

    def _odd(self) -> dict[str, tuple[str, ...]]:
        devices: tuple[TreadmillAdapter | StrapAdapter, ...] = (
            *self.treadmills.values(),
            *self.straps.values(),
        )
        odd = {device.id: device.odd for device in devices if device.odd}
        return {self._config.unit: self.health.odd.keys, **odd} if self.health.odd.keys else odd

    def _kept(
        self, name: str, work: Callable[[], Awaitable[None]], longest_wait_s: float = LONGEST_WAIT_S
    ) -> Part:
        def ended(why: str) -> None:
            kind = (name, why.split(" ")[0])
            if kind in self._ended or len(self._ended) >= ENDED_MAX:
                return
            self._ended.add(kind)
            self._reporter.event(Note(kind="part_failed", cause=name, text=why, severity="warning"))

        return name, keep_at_work(name, work, self._clock, ended, longest_wait_s)

    async def _end(self, stop_needs: list["asyncio.Task[None]"], others: list["asyncio.Task[None]"]) -> None:
        """Rest first; then everything may end."""
        await self._come_to_rest()
        reporter, *devices = stop_needs
        for task in devices:
            task.cancel()
        await asyncio.wait([*devices, *others], timeout=STOPPING_S)
        self._stop_lines.close()
        self._update_hold.close()
        await self._reporter.flush(FLUSH_S)
        reporter.cancel()
        await asyncio.gather(*(adapter.close() for adapter in self._adapters), return_exceptions=True)

    async def _come_to_rest(self) -> None:
        for treadmill in self.treadmills.values():
            treadmill.stop(Cause.UNIT_STOPPING, self._config.unit)
        deadline_ms = self._clock.now_ms() + round(STOPPING_S * 1000)
        while self._clock.now_ms() < deadline_ms:
            # Whatever ended this unit may have ended the loop that judges, too.
            self._judge.round()
            if all(t.at_rest for t in self.treadmills.values()):
                await asyncio.gather(*(t.settled() for t in self.treadmills.values()))
                return
            await self._clock.sleep(0.1)
        log.error("belts not at rest", unit=self._config.unit)

    async def _status(self) -> None:
        """Say the unit's health each STATUS_EVERY_S, and at once when a radio's changes or it finds itself doubled."""
        said_ms, said = 0, tuple[object, ...]()
        while True:
            self.health.odd.judge(Odd.ANOTHER_UNIT, self._bus.doubled)
            now = (*((radio.up, radio.used) for radio in self._air.radios), self.health.odd.keys)
            if now != said or self._clock.now_ms() - said_ms >= STATUS_EVERY_S * 1000:
                said_ms, said = self._clock.now_ms(), now
                self._reporter.state(registry.UNIT_STATUS, self.health.status(), self._config.unit)
            await self._clock.sleep(STATUS_LOOK_S)

    async def _alarm(self) -> None:
        """Light and sounder; without their pins that is said loudly, and the unit goes on."""
        try:
            await alarm_output.keep(self._config, lambda: (t.gate.envelope for t in self.treadmills.values()))
        except ConfigError as e:
            log.error("alarm", code=e.code, why=str(e))  # noqa: TRY400 — the cause is in the text
            self._reporter.event(Note(kind="settings", cause="pin", text=str(e)[:200], severity="alarm"))

    async def _monitored(self, port: int) -> None:
        """A port that cannot be had is said loudly; the unit guards its belts without it."""
        pages = {"/metrics": self.health.metrics_page, "/healthz": self.health.health_page}
        try:
            await serve(self._config.metrics_host, port, pages)
        except ConfigError as e:
            log.error("metrics_port", code=e.code, why=str(e))  # noqa: TRY400 — the cause is in the text

    def _radios(self) -> tuple[messages.RadioHealth, ...]:
        return tuple(
            messages.RadioHealth(name=r.name, used=r.used, slots=r.slots, up=r.up, why=r.why)
            for r in self._air.radios
        )
