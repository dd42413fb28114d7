"""What a treadmill's commissioning record is worth: now, on this link, and after what the machine did since."""

from collections.abc import Callable
from pathlib import Path

from device_adapters import commissioning
from device_adapters.clock import Clock
from device_adapters.commissioning import Record
from device_adapters.errors import ConfigError
from device_adapters.safety.hazards import Cause

VIRTUAL = "virtual"
DENIALS = (Cause.MPH_FIRMWARE, Cause.OFF_RAMP, Cause.OVERSPEED)
"""What a machine does that its record says it does not."""


class Commissioned:
    """The record of one treadmill. `radio` tells the name of the radio that holds its link. `unreadable`: why the one
    on the disk cannot be read; then there is none, and the treadmill is served without.
    """

    def __init__(
        self, data: Path, treadmill: str, address: str, clock: Clock, radio: Callable[[], str]
    ) -> None:
        self._data = data
        self._clock = clock
        self._radio = radio
        self.unreadable = ""
        self.record: Record | None = None
        try:
            self.record = commissioning.read(data, treadmill, address)
        except ConfigError as e:
            self.unreadable = str(e)
        self._model = self._firmware = ""

    @property
    def is_of_another(self) -> bool:
        """Is there a record, but of another model or firmware than the machine tells now?"""
        return self.record is not None and not self.record.is_of(self._model, self._firmware)

    def linked(self, model: str, firmware: str) -> None:
        """What the machine says that it is."""
        self._model, self._firmware = model, firmware

    def good(self) -> Record | None:
        """The record, if it holds: it is recent, nothing denied it, and it is of this machine as it is now."""
        virtual = self._radio().startswith(VIRTUAL)
        record = self.record
        holds = record is not None and record.good(self._clock.wall_ms(), simulated=virtual)
        return record if holds and not self.is_of_another else None

    def did(self, cause: str) -> None:
        """The machine did something; where that denies the record, it holds no more, until it is commissioned anew."""
        if self.record is not None and cause in DENIALS and not self.record.spoilt:
            self.record = commissioning.spoilt(self.record, str(cause))
            commissioning.write_apart(self._data, self.record)
