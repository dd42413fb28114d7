"""A mirror of a few Debian packages: a folder that apt takes as a flat repository, whoever serves it."""

import hashlib
import subprocess
from pathlib import Path


def index(folder: Path) -> None:
    """Write `Packages` and `Release` of the packages in a folder."""
    entries = []
    for package in sorted(folder.glob("*.deb")):
        said = subprocess.run(["dpkg-deb", "-f", package], check=True, capture_output=True, text=True).stdout
        data = package.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        entries.append(f"{said.strip()}\nFilename: ./{package.name}\nSize: {len(data)}\nSHA256: {digest}\n")
    packages = "\n".join(entries).encode()
    (folder / "Packages").write_bytes(packages)
    listed = f" {hashlib.sha256(packages).hexdigest()} {len(packages)} Packages\n"
    (folder / "Release").write_text(f"Origin: test\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n{listed}")
