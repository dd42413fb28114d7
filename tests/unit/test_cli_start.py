"""The command answers at once: what a subcommand needs is imported when it runs."""

import subprocess
import sys

HEAVY = (
    "asyncio",
    "structlog",
    "paho",
    "sqlalchemy",
    "fastapi",
    "bleak",
    "bumble",
    "cryptography",
    "pydantic",
)


def test_help_imports_nothing_heavy() -> None:
    code = f"import services.cli.main, sys; print(sorted({{*{HEAVY!r}}} & {{*sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
