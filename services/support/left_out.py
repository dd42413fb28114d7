"""What is taken out of everything that leaves the site for support: secrets, people's names, Bluetooth addresses.

Nothing of it should stand there in the first place; this is for what does all the same.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

SECRET, NAME = "(secret)", "(name)"
SECRET_MIN = 6
"""Shorter ones are found by chance."""

HOLDING = (".key", ".pem", ".token", ".password", ".urls", ".salt")
"""Files that hold secrets, besides the register of invitations."""

FILE_MAX_BYTES = 1_000_000
_ADDRESS = re.compile(r"\b(?:[0-9A-Fa-f]{2}:){5}([0-9A-Fa-f]{2})\b")
_WORD = re.compile(r"[A-Za-z0-9+/=_~.%-]+")


class LeftOut:
    """`of(text)`: the text without them."""

    def __init__(self, secrets: Iterable[str], names: Iterable[str]) -> None:
        found = {one for one in secrets if len(one) >= SECRET_MIN}
        self._secrets = (
            re.compile("|".join(map(re.escape, sorted(found, key=len, reverse=True)))) if found else None
        )
        people = {one.strip() for one in names if one.strip()}
        ordered = "|".join(map(re.escape, sorted(people, key=len, reverse=True)))
        self._names = re.compile(rf"(?<!\w)(?:{ordered})(?!\w)", re.IGNORECASE) if people else None

    def of(self, text: str) -> str:
        """Addresses keep their last two digits, by which a site knows its devices apart."""
        if self._secrets is not None:
            text = self._secrets.sub(SECRET, text)
        if self._names is not None:
            text = self._names.sub(NAME, text)
        return _ADDRESS.sub(r"xx:xx:xx:xx:xx:\1", text)


def secrets_in(folders: Iterable[Path]) -> Iterator[str]:
    """Every secret in these folders, as far as this user may read them: who may not cannot give them out either."""
    for folder in folders:
        try:
            files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        except OSError:
            continue
        for path in files:
            if path.suffix in HOLDING or path.name in ("invitations.json", "site.toml", "unit.toml"):
                yield from _secrets_of(path)


def _secrets_of(path: Path) -> Iterator[str]:
    try:
        if path.stat().st_size > FILE_MAX_BYTES:
            return
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    if path.suffix == ".toml":
        yield from (found[1] for line in lines if (found := re.match(r'\s*strap_salt\s*=\s*"([^"]+)"', line)))
        return
    if path.suffix == ".json":
        yield from (one for line in lines for one in re.findall(r'"([^"]{20,})"', line))
        return
    for line in lines:
        if line.strip() and not line.startswith(("#", "-----")):
            yield line.strip()
            if "://" in line:
                yield from parts_of(line.strip())


def parts_of(address: str) -> Iterator[str]:
    """What of an address must not be told: all but its scheme and host."""
    parts = urlsplit(address)
    for part in (
        parts.username or "",
        parts.password or "",
        *parts.path.split("/"),
        *_WORD.findall(parts.query),
    ):
        yield part
        yield unquote(part)
