"""Keep one radio scanning: a ladder from a new scan over a new adapter object to switching the adapter off and on.

Every step is logged and told; after the last one the ladder goes on trying, slowly and for as long as it takes. An
adapter that carries a live link is never switched off: that would drop a belt.
"""

import random
from collections.abc import Callable
from enum import StrEnum

import structlog

from device_adapters.ble.adapter import Adapter
from device_adapters.ble.radio import Radio
from device_adapters.contract.boundary import worded
from device_adapters.contract.keys import units
from device_adapters.errors import LinkError
from device_adapters.safety.events import Note

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
STEADY_MS = 120_000
"""A radio that scanned this long was well: its next trouble begins at the foot of the ladder."""

log = structlog.get_logger()


class Rung(StrEnum):
    """What is tried, in this order."""

    RESTART_SCAN = "restart_scan"
    RENEW_ADAPTER = "renew_adapter"
    POWER_CYCLE = "power_cycle"


def rung(trouble: int, *, linked: bool) -> Rung:
    """What to try at the `trouble`-th trouble in a row, from 1. `linked`: a device is connected through it."""
    if trouble <= 1:
        return Rung.RESTART_SCAN
    return Rung.RENEW_ADAPTER if trouble == 2 or linked else Rung.POWER_CYCLE


async def keep_scanning(
    radio: Radio, adapter: Adapter, tell: Callable[[Note], None], first_wait_s: float = FIRST_WAIT_S
) -> None:
    """Run the radio on its adapter until cancelled, whatever becomes of it."""
    trouble, wait_s, step = 0, first_wait_s, Rung.RENEW_ADAPTER

    def back() -> None:
        if trouble:
            log.info("radio is back", radio=radio.name, by=str(step))
            tell(worded(Note(kind="radio_back", cause=str(step)), units.radio_back(radio.name)))

    while True:
        began_ms = radio.clock.now_ms()
        try:
            await _climb(step, adapter)
            radio.backends = adapter.backends
            await radio.run(adapter.lost, back)
        except LinkError as e:
            why = str(e)
            radio.why = why
            log.warning("radio", radio=radio.name, code=e.code, why=why)
        if radio.clock.now_ms() - began_ms > STEADY_MS:
            trouble, wait_s = 0, first_wait_s
        trouble += 1
        step = rung(trouble, linked=bool(radio.links))
        log.info("radio recovery", radio=radio.name, step=str(step), attempt=trouble)
        if trouble <= len(Rung):
            note = Note(kind="radio_recovery", cause=str(step), severity="warning")
            tell(worded(note, units.radio_trouble(radio.name, radio.why[:200])))
        await radio.clock.sleep(wait_s * random.uniform(0.5, 1.5))  # noqa: S311 — jitter, not a secret
        wait_s = min(LONGEST_WAIT_S, wait_s * 2)


async def _climb(step: Rung, adapter: Adapter) -> None:
    match step:
        case Rung.RESTART_SCAN:
            pass
        case Rung.RENEW_ADAPTER:
            await adapter.renew()
        case Rung.POWER_CYCLE:
            await adapter.power_cycle()
