"""Topic filters, and the addresses a bus takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.subscriptions import matches
from device_adapters.errors import ConfigError

LEVELS = st.lists(st.sampled_from(["a", "b", "", "$sys"]), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a/", True),
        ("a/+", "a", False),
        ("a/+", "a/b/c", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("#", "a/b", True),
        ("+/b", "a/b", True),
        ("#", "$SYS/uptime", False),
        ("+/uptime", "$SYS/uptime", False),
        ("$SYS/#", "$SYS/uptime", True),
        ("a/b", "a/B", False),
    ],
)
def test_filters_of_the_standard(topic_filter: str, topic: str, expected: bool) -> None:
    assert matches(topic_filter, topic) is expected


@given(
    topic=LEVELS,
    wanted=st.lists(st.sampled_from(["a", "b", "", "+"]), min_size=1, max_size=4),
    rest=st.booleans(),
)
def test_filters_match_what_paho_matches(topic: list[str], wanted: list[str], rest: bool) -> None:
    topic_filter = "/".join([*wanted, "#"] if rest else wanted)
    assert matches(topic_filter, "/".join(topic)) == topic_matches_sub(topic_filter, "/".join(topic))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:1883",
        "http://hub:1883",
        "mqtt://",
        "mqtt://hub:port",
        "mqtt://me:secret@hub",
        "mqtt://hub/x",
    ],
)
def test_an_address_that_is_none_is_refused_with_the_right_form(url: str) -> None:
    with pytest.raises(ConfigError, match="write mqtt://host:port") as refused:
        MqttBus(url, client_id="x")
    assert repr(url) in str(refused.value)
