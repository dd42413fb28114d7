"""What runs at a site is let near nothing that it does not need: each systemd unit and each container that we ship."""

import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

sys.path.append(str(Path(__file__).parents[1] / "deploy"))

from files import DEPLOY, EXPOSURE_MAX, exposure, exposures

from services.hub.rollouts import BOOT
from services.hub.site import SiteConfig

NEEDS_A_ROOT_TO_BEGIN = {"influxdb": {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}}
"""Images of others that become another user only once they have made their folders theirs."""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="NEEDS systemd-analyze (systemd)")
def test_systemd_calls_no_service_of_ours_exposed() -> None:
    found = exposures()
    assert {path.name for path in (DEPLOY / "systemd").glob("*.service")} == found.keys()
    assert {name: level for name, level in found.items() if level > EXPOSURE_MAX} == {}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="NEEDS systemd-analyze (systemd)")
def test_nor_debians_broker_with_what_we_add_to_it(tmp_path: Path) -> None:
    """Debian's unit has no line that narrows it: what counts is ours."""
    ours = (DEPLOY / "systemd/mosquitto.service.d/backstride.conf").read_text()
    unit = tmp_path / "mosquitto.service"
    unit.write_text(f"[Service]\nExecStart=/usr/sbin/mosquitto\n\n{ours}")
    assert exposure(unit) <= EXPOSURE_MAX


def test_every_timer_and_path_starts_a_service_of_that_name() -> None:
    """They run nothing themselves: their exposure is that of their service."""
    starters = [*(DEPLOY / "systemd").glob("*.timer"), *(DEPLOY / "systemd").glob("*.path")]
    assert starters
    for starter in starters:
        assert starter.with_suffix(".service").is_file(), starter
        assert "Unit=" not in starter.read_text()


def test_the_desk_sees_which_run_of_the_machine_it_is() -> None:
    """Else its roll-outs are of another run than those of who asks for their status: each look would begin the ten
    minutes of the first unit anew."""
    desk = (DEPLOY / "systemd/backstride-enrol.service").read_text()
    assert BOOT.is_relative_to("/proc/sys")
    assert re.findall(r"^ProcSubset=(.*)$", desk, re.MULTILINE) == ["all"]


@pytest.mark.parametrize("starts", ["backstride hub init", "update.sh --continue"])
def test_what_gives_files_to_their_owners_may_write_where_these_are(starts: str) -> None:
    (unit,) = (
        text for path in (DEPLOY / "systemd").glob("*.service") if starts in (text := path.read_text())
    )
    found = re.search(r"^ReadWritePaths=(.*)$", unit, re.MULTILINE)
    assert found is not None
    open_to_it = [Path(word.removeprefix("-")) for word in found[1].split()]
    site = SiteConfig(site="gym", hosts=("hub.local",))
    for place in (Path("/etc/backstride/services"), Path(site.data), Path(site.releases)):
        assert any(place.is_relative_to(folder) for folder in open_to_it), place


@pytest.mark.parametrize("name", sorted(yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]))
def test_every_container_is_as_closed_as_the_others(name: str) -> None:
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"][name]
    assert service["cap_drop"] == ["ALL"]
    assert set(service.get("cap_add", ())) == NEEDS_A_ROOT_TO_BEGIN.get(name, set())
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert any(place.startswith("/tmp:") for place in service["tmpfs"])  # noqa: S108
    assert name in NEEDS_A_ROOT_TO_BEGIN or not service["user"].startswith(("0", "root"))
    assert service["pids_limit"] > 0
    assert service["mem_limit"]
