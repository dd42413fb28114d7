"""What the live state hears of the bus."""

from device_adapters.bus.site import SiteBus
from device_adapters.clock import Clock
from device_adapters.contract import registry
from services.console.live.live_state import LiveState


def subscribe(site: SiteBus, floor: LiveState, clock: Clock) -> None:
    """From here on all of it is taken in."""
    site.subscribe(
        registry.UNIT_STATUS,
        lambda id_, message: floor.unit_status(id_, message, clock.now_ms()),
        drills=True,
        gone=floor.unit_gone,
    )
    site.subscribe(
        registry.TREADMILL_STATE,
        lambda id_, message: floor.treadmill_state(id_, message, clock.now_ms()),
        drills=True,
        gone=floor.treadmill_gone,
    )
    site.subscribe(registry.NEARBY, lambda id_, message: floor.nearby(id_, message, clock.now_ms()))
    site.subscribe(registry.STORE_STATUS, floor.store_status, gone=floor.store_gone)
    site.subscribe(
        registry.BACKUP_STATUS,
        lambda _id, message: floor.backup_status(message),
        gone=lambda _id: floor.backup_status(None),
    )
    site.subscribe(
        registry.ALERTS_STATUS,
        lambda _id, message: floor.alerts_status(message),
        gone=lambda _id: floor.alerts_status(None),
    )
    site.subscribe(
        registry.STRAP_STATE, lambda id_, message: floor.strap_state(id_, message), gone=floor.strap_gone
    )
    site.subscribe(
        registry.TREADMILL_TELEMETRY,
        lambda id_, message: floor.treadmill_telemetry(id_, message, clock.now_ms()),
        drills=True,
    )
    site.subscribe(
        registry.STRAP_TELEMETRY, lambda id_, message: floor.strap_telemetry(id_, message, clock.now_ms())
    )
    site.subscribe(
        registry.SESSION_VIEW,
        lambda id_, message: floor.session_view(id_, message, clock.now_ms()),
        drills=True,
    )
    site.subscribe(registry.CLASS_VIEW, lambda _id, message: floor.heard_class.told(message, clock.now_ms()))
    site.subscribe(registry.CUE, lambda id_, message: floor.cue(id_, message, clock.now_ms()), drills=True)
    site.subscribe(registry.EVENT, lambda _id, message: floor.incidents.add(message))
