"""A gym's own programmes: files in a folder of the hub, each held against the limits of its goal and level.

Reading blocks. What is wrong with one file keeps no other from being read.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from device_adapters.contract.keys import programme_files as keys
from device_adapters.contract.phrase import Phrase
from services.programme.faults import ProgrammeFaultsError, in_file
from services.programme.library import builtins
from services.programme.model import Programme
from services.programme.parse import parse

FOLDER = "programmes"
"""Below the hub's data folder."""

FILES_MAX = 200
BYTES_MAX = 100_000


@dataclass(frozen=True, slots=True)
class OwnFolder:
    """What a folder has: programmes by file name, and what is wrong with the files that cannot be used."""

    programmes: dict[str, Programme]
    faults: tuple[Phrase, ...] = ()

    def by_id(self) -> dict[str, Programme]:
        """The programmes by their ids: the file's name without `.toml`."""
        return {file.removesuffix(".toml"): programme for file, programme in self.programmes.items()}


NONE = OwnFolder({})


def read(folder: Path) -> OwnFolder:
    """All of them; an empty folder, or none, has none."""
    found: dict[str, Programme] = {}
    faults: list[Phrase] = []
    try:
        files = sorted(path for path in folder.glob("*.toml") if path.is_file())
    except OSError:
        files = []
    for path in files[:FILES_MAX]:
        try:
            found[path.name] = _one(path, found)
        except ProgrammeFaultsError as e:
            faults += e.faults
    if len(files) > FILES_MAX:
        faults.append(keys.in_file(str(folder), keys.too_many_programmes(FILES_MAX)))
    return OwnFolder(found, tuple(faults))


def add(folder: Path, text: str, file: str) -> Programme:
    """Keep a programme, in the place of the gym's own of that name, goal and level. ProgrammeFaultsError if it breaks a
    limit, or a built-in one has its name there."""
    made = parse(text, file)
    here = read(folder).programmes
    _unlike(made, file, {})
    name = next((known for known, one in here.items() if _same(one, made)), "") or _free(folder, made)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        whole = folder / f".{name}.new"
        whole.write_text(text, encoding="utf-8")
        whole.replace(folder / name)
    except OSError as e:
        raise in_file(str(folder), [keys.folder_closed(e.strerror or str(e))]) from e
    return made


def remove(folder: Path, name: str) -> Programme:
    """Forget the programme of that name. ProgrammeFaultsError names those that there are."""
    known, name = read(folder).programmes, unicodedata.normalize("NFC", name)
    for file, programme in known.items():
        if programme.name == name:
            (folder / file).unlink(missing_ok=True)
            return programme
    told = ", ".join(repr(one.name) for one in known.values())
    raise ProgrammeFaultsError(
        keys.no_own_programme(repr(name), told) if told else keys.no_own_programmes(repr(name))
    )


def _free(folder: Path, made: Programme) -> str:
    """A file's name that tells which programme it is, and that no other file has."""
    word = re.sub(r"[^a-z0-9]+", "_", made.name.lower()).strip("_") or "own"
    numbers = ("", *(f"_{n}" for n in range(2, FILES_MAX + 2)))
    names = (f"{word}{number}_{made.goal}_{made.level}.toml" for number in numbers)
    return next(name for name in names if not (folder / name).exists())


def _one(path: Path, others: dict[str, Programme]) -> Programme:
    try:
        if path.stat().st_size > BYTES_MAX:
            raise in_file(path.name, [keys.file_too_long(BYTES_MAX)])
        made = parse(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as e:
        raise in_file(path.name, [keys.file_unreadable()]) from e
    _unlike(made, path.name, others)
    return made


def _unlike(made: Programme, file: str, others: dict[str, Programme]) -> None:
    for one in (*builtins(), *others.values()):
        if _same(one, made):
            raise in_file(file, [keys.programme_taken(repr(made.name), made.goal, made.level)])


def _same(one: Programme, other: Programme) -> bool:
    return (one.name, one.goal, one.level) == (other.name, other.goal, other.level)
