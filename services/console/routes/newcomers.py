"""A new member, taken in while the treadmill waits: who they are, the screening, what they agree to."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from device_adapters.errors import BackstrideError
from services.console import words
from services.console.accounts.acting import signature
from services.console.bodies import Newcomer
from services.console.context import Console
from services.console.routes.levels import refused
from services.members.model import Body, HeartSource, Screening
from services.members.people import Person

TEXT_VERSION = "1"
"""Which text on consent the page shows."""


def newcomers(console: Console) -> APIRouter:
    """The route of new members; a plain function: the store blocks."""
    router = APIRouter()

    @router.post("/api/members")
    def take_in(body: Newcomer) -> JSONResponse:
        """Keep all of it, and say who is to be chosen now."""
        person = Person(
            name=body.name,
            alias=body.alias,
            body=Body(
                birth_year=body.birth_year,
                hr_max_bpm=body.hr_max_bpm,
                hr_max_source=HeartSource.FORMULA if body.hr_max_bpm is None else HeartSource.MEASURED,
                beta_blocker=body.beta_blocker,
            ),
        )
        walk_s = body.backward_walk_s
        try:
            store = console.storeroom.members()
            screening = Screening(
                at_ms=store.now_ms(),
                by=signature(),
                backward_walk_cs=None if walk_s is None else round(walk_s * 100),
                fall_12_months=body.fall_12_months,
                contraindications=frozenset(body.contraindications),
                clinician_ok_by=body.clinician_ok_by,
            )
            member = store.create(person, by=signature(), adult=body.adult)
            store.screen(member, screening)
            for purpose in body.consents:
                store.consent(member, purpose, text_version=TEXT_VERSION, by=signature())
        except BackstrideError as e:
            return refused(e)
        card = {"id": member, "name": person.name, "alias": person.alias}
        return JSONResponse(
            {"ok": True, "id": body.id, "member": card, "text": words.taken_in(person.alias)}, 201
        )

    return router
