"""What can go wrong with one connected device, as errors with codes, and what bleak raises for it."""

from bleak.exc import BleakError

from device_adapters.errors import LinkError

FAILURES = (BleakError, TimeoutError, OSError, EOFError)
"""What bleak raises when a device or its adapter is gone; EOFError: D-Bus hung up."""


class WriteRefusedError(LinkError):
    """The device answered a write with an ATT error."""

    code = "LINK-002"

    def __init__(self, att_error: int) -> None:
        super().__init__(f"write refused with ATT error 0x{att_error:02x}")
        self.att_error = att_error


class IncompleteError(LinkError):
    """The device, or what was remembered of it, lacks a characteristic that is needed."""

    code = "LINK-004"


class GaveWayError(LinkError):
    """An attempt to connect was broken off for a device that is more urgent, or not made: nobody's failure."""

    code = "LINK-005"


class NotifyRefusedError(LinkError):
    """The device lives and will not send this characteristic."""

    code = "LINK-006"


class NoAnswerError(LinkError):
    """The device did not answer in time; ATT lets nothing else be asked for 30 s."""

    code = "LINK-007"


class RefusedError(LinkError):
    """The device, or BlueZ for it, said no, and lives; `att_error` if it gave one."""

    code = "LINK-008"

    def __init__(self, why: str, att_error: int | None) -> None:
        super().__init__(why)
        self.att_error = att_error


def said(error: BaseException) -> str:
    """What an exception of bleak's says; its kind, where it says nothing."""
    return str(error) or type(error).__name__
