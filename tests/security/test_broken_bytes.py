"""Files that are no JSON, no TOML or no text, or nested beyond measure, end no process: each reader says so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from device_adapters.config import UnitConfig, load
from device_adapters.errors import ConfigError, ProgrammeError, StorageError
from device_adapters.unit import odd_file
from services.console.out_of_use import OutOfUse
from services.hub import clients, settings_check
from services.hub.invitations import Invitations
from services.programme.parse import parse
from services.provisioning import contacts
from services.renamed import path_of, renames
from services.store_folder import OUT_OF_USE

BROKEN = {
    "half a letter in a string": b'{"tm-01":{"why":"x","by":"\xc3","at_ms":1}}',
    "no text": b"\xff\xfe",
    "nested": b"[" * 100_000,
    "nested objects": b'{"a":' * 100_000,
    "empty": b"",
}
TOML = {
    **BROKEN,
    "nested lists": b"a = " + b"[" * 20_000,
    "nested tables": b"a = " + b"{b=" * 20_000,
    "an endless number": b"a = " + b"9" * 5_000,
    "a date that is none": b"a = 2026-99-99T99:99:99",
}
del TOML["empty"]


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_marks_that_cannot_be_read_end_no_console_and_are_put_aside(tmp_path: Path, content: bytes) -> None:
    (tmp_path / OUT_OF_USE).write_bytes(content)
    marks = OutOfUse(tmp_path)
    assert marks.ids() == set()
    marks.mark("tm-02", "the belt squeaks", "u-1", 1)
    assert (tmp_path / f"{OUT_OF_USE}.damaged").read_bytes() == content
    assert OutOfUse(tmp_path).ids() == {"tm-02"}


READERS: dict[str, tuple[Callable[[Path], object], type[Exception]]] = {
    "renamed treadmills": (lambda path: renames(path.parent), StorageError),
    "invitations": (lambda path: Invitations(path).open_at(0), ConfigError),
    "clients": (clients.read, ConfigError),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("reader", READERS)
def test_each_reader_names_the_file(tmp_path: Path, reader: str, content: bytes) -> None:
    path = path_of(tmp_path)
    path.write_bytes(content)
    read, error = READERS[reader]
    with pytest.raises(error, match=path.name):
        read(path)


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_oddities_that_cannot_be_read_are_none(tmp_path: Path, content: bytes) -> None:
    odd_file.path_of(tmp_path).write_bytes(content)
    assert odd_file.read(tmp_path) == {}


@pytest.mark.parametrize("content", TOML.values(), ids=TOML)
def test_settings_that_are_no_toml_are_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "unit.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="not TOML"):
        load(path, UnitConfig)


@pytest.mark.parametrize("content", TOML.values(), ids=TOML)
def test_what_looks_at_settings_names_those_that_are_no_toml(tmp_path: Path, content: bytes) -> None:
    (fault,) = settings_check.faults(content.decode(errors="replace"), "unit")
    assert "not TOML" in fault.text
    path = tmp_path / "unit.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"unit.toml"):
        settings_check.effective(path, "unit")
    with pytest.raises(ConfigError, match=r"unit.toml"):
        contacts.read(path)


@pytest.mark.parametrize("content", TOML.values(), ids=TOML)
def test_a_programme_that_is_no_toml_is_named(content: bytes) -> None:
    with pytest.raises(ProgrammeError, match=r"mine.toml: not TOML"):
        parse(content.decode(errors="replace"), "mine.toml")
