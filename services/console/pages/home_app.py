"""A member's page as an app of their phone: its name and icons, what it shows without a connection, and whether pages
are kept on the phone, which only the member turns on."""

from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from services.console.auth.home_access import OwnHome
from services.console.context import Console
from services.console.pages.home_door import HomeId
from services.console.pages.sign_in import form_of
from services.console.pages.store_pages import asked

if TYPE_CHECKING:
    from services.console.auth.homes import Homes

SHEETS = ("console.css", "past.css", "home.css")
ICONS = ((192, "any"), (512, "any"), (512, "maskable"))
"""Sides in px, and what phones may do with each."""


def home_app(console: Console) -> APIRouter:
    """Routes of the app. They tell nothing of anybody but `keep`, which is the member's."""
    router = APIRouter()
    static = f"/static/{console.assets.build}"

    @router.get("/me/{home}/manifest.webmanifest")
    async def manifest(home: HomeId) -> JSONResponse:
        """What a phone needs to keep the page among its apps."""
        icons = [
            {
                "src": f"{static}/icon{'-maskable' if purpose == 'maskable' else ''}-{side}.png",
                "sizes": f"{side}x{side}",
                "type": "image/png",
                "purpose": purpose,
            }
            for side, purpose in ICONS
        ]
        told = {
            "id": f"/me/{home}",
            "name": "Backstride",
            "short_name": "Backstride",
            "start_url": f"/me/{home}",
            "scope": f"/me/{home}",
            "display": "standalone",
            "background_color": "#101418",
            "theme_color": "#101418",
            "icons": icons,
        }
        return JSONResponse(told, media_type="application/manifest+json")

    @router.get("/me/{home}/worker.js")
    async def worker(home: HomeId) -> Response:
        """The page's service worker, for that page alone."""
        named = {"HOME": home, "STATIC": static, "BEFORE": [f"{static}/{sheet}" for sheet in SHEETS]}
        begun = "".join(
            f"const {name} = {msgspec.json.encode(value).decode()};\n" for name, value in named.items()
        )
        content = begun.encode() + console.assets.static["worker.js"].content
        allowed = {"Service-Worker-Allowed": f"/me/{home}", "Cache-Control": "no-cache"}
        return Response(content, media_type="text/javascript; charset=utf-8", headers=allowed)

    @router.get("/me/{home}/offline", response_class=HTMLResponse)
    async def offline(home: HomeId) -> str:
        return console.assets.page("home_offline.html", home=home)

    @router.post("/me/{home}/keep")
    async def keep(request: Request, home: OwnHome) -> Response:
        kept = "on" in await form_of(request)
        await asked(lambda: _homes(console).keep_on_phone(home.id, kept=kept))
        # On to what is to be kept, or to be wiped: the answer to that says so to the phone.
        return RedirectResponse(f"/me/{home.id}", 303)

    return router


def _homes(console: Console) -> "Homes":
    return console.members_db.homes(console.homes_open_for)
