"""A real Home Assistant beside a real gym, on a broker with the access list of a hub. Run by `make foreign-test`.

It has `http`, `api`, MQTT and one automation that logs every state each second; nothing of it is ours but the settings.
What is held: which entities come up with which names and units, their states, all of them unavailable once the unit is
gone, back after a restart of either side, nothing of the heart in a role without hearts, and gone after removal.
"""

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from beside_demo import RunningDemo, end_demo, tried
from environments import Foreign, ready
from ports import free_port
from waiting import until

HOME_ASSISTANT = Foreign(
    name="homeassistant",
    requirements=("homeassistant==2025.4.4", "paho-mqtt==2.1.0", "home-assistant-frontend==20250411.0"),
    fitting=((3, 13),),
)
"""Without its frontend it falls into its recovery mode."""

WAIT_S = 120.0
TREADMILLS, STRAPS = ("tm-01", "tm-02"), ("hr-01",)
NAMES = {
    **{f"{id_} {part}": unit for id_ in TREADMILLS for part, unit in
       (("Speed", "km/h"), ("Incline", "%"), ("Belt", None), ("Link", None))},
    **{f"{id_} {part}": unit for id_ in STRAPS for part, unit in (("Battery", "%"), ("Link", None))},
}  # fmt: skip
"""Name of each entity → its unit."""

TOLD = re.compile(r"STATES +(\[.*\])")
SETTINGS = """\
homeassistant:
  name: Gym
  time_zone: UTC
http:
  server_host: 127.0.0.1
  server_port: {port}
api:
automation:
  - alias: tell
    triggers: [{{trigger: time_pattern, seconds: "*"}}]
    actions:
      - action: system_log.write
        data:
          level: warning
          message: >-
            STATES {{% set ns = namespace(l=[]) %}}{{% for s in states %}}{{% set ns.l = ns.l +
            [[s.name, s.state, s.attributes.unit_of_measurement | default(none)]] %}}{{% endfor %}}
            {{{{ ns.l | to_json }}}}
"""


class RealHomeAssistant:
    """One installation in `folder`; it can be ended and started again."""

    def __init__(self, interpreter: Path, folder: Path, mqtt_url: str) -> None:
        self.folder = folder
        self._command = [str(interpreter.with_name("hass")), "--config", str(folder), "--skip-pip"]
        self._log = folder / "said.log"
        self._process: subprocess.Popen[bytes] | None = None
        (folder / ".storage").mkdir(parents=True)
        (folder / "configuration.yaml").write_text(SETTINGS.format(port=free_port()))
        broker = urlsplit(mqtt_url)
        line = {
            "broker": broker.hostname, "port": broker.port, "protocol": "5", "username": "home-assistant",
            "client_id": "home-assistant", "discovery": True, "discovery_prefix": "homeassistant",
        }  # fmt: skip
        entry = {
            "created_at": "2025-04-01T00:00:00+00:00", "modified_at": "2025-04-01T00:00:00+00:00", "data": line,
            "disabled_by": None, "discovery_keys": {}, "domain": "mqtt", "entry_id": "backstride", "minor_version": 2,
            "options": {}, "pref_disable_new_entities": False, "pref_disable_polling": False, "source": "user",
            "subentries": [], "title": "gym", "unique_id": None, "version": 1,
        }  # fmt: skip
        stored = {
            "version": 1,
            "minor_version": 5,
            "key": "core.config_entries",
            "data": {"entries": [entry]},
        }
        (folder / ".storage" / "core.config_entries").write_text(json.dumps(stored))

    def start(self) -> None:
        """Begin; what it says goes to one file."""
        self._log.write_bytes(b"")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def end(self) -> None:
        """Ask it to end, and wait."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(WAIT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def said(self) -> str:
        """All that it has logged since its start."""
        return self._log.read_text(errors="replace")

    def states(self) -> dict[str, tuple[str, str | None]]:
        """Name → state and unit of what is there, as it told them last."""
        told = TOLD.findall(self.said())
        return {name: (state, unit) for name, state, unit in json.loads(told[-1])} if told else {}

    def ours(self) -> dict[str, tuple[str, str | None]]:
        """The same of a gym's devices."""
        return {name: told for name, told in self.states().items() if name.startswith(("tm-", "hr-"))}


def seen(what: str, fact: Callable[[], bool], hass: RealHomeAssistant) -> None:
    """Wait for it; AssertionError with what Home Assistant says."""

    def told() -> str:
        return f"{what}: {hass.ours()}\n{hass.said()[-6000:]}"

    asyncio.run(until(fact, told, WAIT_S, meanwhile=partial(asyncio.sleep, 0.3)))
    sys.stdout.write(f"  {what}\n")


def run(demo: RunningDemo, hass: RealHomeAssistant) -> None:
    """All of it, in the order of a site's life."""

    def all_there() -> bool:
        told = hass.ours()
        return set(told) == set(NAMES) and all(
            state not in ("unavailable", "unknown") for state, _ in told.values()
        )

    hass.start()
    seen(
        f"{len(NAMES)} entities of {len(TREADMILLS) + len(STRAPS)} devices are there, each with a state",
        all_there,
        hass,
    )
    assert {name: unit for name, (_, unit) in hass.ours().items()} == NAMES
    states = {name: state for name, (state, _) in hass.ours().items()}
    assert {states[f"{id_} Belt"] for id_ in TREADMILLS} == {"still"}, states
    assert {states[f"{id_} Link"] for id_ in (*TREADMILLS, *STRAPS)} == {"on"}, states
    assert not any("eart" in name for name in states)
    hass.end()
    registry = json.loads((hass.folder / ".storage" / "core.entity_registry").read_text())
    mine = [entity for entity in registry["data"]["entities"] if entity["platform"] == "mqtt"]
    assert len({entity["unique_id"] for entity in mine}) == len(mine) == len(NAMES), mine
    sys.stdout.write(f"  {len(mine)} of them are in its registry, each with an id of its own\n")
    hass.start()
    seen("after a restart of Home Assistant all are there again", all_there, hass)
    unit = demo.data / "unit.toml"
    whole = unit.read_text()
    unit.write_text(whole.replace("home_assistant = true", "home_assistant = false"))
    restart_unit(demo)
    seen("switched off, every device is removed", lambda: hass.states() != {} and not hass.ours(), hass)
    unit.write_text(whole)
    restart_unit(demo)
    seen("switched on, all are there again", all_there, hass)
    end_demo(demo)
    seen(
        "after the gym's end all are unavailable",
        lambda: {state for state, _ in hass.ours().values()} == {"unavailable"},
        hass,
    )
    assert "Not authorized" not in hass.said()


def restart_unit(demo: RunningDemo) -> None:
    """The supervisor starts it again, with the settings as they are then."""
    subprocess.run(["kill", str(demo.pids["unit"])], check=True)


def day(interpreter: Path, demo: RunningDemo, folder: Path) -> None:
    """A Home Assistant beside it, which ends whatever becomes of the trial."""
    hass = RealHomeAssistant(interpreter, folder / "hass", demo.mqtt_url)
    try:
        run(demo, hass)
    finally:
        hass.end()


if __name__ == "__main__":
    devices = ("--treadmills", str(len(TREADMILLS)), "--straps", str(len(STRAPS)))
    what = "Home Assistant 2025.4.4 beside a gym"
    sys.exit(tried(what, lambda: ready(HOME_ASSISTANT), day, *devices))
