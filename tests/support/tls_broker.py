"""A real Mosquitto on the settings, access list and certificates that `backstride hub init` made."""

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ports import free_port

from device_adapters.clock import SystemClock
from device_adapters.config import Broker
from services.hub import authority
from services.hub.acl import access_list
from services.hub.clients import Client
from services.hub.office import Office
from services.hub.setup import set_up
from services.hub.site import Places, SiteConfig

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
READY_S = 60.0


def wait_open(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        assert process.poll() is None, "mosquitto ended at once"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("mosquitto does not listen")


@dataclass
class TlsBroker:
    """The broker, its certificate authority, and the credentials that were made for it."""

    folder: Path
    site: str
    port: int
    hub_port: int
    root: authority.Pair
    clients: list[Client]
    revoked: dict[str, int] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def credentials(
        self, name: str, *, days: int = 30, by: authority.Pair | None = None, hub: bool = False
    ) -> Broker:
        """Certificate and key of `name`, signed by the site's authority or another."""
        key = authority.new_key()
        request = authority.signing_request(name, key)
        signed = authority.sign_client(by or self.root, name, request, datetime.now(UTC), days)
        place = self.folder / f"{name}-{authority.serial_of(signed)[:8]}"
        place.with_suffix(".crt").write_bytes(signed)
        place.with_suffix(".key").write_bytes(key)
        return Broker(
            url=f"mqtts://127.0.0.1:{self.hub_port if hub else self.port}",
            ca_file=str(self.folder / "ca.crt"),
            cert_file=str(place.with_suffix(".crt")),
            key_file=str(place.with_suffix(".key")),
        )

    def revoke(self, credentials: Broker) -> None:
        """Put it on the list, in the file only."""
        serial = authority.serial_of(Path(credentials.cert_file).read_bytes())
        self.revoked[serial] = int(datetime.now(UTC).timestamp())
        self.write_lists()

    def write_lists(self) -> None:
        """The access list, with a word that everybody hears at the end, and the revocations."""
        acl = access_list(self.site, self.clients)
        extra = "\nuser tester\ntopic readwrite #\n\npattern read test/%u/done\n"
        (self.folder / "acl").write_text(acl + extra, encoding="utf-8")
        now = datetime.now(UTC)
        (self.folder / "crl.pem").write_bytes(authority.revocations(self.root, self.revoked, now))

    def start(self) -> None:
        binary = MOSQUITTO
        assert binary is not None
        self.process = subprocess.Popen([binary, "-c", str(self.folder / "mosquitto.conf")])
        wait_open(self.port, self.process)
        wait_open(self.hub_port, self.process)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None


@contextmanager
def tls_broker(folder: Path, site: str, clients: Sequence[Client]) -> Iterator[TlsBroker]:
    """`clients` beside the hub's own services. The broker keeps its memory below `folder`, as whoever runs the test."""
    places, clock = Places(folder), SystemClock()
    mqtt_port, hub_port = free_port(), free_port()
    hosts = ("localhost", "127.0.0.1")
    set_up(places, SiteConfig(site, hosts, mqtt_port=mqtt_port, hub_port=hub_port), clock)
    office = Office(places, clock)
    for client in clients:
        office.admit(client)
    known = list(office.register().living())
    made = TlsBroker(places.broker, site, mqtt_port, hub_port, office.root, known)
    conf = places.broker / "mosquitto.conf"
    own = conf.read_text(encoding="utf-8").replace(
        "persistence_location /var/lib/mosquitto/", f"persistence_location {places.broker}/"
    )
    conf.write_text(f"user {getpass.getuser()}\n{own}", encoding="utf-8")
    made.write_lists()
    made.start()
    try:
        yield made
    finally:
        made.stop()
