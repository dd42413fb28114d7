"""Heart Rate Measurement 0x2A37 (GATT Specification Supplement, Heart Rate Service 1.0)."""

from dataclasses import dataclass
from enum import IntFlag

from device_adapters.codecs.wire import U8, U16
from device_adapters.errors import DecodeError


class HeartRateFlag(IntFlag):
    """The first byte. Contact detected means something only together with contact supported."""

    BPM_16_BIT = 1
    CONTACT_DETECTED = 2
    CONTACT_SUPPORTED = 4
    ENERGY = 8
    RR = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartRateMeasurement:
    """One notification. `bpm` 0–65535 as sent: many straps send 0 for "none", some freeze when taken off.

    `contact` is None where the strap does not tell. `rr_1024` are beat-to-beat times in 1/1024 s, oldest first;
    None if the strap did not announce any, () if it announced some and sent none. `energy_kj` is in kilojoules.
    """

    bpm: int
    contact: bool | None = None
    energy_kj: int | None = None
    rr_1024: tuple[int, ...] | None = None


def decode(data: bytes) -> HeartRateMeasurement:
    """Read a measurement; later fields that are cut off are absent. DecodeError if there is no heart rate in it."""
    flags = data[0] if data else 0
    rate = U16 if flags & HeartRateFlag.BPM_16_BIT else U8
    at = 1 + rate.size
    if len(data) < at:
        raise DecodeError("heart rate measurement 2a37", data, "too short to hold a heart rate")
    bpm = rate.read(data, 1)
    contact = (
        bool(flags & HeartRateFlag.CONTACT_DETECTED) if flags & HeartRateFlag.CONTACT_SUPPORTED else None
    )
    energy = None
    if flags & HeartRateFlag.ENERGY:
        if len(data) < at + 2:
            return HeartRateMeasurement(bpm=bpm, contact=contact)
        energy = U16.read(data, at)
        at += 2
    rr = None
    if flags & HeartRateFlag.RR:
        rr = tuple(U16.read(data, i) for i in range(at, len(data) - 1, 2))
    return HeartRateMeasurement(bpm=bpm, contact=contact, energy_kj=energy, rr_1024=rr)


def encode(value: HeartRateMeasurement) -> bytes:
    """The notification of `value`, 16-bit only where the rate needs it. UnitError if a number does not fit."""
    flags = HeartRateFlag(0)
    if value.bpm > U8.highest:
        flags |= HeartRateFlag.BPM_16_BIT
    body = (U16 if flags else U8).write(value.bpm, "heart rate (bpm)")
    if value.contact is not None:
        flags |= HeartRateFlag.CONTACT_SUPPORTED
        if value.contact:
            flags |= HeartRateFlag.CONTACT_DETECTED
    if value.energy_kj is not None:
        flags |= HeartRateFlag.ENERGY
        body += U16.write(value.energy_kj, "energy (kJ)")
    if value.rr_1024 is not None:
        flags |= HeartRateFlag.RR
        body += b"".join(U16.write(rr, "RR interval (1/1024 s)") for rr in value.rr_1024)
    return bytes([flags]) + body
