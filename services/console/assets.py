"""Templates and static files, read once. Their addresses carry the build id: a browser never mixes two builds."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from device_adapters.contract import bounds
from services.console import phrases
from services.console.auth.passwords import PASSWORD_LENGTH
from services.console.languages import say, say_many
from services.rules.guests import GUEST_LEVEL
from services.texts.languages import LANGUAGES, spoken

HERE = Path(str(files("services.console")))
SHEETS = {"floor.css": ("console.css", "tile.css", "panels.css", "crowd.css")}
"""Sheets that travel as one: a page is to be there after few requests."""

SCRIPTS = {"floor.js": ("crowd.js", "floor.js")}
"""Scripts that do: what imports nothing stands first."""

REMARK = re.compile(rb"^ *(//.*|/\*([^*]|\*(?!/))*\*/)\n", re.MULTILINE)
"""Whole lines of a script or sheet that are for who works on it: no page waits for them."""

KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is served."""

    content: bytes
    media_type: str


class Assets:
    """What the console serves besides live data."""

    def __init__(self) -> None:
        self.build = _build_id()
        self.static = {
            path.name: StaticFile(_served(path), KINDS[path.suffix])
            for path in (HERE / "static").iterdir()
            if path.suffix in KINDS
        }
        for name, parts in SHEETS.items():
            whole = b"".join(self.static[part].content for part in parts)
            self.static[name] = StaticFile(whole, KINDS[".css"])
        for name, modules in SCRIPTS.items():
            whole = b"\n".join(self.static[module].content for module in modules)
            self.static[name] = StaticFile(whole, KINDS[".js"])
        self._pages = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._pages.globals["static"] = f"/static/{self.build}"
        self._pages.globals["build"] = self.build
        self._pages.globals["bounds"] = bounds
        self._pages.globals["guest_level"] = GUEST_LEVEL.value
        self._pages.globals["password"] = PASSWORD_LENGTH
        self._pages.globals["_"] = say
        self._pages.globals["_many"] = say_many
        self._pages.globals["phrases"] = phrases
        self._pages.globals["languages"] = LANGUAGES
        self._pages.filters["clock"] = _clock

    def page(self, template: str, **values: Any) -> str:
        """A complete page, in the language being spoken."""
        return self._pages.get_template(template).render({"language": spoken(), **values})


def _served(path: Path) -> bytes:
    content = path.read_bytes()
    return REMARK.sub(b"", content) if path.suffix in (".css", ".js") else content


def _build_id() -> str:
    digest = hashlib.sha256()
    for path in sorted(HERE.rglob("*")):
        if path.suffix in {".py", ".html", *KINDS}:
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%H:%M:%S")
