"""Which client library carries a bus: one setting. Where mqtt5 is not installed, paho does, and it is said."""

import subprocess
import sys
from pathlib import Path

import pytest
from bus_clients import Client

from device_adapters.bus.choosing import link_kind
from device_adapters.bus.mqtt5_link import Mqtt5Link
from device_adapters.bus.paho_link import PahoLink
from device_adapters.config import Broker, UnitConfig, load
from device_adapters.errors import ConfigError

WITHOUT_MQTT5 = """
import sys
class NoWheelFits:
    def find_spec(self, name, path=None, target=None):
        if name == "mqtt5":
            raise ModuleNotFoundError("No module named 'mqtt5'")
sys.meta_path.insert(0, NoWheelFits())
from device_adapters.bus.choosing import link_kind
from device_adapters.config import Broker
from services import logs
logs.configure("warning")
print(link_kind(Broker(client=sys.argv[1])).__name__)
"""
LOADED = """
import sys
from device_adapters.bus.choosing import link_kind
from device_adapters.config import Broker
link_kind(Broker(client=sys.argv[1]))
print(*sorted({"paho", "mqtt5"} & {*sys.modules}))
"""


def run(code: str, client: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, client], capture_output=True, text=True, timeout=60)


def test_the_rust_codec_carries_a_bus_unless_paho_is_asked_for() -> None:
    assert [link_kind(Broker(client=client)) for client in ("auto", "mqtt5", "paho")] == [
        Mqtt5Link,
        Mqtt5Link,
        PahoLink,
    ]


@pytest.mark.parametrize("client", ["mqtt5", "paho"])
def test_the_other_library_is_not_even_loaded(client: Client) -> None:
    assert run(LOADED, client).stdout.split() == [client]


@pytest.mark.parametrize(("client", "said"), [("auto", True), ("paho", False)])
def test_where_no_wheel_fits_paho_carries_it_and_it_is_said(client: str, said: bool) -> None:
    done = run(WITHOUT_MQTT5, client)
    assert "PahoLink" in done.stdout
    assert ("bus_on_paho" in done.stdout + done.stderr) is said


def test_a_library_that_was_asked_for_and_is_not_there_is_a_wrong_setting() -> None:
    done = run(WITHOUT_MQTT5, "mqtt5")
    assert done.returncode != 0
    assert "ConfigError" in done.stderr
    assert "pip install mqtt5" in done.stderr


def test_it_is_one_key_of_the_settings(tmp_path: Path) -> None:
    settings = tmp_path / "unit.toml"
    settings.write_text('unit = "unit-01"\n[broker]\nclient = "paho"\n')
    assert load(settings, UnitConfig).broker.client == "paho"
    settings.write_text('unit = "unit-01"\n[broker]\nclient = "mosquitto"\n')
    with pytest.raises(ConfigError, match="client"):
        load(settings, UnitConfig)
