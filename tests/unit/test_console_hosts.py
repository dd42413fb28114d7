"""Proxies that are believed, and where a console says it is."""

import pytest
from starlette.datastructures import Headers

from device_adapters.config import HubConfig, console_url
from device_adapters.errors import ConfigError
from services.console.middleware.hosts import Hosts, proxies_of


def test_what_is_no_proxy_is_refused_and_a_console_says_where_it_is() -> None:
    assert proxies_of(["127.0.0.1", "10.0.0.0/8", "::1"]) == ["127.0.0.1", "10.0.0.0/8", "::1"]
    for wrong in ("*", "proxy.gym", "10.0.0.1/8", ""):
        with pytest.raises(ConfigError, match="http_proxies"):
            proxies_of([wrong])
    assert console_url(HubConfig(http_host="0.0.0.0"), 8080) == "http://127.0.0.1:8080"
    assert console_url(HubConfig(http_host="::1"), 8080) == "http://[::1]:8080"
    assert console_url(HubConfig(http_url="https://gym.example/"), 8080) == "https://gym.example"
    asked = {"host": "127.0.0.1:8080"}
    assert Hosts(url="https://Gym.Example").wrote(Headers({**asked, "origin": "https://gym.example"}))
    assert not Hosts(url="https://gym.example").wrote(Headers({**asked, "origin": "http://gym.example"}))
