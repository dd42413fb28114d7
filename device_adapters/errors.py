"""One root of errors with stable codes; each message says what to do next."""

from typing import ClassVar


class BackstrideError(Exception):
    """Root of all errors Backstride raises on purpose. `code` is stable: logs, console and manual use it."""

    code: ClassVar[str] = "BS-000"


class UnitError(BackstrideError, ValueError):
    """A quantity that no wire unit can hold (NaN, infinite, a negative speed)."""

    code = "UNIT-001"


class DecodeError(BackstrideError, ValueError):
    """Bytes that cannot be of the named characteristic. Real devices' frames never raise it."""

    code = "DEC-001"

    def __init__(self, characteristic: str, data: bytes, why: str) -> None:
        super().__init__(f"{characteristic}: {why} (got {data.hex() or 'no bytes'})")
        self.characteristic = characteristic
        self.data = data


class ConfigError(BackstrideError):
    """A setting that cannot be used; names file, field and fix."""

    code = "CONF-001"


class BusError(BackstrideError):
    """The message did not reach the broker."""

    code = "BUS-001"


class BusRefusedError(BusError):
    """The broker answered and refused (not authorized, quota, ...)."""

    code = "BUS-002"


class BusLostError(BusError):
    """No connection, or it was lost before the broker answered: the message may or may not have arrived."""

    code = "BUS-003"


class MessageError(BackstrideError, ValueError):
    """A payload that is not of its topic's form; names the field."""

    code = "MSG-001"


class LinkError(BackstrideError):
    """The Bluetooth link or the device at its end failed."""

    code = "LINK-001"


class RecordError(BackstrideError):
    """A session's record cannot be had or written in the form that was asked for."""

    code = "REC-001"


class StorageError(BackstrideError):
    """A store (outbox, journal, metrics) could not keep what it was given."""

    code = "STORE-001"


class ProgrammeError(BackstrideError, ValueError):
    """A programme that cannot be run; names file, step, limit and value."""

    code = "PROG-001"
