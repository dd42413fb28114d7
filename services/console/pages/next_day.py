"""The pain of the day after, asked of the member by the link of their session: good for a week, without a sign-in."""

import asyncio
import re

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from device_adapters.contract.bounds import PAIN
from device_adapters.errors import BackstrideError
from services.console.auth.model import BY_MEMBER
from services.console.context import Console
from services.console.languages import language_for, translate
from services.console.pages.sign_in import form_of
from services.console.past.next_day import NextDay
from services.texts.languages import LANGUAGES

ANSWER_MAX_S = 5.0
TOKEN = re.compile("[0-9a-f]{26}")
PAIN_WORDS = frozenset(map(str, range(PAIN[0], PAIN[1] + 1)))

log = structlog.get_logger("console")


def next_day(console: Console) -> APIRouter:
    """The answer; the question stands on the member's own page (`asked`)."""
    router = APIRouter()

    @router.post("/m/{token}/next-day", response_class=HTMLResponse)
    async def answer(token: str, request: Request, lang: str = "") -> HTMLResponse:
        language = language_for(lang, request.headers.get("accept-language", ""))
        form = await form_of(request)
        found = await _found(console, token)
        pain = form.get("pain", "")
        if found is None:
            return page(console, "member_over.html", language, 404, rear=False)
        if pain not in PAIN_WORDS:
            return page(console, "member_next_day.html", language, 422, asked=found, token=token)
        try:
            async with asyncio.timeout(ANSWER_MAX_S):
                await asyncio.to_thread(console.past.hurt_next_day, found.session, int(pain), BY_MEMBER)
        except (BackstrideError, TimeoutError) as e:
            log.warning("next_day_not_kept", why=str(e) or "no answer")
            return page(console, "member_next_day.html", language, 503, asked=found, token=token, failed=True)
        return page(console, "member_next_day.html", language, noted=int(pain), asked=found, token=token)

    return router


async def asked(console: Console, token: str, language: str) -> HTMLResponse | None:
    """The question, from the day after on for a week; None: it is not open for this token."""
    found = await _found(console, token)
    if found is None:
        return None
    return page(console, "member_next_day.html", language, asked=found, token=token, noted=found.pain)


async def _found(console: Console, token: str) -> NextDay | None:
    if not TOKEN.fullmatch(token):
        return None
    try:
        async with asyncio.timeout(ANSWER_MAX_S):
            return await asyncio.to_thread(
                console.past.next_day_of, lambda session: console.links.opens(token, session)
            )
    except (BackstrideError, TimeoutError) as e:
        log.warning("next_day_not_asked", why=str(e) or "no answer")
        return None


def page(console: Console, template: str, language: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page of a member's, in the language that they read."""

    def say(text: str, **places: object) -> str:
        return translate(language, text).format(**places)

    values = {"failed": False, "noted": None, **values}
    text = console.assets.page(template, _=say, language=language, languages=LANGUAGES, **values)
    return HTMLResponse(text, status_code=status)
