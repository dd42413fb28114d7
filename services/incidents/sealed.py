"""The file of an incident: parts, a list with the SHA-256 of each, signed with the key of the site's authority."""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from device_adapters.errors import RecordError
from services.hub.authority import Pair, sign, signed_by

LIST, SIGNATURE, SIGNER = "list.json", "list.sig", "signer.crt"
PART_MAX_BYTES = 64 * 1024 * 1024
_SUMS = msgspec.json.Decoder(dict[str, str])


@dataclass(frozen=True, slots=True)
class SealedIncident:
    """What was read: its parts, whose authority signed it (SHA-256 of its certificate), and what does not hold."""

    parts: Mapping[str, bytes]
    signer: str
    faults: tuple[str, ...]


def sealed(parts: Mapping[str, bytes], authority: Pair) -> bytes:
    """A zip archive of the parts, with their sums signed."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(parts.items())}
    listed = json.dumps(sums, indent=1).encode() + b"\n"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.writestr(LIST, listed)
        archive.writestr(SIGNATURE, sign(authority.key, listed))
        archive.writestr(SIGNER, authority.certificate)
    return made.getvalue()


def opened(data: bytes) -> SealedIncident:
    """Every part, and what is wrong with the whole. RecordError for what is no such file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            parts = {info.filename: _part(archive, info) for info in archive.infolist()}
            listed, signature, signer = parts.pop(LIST), parts.pop(SIGNATURE), parts.pop(SIGNER)
        sums = _SUMS.decode(listed)
        signed = signed_by(signer, listed, signature)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        KeyError,
        ValueError,
        OSError,
        RuntimeError,  # a part that is encrypted, packed in no known way, or nested without an end
    ) as e:
        raise RecordError(str(e) or type(e).__name__) from e
    faults = [] if signed is not None else ["the list is not signed by the certificate beside it"]
    if len(names) != len(set(names)):
        faults.append("a name is in it twice")
    faults += [f"{name} is not in the list" for name in parts if name not in sums]
    faults += [f"{name} is missing" for name in sums if name not in parts]
    faults += [
        f"{name} was changed"
        for name, content in parts.items()
        if name in sums and hashlib.sha256(content).hexdigest() != sums[name]
    ]
    return SealedIncident(parts, signed or "", tuple(faults))


def _part(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.file_size > PART_MAX_BYTES:
        raise ValueError(f"{info.filename} is larger than any incident's part")
    return archive.read(info.filename)
