"""What the hub says of itself to programs: the page of the API, the topics of the bus, and the form of a record."""

from functools import cache
from importlib.metadata import version
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRouter

from services.console.api.reading import operations, shapes
from services.console.api.responses import files
from services.console.context import Console

JSON = "application/json"


def documents(console: Console) -> APIRouter:
    """Routes that tell what there is; open, for nothing of the gym is in them."""
    router = APIRouter(tags=["documents"])

    @router.get("/docs", response_class=Response, responses=files(("text/html; charset=utf-8",)))
    def page(request: Request) -> Response:
        """This API as a page to read."""
        told = request.app.openapi()
        values = {
            "about": told["info"]["description"],
            "operations": operations(told),
            "shapes": shapes(told),
        }
        return HTMLResponse(console.assets.page("api.html", **values))

    @router.get("/asyncapi.json", response_class=Response, responses=files((JSON,)))
    def topics() -> Response:
        """The topics of the bus, AsyncAPI 3.0: messages, QoS, retained, and which roles read and write them."""
        return Response(_asyncapi(), media_type=JSON)

    @router.get("/schemas/record.json", response_class=Response, responses=files((JSON,)))
    def record_schema() -> Response:
        """The form of a session's record as JSON (`record.json`), a JSON Schema."""
        return Response(_record_schema(), media_type=JSON)

    return router


@cache
def _asyncapi() -> bytes:
    from device_adapters.contract.asyncapi import document

    return _json(document(version("backstride")))


@cache
def _record_schema() -> bytes:
    from services.records.export import schema

    return _json(schema())


def _json(value: Any) -> bytes:
    import msgspec

    return msgspec.json.encode(value)
