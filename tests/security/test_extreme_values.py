"""Odd but well-formed messages: every service goes on, every page is drawn, every row is stored."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from extremes import message
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import ManualClock
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import MessageError
from services.console.live import live_state as console_floor
from services.console.live.board import board_picture
from services.console.operator.board import operator_view
from services.metrics import points
from services.metrics.health import Health
from services.metrics.line_protocol import line
from services.metrics.sqlite import SqliteSink
from services.session.accounts import Accounts
from services.session.floor import Floor
from services.session.inbox import Inbox
from services.session.journal import Journal
from services.session.lanes import Lanes
from services.session.members_client import MembersClient, no_members
from services.session.recorder import Recorder
from services.session.request_parsing import StrapChoice, event_for
from services.texts.languages import LANGUAGES, speaking

SUBJECT: dict[str, dict[str, str]] = {
    "unit": {"unit": "unit-01"},
    "store": {"store": "metrics"},
    "treadmill": {"treadmill": "tm-01"},
    "strap": {"strap": "hr-01"},
    "sim": {"treadmill": "tm-01"},
}
POINTS_OF: dict[Any, Any] = {
    registry.TREADMILL_TELEMETRY: points.treadmill_frame,
    registry.TREADMILL_HEART: points.treadmill_heart,
    registry.STRAP_TELEMETRY: points.strap_frame,
    registry.SESSION_VIEW: points.session_view,
    registry.UNIT_STATUS: points.unit_status,
    registry.TREADMILL_STATE: points.treadmill_state,
    registry.STRAP_STATE: points.strap_state,
    registry.EVENT: points.event,
}
SQLITE_MAX = 2**63 - 1
GENERATED = settings(
    max_examples=100,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # messages this large take minutes to shrink
    suppress_health_check=list(HealthCheck),
)


def of(channel: Any) -> st.SearchStrategy[Any]:
    fields = SUBJECT.get(channel.path.partition("/")[0], {}) if "{id}" in channel.path else {}
    there = {name: value for name, value in fields.items() if name in channel.message.__struct_fields__}
    return message(channel.message, **there)


@pytest.mark.parametrize("channel", registry.CHANNELS, ids=lambda channel: channel.path)
@given(data=st.data())
@GENERATED
def test_what_the_contract_allows_is_read_as_it_was_written(channel: Any, data: st.DataObject) -> None:
    said = data.draw(of(channel))
    assert channel.decode(channel.encode(said)) == said


ODD = {
    "beyond the calendar": (registry.EVENT, {"at_ms": 2**53}),
    "before any calendar of ours": (registry.EVENT, {"at_ms": -(2**53)}),
    "no kind": (registry.EVENT, {"kind": ""}),
    "endless text": (registry.EVENT, {"text": "x" * 9_000}),
    "a number without end": (registry.EVENT, {"after": {"speed_kmh": 1e308}}),
    "a whole number without end": (registry.EVENT, {"after": {"n": 2**64}}),
    "faster than any belt": (registry.TREADMILL_TELEMETRY, {"speed_kmh": 1e308}),
    "numbered beyond counting": (registry.TREADMILL_TELEMETRY, {"seq": 2**63 - 1}),
    "no heart": (registry.STRAP_TELEMETRY, {"hr_bpm": -5}),
    "an id with a line's end": (registry.STRAP_TELEMETRY, {"strap": "hr-01\n"}),
}


@pytest.mark.parametrize(("channel", "wrong"), ODD.values(), ids=ODD)
def test_what_no_page_and_no_store_can_use_is_refused_where_it_is_read(
    channel: Any, wrong: dict[str, Any]
) -> None:
    right: dict[str, Any] = {
        "id": "e1", "source": "unit-01", "kind": "hazard", "treadmill": "tm-01", "strap": "hr-01", "boot": "b",
        "seq": 1, "at_ms": 1,
    }  # fmt: skip
    fields = {name: value for name, value in right.items() if name in channel.message.__struct_fields__}
    assert channel.decode(msgspec.json.encode(fields))
    with pytest.raises(MessageError):
        channel.decode(_json({**fields, **wrong}))


def _json(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode()


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> SqliteSink:
    return SqliteSink(tmp_path_factory.mktemp("metrics") / "metrics.db")


@given(data=st.data())
@GENERATED
def test_the_metrics_service_stores_whatever_is_well_formed(sink: SqliteSink, data: st.DataObject) -> None:
    """Some messages one after the other, as the writer takes them, and its own health after them."""
    health = Health(whole=True)
    for channel in data.draw(st.lists(st.sampled_from(list(POINTS_OF)), min_size=1, max_size=6)):
        found = POINTS_OF[channel](
            "tm-01" if channel is registry.EVENT else _id(channel), data.draw(of(channel))
        )
        health.received(found[0], 1_700_000_000_000)
        sink.write(found)
        for point in found:
            line(point).encode()
    row = health.point("metrics", {"stored": 1}, 1_700_000_000_000)
    assert all(abs(value) <= SQLITE_MAX for value in row.fields.values() if isinstance(value, int))
    sink.write((row,))


def _id(channel: Any) -> str:
    return next(iter(SUBJECT[channel.path.partition("/")[0]].values()))


def test_six_frames_with_far_apart_numbers_do_not_end_the_metrics_service(sink: SqliteSink) -> None:
    health = Health(whole=True)
    for number in range(6):
        boot = f"b{number // 2}"
        frame = m.TreadmillTelemetry(
            treadmill="tm-01", boot=boot, seq=(number % 2) * (2**63 - 1), at_ms=number
        )
        health.received(points.treadmill_frame("tm-01", frame)[0], 1)
    frame = m.TreadmillTelemetry(treadmill="tm-01", boot="", seq=0, at_ms=1)
    health.received(points.treadmill_frame("tm-01", frame)[0], 1)
    sink.write((health.point("metrics", {}, 1),))


@given(data=st.data())
@GENERATED
def test_the_console_draws_whatever_is_well_formed(data: st.DataObject) -> None:
    floor = console_floor.LiveState("gym")
    now_ms = 100_000
    tell: dict[Any, Any] = {
        registry.UNIT_STATUS: lambda said: floor.unit_status("unit-01", said, now_ms),
        registry.TREADMILL_STATE: lambda said: floor.treadmill_state("tm-01", said, now_ms),
        registry.NEARBY: lambda said: floor.nearby("unit-01", said, now_ms),
        registry.STORE_STATUS: lambda said: floor.store_status("metrics", said),
        registry.STRAP_STATE: lambda said: floor.strap_state("hr-01", said),
        registry.TREADMILL_TELEMETRY: lambda said: floor.treadmill_telemetry("tm-01", said, now_ms),
        registry.STRAP_TELEMETRY: lambda said: floor.strap_telemetry("hr-01", said, now_ms),
        registry.SESSION_VIEW: lambda said: floor.session_view("tm-01", said, now_ms),
        registry.CUE: lambda said: floor.cue("tm-01", said, now_ms),
        registry.EVENT: floor.incidents.add,
    }
    for channel in data.draw(st.lists(st.sampled_from(list(tell)), min_size=1, max_size=8)):
        tell[channel](data.draw(of(channel)))
    for language in LANGUAGES:
        with speaking(language):
            view = floor.view(now_ms + 1)
            pictures = [
                view.picture(),
                board_picture(view.tiles, floor.sessions(), bus=True),
                operator_view(floor, now_ms + 1, 1_700_000_000_000).picture(),
            ]
            assert all(msgspec.json.encode(picture) for picture in pictures)
            for treadmill, session in floor.sessions().items():
                msgspec.json.encode(floor.member(treadmill, session, now_ms + 1))
            msgspec.json.encode(floor.straps_near("tm-01", now_ms, now_ms + 1))


@given(data=st.data())
@GENERATED
def test_the_session_service_goes_on_whatever_is_well_formed(journal: Journal, data: st.DataObject) -> None:
    clock, bus = ManualClock(now_ms=50_000), MemoryBus(MemoryBroker(), client_id="session")
    lanes, recorder, inbox = Lanes(SiteBus(bus, "gym", lambda *_: None), clock), Recorder(journal), Inbox()
    accounts = Accounts(clock, recorder, MembersClient(no_members, clock))
    floor = Floor("session-1", clock, lanes, recorder, inbox, accounts)
    tell: dict[Any, Any] = {
        registry.UNIT_STATUS: floor.unit,
        registry.TREADMILL_STATE: floor.treadmill,
        registry.STRAP_STATE: floor.strap,
        registry.TREADMILL_TELEMETRY: floor.measured,
        registry.STRAP_TELEMETRY: floor.heart_rate,
        registry.RESULT: floor.result,
    }
    for channel in data.draw(st.lists(st.sampled_from(list(tell)), min_size=1, max_size=8)):
        tell[channel](data.draw(of(channel)))
    request = data.draw(of(registry.SESSION_REQUEST))
    event_for(request, "s-1", StrapChoice(request.strap, busy=False))


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Journal:
    return Journal(Path(tmp_path_factory.mktemp("session")) / "sessions.db")
