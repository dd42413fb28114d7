"""Tokens of InfluxDB 2 with the least rights, each kept in a file that only its owner reads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device_adapters.errors import ConfigError
from device_adapters.private_store import mode_in
from services.hub.files import write
from services.provisioning.influx_api import InfluxApi
from services.provisioning.plan import Plan

Rights = set[tuple[str, str]]
"""(action, bucket's id), action read or write."""


@dataclass(frozen=True, slots=True)
class TokenFiles:
    """Where they are kept: `writer` is the hub's [influx] token_file, `reader` is for Grafana and for the console's
    past, `keeper` for what forgets (`backstride retention`, `backstride member erase`), `minutes` for the metrics
    service's minute means.
    """

    writer: Path
    reader: Path
    keeper: Path
    minutes: Path


def token(
    api: InfluxApi,
    plan: Plan,
    org_id: str,
    name: str,
    rights: Mapping[str, Sequence[str]],
    file: Path,
    tried: Callable[[str], Rights],
) -> None:
    """A token `name` with `rights` (action → bucket ids) and no others, in `file`.

    One whose file is gone, or whose rights are others, is made anew and the old one revoked. Since 2.9 a server keeps
    hashes and never tells a token: the one in the file is `tried`, which says what it may.
    """
    what = f"token {name!r} in {file}"
    there = [each for each in _all(api, org_id) if each.get("description") == name]
    if not there:
        plan.make(what, lambda: _anew(api, org_id, name, rights, file, []))
        return
    was = _otherwise(there, rights, file, tried, api.token)
    if was:
        plan.change(what, was, lambda: _anew(api, org_id, name, rights, file, there))
    else:
        plan.same(what)


def _otherwise(
    there: list[dict[str, Any]],
    rights: Mapping[str, Sequence[str]],
    file: Path,
    tried: Callable[[str], Rights],
    admins: str,
) -> str:
    """What is not as it should be; '' if all is."""
    if len(there) > 1:
        return f"{len(there)} of that name"
    (one,) = there
    if _rights(one) != _wanted(rights) or one.get("status") != "active":
        return "other rights, or not active"
    try:
        kept = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "its file is gone, and a token can only be read once"
    except OSError as e:
        raise ConfigError(f"{file}: {e.strerror}; a file that can be read and written belongs there") from e
    if kept in ("", admins) or (one.get("token") and one["token"] != kept):
        return "the file has another one"
    wanted = {(action, id_) for action, ids in rights.items() for id_ in ids}
    may = tried(kept)
    if not wanted <= may:
        return "the server does not accept the one in the file for what it is for"
    return "" if may == wanted else "the one in the file may do more than it should"


def _anew(
    api: InfluxApi,
    org_id: str,
    name: str,
    rights: Mapping[str, Sequence[str]],
    file: Path,
    old: list[dict[str, Any]],
) -> None:
    permissions = [
        {"action": action, "resource": {"type": "buckets", "id": id_, "orgID": org_id}}
        for action, ids in rights.items()
        for id_ in ids
    ]
    body = {"orgID": org_id, "description": name, "permissions": permissions}
    made = api.ask("POST", "/api/v2/authorizations", body=body)
    try:
        _write(file, made["token"])
    except OSError as e:
        api.ask("DELETE", f"/api/v2/authorizations/{made['id']}")
        raise ConfigError(f"{file}: {e.strerror}; a token can only be read once, so none was made") from e
    for each in old:
        api.ask("DELETE", f"/api/v2/authorizations/{each['id']}")


def _all(api: InfluxApi, org_id: str) -> list[dict[str, Any]]:
    if not org_id:
        return []
    found: list[dict[str, Any]] = api.ask("GET", "/api/v2/authorizations", {"orgID": org_id}).get(
        "authorizations", []
    )
    return found


def _rights(authorization: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (each["action"], each["resource"]["type"], each["resource"].get("id", ""))
        for each in authorization.get("permissions", [])
    }


def _wanted(rights: Mapping[str, Sequence[str]]) -> set[tuple[str, str, str]]:
    return {(action, "buckets", id_) for action, ids in rights.items() for id_ in ids}


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    shared = mode_in(file.parent) | (0o040 if file.exists() and file.stat().st_mode & 0o777 == 0o640 else 0)
    write(file, f"{text}\n".encode(), shared & 0o640)
