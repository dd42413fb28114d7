"""Tokens of InfluxDB 2 with the least rights, each kept in a file that only its owner reads."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device_adapters.errors import ConfigError
from services.provisioning.influx_api import InfluxApi
from services.provisioning.plan import Plan


@dataclass(frozen=True, slots=True)
class TokenFiles:
    """Where they are kept: `writer` is the hub's [influx] token_file, `reader` is for Grafana and for the console's
    past, `keeper` for what forgets (`backstride retention`, `backstride member erase`).
    """

    writer: Path
    reader: Path
    keeper: Path


def token(
    api: InfluxApi, plan: Plan, org_id: str, name: str, rights: Mapping[str, Sequence[str]], file: Path
) -> None:
    """A token `name` with `rights` (action → bucket ids) and no others, in `file`.

    One whose file is gone, or whose rights are others, is made anew and the old one revoked.
    """
    what = f"token {name!r} in {file}"
    there = [each for each in _all(api, org_id) if each.get("description") == name]
    good = [each for each in there if _rights(each) == _wanted(rights) and each.get("status") == "active"]
    if len(there) == len(good) == 1 and _is_kept(good[0], file):
        plan.same(what)
    elif there:
        was = "other rights, or the file has another one"
        plan.change(what, was, lambda: _anew(api, org_id, name, rights, file, there))
    else:
        plan.make(what, lambda: _anew(api, org_id, name, rights, file, []))


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


def _is_kept(authorization: Mapping[str, Any], file: Path) -> bool:
    """A server that keeps only hashes does not tell the token; then any token in the file counts."""
    try:
        kept = file.read_text(encoding="utf-8").strip()
    except OSError:
        return False
    told = authorization.get("token") or kept
    return bool(kept) and kept == told


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(handle, 0o600)  # also one that was there
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text + "\n")
