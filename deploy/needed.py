"""What Backstride needs on another machine: needed.py PYTHON ARCH EXTRA,EXTRA prints a requirement a line.

pip itself judges the conditions of pyproject.toml by the machine that it runs on.
"""

import sys
import tomllib
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def needed(python: str, arch: str, extras: list[str]) -> list[str]:
    """Requirements without their conditions, each once."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    listed = [*project["dependencies"], *(one for e in extras for one in project["optional-dependencies"][e])]
    there = {
        "implementation_name": "cpython", "platform_python_implementation": "CPython", "platform_system": "Linux",
        "os_name": "posix", "sys_platform": "linux", "platform_machine": arch, "python_version": python,
        "python_full_version": f"{python}.0",
    }  # fmt: skip
    asked = [Requirement(one) for one in listed]
    wanted = [one for one in asked if one.marker is None or one.marker.evaluate(there)]
    return sorted({str(one).partition(";")[0].strip() for one in wanted})


if __name__ == "__main__":
    print("\n".join(needed(sys.argv[1], sys.argv[2], sys.argv[3].split(","))))  # noqa: T201
