"""Each program that `make proof` runs finds its modules: one that does not would be seen an hour too late."""

import re
import subprocess
import sys

import pytest
from planted import ROOT

RECIPE = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nproof:")[2].partition("\n\n")[0]
PROGRAMS = re.findall(r"tests/\S+\.py", RECIPE)


def test_they_are_found_in_its_recipe() -> None:
    assert "tests/proof/prove.py" in PROGRAMS
    assert len(PROGRAMS) >= 4


@pytest.mark.parametrize("program", PROGRAMS)
def test_it_starts(program: str) -> None:
    code = "import os, runpy, sys; sys.path[0] = os.path.dirname(sys.argv[1]); runpy.run_path(sys.argv[1], {}, 'p')"
    done = subprocess.run(
        [sys.executable, "-c", code, program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-1_000:]
