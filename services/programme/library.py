"""The built-in programmes, found by goal, level and name."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from device_adapters.errors import ProgrammeError
from device_adapters.safety.limits import Goal, Level
from services.programme.model import Programme
from services.programme.parse import parse


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


def programmes_for(goal: Goal, level: Level, own: Iterable[Programme] = ()) -> tuple[str, ...]:
    """The names to choose from, a gym's own last; the first is the default."""
    return tuple(p.name for p in (*builtins(), *own) if p.goal is goal and p.level is level)


def find(goal: Goal, level: Level, name: str = "", own: Iterable[Programme] = ()) -> Programme:
    """The programme of that name, built-in or a gym's own, or the default one. ProgrammeError names what there is."""
    own = tuple(own)
    for programme in (*builtins(), *own):
        if programme.goal is goal and programme.level is level and name in ("", programme.name):
            return programme
    known = ", ".join(repr(n) for n in programmes_for(goal, level, own)) or "none yet"
    wanted = f"programme {name!r}" if name else "programme"
    raise ProgrammeError(f"no {wanted} for {goal} {level}; there is: {known}")
