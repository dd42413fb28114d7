"""Whom alerts reach: contact points from a file of the operator's, and the routes that lead to them. Pure."""

import json
import zlib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from device_adapters.errors import ConfigError
from device_adapters.unreadable import UNREADABLE
from services.provisioning.names import Names

FILE = "alerting/contact-points.json"
"""In a `provisioning` folder."""


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`type` and `settings` are Grafana's own, such as "email" and { addresses = "desk@gym.example" }.

    `severity`: only alerts of that severity; '' for all.
    """

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    type: Annotated[str, Meta(min_length=1)]
    settings: dict[str, str | bool | int]
    severity: Literal["", "warning", "alarm"] = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    contact: tuple[Contact, ...]


def read(path: Path) -> tuple[Contact, ...]:
    """The [[contact]] tables of a TOML file. Raises ConfigError."""
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=_File).contact
    except OSError as e:
        raise ConfigError(f"--contact-points {path}: {e.strerror}; write [[contact]] tables there") from e
    except (*UNREADABLE, ValueError) as e:
        raise ConfigError(
            f"--contact-points {path}: {e}; each [[contact]] has name, type and settings, such as "
            'name = "Front desk", type = "email", settings = { addresses = "desk@gym.example" }'
        ) from e
    names = [each.name for each in found]
    if len(set(names)) != len(names):
        raise ConfigError(f"--contact-points {path}: two contacts of one name; give each its own")
    return found


def point(contact: Contact, names: Names) -> dict[str, Any]:
    """As Grafana keeps a contact point."""
    uid = names.uid(f"to-{zlib.crc32(contact.name.encode()):08x}")
    return {"uid": uid, "name": receiver(contact, names), "type": contact.type, "settings": contact.settings}


def receiver(contact: Contact, names: Names) -> str:
    """Its name among those of all sites."""
    return f"{_ours(names)}{contact.name}"


def routes(contacts: tuple[Contact, ...], names: Names) -> list[dict[str, Any]]:
    """To each contact what concerns it, of this site; one alert may reach several."""
    return [
        {
            "receiver": receiver(contact, names),
            "object_matchers": [
                ["site", "=", names.site],
                *([["severity", "=", contact.severity]] if contact.severity else []),
            ],
            "continue": True,
        }
        for contact in contacts
    ]


def tree(there: dict[str, Any], wanted: list[dict[str, Any]], names: Names) -> dict[str, Any]:
    """The policies that are `there`, with the site's routes in the place of its earlier ones; others stay."""
    others = [route for route in there.get("routes") or [] if not is_ours(route, names)]
    return {
        **{key: value for key, value in there.items() if key != "provenance"},
        "routes": [*wanted, *others],
    }


def is_ours(route: dict[str, Any], names: Names) -> bool:
    """Does it lead to a contact point of this site?"""
    return str(route.get("receiver", "")).startswith(_ours(names))


def is_our_point(there: dict[str, Any], names: Names) -> bool:
    """Is it a contact point that was made here, for this site?"""
    return str(there.get("uid", "")).startswith(names.uid("to-")) and there["name"].startswith(_ours(names))


def as_files(contacts: tuple[Contact, ...], names: Names, earlier: bytes = b"") -> dict[str, str]:
    """For a Grafana of its own that is set up by files: there the routes are all that there are.

    `earlier`: the file as it is; whom it names Grafana knows until a file says that they are gone. Raises ConfigError.
    """
    points = [point(contact, names) for contact in contacts]
    gone = sorted(_named_in(earlier) - {each["uid"] for each in points}) if earlier else []
    away = {"deleteContactPoints": [{"orgId": 1, "uid": uid} for uid in gone]} if gone else {}
    if not contacts:
        return {FILE: _text({"apiVersion": 1, **away, "resetPolicies": [1]})} if gone else {}
    root = {"orgId": 1, "receiver": points[0]["name"], "routes": routes(contacts, names)}
    made = {
        "apiVersion": 1,
        "contactPoints": [
            {
                "orgId": 1,
                "name": each["name"],
                "receivers": [{k: each[k] for k in ("uid", "type", "settings")}],
            }
            for each in points
        ],
        "policies": [root],
        **away,
    }
    return {FILE: _text(made)}


class _Named(msgspec.Struct, frozen=True):
    uid: str


class _Receivers(msgspec.Struct, frozen=True):
    receivers: tuple[_Named, ...]


class _Earlier(msgspec.Struct, frozen=True, rename="camel"):
    contact_points: tuple[_Receivers, ...] = ()
    delete_contact_points: tuple[_Named, ...] = ()


def _named_in(text: bytes) -> set[str]:
    """The uids of all whom a file told Grafana of, or told it to forget."""
    try:
        earlier = msgspec.json.decode(text, type=_Earlier)
    except UNREADABLE as e:
        raise ConfigError(f"{FILE}: {e}; take away what stands there, then do it again") from e
    receivers = [each for point in earlier.contact_points for each in point.receivers]
    return {each.uid for each in (*receivers, *earlier.delete_contact_points)}


def _text(made: dict[str, Any]) -> str:
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _ours(names: Names) -> str:
    return f"{names.title}: "
