"""The unit's side of enrolment: makes its own key, which never leaves it, and fetches a certificate for it."""

import contextlib
import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from device_adapters.config import Broker, Strap, Treadmill, UnitConfig, load
from device_adapters.errors import ConfigError
from device_adapters.unreadable import UNREADABLE
from services.bounded_line import BoundedLine
from services.hub import authority
from services.hub.clients import UnitDevice
from services.hub.code import Code
from services.hub.files import PUBLIC, write
from services.hub.letters import (
    AUTHORITY_PATH,
    JOIN_PATH,
    RENEW_PATH,
    DeskRefusal,
    Join,
    Renew,
    Renewed,
    UpdateWanted,
    Welcome,
)

TIMEOUT_S = 15.0
WHOLE_S = 60.0
ANSWER_MAX_BYTES = 65_536
A = TypeVar("A", Welcome, Renewed, UpdateWanted)


@dataclass(frozen=True, slots=True)
class Joined:
    """What was written, and which devices still need their Bluetooth address."""

    settings: Path
    welcome: Welcome
    without_address: tuple[str, ...]


def join(code: Code, folder: Path, data: str, radio: str, addresses: Mapping[str, str]) -> Joined:
    """Become the unit that `code` was made for, with key, certificates and unit.toml in `folder`.

    `addresses`: Bluetooth addresses by device id, beside those that the hub knows. Settings that are there already are
    kept where they are not the hub's to say. Raises ConfigError; then nothing was changed here but that the key is
    kept, for the same code again.
    """
    settings = folder / "unit.toml"
    before = load(settings, UnitConfig) if settings.exists() else UnitConfig(unit="", data=data, radio=radio)
    root = _authority_of(code)
    begun = folder / "joining.key"
    key, request = _begun(begun)
    letter = Join(code.secret.hex(), request.decode())
    welcome = post(code.host, code.port, root, JOIN_PATH, letter, Welcome)
    certificate = authority.issued(root, welcome.certificate.encode(), key)
    write(folder / "ca.crt", root, PUBLIC)
    write(folder / "unit.pem", authority.Pair(certificate, key).together)
    known = (
        {t.id: t.known_by for t in before.treadmill}
        | {s.id: s.address for s in before.strap}
        | dict(addresses)
    )
    after, missing = _settings(before, welcome, folder, known, f"{code.host}:{code.port}")
    write(settings, msgspec.toml.encode(after), 0o640)
    begun.unlink()
    return Joined(settings, welcome, missing)


def _begun(path: Path) -> tuple[bytes, bytes]:
    """The key of a join that was cut, or a new one, and its signing request: a used code is good for its key only."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        key = path.read_bytes()
        return key, authority.signing_request("unit", key)
    key = authority.new_key()
    write(path, key)
    return key, authority.signing_request("unit", key)


def renew(config: UnitConfig) -> None:
    """A new key and certificate in the place of the old ones. Raises ConfigError; then the old ones still stand."""
    broker = config.broker
    if not (broker.cert_file and broker.enrol):
        raise ConfigError("this unit has no certificate of a hub; join first: backstride unit join")
    host, _, port = broker.enrol.rpartition(":")
    held = authority.apart(Path(broker.cert_file).read_bytes())
    key = authority.new_key()
    request = authority.signing_request(config.unit, key)
    signature = authority.sign(held.key, request).hex()
    letter = Renew(held.certificate.decode(), request.decode(), signature)
    root = authority.only_certificate(Path(broker.ca_file).read_bytes())
    renewed = post(host.strip("[]"), int(port), root, RENEW_PATH, letter, Renewed)
    certificate = authority.issued(root, renewed.certificate.encode(), key)
    write(Path(broker.cert_file), authority.Pair(certificate, key).together)


def _settings(
    before: UnitConfig, welcome: Welcome, folder: Path, known: Mapping[str, str], enrol: str
) -> tuple[UnitConfig, tuple[str, ...]]:
    def placed(devices: tuple[UnitDevice, ...]) -> list[tuple[str, str]]:
        return [(d.id, known.get(d.id) or d.address) for d in devices]

    treadmills, straps = placed(welcome.treadmills), placed(welcome.straps)
    old_treadmills, old_straps = {t.id: t for t in before.treadmill}, {s.id: s for s in before.strap}
    after = msgspec.structs.replace(
        before,
        unit=welcome.name,
        site=welcome.site,
        strap_salt=welcome.strap_salt,
        broker=Broker(
            url=welcome.broker_url,
            ca_file=str(folder / "ca.crt"),
            cert_file=str(folder / "unit.pem"),
            enrol=enrol,
        ),
        treadmill=tuple(_treadmill(old_treadmills.get(i, Treadmill(i, a)), a) for i, a in treadmills if a),
        strap=tuple(
            msgspec.structs.replace(old_straps.get(i, Strap(i, a)), address=a) for i, a in straps if a
        ),
    )
    return after, tuple(id for id, address in (*treadmills, *straps) if not address)


def _treadmill(before: Treadmill, address: str) -> Treadmill:
    """One on a cable stays there: the hub knows Bluetooth addresses only."""
    return before if before.link else msgspec.structs.replace(before, address=address)


def _authority_of(code: Code) -> bytes:
    """The hub's root certificate, taken from whoever answers, and believed for its fingerprint alone."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    status, body = ask(code.host, code.port, context, "GET", AUTHORITY_PATH, None)
    stranger = ConfigError(
        f"{code.host}:{code.port} is not the hub that made this code; check the address, or somebody is in between"
    )
    try:
        root = authority.only_certificate(body)
    except ConfigError:
        raise stranger from None
    if status != 200 or not authority.fingerprint(root).startswith(code.pin):
        raise stranger
    return root


def post(host: str, port: int, root: bytes, path: str, letter: msgspec.Struct, kind: type[A]) -> A:
    """What the desk answers to a letter. Raises ConfigError."""
    context = ssl.create_default_context(cadata=root.decode())
    status, body = ask(host, port, context, "POST", path, msgspec.json.encode(letter))
    try:
        if status == 200:
            return msgspec.json.decode(body, type=kind)
        raise ConfigError(f"the hub refuses: {msgspec.json.decode(body, type=DeskRefusal).text}")
    except UNREADABLE as e:
        raise ConfigError(f"{host}:{port} does not answer as a hub ({status}); is it another version?") from e


def ask(
    host: str, port: int, context: ssl.SSLContext, verb: str, path: str, body: bytes | None
) -> tuple[int, bytes]:
    """Status and body of the desk's answer. Raises ConfigError."""
    line = BoundedLine(host, port, context, wait_s=TIMEOUT_S, until=time.monotonic() + WHOLE_S)
    try:
        with line:
            line.request(verb, path, body)
            answer = line.getresponse()
            told = answer.read(ANSWER_MAX_BYTES)
            if line.late:
                raise TimeoutError(f"it takes longer than {WHOLE_S:.0f} s")
            return answer.status, told
    except ssl.SSLCertVerificationError as e:
        raise ConfigError(
            f"{host}:{port} does not prove who it is ({e.verify_message}); check this machine's clock (timedatectl), "
            "and that the hub's name is in hosts of its site.toml"
        ) from e
    except (OSError, http.client.HTTPException) as e:
        raise ConfigError(
            f"no hub answers at {host}:{port} ({e}); is the enrolment service running there?"
        ) from e
