"""Whatever bytes a topic carries: a stop is a stop, and anything else is understood or dropped and counted."""

import asyncio
import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_floor import SITE
from unit_world import world
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.contract import registry
from device_adapters.errors import MessageError
from services.session.request_parsing import return_address

DEEP = 200_000
HOSTILE = {
    "nested lists": b"[" * DEEP,
    "nested lists in by": b'{"by": "Kim", "why": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "nested objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "short but deep": b"[" * 1_000,
    "deep in an ignored field": b'{"by":"Kim","x":' + b"[" * 400 + b"]" * 400 + b"}",
    "a megabyte": b'{"by": "' + b"K" * 1_048_576 + b'", "why": ""}',
    "not text": bytes(range(256)),
    "NUL": b"\x00",
    "NUL in by": b'{"by": "Ki\\u0000m", "why": "\\u0000"}',
    "half a surrogate": b'{"by": "\\ud800", "why": "x"}',
    "a number": b"1e999",
    "huge number": b'{"by": ' + b"9" * 5_000 + b"}",
    "nothing": b"",
}


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_who_pressed_stop_is_read_from_any_payload(payload: bytes) -> None:
    who = registry.stopper_in(payload)
    assert len(who) <= registry.STOPPER_MAX
    assert who.isprintable()


@given(st.binary(max_size=400))
def test_no_bytes_keep_who_from_being_read(payload: bytes) -> None:
    assert registry.stopper_in(payload).isprintable()


@pytest.mark.parametrize("channel", registry.CHANNELS, ids=lambda channel: channel.path)
@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_every_channel_understands_a_payload_or_says_that_it_does_not(
    channel: object, payload: bytes
) -> None:
    assert isinstance(channel, registry.Channel)
    with contextlib.suppress(MessageError):
        channel.decode(payload)
    assert all(isinstance(part, str) for part in return_address(payload))


async def test_a_belt_stops_whatever_the_stop_carries(tmp_path: Path) -> None:
    """A real unit on the virtual radio: one moving belt for each of some hostile payloads."""
    payloads = ["nested lists", "nested objects", "a megabyte", "not text", "NUL in by", "short but deep"]
    async with world(tmp_path, treadmills=len(payloads), straps=0) as w:
        belts = {f"tm-{n:02d}": payload for n, payload in enumerate(payloads, 1)}
        for treadmill in belts:
            await w.run_at(1.0, treadmill)
        for treadmill, payload in belts.items():
            await w.bus.bus.publish(registry.STOP_ONE.topic(SITE, treadmill), HOSTILE[payload])
        await until(lambda: all(w.belt_ckmh(treadmill) == 0 for treadmill in belts), seconds=60)
        stopped = {e.treadmill for e in w.events if e.kind == "hazard" and e.cause == "stop_pressed"}
        assert stopped == set(belts)


async def test_a_payload_that_cannot_be_read_is_dropped_counted_and_told_once() -> None:
    broker, told = MemoryBroker(), list[str]()
    ear, mouth = MemoryBus(broker, client_id="ear"), MemoryBus(broker, client_id="mouth")
    site = SiteBus(ear, SITE, lambda topic, error: told.append(f"{topic}: {error}"))
    heard: list[str] = []
    site.subscribe(registry.SESSION_VIEW, lambda id_, _said: heard.append(id_))
    tasks = [asyncio.create_task(bus.run()) for bus in (ear, mouth)]
    try:
        await until(lambda: ear.connected and mouth.connected)
        for payload in HOSTILE.values():
            if payload:  # nothing at all takes a retained message back
                await mouth.publish(registry.SESSION_VIEW.topic(SITE, "tm-01"), payload)
        await until(lambda: site.refused["treadmill/{id}/session"] == len(HOSTILE) - 1)
        assert heard == []
        assert len(told) == 2, "the first and the tenth"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
