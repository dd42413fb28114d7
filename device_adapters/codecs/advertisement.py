"""What a fitness machine advertises: Service Data of 0x1826 (FTMS v1.0.1 §3.1).

It may be missing, or come in the scan response only: identify a machine by address, not by this.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import KEEP, IntFlag

from device_adapters.codecs.uuids import Service
from device_adapters.codecs.wire import U16
from device_adapters.errors import DecodeError

SERVICE_DATA_16 = 0x16
"""AD type "Service Data - 16-bit UUID" (Core Specification Supplement A 1.11)."""

AVAILABLE = 1


class MachineType(IntFlag, boundary=KEEP):
    """Kinds of machine; bits that the specification reserves are kept."""

    TREADMILL = 1
    CROSS_TRAINER = 2
    STEP_CLIMBER = 4
    STAIR_CLIMBER = 8
    ROWER = 16
    INDOOR_BIKE = 32


@dataclass(frozen=True, slots=True)
class FitnessMachineAdvertisement:
    """`available` is false for a machine that is there but cannot be used: do not connect to control it."""

    available: bool
    machine_types: MachineType


@dataclass(frozen=True, slots=True)
class AdStructure:
    """One length-type-data element of an advertisement."""

    ad_type: int
    data: bytes


def decode_service_data(data: bytes) -> FitnessMachineAdvertisement:
    """Read the bytes after the UUID. What is cut off counts as not available, of no known type."""
    return FitnessMachineAdvertisement(
        available=bool(data[:1] and data[0] & AVAILABLE),
        machine_types=MachineType(U16.read(data, 1) if len(data) >= 3 else 0),
    )


def encode_service_data(value: FitnessMachineAdvertisement) -> bytes:
    """The bytes after the UUID."""
    return bytes([AVAILABLE if value.available else 0]) + U16.write(value.machine_types, "machine types")


def ad_structures(advertisement: bytes) -> Iterator[AdStructure]:
    """The elements of a raw advertisement; a cut-off last one is left out, a zero length ends it."""
    at = 0
    while at < len(advertisement) and (length := advertisement[at]):
        if at + 1 + length > len(advertisement):
            return
        yield AdStructure(advertisement[at + 1], bytes(advertisement[at + 2 : at + 1 + length]))
        at += 1 + length


def decode(advertisement: bytes) -> FitnessMachineAdvertisement:
    """The fitness machine in a raw advertisement. DecodeError if there is no 0x1826 service data in it."""
    for ad in ad_structures(advertisement):
        if ad.ad_type == SERVICE_DATA_16 and ad.data[:2] == U16.write(Service.FITNESS_MACHINE, "uuid"):
            return decode_service_data(ad.data[2:])
    raise DecodeError("advertisement", advertisement, "no service data of 1826 in it")


def encode(value: FitnessMachineAdvertisement) -> bytes:
    """The whole AD structure."""
    data = U16.write(Service.FITNESS_MACHINE, "uuid") + encode_service_data(value)
    return bytes([1 + len(data), SERVICE_DATA_16]) + data
