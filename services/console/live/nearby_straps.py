"""Straps near a treadmill that a session may wear, and which of them was put on just now. Pure."""

import msgspec

from device_adapters.contract.messages import Nearby


class NearStrap(msgspec.Struct, frozen=True, kw_only=True):
    """One strap that is free. `new`: it came since somebody asked."""

    strap: str
    rssi_dbm: int
    model: str
    new: bool


class NearStraps(msgspec.Struct, frozen=True, kw_only=True):
    """The straps that are free, the loudest first, and the one to offer: the only one put on since; '' for none."""

    straps: tuple[NearStrap, ...]
    offer: str


def near_straps(said: Nearby | None, said_ms: int, asked_ms: int, now_ms: int) -> NearStraps:
    """What a unit told at `said_ms`, for somebody who asked at `asked_ms` (this process's clock).

    Ages are by the unit's own clock, and by ours since its word came: the two need not agree on the time.
    """
    if said is None:
        return NearStraps(straps=(), offer="")
    free = tuple(
        NearStrap(
            strap=strap.strap,
            rssi_dbm=strap.rssi_dbm,
            model=strap.model,
            new=said.at_ms - strap.since_ms + now_ms - said_ms <= now_ms - asked_ms,
        )
        for strap in said.straps
        if not strap.treadmill
    )
    new = [strap.strap for strap in free if strap.new]
    return NearStraps(straps=free, offer=new[0] if len(new) == 1 else "")
