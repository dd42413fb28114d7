"""What the containers' scripts hand to Grafana is what InfluxDB takes."""

import os
import re
import subprocess
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from device_adapters.clock import SystemClock
from services.hub.setup import set_up
from services.hub.site import Places, SiteConfig
from services.provisioning.data_source import authorization
from services.provisioning.names import Names
from services.provisioning.shipped import files

DEPLOY = Path(__file__).parents[2] / "deploy"


def test_grafana_gets_the_header_that_influxdb_takes_for_a_user(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a" * 48 + "\n")
    text = (DEPLOY / "compose/grafana.sh").read_text()
    script = text.replace("/run/secrets/grafana_influx", str(secret)).replace("exec /run.sh", "env")
    told = subprocess.run(
        ["sh", "-c", script], env=os.environ, capture_output=True, text=True, check=True
    ).stdout
    header = next(line for line in told.splitlines() if line.startswith("BACKSTRIDE_INFLUX_AUTHORIZATION="))
    assert header.partition("=")[2] == authorization("grafana:" + "a" * 48)
    source = (DEPLOY / "grafana/datasources/backstride.yaml").read_text()
    assert "httpHeaderValue1: $BACKSTRIDE_INFLUX_AUTHORIZATION\n" in source


def test_every_image_is_named_in_one_place_and_in_the_table_of_versions() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    compose = yaml.safe_load(text)
    told = (DEPLOY.parent / "docs" / "operators.md").read_text()
    for image in compose["x-images"]:
        assert text.count(image) == 1
        assert image.partition("eclipse-mosquitto")[1] or f"`{image}`" in told


def test_a_sites_hub_brings_grafanas_files_in_the_sites_name(tmp_path: Path) -> None:
    places = Places(tmp_path)
    set_up(places, SiteConfig("north", ("localhost",), influx_url="http://influxdb:8086"), SystemClock())
    assert {
        str(path.relative_to(places.provisioning)): path.read_text()
        for path in places.provisioning.rglob("*")
        if path.is_file()
    } == files(Names("north"))
    compose = (DEPLOY / "compose.yaml").read_text()
    mounts = dict(re.findall(r"/grafana/(\w+):(/\S+):ro", compose))
    source = yaml.safe_load((places.provisioning / "dashboards/backstride.yaml").read_text())
    for provider in source["providers"]:
        below = Path(provider["options"]["path"]).relative_to(mounts["boards"])
        assert [*(places.provisioning / "boards" / below).glob("*.json")]
