"""A card that enrols itself: the files by which cloud-init makes a unit of a Raspberry Pi at its first start.

Raspberry Pi OS from October 2025 on reads them from the card's boot partition (NoCloud); so does any Debian with
cloud-init. They are YAML that is JSON. The code is good for one machine, once.
"""

import json
import re
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

FOLDER = "/etc/backstride-card"
_ESCAPED = re.compile(r"[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
SERVICE = """\
[Unit]
Description=Make this machine a unit of Backstride, once
Wants=network-online.target
After=network-online.target
ConditionPathExists={folder}/code

[Service]
Type=oneshot
ExecStart=/bin/sh {folder}/first-start.sh
Restart=on-failure
RestartSec=20
TimeoutStartSec=1h

[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentCard:
    """What one card says. `hub`: HOST:PORT of the desk; `root`: its authority; `file`: the bundle to install.

    `instance`: another one for each card that is written, so that cloud-init takes it for a new machine.
    """

    unit: str
    instance: str
    hub: str
    root: str
    update_key: str
    file: str
    code: str = field(repr=False)
    ssh_keys: tuple[str, ...] = ()
    wifi: str = ""
    wifi_password: str = field(default="", repr=False)
    country: str = ""
    extras: tuple[str, ...] = ()
    """Options of the installer, such as --stop-button."""


def written(card: EnrolmentCard) -> dict[str, str]:
    """Name of each file → what is in it."""
    return {
        "user-data": "#cloud-config\n" + _yaml(_user_data(card)),
        "network-config": _yaml(_network(card)),
        "meta-data": _yaml({"instance-id": card.instance, "local-hostname": card.unit}),
    }


def _user_data(card: EnrolmentCard) -> dict[str, Any]:
    script = files("services.hub").joinpath("first_start.sh").read_text(encoding="utf-8")
    settings = f"HUB={card.hub}\nFILE={card.file}\nEXTRAS='{' '.join(card.extras)}'\n"
    keep = [
        (f"{FOLDER}/code", card.code + "\n", "0600"),
        (f"{FOLDER}/ca.crt", card.root, "0644"),
        (f"{FOLDER}/update.pub", card.update_key, "0644"),
        (f"{FOLDER}/settings", settings, "0644"),
        (f"{FOLDER}/first-start.sh", script, "0644"),
        ("/etc/systemd/system/backstride-card.service", SERVICE.format(folder=FOLDER), "0644"),
    ]
    user: dict[str, Any] = {"name": "backstride-admin", "lock_passwd": True}
    if card.ssh_keys:
        user |= {
            "groups": ["sudo"],
            "sudo": "ALL=(ALL) NOPASSWD:ALL",
            "shell": "/bin/bash",
            "ssh_authorized_keys": list(card.ssh_keys),
        }
    return {
        "hostname": card.unit,
        "manage_etc_hosts": True,
        "ssh_pwauth": False,
        "users": [user],  # a list without one lets cloud-init make its own
        "write_files": [
            {"path": path, "content": content, "permissions": mode, "owner": "root:root"}
            for path, content, mode in keep
        ],
        "runcmd": [
            ["systemctl", "daemon-reload"],
            ["systemctl", "enable", "--now", "--no-block", "backstride-card.service"],
        ],
    }


def _network(card: EnrolmentCard) -> dict[str, Any]:
    made: dict[str, Any] = {
        "version": 2,
        "ethernets": {"eth0": {"dhcp4": True, "dhcp6": True, "optional": True}},
    }
    if card.wifi:
        point = {"password": card.wifi_password} if card.wifi_password else {}
        wlan: dict[str, Any] = {"dhcp4": True, "optional": True, "access-points": {card.wifi: point}}
        if card.country:
            wlan["regulatory-domain"] = card.country
        made["wifis"] = {"wlan0": wlan}
    return made


def _yaml(value: object) -> str:
    """JSON is YAML; no letter of a name or password is read as anything else: YAML knows no surrogates, and takes
    some characters only escaped."""
    return (
        _ESCAPED.sub(lambda one: f"\\u{ord(one[0]):04x}", json.dumps(value, indent=1, ensure_ascii=False))
        + "\n"
    )
