"""What each template of the console keeps to."""

import re
from pathlib import Path

import pytest

from services import console

TEMPLATES = sorted((Path(console.__file__).parent / "templates").glob("*.html"))
SCRIPT = re.compile(r"<script\b[^>]*\bsrc=[^>]*>")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_page_is_painted_as_its_script_leaves_it(template: Path) -> None:
    """Else what the script shows or writes pushes the rest aside, Stop too, under a finger that is on its way."""
    scripts = SCRIPT.findall(template.read_text(encoding="utf-8"))
    assert [script for script in scripts if 'blocking="render"' not in script] == []
