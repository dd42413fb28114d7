"""The alert service: hears what machines say of themselves, and tells phones what needs somebody.

A process of its own: a provider's server that hangs keeps no belt, page or measurement waiting.
"""

import asyncio
import contextlib
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import structlog

from device_adapters.bus.certificate import days_left
from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.port import Bus, Will
from device_adapters.bus.site import SiteBus
from device_adapters.clock import Clock, SystemClock
from device_adapters.config import HubConfig
from device_adapters.contract import registry
from device_adapters.contract.messages import AlertsStatus, AlertsTest
from device_adapters.errors import BusLostError, BusRefusedError, ConfigError, MessageError
from services.alerts import incidents, words
from services.alerts.memory import Memory
from services.alerts.sender import Sender
from services.alerts.site_state import SiteState
from services.alerts.targets import AlertTarget, read
from services.rules.day_window import within
from services.texts.languages import LANGUAGES

LOOK_S = 1.0
LEAVE_MAX_S = 2.0

log = structlog.get_logger("alerts")


async def run_alerts(config: HubConfig, ready: Callable[[], None]) -> None:
    """Run until cancelled; `ready` is called at each connection to the broker.

    Raises ConfigError where nobody is to be told, an address cannot be one, or a language is not spoken here.
    """
    if config.alerts.language not in LANGUAGES:
        raise ConfigError(
            f"alerts.language = {config.alerts.language!r}: write one of: {', '.join(LANGUAGES)}"
        )
    targets = await asyncio.to_thread(read, Path(config.alerts.targets_file))
    service = AlertService(config, targets, SystemClock())
    will = Will(registry.ALERTS_STATUS.topic(config.site), service.said(online=False), retain=True)
    bus = MqttBus(config.broker, client_id=f"alerts-{config.site}", will=will)
    service.listen(SiteBus(bus, config.site, _malformed), bus)
    bus.on_connection(lambda up: ready() if up else None)
    log.info("alerts", targets=[target.name for target in targets])
    async with asyncio.TaskGroup() as tasks:
        parts = [
            tasks.create_task(bus.run(), name="alerts.bus"),
            tasks.create_task(service.run(bus), name="alerts.watch"),
        ]
        try:
            await asyncio.Event().wait()
        finally:
            await service.leave(bus)
            for part in parts:
                part.cancel()


class AlertService:
    """One site's alerts."""

    def __init__(self, config: HubConfig, targets: tuple[AlertTarget, ...], clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._memory = Memory(Path(config.data))
        kept = self._memory.read()
        self._site = SiteState(one.cause for one in kept.incidents)
        self._book = incidents.after_restart(kept.incidents, clock.now_ms(), clock.wall_ms())
        self._news = asyncio.Event()
        self._sender = Sender(targets, clock, self._in_words, self._answered)
        self._sender.resume(kept.waiting)
        self._test_at_ms = 0
        self._left = False

    def listen(self, site: SiteBus, bus: Bus) -> None:
        """From here on all of it is taken in."""
        clock, state = self._clock, self._site
        site.subscribe(
            registry.UNIT_STATUS, lambda id_, said: state.unit(id_, said, clock.now_ms()), gone=state.gone
        )
        site.subscribe(registry.TREADMILL_STATE, state.treadmill, gone=state.gone)
        site.subscribe(registry.STRAP_STATE, state.strap, gone=state.gone)
        site.subscribe(registry.STORE_STATUS, state.store, gone=state.gone)
        site.subscribe(
            registry.BACKUP_STATUS, lambda _id, said: state.backup(said), gone=lambda _id: state.backup(None)
        )
        site.subscribe(registry.ALERTS_TEST, lambda _id, asked: self._test(asked))
        bus.on_connection(self._line)

    async def run(self, bus: Bus) -> None:
        """Look each second, and say how it is at each change, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sender.run(), name="alerts.sender")
            tasks.create_task(self._look(), name="alerts.look")
            tasks.create_task(self._tell(bus), name="alerts.status")

    def said(self, *, online: bool) -> bytes:
        """The status of this service as it goes on the bus."""
        status = AlertsStatus(
            online=online,
            at_ms=self._clock.wall_ms(),
            targets=len(self._sender.lines),
            failing=self._sender.failing,
            waiting=sum(map(len, self._sender.waiting.values())),
            open=sum(one.told for one in self._book.values()),
            tests=tuple(self._sender.tests),
            test_at_ms=self._test_at_ms,
        )
        return registry.ALERTS_STATUS.encode(status)

    def look(self) -> None:
        """What is true now; what is to be told of it goes out."""
        now_ms, wall_ms = self._clock.now_ms(), self._clock.wall_ms()
        alerts, at = self._config.alerts, datetime.fromtimestamp(wall_ms / 1000).astimezone()
        self._book, notices = incidents.step(
            self._book,
            self._site.causes(
                now_ms, wall_ms, _free_mb(Path(self._config.data)), days_left(self._config.broker)
            ),
            now_ms,
            wall_ms,
            quiet=within(at.hour * 60 + at.minute, alerts.quiet_from, alerts.quiet_until),
        )
        self._sender.put(notices)
        self._memory.keep(self._book, self._sender.waiting)
        if notices:
            log.info("alerts_told", kinds=[f"{one.cause.kind} {one.cause.who}".strip() for one in notices])
            self._news.set()

    def _answered(self) -> None:
        self._memory.keep(self._book, self._sender.waiting)
        self._news.set()

    def _in_words(self, notices: Sequence[incidents.Notice]) -> words.PhoneMessage:
        return words.message(notices, self._config.site, self._config.alerts.language)

    def _line(self, up: bool) -> None:
        self._site.line(up, self._clock.now_ms())
        self._news.set()

    def _test(self, asked: AlertsTest) -> None:
        self._test_at_ms = self._clock.wall_ms()
        self._sender.try_out(words.test(asked.id, self._config.site, self._config.alerts.language))

    async def _look(self) -> None:
        while True:
            self.look()
            await self._clock.sleep(LOOK_S)

    async def leave(self, bus: Bus) -> None:
        """Say that nobody is told from now on."""
        self._left = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_MAX_S):
                await self._say(bus)

    async def _tell(self, bus: Bus) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            await self._say(bus)

    async def _say(self, bus: Bus) -> None:
        topic = registry.ALERTS_STATUS.topic(self._config.site)
        try:
            await bus.publish(topic, self.said(online=not self._left), qos=1, retain=True)
        except BusLostError:
            pass  # the next connection says it, or the last will has
        except BusRefusedError as e:
            log.warning("status_refused", code=e.code, why=str(e))


def _free_mb(data: Path) -> int | None:
    try:
        return shutil.disk_usage(data).free // 1_000_000
    except OSError:
        return None


def _malformed(topic: str, error: MessageError) -> None:
    log.warning("malformed", topic=topic, code=error.code, why=str(error)[:200])
