"""How a tablet or phone comes to trust this site's own authority. Open, and answered by HTTP too: it does not yet."""

import segno
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.console import words
from services.console.context import Console

MEDIA_TYPE = "application/x-x509-ca-cert"


def trust(console: Console) -> APIRouter:
    """Routes of the page and of the certificate."""
    router = APIRouter()

    @router.get("/trust", response_class=HTMLResponse)
    async def page(request: Request) -> str:
        host = request.url.hostname or ""
        here = f"[{host}]" if ":" in host else host
        port = "" if request.url.port is None else f":{request.url.port}"
        address = f"{request.url.scheme}://{here}{port}/trust"
        return console.assets.page(
            "trust.html",
            trust=console.trust,
            words=words,
            address=address,
            picture=segno.make(address, error="m", micro=False).svg_data_uri(border=2, scale=6),
            safe=f"https://{here}{'' if console.trust.port == 443 else f':{console.trust.port}'}/",
        )

    @router.get("/trust/root.crt")
    async def root() -> Response:
        if not console.trust.root:
            return Response(status_code=404)
        name = f'attachment; filename="backstride-{console.floor.site}.crt"'
        return Response(console.trust.root, media_type=MEDIA_TYPE, headers={"Content-Disposition": name})

    return router
