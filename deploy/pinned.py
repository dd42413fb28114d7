"""What pip would install, each wheel with its hash in a bundle's list: requirements for `pip install --require-hashes`.

pinned.py SHA256SUMS < REPORT, where REPORT is what `pip install --dry-run --report -` writes.
"""

import json
import sys
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

PREFIX = "./wheels/"

hashes = {
    PurePosixPath(name).name: sum_
    for sum_, _, name in (line.partition("  ") for line in Path(sys.argv[1]).read_text().splitlines())
    if name.startswith(PREFIX)
}
for each in json.load(sys.stdin)["install"]:
    wheel = PurePosixPath(unquote(each["download_info"]["url"])).name
    if wheel not in hashes:
        sys.exit(f"error: {wheel} is not in {sys.argv[1]}")
    about = each["metadata"]
    sys.stdout.write(f"{about['name']}=={about['version']} --hash=sha256:{hashes[wheel]}\n")
