"""Straps that do not answer, by no connection or by no reply to anything: a treadmill's link does not wait for them."""

import asyncio
from pathlib import Path

import pytest
from odd_devices import OddDevice, notifying
from unit_world import world

from device_adapters.ble import connecting
from device_adapters.codecs.uuids import Service
from device_adapters.config import Strap

DEAD = tuple(f"F9:00:00:00:00:{n:02X}" for n in range(1, 5))
STRAPS = tuple(Strap(id=f"dead-{n}", address=address) for n, address in enumerate(DEAD, 1))
PATIENCE_S = 60.0


class NoConnection:
    """A client that waits in vain for these to answer its wish to connect."""

    async def connect(self, pair: bool, **kwargs: object) -> None:
        if self.address.upper() in DEAD:  # type: ignore[attr-defined]
            await asyncio.sleep(60)
            raise TimeoutError("no answer")
        await super().connect(pair, **kwargs)  # type: ignore[misc]


class NoReply:
    """A client to whom these leave every question open."""

    async def start_notify(self, of: object, *rest: object, **kwargs: object) -> None:
        if self.address.upper() in DEAD:  # type: ignore[attr-defined]
            await asyncio.sleep(60)
        await super().start_notify(of, *rest, **kwargs)  # type: ignore[misc]


@pytest.mark.parametrize("client", [NoConnection, NoReply])
async def test_a_treadmill_is_linked_anew_before_any_strap_has_timed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: type
) -> None:
    monkeypatch.setattr(connecting, "OTHER_S", 10 * PATIENCE_S)  # a wait for one of them would be seen
    async with world(tmp_path, straps=0, more_straps=STRAPS, client=client) as w:
        await w.ready()
        for address in DEAD:
            await OddDevice(w.gym.link, address, Service.HEART_RATE, [(0x180D, [notifying(0x2A37)])]).start()
        await asyncio.sleep(1)  # one of them has the radio now
        for _ in range(3):
            w.gym.inject("tm-01", b"link_lost")
            await w.until(lambda: w.states["tm-01"].link == "lost", PATIENCE_S)
            w.gym.inject("tm-01", b"none")
            await w.until(lambda: w.states["tm-01"].link == "connected", PATIENCE_S)
        assert w.adapters[0].steps == ["renew"]
        assert not [e for e in w.events if e.kind.startswith("radio")]
