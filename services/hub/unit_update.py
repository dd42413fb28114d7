"""The unit's side of a roll-out: says how its machine is, and fetches the release that it is to run.

It runs as the unit's own user, who may install nothing: root's `deploy/install-fetched.sh` does, and believes what was
fetched for its signature alone. The hub decides who goes when; that no belt of this unit is leased is judged here, and
again by `update.sh` under its lock.
"""

import fcntl
import http.client
import platform
import shutil
import ssl
import subprocess
import time
from pathlib import Path

import msgspec

from device_adapters.config import UnitConfig
from device_adapters.errors import ConfigError
from device_adapters.update_hold import NAME
from services.bounded_line import BoundedLine
from services.hub import authority
from services.hub.join import post
from services.hub.letters import RELEASES_PATH, REPORT_PATH, SignedReport, UnitReport, UpdateWanted

BUNDLE_MAX_BYTES = 1_000_000_000
WAIT_S = 60.0
FETCH_S = 3_600.0
"""So long a bundle may take as a whole: as many bytes as it may have, over a line of 2 Mbit/s."""
WANTED = "wanted"
"""Root looks for this file: it names the bundle."""


class UpdatedUnit:
    """This machine, as its updater sees it. `root`: everything below another root, to try it;
    `within_s`: how long one file may take."""

    def __init__(self, config: UnitConfig, root: Path, within_s: float = FETCH_S) -> None:
        if not (config.broker.cert_file and config.broker.enrol):
            raise ConfigError("this unit has no certificate of a hub; join first: backstride unit join")
        self._config = config
        self._within_s = within_s
        self._opt = root / "opt/backstride"
        self._lock = Path(config.data) / NAME
        self._fetched = Path(config.data) / "release"
        self._ca = authority.only_certificate(Path(config.broker.ca_file).read_bytes())
        host, _, port = config.broker.enrol.rpartition(":")
        self._hub = (host.strip("[]"), int(port))

    def ask(self) -> UpdateWanted:
        """Say how it is; what the hub wants. Raises ConfigError."""
        said = msgspec.json.encode(self.report()).decode()
        held = authority.apart(Path(self._config.broker.cert_file).read_bytes())
        letter = SignedReport(held.certificate.decode(), said, authority.sign(held.key, said.encode()).hex())
        return post(*self._hub, self._ca, REPORT_PATH, letter, UpdateWanted)

    @property
    def installs(self) -> bool:
        """Is root at it now?"""
        return self._is("activating", "backstride-install.service") or (self._fetched / WANTED).exists()

    def report(self) -> UnitReport:
        """What this machine tells of itself: release, use, health."""
        broken, said = self._opt / "broken", self._opt / "update.said"
        return UnitReport(
            version=(self._opt / "current").readlink().name,
            arch=platform.machine(),
            broken=tuple(dict.fromkeys(broken.read_text().split())) if broken.exists() else (),
            in_use=self._in_use(),
            well=self._is("active", "backstride-unit.service") and not (self._opt / "update.state").exists(),
            failed=said.read_text(errors="replace").strip()[-500:] if said.exists() else "",
        )

    def fetch(self, file: str) -> None:
        """Fetch it and leave it to root. Raises ConfigError if it cannot be fetched."""
        shutil.rmtree(self._fetched, ignore_errors=True)
        self._fetched.mkdir(parents=True)
        for name in (file, f"{file}.sig"):
            self._get(name, self._fetched / name)
        fresh = self._fetched / f"{WANTED}.new"
        fresh.write_text(file, encoding="ascii")
        fresh.replace(self._fetched / WANTED)

    def _in_use(self) -> bool:
        """Is a belt leased or locked? One that cannot be judged counts as used."""
        moving = self._lock.parent / "moving"
        try:
            if moving.exists() and any(moving.iterdir()):
                return True
            with self._lock.open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        return False

    def _is(self, state: str, service: str) -> bool:
        words = ["systemctl", "is-active", service]
        return subprocess.run(words, check=False, capture_output=True, text=True).stdout.strip() == state  # noqa: S603

    def _get(self, name: str, to: Path) -> None:
        trust = ssl.create_default_context(cadata=self._ca.decode())
        line = BoundedLine(*self._hub, trust, wait_s=WAIT_S, until=time.monotonic() + self._within_s)
        try:
            with line:
                line.request("GET", f"{RELEASES_PATH}/{name}")
                answer = line.getresponse()
                if answer.status != 200:
                    raise ConfigError(f"the hub has no {name} ({answer.status})")
                with to.open("wb") as out:
                    while part := answer.read(1 << 16):
                        out.write(part)
                        if out.tell() > BUNDLE_MAX_BYTES:
                            raise ConfigError(
                                f"{name}: more than {BUNDLE_MAX_BYTES // 1_000_000} MB; it is no bundle"
                            )
                if line.late:
                    raise TimeoutError(f"not there within {self._within_s:.0f} s")
        except (OSError, http.client.HTTPException) as e:
            raise ConfigError(f"{self._hub[0]}:{self._hub[1]}: {name} could not be fetched ({e})") from e
