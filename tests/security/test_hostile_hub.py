"""A hub that was taken over tells a unit which file to fetch: never where to write."""

import msgspec
import pytest

from device_adapters.errors import ConfigError
from services.hub import join
from services.hub.letters import REPORT_PATH, Renewed, UpdateWanted

ROOT = b""


def told(monkeypatch: pytest.MonkeyPatch, file: str) -> UpdateWanted:
    body = msgspec.json.encode({"file": file, "wait": ""})
    monkeypatch.setattr("services.hub.join.ask", lambda *_: (200, body))
    monkeypatch.setattr("services.hub.join.ssl.create_default_context", lambda **_: None)
    return join.post("hub", 1, ROOT, REPORT_PATH, Renewed("x"), UpdateWanted)


@pytest.mark.parametrize("version", ["0.2.0", "1.0.0rc1", "0.3.0+local-1"])
def test_a_bundle_of_the_hub_is_named(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    name = f"backstride-{version}-aarch64.tar.gz"
    assert told(monkeypatch, name).file == name
    assert told(monkeypatch, "").file == ""


@pytest.mark.parametrize(
    "file",
    ["../commissioning/tm-01.json", "/var/lib/backstride-unit/moving/tm-01", "wanted", "backstride-../x.tar.gz",
     "backstride-1.tar.gz/../../unit.key", "backstride-1.tar.gz\n", "backstride-1\0.tar.gz", "x" * 100_000],
)  # fmt: skip
def test_no_path_is_taken_for_a_name(monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    with pytest.raises(ConfigError):
        told(monkeypatch, file)
