"""`backstride unit card`: the files that make a Raspberry Pi a unit at its first start, without monitor or ssh."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from device_adapters.errors import ConfigError

if TYPE_CHECKING:
    from services.hub.card import EnrolmentCard
    from services.hub.site import Places

FILES_MODE = 0o600
WIFI_PASSWORD = range(8, 64)
WIFI_NAME_MAX_BYTES = 32


def write(card: "EnrolmentCard", folder: Path) -> list[Path]:
    """Put the files into `folder`, such as the card's boot partition. Raises ConfigError."""
    from services.hub.card import written

    if not folder.is_dir():
        raise ConfigError(f"{folder}: no such folder; name the card's boot partition, such as /media/bootfs")
    made = []
    for name, text in written(card).items():
        path = folder / name
        try:
            path.touch(FILES_MODE)
            path.write_text(text, encoding="utf-8")
        except OSError as e:
            raise ConfigError(f"{path}: {e.strerror}; is the card there, and may be written?") from e
        made.append(path)
    return made


def bundle_of(places: "Places", arch: str) -> str:
    """The highest release that the hub holds for such machines, whenever it was added. Raises ConfigError if there is
    none."""
    from services.hub.releases import Releases, rank

    held = [one for one in Releases(Path(places.site().releases)).all() if one.arch == arch]
    if not held:
        raise ConfigError(f"no release for {arch} is held here: sudo backstride release add FILE first")
    return max(held, key=lambda one: rank(one.version)).file


def key_of(places: "Places") -> str:
    """The key by which the card checks what it fetches. Raises ConfigError."""
    try:
        return places.update_key.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(f"{places.update_key}: {e}; see deploy/README.md, Updates") from e


def wifi_name(name: str) -> str:
    """Of a network: at most 32 bytes. Raises ConfigError."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError as e:
        raise ConfigError(f"--wifi {name!r}: give it as UTF-8") from e
    if size > WIFI_NAME_MAX_BYTES:
        raise ConfigError(
            f"--wifi {name}: the name of a Wi-Fi network has at most 32 bytes, not {size}; give it as it is sent"
        )
    return name


def wifi_password(path: Path | None) -> str:
    """Of a WPA network: 8 to 63 characters. Raises ConfigError."""
    if path is None:
        return ""
    try:
        text = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(f"--wifi-password-file {path}: {e}") from e
    if len(text) not in WIFI_PASSWORD or not text.isprintable():
        raise ConfigError(f"--wifi-password-file {path}: a Wi-Fi password has 8 to 63 printable characters")
    return text


def ssh_keys(path: Path | None) -> tuple[str, ...]:
    """Public keys, one a line. Raises ConfigError, also for a private one."""
    if path is None:
        return ()
    try:
        lines = [line.strip() for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(f"--ssh-key {path}: {e}") from e
    if not lines or not all(line.startswith(("ssh-", "ecdsa-", "sk-")) for line in lines):
        raise ConfigError(f"--ssh-key {path}: give public keys (.pub), one a line")
    return tuple(lines)


def instance(unit: str) -> str:
    """Another one for each card."""
    return f"backstride-{unit}-{secrets.token_hex(4)}"
