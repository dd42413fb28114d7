"""The command answers at once: what a subcommand needs is imported when it runs."""

import subprocess
import sys

HEAVY = (
    "asyncio",
    "structlog",
    "paho",
    "mqtt5",
    "sqlalchemy",
    "fastapi",
    "bleak",
    "bumble",
    "cryptography",
    "pydantic",
    "msgspec",
)


def test_help_imports_nothing_heavy() -> None:
    code = f"import services.cli.main, sys; print(sorted({{*{HEAVY!r}}} & {{*sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_role_is_started_without_the_library_of_the_command_line() -> None:
    code = (
        "import sys; sys.argv = ['backstride', 'run', 'unit', '--config', 'nowhere.toml']\n"
        "from services.cli.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'typer', 'pydantic', 'prometheus_client'}\n"
        "print(sorted(heavy & {*sys.modules}), 'device_adapters.unit' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[] True"
    assert "nowhere.toml: no such file" in done.stderr
