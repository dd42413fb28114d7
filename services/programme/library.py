"""The built-in programmes, found by goal, level and name."""

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from device_adapters.contract.keys import programmes as keys
from device_adapters.safety.limits import Goal, Level
from services.programme.model import Programme
from services.programme.parse import parse
from services.programme.unsuited import UnsuitedError

NONE: Mapping[str, Programme] = MappingProxyType({})


@cache
def texts() -> Mapping[str, str]:
    """The files, by their names without `.toml`."""
    here = files("services.programme.builtin")
    names = sorted(e.name.removesuffix(".toml") for e in here.iterdir() if e.name.endswith(".toml"))
    return {name: (here / f"{name}.toml").read_text(encoding="utf-8") for name in names}


@cache
def builtins() -> tuple[Programme, ...]:
    """All of them, in the order of their file names. ProgrammeError if one does not pass its own limits."""
    return tuple(parse(text, f"{name}.toml") for name, text in texts().items())


def catalogue(own: Mapping[str, Programme] = NONE) -> dict[str, Programme]:
    """All there are by their ids, which are their files' names without `.toml`; a gym's own, by theirs, last."""
    built_in = dict(zip(texts(), builtins(), strict=True))
    return {**built_in, **{id_: one for id_, one in own.items() if id_ not in built_in}}


def programmes_for(goal: Goal, level: Level, own: Mapping[str, Programme] = NONE) -> dict[str, Programme]:
    """Those to choose from; the first is the default."""
    return {id_: p for id_, p in catalogue(own).items() if p.goal is goal and p.level is level}


def find(goal: Goal, level: Level, name: str = "", own: Mapping[str, Programme] = NONE) -> Programme:
    """The programme of that name or id, built-in or a gym's own, or the default one. ProgrammeError names what there
    is."""
    fitting, name = programmes_for(goal, level, own), unicodedata.normalize("NFC", name)
    for programme in fitting.values():
        if name in ("", programme.name):
            return programme
    if name in fitting:
        return fitting[name]
    known = ", ".join(f"{p.name!r} ({id_})" for id_, p in fitting.items()) or keys.no_programme_yet()
    if name:
        raise UnsuitedError(keys.no_such_programme(repr(name), goal, level, known))
    raise UnsuitedError(keys.no_programme(goal, level, known))
