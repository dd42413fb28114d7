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


def as_files(contacts: tuple[Contact, ...], names: Names) -> dict[str, str]:
    """For a Grafana of its own that is set up by files: there the routes are all that there are."""
    if not contacts:
        return {}
    points = [point(contact, names) for contact in contacts]
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
    }
    return {"alerting/contact-points.json": json.dumps(made, indent=1, ensure_ascii=False) + "\n"}


def _ours(names: Names) -> str:
    return f"{names.title}: "
