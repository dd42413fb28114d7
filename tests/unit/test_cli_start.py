"""The command answers at once: what a subcommand needs is imported when it runs."""

import subprocess
import sys

import pytest

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


@pytest.mark.parametrize(
    ("role", "its"),
    [
        ("unit", "device_adapters.unit"),
        ("session", "services.session.service"),
        ("metrics", "services.metrics.service"),
    ],
)
def test_a_role_is_started_without_the_libraries_of_the_command_line(role: str, its: str) -> None:
    code = (
        f"import sys; sys.argv = ['backstride', 'run', '{role}', '--config', 'nowhere.toml']\n"
        "from services.cli.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "import structlog\n"
        "heavy = {'typer', 'pydantic', 'prometheus_client', 'rich', 'pygments', 'attr'}\n"
        f"print(sorted(name for name in heavy if sys.modules.get(name)), '{its}' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[] True"
    assert "nowhere.toml: no such file" in done.stderr


def test_the_console_serves_its_first_page_without_the_library_of_the_database() -> None:
    code = "import services.console.service, sys; print('sqlalchemy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("ask", ["token('x')", "accounts()", "sign_ins(None)"])
def test_the_database_s_library_is_imported_by_who_opens_the_store_alone(ask: str) -> None:
    """Two threads that import it at once find it half there, and the console ended at its first sign-in."""
    code = (
        "import sys\n"
        "from services.console.auth.auth_db import AuthDb\n"
        "def opens():\n"
        "    print('sqlalchemy' in sys.modules)\n"
        "    raise KeyError\n"
        f"try: AuthDb(opens).{ask}\n"
        "except KeyError: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "False"
