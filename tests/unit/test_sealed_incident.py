"""A file that somebody hands over as an incident's: read or refused, whatever it holds."""

import contextlib
import io
import zipfile
from datetime import UTC, datetime

import pytest

from device_adapters.errors import RecordError
from services.hub.authority import new_authority, sign
from services.incidents.sealed import LIST, SIGNATURE, SIGNER, opened, sealed

ROOT = new_authority("gym", datetime(2026, 11, 30, tzinfo=UTC))


def signed(listed: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in (
            (LIST, listed),
            (SIGNATURE, sign(ROOT.key, listed)),
            (SIGNER, ROOT.certificate),
        ):
            archive.writestr(name, content)
        archive.writestr("incident.json", b"{}")
    return made.getvalue()


def test_a_list_of_nothing_is_read() -> None:
    assert opened(signed(b"{}")).faults == ("incident.json is not in the list",)


@pytest.mark.parametrize(
    "listed", [b'["incident.json"]', b"3", b"null", b'"incident.json"', b"[" * 100_000, b"\xff"]
)
def test_a_list_that_is_none_is_refused(listed: bytes) -> None:
    with pytest.raises(RecordError):
        opened(signed(listed))


def test_parts_that_are_encrypted_are_refused() -> None:
    made = bytearray(signed(b"{}"))
    made[made.find(b"PK\3\4") + 6] |= 1
    made[made.find(b"PK\1\2") + 8] |= 1
    with pytest.raises(RecordError):
        opened(bytes(made))


@pytest.mark.parametrize("flip", [0x01, 0x0E, 0x80, 0xFF])
def test_no_damaged_byte_passes_for_another_content_or_breaks_off(flip: int) -> None:
    parts = {"incident.json": b'{"session": "s-1"}', "journal.json": b"{}"}
    data = sealed(parts, ROOT)
    for at in range(len(data)):
        damaged = bytearray(data)
        damaged[at] ^= flip
        with contextlib.suppress(RecordError):
            found = opened(bytes(damaged))
            assert found.faults or found.parts == parts
