"""Letting one machine in as a unit: its rights, and a code that is good once."""

from collections.abc import Sequence

import msgspec

from device_adapters.errors import ConfigError
from services.hub import code
from services.hub.authority import fingerprint
from services.hub.clients import Client
from services.hub.invitations import Invitations
from services.hub.office import Office


def invite(
    office: Office, name: str, treadmills: Sequence[str], straps: Sequence[str], minutes: int
) -> code.Code:
    """The code. `treadmills`, `straps`: ID or ID=ADDRESS; one that was invited before keeps its devices unless told.

    Raises ConfigError for a name or device that cannot be, or is another's.
    """
    site, root = office.places.site(), office.root
    known = office.register().find(name)
    told = {
        "name": name,
        "role": "unit",
        "treadmills": _devices(treadmills) or (msgspec.to_builtins(known.treadmills) if known else ()),
        "straps": _devices(straps) or (msgspec.to_builtins(known.straps) if known else ()),
    }
    try:
        client = msgspec.convert(told, Client)
    except msgspec.ValidationError as e:
        raise ConfigError(f"{name}: {e}; ids have lower-case letters, digits and hyphens") from e
    if not client.treadmills and not client.straps:
        raise ConfigError("a unit without devices has nothing to do; give --treadmill ID and --strap ID")
    office.admit(client)
    made = code.new(site.hosts[0], site.enrol_port, fingerprint(root.certificate))
    now_s = int(office.now().timestamp())
    with office.locked():
        Invitations(office.places.invitations).add(name, made.secret, now_s + 60 * minutes, now_s)
    return made


def _devices(words: Sequence[str]) -> list[dict[str, str]]:
    return [dict(zip(("id", "address"), word.split("=", 1), strict=False)) for word in words]
