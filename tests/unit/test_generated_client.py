"""What a client calls that a generator makes of the OpenAPI document: names that a booking system relies on."""

import ast
from pathlib import Path

from memory_console import console

from services.console.api.app import make_api

DAY = Path(__file__).parents[1] / "foreign/booking_day.py"
OF_THE_GENERATOR = {"AuthenticatedClient", "Client"}


def test_the_booking_systems_day_calls_what_the_document_names(tmp_path: Path) -> None:
    document = make_api(console(tmp_path)).openapi()
    known = set(document["components"]["schemas"]) | OF_THE_GENERATOR
    known |= {operation["operationId"] for item in document["paths"].values() for operation in item.values()}
    imports = [node for node in ast.walk(ast.parse(DAY.read_text())) if isinstance(node, ast.ImportFrom)]
    called = {
        alias.name for node in imports if str(node.module).startswith("backstride") for alias in node.names
    }
    assert len(called) > 20
    assert called <= known, called - known
