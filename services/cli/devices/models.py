"""`backstride devices`: the models that are known, how they are told, how sure we are, and where it comes from."""

import json

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from device_adapters.errors import ConfigError
from device_adapters.profiles.devices_page import described, matched_by, models
from device_adapters.profiles.loader import Profile, named

COLOURS = {"captured": "green", "documented": "cyan", "reported": "yellow"}


def devices(model: str, *, as_json: bool) -> int:
    """List all models, or tell all of one. ConfigError for a model that nobody described."""
    wanted = [_one(model)] if model else models()
    if as_json:
        print(json.dumps([_json(profile) for profile in wanted], indent=2))  # noqa: T201
        return 0
    out = Console(highlight=False)
    if model:
        _tell(wanted[0], out)
        return 0
    table = Table("model", "kind", "sure", "found by", "what is different", show_lines=True)
    for profile in wanted:
        name = "every other machine" if profile.kind == "any" else profile.model
        differs = "\n".join(f"• {text}" for text, _, _ in described(profile))
        words = "" if profile.kind == "any" else matched_by(profile)
        table.add_row(escape(name), profile.kind, _coloured(profile.sure), escape(words), escape(differs))
    out.print(table)
    out.print(
        "Sources: backstride devices MODEL, or --json. Any FTMS treadmill and any heart-rate strap is read;"
    )
    out.print("an unknown treadmill is handled cautiously: 3.0 km/h and no tilt until it is commissioned.")
    return 0


def _one(model: str) -> Profile:
    profile = named(model)
    if profile is None:
        known = "; ".join(p.model for p in models())
        raise ConfigError(f"no model {model!r} is described; it would be handled cautiously. Known: {known}")
    return profile


def _tell(profile: Profile, out: Console) -> None:
    out.print(f"[bold]{escape(profile.model)}[/] ({profile.kind}), {_coloured(profile.sure)}")
    out.print(f"found by: {escape(matched_by(profile))}", soft_wrap=True)
    for text, sure, source in described(profile):
        out.print(f"• {escape(text)}\n  {_coloured(sure)}: {escape(source)}", soft_wrap=True)


def _coloured(sure: str) -> str:
    return f"[{COLOURS[sure]}]{sure}[/]"


def _json(profile: Profile) -> dict[str, object]:
    return {
        "model": profile.model,
        "kind": profile.kind,
        "sure": profile.sure,
        "match": msgspec.to_builtins(profile.match),
        "facts": [{"text": t, "sure": sure, "source": source} for t, sure, source in described(profile)],
    }
