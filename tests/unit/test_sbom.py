"""The bill of materials of a bundle: every wheel, by its hash, in CycloneDX's own schema; twice the same."""

import hashlib
import json
import subprocess
import sys
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

ROOT = Path(__file__).parents[2]
SCHEMAS = "cyclonedx.schema._res"


def wheel(folder: Path, name: str, version: str, *lines: str, tag: str = "py3-none-any") -> Path:
    path = folder / f"{name}-{version}-{tag}.whl"
    said = "\n".join(("Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *lines, "", ""))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{name}-{version}.dist-info/METADATA"), said)
    return path


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel(wheels, "backstride", "0.1.0", "License-Expression: Apache-2.0", "Requires-Dist: msgspec",
          "Requires-Dist: Typing_Extensions>=4; python_version < \"3.13\"")  # fmt: skip
    for tag in ("cp311-cp311-manylinux_2_28_aarch64", "cp313-cp313-manylinux_2_28_aarch64"):
        wheel(wheels, "msgspec", "0.22.0", "Classifier: License :: OSI Approved :: BSD License", tag=tag)
    wheel(wheels, "typing_extensions", "4.16.0", "License: PSF-2.0")
    return tmp_path


def made(bundle: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, ROOT / "deploy/sbom.py", bundle], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def schema(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((files(SCHEMAS) / f"{name}.SNAPSHOT.schema.json").read_text())
    return told


def test_every_wheel_is_in_it_by_its_hash(bundle: Path) -> None:
    told = made(bundle)
    listed = {part["bom-ref"]: part for part in (told["metadata"]["component"], *told["components"])}
    there = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (bundle / "wheels").iterdir()
    }
    assert {name: part["hashes"][0]["content"] for name, part in listed.items()} == there
    assert told["metadata"]["component"]["name"] == "backstride"
    assert listed["typing_extensions-4.16.0-py3-none-any.whl"]["purl"].startswith(
        "pkg:pypi/typing-extensions@4.16.0"
    )
    (needs,) = [one["dependsOn"] for one in told["dependencies"] if one["ref"].startswith("backstride-")]
    assert len(needs) == 3
    assert all(part["licenses"] for part in listed.values())


def test_it_is_cyclonedx(bundle: Path) -> None:
    registry = jsonschema_rs.Registry(
        [
            (f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", schema(name))
            for name in ("spdx", "jsf-0.82")
        ]
    )
    told = made(bundle)
    jsonschema_rs.validator_for(schema("bom-1.6"), registry=registry).validate(told)
    del told["components"][0]["type"]
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validator_for(schema("bom-1.6"), registry=registry).validate(told)


def test_the_same_wheels_give_the_same_file(bundle: Path) -> None:
    assert made(bundle) == made(bundle)
