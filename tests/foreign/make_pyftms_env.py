"""Make `build/pyftms-venv`: pyftms needs Python 3.12 or 3.13, whatever Backstride itself runs on.

Prints the environment's interpreter as its last line, or says loudly that this machine has no Python for it and
prints nothing.
"""

import sys
import tomllib

from environments import ROOT, Foreign, ready

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# With all that a unit needs, so that `make bench` runs both on one interpreter.
PYFTMS = Foreign(
    name="pyftms",
    requirements=(
        "pyftms==0.4.15",
        "bumble",
        *PROJECT["dependencies"],
        *PROJECT["optional-dependencies"]["unit"],
    ),
    fitting=((3, 13), (3, 12)),
    ours=True,
)

if __name__ == "__main__" and (interpreter := ready(PYFTMS)):
    sys.stdout.write(f"{interpreter}\n")
