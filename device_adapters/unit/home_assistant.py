"""Home Assistant's MQTT discovery for one unit: its treadmills and straps as devices that can be read and not moved.

One retained message per device on `homeassistant/device/<device>/config` (Home Assistant 2024.11 or newer) points at
the topics that the unit publishes anyway. It is sent again on each connection, whenever Home Assistant says that it
is there (its birth message), and when somebody deletes it. What was announced is remembered on disk, so that devices
that are gone from the settings, or all of them once it is switched off, are removed by an empty message; one that
another unit announces by now is not.
"""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import structlog

from device_adapters.bus.port import Bus, Incoming
from device_adapters.config import Strap, Treadmill, UnitConfig
from device_adapters.contract import registry
from device_adapters.contract.discovery import ANNOUNCEMENT, GREETING, device_name
from device_adapters.contract.freshness import AGE_MAX_MS
from device_adapters.errors import BusLostError, BusRefusedError

FOUND_S = 2.0
"""A retained announcement comes at once; this is for a broker that is busy."""

AGAIN_S = 1.0
"""Between two announcements of all: whoever deletes them each time is not answered faster."""

STALE_S = 10
"""A speed or heart rate older than this is unavailable there, not a standing value."""

Json = dict[str, object]
log = structlog.get_logger()


def announcements(config: UnitConfig) -> dict[str, bytes]:
    """Topic → payload of every device that shall be there; none unless `home_assistant` is on."""
    if not config.home_assistant:
        return {}
    treadmills = (_treadmill(config, treadmill) for treadmill in config.treadmill)
    straps = (_strap(config, strap) for strap in config.strap)
    return dict((*treadmills, *straps))


class HomeAssistant:
    """Keeps what Home Assistant is told in step with the settings."""

    def __init__(self, config: UnitConfig, bus: Bus) -> None:
        self._wanted = announcements(config)
        self._status = registry.UNIT_STATUS.topic(config.site, config.unit)
        self._bus = bus
        self._memory = Path(config.data) / "home_assistant.json"
        self._gone = _remembered(self._memory) - self._wanted.keys()
        self._found: dict[str, bytes] = {}
        self._seen = asyncio.Event()
        self._connected = asyncio.Event()
        self._due = asyncio.Event()
        if self._wanted:
            bus.subscribe(GREETING.topic(config.site), self._born)
        for topic in self._wanted:
            bus.subscribe(topic, self._deleted)
        for topic in self._gone:
            bus.subscribe(topic, self._there)
        self._connection(bus.connected)
        bus.on_connection(self._connection)

    def _connection(self, up: bool) -> None:
        """A broker that was restarted may have forgotten everything: after each connection all is said again."""
        if up:
            self._connected.set()
            self._due.set()
        else:
            self._connected.clear()

    def _born(self, message: Incoming) -> None:
        if message.payload == b"online":
            self._due.set()

    def _deleted(self, message: Incoming) -> None:
        if not message.payload:
            self._due.set()

    def _there(self, message: Incoming) -> None:
        self._found[message.topic] = message.payload
        self._seen.set()

    async def keep(self) -> None:
        """Tell it on each connection, at each greeting and after each deletion, until cancelled."""
        if not self._wanted and not self._gone:
            return
        while True:
            await self._due.wait()
            await self.run()
            await asyncio.sleep(AGAIN_S)

    async def run(self) -> None:
        """Announce what is wanted, remove what is not and still ours; once. Ends by itself."""
        if not self._wanted and not self._gone:
            return
        self._due.clear()
        _remember(self._memory, self._gone | self._wanted.keys())
        for topic, payload in self._wanted.items():
            await self._say(topic, payload)
        for topic in sorted(self._gone):
            await self._remove(topic)
        _remember(self._memory, self._gone | self._wanted.keys())

    async def _say(self, topic: str, payload: bytes) -> None:
        while True:
            await self._connected.wait()
            try:
                await self._bus.publish(topic, payload, retain=True)
            except BusLostError:
                self._connected.clear()
                continue
            except BusRefusedError as e:
                log.warning("home_assistant_refused", code=e.code, topic=topic, why=str(e))
            return

    async def _remove(self, topic: str) -> None:
        """Only what still names this unit: a device that moved is announced by its new unit, on the same topic."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FOUND_S):
                while topic not in self._found:
                    self._seen.clear()
                    await self._seen.wait()
        if topic not in self._found:
            return  # the next connection looks again
        if self._ours(self._found[topic]):
            await self._say(topic, b"")
        self._gone.discard(topic)

    def _ours(self, payload: bytes) -> bool:
        try:
            told = json.loads(payload)
            return any(each.get("topic") == self._status for each in told["availability"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return False


def _treadmill(config: UnitConfig, treadmill: Treadmill) -> tuple[str, bytes]:
    state = registry.TREADMILL_STATE.topic(config.site, treadmill.id)
    telemetry = registry.TREADMILL_TELEMETRY.topic(config.site, treadmill.id)
    return _device(
        config,
        treadmill.id,
        "FTMS treadmill",
        {
            "speed": _measured("Speed", telemetry, "speed_kmh", "km/h", device_class="speed"),
            "incline": _measured("Incline", telemetry, "incline_pct", "%", icon="mdi:slope-uphill"),
            "belt": {
                "platform": "sensor",
                "name": "Belt",
                "state_topic": state,
                "device_class": "enum",
                "options": ["unknown", "still", "moving"],
                "value_template": "{{ value_json.belt | default('unknown') }}",
            },
            "link": _link(state),
        },
    )


def _strap(config: UnitConfig, strap: Strap) -> tuple[str, bytes]:
    state = registry.STRAP_STATE.topic(config.site, strap.id)
    parts: dict[str, Json] = {
        "battery": {
            "platform": "sensor",
            "name": "Battery",
            "state_topic": state,
            "device_class": "battery",
            "unit_of_measurement": "%",
            "entity_category": "diagnostic",
            "value_template": "{{ value_json.battery_pct | default(none) }}",
        },
        "link": _link(state),
    }
    if config.home_assistant_heart_rate:
        telemetry = registry.STRAP_TELEMETRY.topic(config.site, strap.id)
        parts["heart_rate"] = _measured("Heart rate", telemetry, "hr_bpm", "bpm", icon="mdi:heart-pulse")
    return _device(config, strap.id, "Heart-rate strap", parts)


def _device(config: UnitConfig, id: str, model: str, parts: Mapping[str, Json]) -> tuple[str, bytes]:
    name = device_name(config.site, id)
    payload: Json = {
        "device": {"identifiers": [name], "name": id, "model": model, "manufacturer": "via Backstride"},
        "origin": {"name": "Backstride", "sw_version": version("backstride")},
        "availability": [
            {
                "topic": registry.UNIT_STATUS.topic(config.site, config.unit),
                "value_template": "{{ 'online' if value_json.online else 'offline' }}",
            }
        ],
        "components": {key: {**part, "unique_id": f"{name}-{key}"} for key, part in parts.items()},
    }
    return ANNOUNCEMENT.topic(config.site, id), json.dumps(payload).encode()


def _measured(name: str, topic: str, key: str, unit: str, **more: str) -> Json:
    """What was measured a while ago, and waited for the broker, is for stores: it changes nothing here."""
    return {
        "platform": "sensor",
        "name": name,
        "state_topic": topic,
        "unit_of_measurement": unit,
        "state_class": "measurement",
        "expire_after": STALE_S,
        "value_template": (
            f"{{{{ value_json.{key} | default(none) if value_json.age_ms | default(0) <= {AGE_MAX_MS} "
            "else this.state if is_number(this.state) else none }}"
        ),
        **more,
    }


def _link(state: str) -> Json:
    return {
        "platform": "binary_sensor",
        "name": "Link",
        "state_topic": state,
        "device_class": "connectivity",
        "entity_category": "diagnostic",
        "value_template": "{{ 'ON' if value_json.link == 'connected' else 'OFF' }}",
    }


def _remembered(path: Path) -> set[str]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return set()
    return {topic for topic in told if isinstance(topic, str)} if isinstance(told, list) else set()


def _remember(path: Path, topics: set[str]) -> None:
    try:
        if topics:
            path.write_text(json.dumps(sorted(topics)), encoding="utf-8")
        else:
            path.unlink(missing_ok=True)
    except OSError as e:
        log.warning("home_assistant_not_remembered", why=str(e))
