"""All that is wrong with a settings file, each with its line: what `load` says of the first, of every one."""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from device_adapters import device_addresses
from device_adapters.config import Broker, HubConfig, Treadmill, UnitConfig, load
from device_adapters.errors import ConfigError
from services.hub.site import SiteConfig
from services.texts.languages import LANGUAGES

ROLES: dict[str, type[msgspec.Struct]] = {"unit": UnitConfig, "hub": HubConfig, "site": SiteConfig}
SECRETS = frozenset({"strap_salt"})

Where = tuple[str | int, ...]
_KEY = re.compile(r"\s*(\[\[|\[)?\s*([A-Za-z0-9_.\"'-]+)\s*(\]\]|\]|=)?")


@dataclass(frozen=True, slots=True)
class SettingsFault:
    """`line` counts from 1; 0 where the whole file is meant."""

    line: int
    text: str


def role_of(raw: Mapping[str, object]) -> str:
    """Which role's settings these are, by the keys that only it has."""
    if "hosts" in raw:
        return "site"
    return "unit" if raw.keys() & {"unit", "treadmill", "strap", "radio", "radios"} else "hub"


def faults(text: str, role: str) -> list[SettingsFault]:
    """Every fault of `text`; `role` '' is told from its keys."""
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as e:
        line = re.search(r"at line (\d+)", str(e))
        return [SettingsFault(int(line[1]) if line else text.count("\n") + 1, f"not TOML: {e}")]
    lines = _lines(text)
    kind = ROLES[role or role_of(raw)]
    found = [SettingsFault(_nearest(lines, where), said) for where, said in _struct(raw, kind, ())]
    if not found:
        found = [
            SettingsFault(_nearest(lines, where), said) for where, said in _sense(msgspec.convert(raw, kind))
        ]
    return sorted(found, key=lambda fault: fault.line)


def line_of(text: str, where: Where) -> int:
    """Where a key stands, or what is around it; 0 if nowhere."""
    return _nearest(_lines(text), where)


def effective(path: Path, role: str) -> dict[str, Any]:
    """All settings as they are in force, defaults too, with secrets hidden. Raises ConfigError."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as e:
        raise ConfigError(f"{path}: {e}") from e
    settings = load(path, ROLES[role or role_of(raw)])
    return {key: _hidden(key, value) for key, value in msgspec.structs.asdict(settings).items()}


def _hidden(key: str, value: object) -> object:
    if key in SECRETS and value:
        return "(secret)"
    if isinstance(value, msgspec.Struct):
        return {name: _hidden(name, inner) for name, inner in msgspec.structs.asdict(value).items()}
    if isinstance(value, str):
        return re.sub(r"(://[^:/@\s]+):[^@/\s]+@", r"\1:(secret)@", value)
    if isinstance(value, tuple):
        return [_hidden("", inner) for inner in value]
    return value


def _struct(raw: object, kind: type[msgspec.Struct], where: Where) -> Iterator[tuple[Where, str]]:
    if not isinstance(raw, dict):
        yield where, f"{_name(where)}: a table [{_name(where)}] is expected here"
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key in raw.keys() - fields.keys():
        near = difflib.get_close_matches(key, fields, 1)
        hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(fields)}"
        yield (*where, key), f"{_name((*where, key))}: no such key; {hint}"
    for key, field in fields.items():
        if key in raw:
            yield from _value(raw[key], field, (*where, key))
        elif field.required or (kind is Treadmill and key == "address" and "link" not in raw):
            yield where, f"{_name((*where, key))} is missing: {about(field)}"


def _value(value: object, field: FieldInfo, where: Where) -> Iterator[tuple[Where, str]]:
    inner = plain(field.type)
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
        yield from _struct(value, inner, where)
        return
    item = item_of(inner)
    if item is not None and isinstance(value, list):
        for place, each in enumerate(value):
            yield from _struct(each, item, (*where, place))
        return
    try:
        msgspec.convert(value, field.type)
    except msgspec.ValidationError as e:
        yield where, f"{_name(where)} = {value!r}: {_words(str(e))}. {about(field)}"


def _sense(settings: msgspec.Struct) -> Iterator[tuple[Where, str]]:
    """What is of the right form and yet cannot be."""
    broker = getattr(settings, "broker", None)
    if isinstance(broker, Broker):
        for key in ("password_file", "ca_file", "cert_file", "key_file"):
            path = getattr(broker, key)
            if path and not Path(path).exists():
                yield ("broker", key), f"broker.{key}: there is no {path}"
        if not re.fullmatch(r"mqtts?://[^/@\s]+/?", broker.url):
            yield (
                ("broker", "url"),
                f"broker.url = {broker.url!r}: write mqtt://host:port or mqtts://host:port",
            )
        if broker.url.startswith("mqtt://") and broker.cert_file:
            yield ("broker", "url"), "broker.url: a certificate is of use with mqtts:// only"
    for place, proxy in enumerate(getattr(settings, "http_proxies", ())):
        try:
            ip_network(proxy)
        except ValueError:
            yield (
                ("http_proxies", place),
                f"http_proxies: {proxy!r}: write an address or a network, such as 10.0.0.0/8",
            )
    if isinstance(settings, UnitConfig):
        yield from _spoken(("voice_language",), settings.voice_language)
        yield from _devices(settings)
    if isinstance(settings, HubConfig):
        yield from _spoken(("alerts", "language"), settings.alerts.language)


def _spoken(where: Where, language: str) -> Iterator[tuple[Where, str]]:
    if language not in LANGUAGES:
        yield where, f"{_name(where)} = {language!r}: not spoken here; write one of: {', '.join(LANGUAGES)}"


def _devices(settings: UnitConfig) -> Iterator[tuple[Where, str]]:
    yield from device_addresses.faults(settings)
    treadmills = [(("treadmill", place, "id"), t.id) for place, t in enumerate(settings.treadmill)]
    straps = [(("strap", place, "id"), s.id) for place, s in enumerate(settings.strap)]
    seen: dict[str, str] = {}
    for where, id in (*treadmills, *straps):
        if id in seen:
            yield where, f"{where[0]} {id}: id {id!r} is that of {seen[id]} already: give it its own"
        seen[id] = f"{where[0]} {id}"
    for place, strap in enumerate(settings.strap):
        if strap.treadmill and strap.treadmill not in {t.id for t in settings.treadmill}:
            text = f"strap {strap.id}: there is no treadmill {strap.treadmill} here"
            yield ("strap", place, "treadmill"), text


def plain(annotated: Any) -> Any:
    """A type without what is noted about it."""
    while hasattr(annotated, "__metadata__"):
        annotated = annotated.__origin__
    return annotated


def item_of(kind: Any) -> type[msgspec.Struct] | None:
    """What a tuple of structs holds; None for anything else."""
    if get_origin(kind) is not tuple:
        return None
    item = plain(get_args(kind)[0])
    return item if isinstance(item, type) and issubclass(item, msgspec.Struct) else None


def about(field: FieldInfo) -> str:
    """What the reference says of a key."""
    notes = getattr(field.type, "__metadata__", ())
    return next(
        (note.description for note in notes if isinstance(note, msgspec.Meta) and note.description), ""
    )


def _words(said: str) -> str:
    """msgspec's sentence in an operator's words."""
    for theirs, ours in (
        ("Expected `int`", "a whole number is expected"), ("Expected `str`", "text in quotes is expected"),
        ("Expected `bool`", "true or false is expected"), ("Expected `array`", "a list [...] is expected"),
        ("Expected `int | null`", "a whole number is expected"),
    ):  # fmt: skip
        said = said.replace(theirs, ours)
    return said


def _name(where: Where) -> str:
    name = ""
    for part in where:
        name += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if name else part
    return name


def _lines(text: str) -> dict[Where, int]:
    """Where each key stands: dotted path (places of arrays of tables counted from 0) → line."""
    found: dict[Where, int] = {}
    counts: dict[str, int] = {}
    table: Where = ()
    for number, line in enumerate(text.splitlines(), 1):
        match = _KEY.match(line)
        if match is None or line.lstrip().startswith("#"):
            continue
        keys: Where = tuple(part.strip("\"'") for part in match[2].split("."))
        if match[1] == "[[":
            counts[match[2]] = counts.get(match[2], -1) + 1
            table = (*keys, counts[match[2]])
            found.setdefault(table, number)
        elif match[1] == "[":
            table = keys
            found.setdefault(table, number)
        elif match[3] == "=":
            found.setdefault((*table, *keys), number)
    return found


def _nearest(lines: Mapping[Where, int], where: Where) -> int:
    """The line of the key, or of what is around it; 0 for the file as a whole."""
    while where and where not in lines:
        where = where[:-1]
    return lines.get(where, 0)
