"""Faults are read from JSON and from bare words, and an unknown one is answered with those there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.sim.faults import KNOWN, Fault, FaultError, Kind, parse


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        (b'{"fault": "hr_lost"}', Fault(Kind.HR_LOST)),
        (b"hr_lost", Fault(Kind.HR_LOST)),
        (b'"hr_lost"', Fault(Kind.HR_LOST)),
        (b" none\n", Fault(Kind.NONE)),
        (b'{"fault": "console_speed:4.5"}', Fault(Kind.CONSOLE_SPEED, 4.5)),
        (b"console_speed: 0", Fault(Kind.CONSOLE_SPEED, 0)),
    ],
)
def test_reads(payload: bytes, fault: Fault) -> None:
    assert parse(payload) == fault


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.CONSOLE_SPEED])
def test_every_kind_has_its_name(kind: Kind) -> None:
    assert parse(kind.encode()) == Fault(kind)


@pytest.mark.parametrize(
    "payload", [b"", b"belt_on_fire", b"{}", b'{"fault": 3}', b"[1]", b"\xff\xfe", b"console_speed:"]
)
def test_refuses_and_says_what_there_is(payload: bytes) -> None:
    with pytest.raises(FaultError) as refused:
        parse(payload)
    assert KNOWN in str(refused.value) or "console_speed:4.0" in str(refused.value)


@pytest.mark.parametrize("speed", ["-1", "31", "nan", "inf", "fast"])
def test_refuses_speeds_no_console_has(speed: str) -> None:
    with pytest.raises(FaultError):
        parse(f"console_speed:{speed}".encode())


@given(st.binary(max_size=40))
def test_reads_or_refuses_anything(payload: bytes) -> None:
    try:
        fault = parse(payload)
    except FaultError:
        return
    assert 0 <= fault.kmh <= 30
