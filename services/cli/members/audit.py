"""`backstride audit`: who looked at health data, gave it out, signed off, raised, waived, or changed an account."""

from pathlib import Path

import msgspec
import typer

from device_adapters.units import DAY_MS
from services.cli.members.commands import opened
from services.cli.times import when


def audit(config: Path | None, *, about: str, days: int, as_json: bool) -> None:
    """Print the lines of the last `days` about a member or account (empty: about anybody), oldest first."""
    from services.console.auth.accounts import AccountStore

    with opened(config) as store:
        since_ms = store.now_ms() - days * DAY_MS
        lines = [line for line in store.audit(about) if line.at_ms >= since_ms]
        names = {account.id: account.name for account in AccountStore(store).all()}
    if as_json:
        told = [
            {"at_ms": x.at_ms, "about": x.member, "by": x.by, "name": _name(x.by, names), "what": x.what}
            for x in lines
        ]
        typer.echo(msgspec.json.encode({"audit": told}).decode())
        return
    for line in lines:
        at = when(line.at_ms, seconds=True)
        name = _name(line.by, names)
        typer.echo(f"{at}  {line.member}  {line.what}  by {line.by}{f' ({name})' if name else ''}")
    if not lines:
        typer.echo(f"nothing in the last {days} days")


def _name(by: str, names: dict[str, str]) -> str:
    """The account's name behind a signature such as `staff u-3fa9c2d1`; empty: it is none."""
    return names.get(by.rpartition(" ")[2], "")
