"""Is a hub's backup as it should be? Pure."""

from enum import StrEnum

from device_adapters.contract.messages import BackupStatus
from device_adapters.units import DAY_MS

OLD_DAYS, TRIAL_OLD_DAYS = 2, 15
"""One is sent each night and one tried each week: this is one that was missed, and a day or so."""


class BackupTrouble(StrEnum):
    """What is wrong, the worst first."""

    OLD = "old"
    NOT_RESTORED = "not_restored"
    NOT_TRIED = "not_tried"


def trouble(said: BackupStatus, wall_ms: int) -> BackupTrouble | None:
    """Of what was last said of it; None: all is well. `wall_ms`: now."""
    if days_old(said, wall_ms) >= OLD_DAYS:
        return BackupTrouble.OLD
    if said.trial_fault:
        return BackupTrouble.NOT_RESTORED
    if wall_ms - (said.tried_at_ms or said.since_ms) >= TRIAL_OLD_DAYS * DAY_MS:
        return BackupTrouble.NOT_TRIED
    return None


def days_old(said: BackupStatus, wall_ms: int) -> int:
    """Since the last one that left the hub, or since somebody asked for them."""
    return max(0, wall_ms - (said.sent_at_ms or said.since_ms)) // DAY_MS
