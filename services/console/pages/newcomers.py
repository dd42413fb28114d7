"""A new member, taken in while the treadmill waits, and the screening of one who is known: the 3 m walk, the questions,
what they agree to."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from device_adapters.errors import BackstrideError
from services.console import words
from services.console.auth.page_access import Signature
from services.console.bodies.fields import ID_PATTERN
from services.console.bodies.members import Newcomer, Screened
from services.console.context import Console
from services.console.pages.levels import refused
from services.members.model import Body, HeartSource
from services.members.people import MemberDetails
from services.members.text import key
from services.rules.consent import TEXT_VERSION

if TYPE_CHECKING:
    from services.members.store import Members


def newcomers(console: Console) -> APIRouter:
    """Routes of taking in; plain functions: the store blocks."""
    router = APIRouter()

    @router.post("/api/members")
    def take_in(body: Newcomer, by: Signature) -> JSONResponse:
        """Keep all of it, and say who is to be chosen now. One of the same name is asked about first."""
        person = MemberDetails(
            name=body.name,
            alias=body.alias,
            body=Body(
                birth_year=body.birth_year,
                hr_max_bpm=body.hr_max_bpm,
                hr_max_source=HeartSource.FORMULA if body.hr_max_bpm is None else HeartSource.MEASURED,
                beta_blocker=body.beta_blocker,
            ),
        )
        try:
            store = console.members_db.members()
            if not body.another and (alias := _same_name(store, body.name)):
                text = words.same_name(body.name, alias)
                return JSONResponse({"ok": False, "id": body.id, "cause": "same_name", "text": text}, 409)
            member = store.create(person, by=by, adult=body.adult)
            _screen(store, member, body, by)
        except BackstrideError as e:
            return refused(e)
        card = {"id": member, "name": person.name, "alias": person.alias}
        return JSONResponse(
            {"ok": True, "id": body.id, "member": card, "text": words.taken_in(person.alias)}, 201
        )

    @router.post("/api/members/{member}/screenings")
    def screen(
        member: Annotated[str, Path(pattern=ID_PATTERN)], body: Screened, by: Signature
    ) -> JSONResponse:
        """Screen a member again, and add what they agree to now."""
        try:
            store = console.members_db.members()
            _screen(store, member, body, by)
            alias = store.alias(member)
        except BackstrideError as e:
            return refused(e)
        return JSONResponse({"ok": True, "id": body.id, "text": words.screened(alias)})

    return router


def _screen(store: "Members", member: str, body: Screened, by: str) -> None:
    store.screen(member, body.screening(store.now_ms(), by))
    for purpose in body.consents:
        store.consent(member, purpose, text_version=TEXT_VERSION, by=by)


def _same_name(store: "Members", name: str) -> str:
    """The alias of a member of that name; empty: there is none."""
    return next((card.alias for card in store.search(name) if key(card.name) == key(name)), "")
