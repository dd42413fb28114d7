"""What a bundle is made of, as a CycloneDX 1.6 bill of materials: sbom.py BUNDLE > BUNDLE/sbom.cdx.json

Each wheel with its version, licence and SHA-256, and which needs which. Debian's packages are Debian's to list. The
same wheels give the same file.
"""

import hashlib
import json
import re
import sys
import uuid
import zipfile
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

OURS = "backstride"


def normal(name: str) -> str:
    """As PyPI compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def metadata(wheel: Path) -> Message:
    """What a wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return BytesParser().parsebytes(archive.read(name))


def component(wheel: Path, said: Message) -> Component:
    """One wheel. There may be several of a version, for several Pythons."""
    name, version = normal(said["Name"]), said["Version"]
    classes = (each for each in said.get_all("Classifier", []) if each.startswith("License ::"))
    classified = [each.rpartition(" :: ")[2] for each in classes]
    licence = (
        said["License-Expression"] or (said["License"] or "").partition("\n")[0] or ", ".join(classified)
    )
    return Component(
        type=ComponentType.APPLICATION if name == OURS else ComponentType.LIBRARY,
        name=name,
        version=version,
        bom_ref=wheel.name,
        purl=PackageURL("pypi", name=name, version=version, qualifiers={"file_name": wheel.name}),
        licenses=[LicenseFactory().make_from_string(licence[:200])] if licence else [],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(wheel.read_bytes()).hexdigest())],
    )


def bill(bundle: Path) -> Bom:
    """Of all wheels of a bundle; the root is ours."""
    wheels = {path: metadata(path) for path in sorted((bundle / "wheels").glob("*.whl"))}
    parts = {path: component(path, said) for path, said in wheels.items()}
    root = next(part for part in parts.values() if part.name == OURS)
    sums = "".join(next(iter(part.hashes)).content for part in parts.values())
    made = Bom(
        components=[part for part in parts.values() if part is not root],
        metadata=BomMetaData(component=root),
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, sums),
    )
    for path, said in wheels.items():
        asked = (
            re.split(r"[^A-Za-z0-9_.-]", each, maxsplit=1)[0] for each in said.get_all("Requires-Dist", [])
        )
        needed = set(map(normal, asked))
        made.register_dependency(parts[path], [part for part in parts.values() if part.name in needed])
    return made


def written(bundle: Path) -> str:
    """As JSON. The day that it is made on is the archive's, and left out."""
    made = json.loads(JsonV1Dot6(bill(bundle)).output_as_string())
    del made["metadata"]["timestamp"]
    return json.dumps(made, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(written(Path(sys.argv[1])))
