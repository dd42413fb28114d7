"""The desk's line to the broker: says which releases are held and where their roll-out is, and takes orders for it."""

import asyncio
import contextlib
from collections import deque
from importlib.metadata import version

import msgspec
import structlog

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.port import Bus, Will
from device_adapters.bus.site import SiteBus
from device_adapters.clock import Clock
from device_adapters.config import HubConfig
from device_adapters.contract import registry
from device_adapters.contract.messages import (
    OrderAnswered,
    ReleasesOrder,
    ReleasesStatus,
    ReleaseTold,
    RollOutTold,
    UnitUpdateTold,
)
from device_adapters.contract.messages.releases import ORDERS_KNOWN
from device_adapters.errors import BusLostError, BusRefusedError, ConfigError, MessageError
from services.hub import rollouts
from services.hub.office import Office
from services.hub.releases import Releases
from services.hub.rollout import RollOut

LOOK_S = 2.0
log = structlog.get_logger("enrol")


class ReleaseTeller:
    """What one site's bus is told of releases and how they roll out."""

    def __init__(self, office: Office, releases: Releases, clock: Clock) -> None:
        self._office, self._releases, self._clock = office, releases, clock
        self._version = version("backstride")
        self._answers: deque[OrderAnswered] = deque(maxlen=ORDERS_KNOWN)
        self._said: ReleasesStatus | None = None
        self._news = asyncio.Event()

    async def run(self, config: HubConfig) -> None:
        """Serve until cancelled; without a broker the desk enrols all the same."""
        topic = registry.RELEASES_STATUS.topic(config.site)
        gone = registry.RELEASES_STATUS.encode(ReleasesStatus(online=False, at_ms=self._clock.wall_ms()))
        bus = MqttBus(config.broker, client_id=f"enrol-{config.site}", will=Will(topic, gone, retain=True))
        self.listen(SiteBus(bus, config.site, _malformed), bus)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(bus.run(), name="enrol.bus")
            tasks.create_task(self.tell(bus, topic), name="enrol.releases")

    def listen(self, site: SiteBus, bus: Bus) -> None:
        """Take orders from here on."""
        site.subscribe(registry.RELEASES_ORDER, lambda _id, asked: self.take(asked))
        bus.on_connection(self._line)

    def take(self, asked: ReleasesOrder) -> None:
        """Do it, or say why not; the same one a second time (a broker delivers at least once) changes nothing."""
        if asked.id in {one.id for one in self._answers}:
            return
        refused = ""
        try:
            if asked.verb == "stop":
                rollouts.stop(self._releases, asked.by)
            else:
                window = (asked.begin, asked.end)
                rollouts.begin(
                    self._releases, asked.version, asked.canary, window, asked.by, self._units(), self._clock
                )  # fmt: skip
        except rollouts.RollOutRefusedError as e:
            refused = e.key
        except (ConfigError, OSError) as e:
            log.warning("releases", code=ConfigError.code, why=str(e)[:300])
            refused = "store"
        log.info("release_order", verb=asked.verb, version=asked.version, by=asked.by, refused=refused)
        self._answers.append(OrderAnswered(id=asked.id, refused=refused))
        self._news.set()

    async def tell(self, bus: Bus, topic: str) -> None:
        """Each change, within LOOK_S, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._news.wait()
            self._news.clear()
            try:
                now = await asyncio.to_thread(self.status)
                if self._said is None or msgspec.structs.replace(now, at_ms=self._said.at_ms) != self._said:
                    await bus.publish(topic, registry.RELEASES_STATUS.encode(now), qos=1, retain=True)
                    self._said = now
            except BusLostError:
                self._said = None
            except (ConfigError, OSError, BusRefusedError) as e:
                log.warning("releases_not_told", why=str(e)[:300])
                await self._clock.sleep(LOOK_S)

    def status(self) -> ReleasesStatus:
        """As it is now. Raises ConfigError, OSError."""
        held = self._releases.all()
        rollout = rollouts.seen(self._releases, self._clock) if held else None
        versions = dict.fromkeys(one.version for one in held)
        return ReleasesStatus(
            online=True,
            at_ms=self._clock.wall_ms(),
            version=self._version,
            releases=tuple(
                ReleaseTold(
                    version=each,
                    archs=tuple(sorted(one.arch for one in held if one.version == each)),
                    changes=next(one.changes for one in held if one.version == each),
                )
                for each in versions
            ),
            rollout=None if rollout is None else _told(rollout),
            units=tuple(self._units()),
            answers=tuple(self._answers),
        )

    def _units(self) -> list[str]:
        return rollouts.joined(self._office.register())

    def _line(self, up: bool) -> None:
        if up:
            self._said = None
            self._news.set()


def _told(rollout: RollOut) -> RollOutTold:
    return RollOutTold(
        version=rollout.version,
        canary=rollout.canary,
        begin=rollout.begin,
        end=rollout.end,
        by=rollout.by[:60],
        stopped=rollout.stopped,
        stopped_by=rollout.stopped_by[:60],
        done=rollout.done,
        units=tuple(
            UnitUpdateTold(unit=name, stage=one.stage, version=one.version, why=one.why)
            for name, one in rollout.units.items()
        ),
    )


def _malformed(topic: str, error: MessageError) -> None:
    log.warning("malformed", topic=topic, code=error.code, why=str(error)[:200])
