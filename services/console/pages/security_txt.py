"""Whom to tell of a weakness of this hub: RFC 9116."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from services.console.context import Console
from services.texts.languages import LANGUAGES

HOLDS_DAYS = 180
"""From each question on: who reads it later asks again."""


def security_txt(console: Console) -> APIRouter:
    """Its one route; 404 where nobody is named."""
    router = APIRouter()

    @router.get("/.well-known/security.txt")
    async def told() -> PlainTextResponse:
        if not console.security_contact:
            return PlainTextResponse("security_contact in site.toml names nobody yet.\n", 404)
        now = datetime.fromtimestamp(console.clock.wall_ms() / 1000, UTC)
        ends = (now + timedelta(days=HOLDS_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
        return PlainTextResponse(
            f"Contact: {console.security_contact}\n"
            f"Expires: {ends:%Y-%m-%dT%H:%M:%SZ}\n"
            f"Preferred-Languages: {', '.join(LANGUAGES)}\n"
        )

    return router
