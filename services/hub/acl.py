"""Mosquitto's access list, made from the one table of topics: who may publish and read what, and nothing else.

Each client has a section of its own, under the common name of its certificate, so that what one may, nobody else may
by it. A unit stands for itself and its own devices, a booking program for its own replies.
"""

from collections.abc import Iterator, Sequence

from device_adapters.contract.discovery import FOREIGN
from device_adapters.contract.registry import CHANNELS, ROOT
from device_adapters.drill import DRILL
from services.hub.clients import Client

ANY = "+"
IN_DRILLS = ("unit", "session", "console", "cli", "sim")
"""Who plays a part in a drill; nobody else hears of it. A unit has its own topics only."""


def access_list(site: str, clients: Sequence[Client]) -> str:
    """The whole file. `clients` are those that may connect; who is not named may do nothing."""
    sections = (
        f"\nuser {c.name}\n" + "".join(f"topic {line}\n" for line in _lines(site, c, clients))
        for c in clients
    )
    return f"# Made by backstride from the contract of site {site}; changes here are lost.\n" + "".join(
        sections
    )


def _lines(site: str, client: Client, clients: Sequence[Client]) -> Iterator[str]:
    for channel in CHANNELS:
        if client.role in channel.publishers:
            yield from (f"write {channel.topic(site, id)}" for id in _ids(client, channel.path))
        if client.role in channel.readers:
            yield from (f"read {channel.topic(site, id)}" for id in _ids(client, channel.path))
    if client.role == "unit":
        # A strap that a session picked has a pseudonym that nobody can list beforehand; all others have an owner.
        for other in clients:
            if other.name != client.name:
                yield from (f"deny {ROOT}/{site}/strap/{strap.id}/#" for strap in other.straps)
    if client.role not in IN_DRILLS:
        # Mosquitto asks what is denied before what is granted.
        yield from (f"deny {ROOT}/{site}/{kind}/{DRILL}/#" for kind in ("treadmill", "unit"))
    for foreign in FOREIGN:
        if client.role in foreign.publishers:
            own = [d.id for d in (*client.treadmills, *client.straps)] if client.role == "unit" else [ANY]
            yield from (f"write {topic}" for topic in dict.fromkeys(foreign.topic(site, id) for id in own))
        if client.role in foreign.readers:
            yield f"read {foreign.topic(site, ANY)}"


def _ids(client: Client, path: str) -> tuple[str, ...]:
    """Which ids in `path` are this client's to use."""
    kind = path.partition("/")[0]
    match client.role, kind:
        case _ if "{id}" not in path:
            return ("",)
        case "unit", "unit":
            return (client.name,)
        case "unit", "treadmill" | "stop":
            return tuple(device.id for device in client.treadmills)
        case ("metrics", "store") | ("booking", "session"):
            return (client.name,)
        case _:
            return (ANY,)
