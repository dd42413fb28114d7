"""deploy/CONFIGURATION.md, made from the settings' own types: `python -m services.hub.settings_reference`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from device_adapters.config import HubConfig, UnitConfig
from services.hub.settings_check import about, item_of, plain
from services.hub.site import SiteConfig

PAGE = Path(__file__).parents[2] / "deploy" / "CONFIGURATION.md"
FILES: tuple[tuple[str, str, type[msgspec.Struct]], ...] = (
    ("unit.toml", "/etc/backstride-unit/unit.toml on a unit; `backstride unit join` writes it", UnitConfig),
    (
        "site.toml",
        "/etc/backstride/site.toml on the hub; after a change: `sudo backstride hub init`",
        SiteConfig,
    ),
    (
        "session.toml, metrics.toml, console.toml, hub.toml",
        "/etc/backstride/services on the hub; `backstride hub init` writes them from site.toml",
        HubConfig,
    ),
)


def page() -> str:
    """The page of all settings, as Markdown."""
    parts = [
        "# Settings\n\nMade from the code by `python -m services.hub.settings_reference`; do not edit. "
        "`backstride config check FILE` names every fault with its line, `backstride config show FILE` prints what is "
        "in force. "
        "A key that is not listed here is an error.\n"
    ]
    for name, where, kind in FILES:
        parts.append(f"\n## {name}\n{_doc(kind)} ({where}.)\n\n" + "".join(_table(kind)))
    return "".join(parts)


def _table(kind: type[msgspec.Struct], prefix: str = "") -> Iterator[str]:
    inner: list[tuple[str, type[msgspec.Struct]]] = []
    if prefix:
        yield f"\n### {prefix}\n{_doc(kind)}\n\n"
    yield "| key | kind | default | what it is |\n|---|---|---|---|\n"
    for field in msgspec.structs.fields(kind):
        bare, of = plain(field.type), item_of(plain(field.type))
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            inner.append((f"[{field.name}]", bare))
            yield f"| `[{field.name}]` | table | | {about(field)} |\n"
        elif of is not None:
            inner.append((f"[[{field.name}]]", of))
            yield f"| `[[{field.name}]]` | tables | | {about(field)} |\n"
        else:
            yield f"| `{field.name}` | {_kind(field.type)} | {_default(field)} | {about(field)} |\n"
    for name, struct in inner:
        yield from _table(struct, name)


def _default(field: FieldInfo) -> str:
    if field.required:
        return "**needed**"
    return "" if field.default in (None, "", ()) else f"`{json.dumps(field.default)}`"


def _kind(annotated: Any) -> str:
    limits = ""
    for note in getattr(annotated, "__metadata__", ()):
        if isinstance(note, msgspec.Meta) and note.ge is not None and note.le is not None:
            limits = f" {note.ge} to {note.le}"
    bare = plain(annotated)
    if get_origin(bare) is Literal:
        return " or ".join(get_args(bare))
    if parts := [part for part in get_args(bare) if part is not type(None) and part is not Ellipsis]:
        return _kind(parts[0]) + (" (list)" if type(None) not in get_args(bare) else "")
    return {int: "number", str: "text", bool: "true or false"}.get(bare, str(bare)) + limits


def _doc(kind: type[msgspec.Struct]) -> str:
    return " ".join((kind.__doc__ or "").split())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
