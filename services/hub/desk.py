"""The enrolment desk: the one place on the network where a unit gets its certificate.

It tells nobody which names or codes exist: whatever is wrong with a secret, the answer is the same. Wrong answers are
counted by network: one gets five tries a minute, so that it takes a million networks to guess forty bits within an
invitation's life. No number of others' wrong tries shuts a right code out.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import structlog

from device_adapters.errors import ConfigError, StorageError
from services.hub import authority, rollouts
from services.hub.clients import Client
from services.hub.invitations import Invitations
from services.hub.letters import (
    DeskRefusal,
    Join,
    Renew,
    Renewed,
    SignedReport,
    UnitReport,
    UpdateWanted,
    Welcome,
)
from services.hub.office import Office
from services.hub.releases import Releases
from services.networks import network_of

WRONG_PER_ADDRESS = 5
NETWORKS_MAX = 5_000
WITHIN_S = 60

log = structlog.get_logger("enrol")


@dataclass(frozen=True, slots=True)
class DeskAnswer:
    """An HTTP status and its body."""

    status: int
    body: Welcome | Renewed | UpdateWanted | DeskRefusal


@dataclass(slots=True)
class Tries:
    """Wrong answers of the last minute by network; the one that tried longest ago is forgotten first."""

    wrong: OrderedDict[str, deque[int]] = field(default_factory=OrderedDict)

    def allowed(self, address: str, now_s: int) -> bool:
        """May this address try again at `now_s` (monotonic)?"""
        mine = self.wrong.get(network_of(address), ())
        return sum(at_s > now_s - WITHIN_S for at_s in mine) < WRONG_PER_ADDRESS

    def count(self, address: str, now_s: int) -> None:
        """One more wrong code from this network, at `now_s` (monotonic)."""
        network = network_of(address)
        self.wrong.setdefault(network, deque(maxlen=WRONG_PER_ADDRESS)).append(now_s)
        self.wrong.move_to_end(network)
        if len(self.wrong) > NETWORKS_MAX:
            self.wrong.popitem(last=False)


class Desk:
    """Answers letters; keeps nothing but the office's files and the count of wrong tries."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._invitations = Invitations(office.places.invitations)
        self._releases = Releases(Path(office.places.site().releases))
        self._tries = Tries()

    def sweep(self) -> None:
        """End for good the invitations that have run out. ConfigError, OSError."""
        with self._office.locked():
            self._invitations.sweep(int(self._office.now().timestamp()))

    def authority(self) -> bytes:
        """The site's root certificate, PEM: whoever has a code knows its fingerprint."""
        return (self._office.places.broker / "ca.crt").read_bytes()

    def join(self, body: bytes, address: str) -> DeskAnswer:
        """A certificate for the secret of an open invitation, for one key."""
        return self._answer("join", body, address)

    def renew(self, body: bytes, address: str) -> DeskAnswer:
        """A new certificate for who holds one."""
        return self._answer("renew", body, address)

    def report(self, body: bytes, address: str) -> DeskAnswer:
        """What a unit is to do about its release."""
        return self._answer("report", body, address)

    def bundle(self, name: str) -> Path | None:
        """A bundle that the hub holds, or its signature: signed, and secret to nobody."""
        return self._releases.file(name)

    def _answer(self, verb: str, body: bytes, address: str) -> DeskAnswer:
        now_s = int(self._office.now().timestamp())
        tried_s = self._office.clock.now_ms() // 1000
        if not self._tries.allowed(address, tried_s):
            return _refuse(429, "too many wrong tries; wait a minute")
        try:
            if verb == "join":
                return self._joined(body, now_s)
            return self._renewed(body) if verb == "renew" else self._reported(body)
        except (ConfigError, msgspec.DecodeError, ValueError, RecursionError) as e:
            self._tries.count(address, tried_s)
            log.warning("refused", verb=verb, address=address, why=str(e)[:200])
            return _refuse(403, str(e) if isinstance(e, ConfigError) else "the letter cannot be read")
        except (StorageError, OSError) as e:
            log.error("not_kept", code=StorageError.code, verb=verb, why=str(e)[:200])  # noqa: TRY400
            return _refuse(507, "its disk takes nothing; make room there (df -h), then do this again")

    def _joined(self, body: bytes, now_s: int) -> DeskAnswer:
        letter, site = msgspec.json.decode(body, type=Join), self._office.places.site()
        request = letter.request.encode()
        key = authority.key_of(request)
        with self._office.locked():  # found and used up in one go: two units with one code are one too many
            name = self._invitations.find(bytes.fromhex(letter.secret), key, now_s)
            client = self._office.register().find(name)
            if not name or client is None:
                raise ConfigError(
                    "this code is not valid: it was used, has run out, or was mistyped; make a new one on the hub with "
                    "backstride unit invite"
                )
            certificate = self._office.certify_locked(name, request)
            self._invitations.use(name, key, now_s)
        log.info("joined", client=name)
        return DeskAnswer(
            200,
            Welcome(
                name=name,
                site=site.site,
                broker_url=f"mqtts://{site.hosts[0]}:{site.mqtt_port}",
                certificate=certificate.decode(),
                strap_salt=site.strap_salt,
                treadmills=client.treadmills,
                straps=client.straps,
            ),
        )

    def _renewed(self, body: bytes) -> DeskAnswer:
        letter = msgspec.json.decode(body, type=Renew)
        request = letter.request.encode()
        holder = self._holder(letter.certificate, request, letter.signature)
        log.info("renewed", client=holder.name)
        return DeskAnswer(200, Renewed(self._office.certify(holder.name, request).decode()))

    def _reported(self, body: bytes) -> DeskAnswer:
        letter = msgspec.json.decode(body, type=SignedReport)
        holder = self._holder(letter.certificate, letter.said.encode(), letter.signature)
        if holder.role != "unit":
            raise ConfigError(f"{holder.name} is no unit")
        said, local = msgspec.json.decode(letter.said, type=UnitReport), self._office.now().astimezone()
        minute = local.hour * 60 + local.minute
        return DeskAnswer(200, rollouts.report(self._releases, holder.name, said, self._office.clock, minute))

    def _holder(self, certificate: str, text: bytes, signature: str) -> Client:
        """Who holds the certificate that `text` is signed by. Raises ConfigError."""
        held = authority.verified(
            self._office.root, certificate.encode(), text, bytes.fromhex(signature), self._office.now()
        )
        client = self._office.register().find(held.name)
        if client is None or client.revoked or held.serial not in client.serials:
            raise ConfigError(f"the certificate of {held.name} is no longer taken; invite it anew")
        return client


def _refuse(status: int, text: str) -> DeskAnswer:
    return DeskAnswer(status, DeskRefusal(text))


def encoded(answer: DeskAnswer) -> tuple[int, bytes, Mapping[str, str]]:
    """Status, body and headers."""
    return answer.status, msgspec.json.encode(answer.body), {"content-type": "application/json"}
