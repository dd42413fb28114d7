"""The roles that run as processes. They know nothing of the command line's library: a small Pi need not load it."""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path


def unit(config: Path) -> None:
    """A unit: reads this machine's treadmills and straps, guards their belts."""
    from device_adapters.clock import SystemClock
    from device_adapters.config import UnitConfig, load
    from device_adapters.unit import run_unit
    from services.cli.devices.adapters import adapters_of, close_stale_links
    from services.cli.roles.process import Watchdog, run_role

    settings = load(config, UnitConfig)

    async def role(ready: Callable[[], None]) -> None:
        await close_stale_links(settings)
        await run_unit(settings, SystemClock(), adapters_of(settings), ready, Watchdog().alive)

    run_role(role, fed_by_its_loop=False)


def stopline(config: Path) -> None:
    """The stop lines of a unit: held closed only while its gate is healthy."""
    import signal

    from device_adapters.clock import SystemClock
    from device_adapters.config import UnitConfig, load
    from device_adapters.errors import ConfigError
    from device_adapters.stop_line.process import run
    from services import logs
    from services.cli.roles.process import Watchdog, notify

    logs.configure("info")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run(load(config, UnitConfig), SystemClock(), lambda: notify("READY=1"), Watchdog().alive)
    except ConfigError as e:
        print(f"error {e.code}: {e}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(0) from None


def gym(config: Path) -> None:
    """A virtual gym: treadmills, straps and the people on them, on a virtual radio."""
    import asyncio

    from device_adapters.bus.mqtt import MqttBus
    from device_adapters.bus.site import SiteBus
    from device_adapters.clock import SystemClock
    from device_adapters.config import load
    from device_adapters.sim.gym import serve_gym
    from device_adapters.sim.layout import GymConfig
    from services.cli.roles.process import run_role

    settings = load(config, GymConfig)

    async def role(ready: Callable[[], None]) -> None:
        bus = MqttBus(settings.broker, client_id=f"gym-{settings.port}")
        site = SiteBus(bus, settings.site, on_malformed=lambda _topic, _error: None)
        async with asyncio.TaskGroup() as tasks:
            line = tasks.create_task(bus.run(), name="bus")
            await serve_gym(settings, SystemClock(), site, lambda _port: ready())
            line.cancel()

    run_role(role)


def session(config: Path) -> None:
    """The session service: guided programmes inside limits."""
    from device_adapters.config import HubConfig, load
    from services.cli.roles.process import run_role
    from services.session.service import run_session_service

    settings = load(config, HubConfig)
    _check_members(settings.members)
    run_role(lambda ready: run_session_service(settings, ready))


def metrics(config: Path) -> None:
    """Telemetry and events into the store."""
    from device_adapters.config import HubConfig, load
    from services.cli.roles.process import run_role
    from services.metrics.service import run_metrics

    settings = load(config, HubConfig)
    run_role(lambda ready: run_metrics(settings, ready))


def console(config: Path) -> None:
    """The web console."""
    from device_adapters.config import HubConfig, load
    from services.cli.roles.drills import DrillProcess
    from services.cli.roles.exports import Exports, command_of
    from services.cli.roles.process import run_role
    from services.cli.roles.support_files import SupportFiles
    from services.cli.roles.wishes import wishes_of
    from services.console.service import run_console
    from services.metrics.history import history_of
    from services.records.stores import recorded

    settings = load(config, HubConfig)
    _check_members(settings.members)
    history = history_of(settings)

    run_role(
        lambda ready: run_console(
            settings,
            ready,
            Exports(command_of(config)),
            partial(recorded, Path(settings.data)),
            wishes_of(config),
            SupportFiles(config),
            DrillProcess(config),
            history,
            lambda text: print(text, file=sys.stderr),  # noqa: T201
        )
    )


def alerts(config: Path) -> None:
    """What needs somebody, told to their phones."""
    from device_adapters.config import HubConfig, load
    from services.alerts.service import run_alerts
    from services.cli.roles.process import run_role

    settings = load(config, HubConfig)
    run_role(lambda ready: run_alerts(settings, ready))


def _check_members(url: str) -> None:
    """A database that can never do is refused at the start, in words; one that is away now may come."""
    if url.startswith("postgresql"):
        from services.members.database import check_encoding

        check_encoding(url)


def enrol(config: Path) -> None:
    """The enrolment desk of a hub; its settings are the site.toml of `backstride hub init`."""
    from device_adapters.clock import SystemClock
    from services.cli.roles.process import run_role
    from services.hub.service import run_desk
    from services.hub.site import Places

    run_role(lambda ready: run_desk(Places(config.parent), SystemClock(), ready))


ROLES: Mapping[str, Callable[[Path], None]] = {
    role.__name__: role for role in (unit, stopline, gym, session, metrics, console, alerts, enrol)
}
"""Each runs until it is told to end, with the settings in this TOML file."""
