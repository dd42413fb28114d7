"""Bytes from a broker, cut into packets by the Rust codec. Does no input or output; holds one packet at most."""

from collections.abc import Iterator

import mqtt5

from device_adapters.bus.endpoint import PACKET_MAX_BYTES

ROOM = 64 * 1024
"""Bytes read at once, if no packet needs more."""
_HEADER_MAX = 5
"""Of a packet's kind and length (MQTT 5 §2.1)."""


class BrokenPacketError(Exception):
    """What came is no packet of MQTT 5, or one larger than we said that we take; `reason` says so to the broker."""

    def __init__(self, why: str, reason: mqtt5.DisconnectReasonCode) -> None:
        super().__init__(why)
        self.reason = reason


class Inbound:
    """`room()` is where to put the next bytes; `packets(count)` reads those that are whole."""

    def __init__(self, packet_max: int = PACKET_MAX_BYTES) -> None:
        self._packet_max = packet_max
        self._bytes = memoryview(bytearray(ROOM))
        self._end = 0

    def room(self) -> memoryview:
        """Free space, never none."""
        return self._bytes[self._end :]

    def packets(self, count: int) -> Iterator[mqtt5.Packet]:
        """`count` bytes were put into `room()`: the packets that are whole now. Raises BrokenPacketError."""
        self._end += count
        at = 0
        while at < self._end:
            try:
                packet, size = mqtt5.read(self._bytes[at : self._end])
            except IndexError:  # not all of it is here
                break
            except Exception as e:
                raise _broken(str(e)) from e
            except BaseException as e:
                if type(e).__name__ != "PanicException":
                    raise
                raise _broken(f"no UTF-8 ({e})") from None  # what the codec does with text that is none
            at += size
            yield packet
        self._keep_from(at)

    def _keep_from(self, at: int) -> None:
        """Only the beginning of a packet is left: move it to the front, and make room for the rest of it."""
        left = self._bytes[at : self._end]
        size = _size_of(left)
        if size > self._packet_max:
            raise BrokenPacketError(
                f"a packet of {size} bytes, over {self._packet_max}",
                mqtt5.DisconnectReasonCode.PACKET_TOO_LARGE,
            )
        needed = max(size, ROOM)
        into = self._bytes if needed == len(self._bytes) else memoryview(bytearray(needed))
        if at or into is not self._bytes:
            into[: len(left)] = left
        self._bytes, self._end = into, len(left)


def _broken(why: str) -> BrokenPacketError:
    return BrokenPacketError(why, mqtt5.DisconnectReasonCode.MALFORMED_PACKET)


def _size_of(beginning: memoryview) -> int:
    """Of the packet that begins so (MQTT 5 §1.5.5); the header's largest size where the length is not all here."""
    size = 0
    for place, byte in enumerate(beginning[1:_HEADER_MAX]):
        size |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            return 2 + place + size
    return _HEADER_MAX
