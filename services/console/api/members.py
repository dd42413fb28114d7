"""Members: who they are, their gates, and what they may begin. Whoever reads or changes is in the store's audit.

Plain functions: the web server runs them in threads, for the store blocks.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Query, Request
from fastapi.routing import APIRouter

from device_adapters.units import kmh_from_ckmh, pct_from_dpct
from services.console.api import answers as a
from services.console.api import bodies as b
from services.console.api.access import Door, signed
from services.console.api.routing import Routes
from services.console.api.storeroom import Storeroom
from services.console.context import Console
from services.members.admission import Wish, training_on
from services.members.growth import Demand
from services.members.model import Body, HeartSource, Purpose, Refusal, Screening
from services.members.people import Person
from services.programme import library, plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.console.past.archive import Hearts
    from services.members.clean import Judged

MemberPath = Annotated[str, Path(pattern="^m-[0-9a-f]{1,38}$")]


def members(console: Console, door: Door) -> APIRouter:
    """Routes of members."""
    routes, storeroom = Routes(door, "members"), console.storeroom
    _who(storeroom, routes)
    _gates(storeroom, routes)
    _may_start(console, routes)
    _health(console, routes)
    return routes.router


def _who(storeroom: Storeroom, routes: Routes) -> None:
    @routes.add("GET", "/members", a.Cards, 422)
    def find(text: Annotated[str, Query(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = "") -> a.Cards:
        """Members whose name, alias or id holds `text`, who was here last first, 50 at most."""
        return a.Cards(members=[a.Card.model_validate(c) for c in storeroom.members().search(text)])

    @routes.add("POST", "/members", a.MemberId, 409, 422, status=201)
    def create(body: b.PersonEntry, request: Request) -> a.MemberId:
        """Take in a member."""
        by = signed(request, body.by)
        return a.MemberId(id=storeroom.members().create(_person(body), by=by, adult=body.adult))

    @routes.add("GET", "/members/{member}", a.Member, 404, 422)
    def read(member: MemberPath, request: Request) -> a.Member:
        """Who a member is and what they agreed to."""
        found = storeroom.members().portrait(member, by=signed(request))
        person = found.person
        return a.Member(
            id=member,
            name=person.name,
            alias=person.alias,
            contact=person.contact,
            birth_year=person.body.birth_year,
            off_board=person.off_board,
            created_ms=found.created_ms,
            visited_ms=found.visited_ms,
            consents=[a.Consent.model_validate(c) for c in found.consents],
            sign_offs=[a.SignOff.model_validate(s) for s in found.sign_offs],
        )

    @routes.add("PUT", "/members/{member}", a.MemberId, 404, 409, 422)
    def update(member: MemberPath, body: b.PersonEntry, request: Request) -> a.MemberId:
        """Replace all that was entered of a member."""
        storeroom.members().update(member, _person(body), by=signed(request, body.by))
        return a.MemberId(id=member)


def _gates(storeroom: Storeroom, routes: Routes) -> None:
    @routes.add("POST", "/members/{member}/screenings", a.MemberId, 404, 422, status=201)
    def screen(member: MemberPath, body: b.ScreeningEntry, request: Request) -> a.MemberId:
        """Keep the answers of a screening; the newest one counts."""
        store, walk_s = storeroom.members(), body.backward_walk_s
        screening = Screening(
            at_ms=store.now_ms(),
            by=signed(request, body.by),
            backward_walk_cs=None if walk_s is None else round(walk_s * 100),
            fall_12_months=body.fall_12_months,
            contraindications=frozenset(body.contraindications),
            clinician_ok_by=body.clinician_ok_by,
        )
        store.screen(member, screening)
        return a.MemberId(id=member)

    @routes.add("PUT", "/members/{member}/consents/{purpose}", a.MemberId, 404, 422)
    def consent(member: MemberPath, purpose: Purpose, body: b.ConsentEntry, request: Request) -> a.MemberId:
        """Keep that the member consented to this purpose."""
        by = signed(request, body.by)
        storeroom.members().consent(member, purpose, text_version=body.text_version, by=by)
        return a.MemberId(id=member)

    @routes.add("DELETE", "/members/{member}/consents/{purpose}", a.MemberId, 404, 422)
    def withdraw(member: MemberPath, purpose: Purpose, request: Request) -> a.MemberId:
        """End a consent; one that does not stand stays as it is."""
        storeroom.members().withdraw(member, purpose, by=signed(request))
        return a.MemberId(id=member)

    @routes.add("POST", "/members/{member}/sign-offs", a.MemberId, 404, 409, 422, status=201)
    def sign_off(member: MemberPath, body: b.SignOffEntry, request: Request) -> a.MemberId:
        """Set the level of a goal; refused while the clean sessions for it are not there."""
        storeroom.members().sign_off(member, body.goal, body.level, by=signed(request, body.by))
        return a.MemberId(id=member)


def _may_start(console: Console, routes: Routes) -> None:
    @routes.add("POST", "/members/{member}/may-start", a.MayStart, 404, 409, 422)
    def may_start(member: MemberPath, body: b.WishEntry, request: Request) -> a.MayStart:
        """May this session begin now, and how far may it go? Starts nothing."""
        programme = library.find(body.goal, body.level, body.programme, console.own_programmes())
        wish = Wish(
            goal=body.goal,
            level=body.level,
            demand=Demand(**plan.retro_demand(programme)),
            by=signed(request, body.by),
            why=body.why,
            arms_reach=body.arms_reach,
        )
        found = console.storeroom.members().may_start(member, wish)
        if treadmill := console.floor.training(member):
            found = training_on(treadmill)
        if isinstance(found, Refusal):
            return a.MayStart(may=False, cause=found.cause, text=found.text)
        return a.MayStart(
            may=True,
            level=found.level,
            session_s=found.caps.session_s,
            speed_max_kmh=kmh_from_ckmh(found.caps.speed_ckmh),
            grade_max_pct=pct_from_dpct(found.caps.grade_dpct),
            held=list(found.caps.held),
            overridden=found.overridden,
        )


def _health(console: Console, routes: Routes) -> None:
    storeroom = console.storeroom

    @routes.add("GET", "/members/{member}/health", a.Health, 404, 422)
    def health(member: MemberPath, request: Request) -> a.Health:
        """What the rules know of a member's health, under the pseudonym."""
        found = storeroom.members().portrait(member, by=signed(request), what="viewed health")
        body = found.person.body
        return a.Health(
            id=member,
            hr_max_bpm=body.hr_max_bpm,
            hr_max_source=body.hr_max_source,
            hr_rest_bpm=body.hr_rest_bpm,
            hr_rest_source=body.hr_rest_source,
            beta_blocker=body.beta_blocker,
            screenings=[a.Screening.model_validate(s) for s in found.screenings],
        )

    @routes.add("GET", "/members/{member}/history", a.History, 404, 422)
    def history(member: MemberPath, request: Request) -> a.History:
        """The member's sessions, under the pseudonym. Heart rates where the member consents to their being kept."""
        store = storeroom.members()
        found = store.history(member, by=signed(request))
        consents = store.consents_to(member, Purpose.HEART_RATE)
        hearts = console.past.hearts(member, (judged.record for judged in found)) if consents else {}
        return a.History(id=member, sessions=[_past(judged, hearts) for judged in found])


def _person(body: b.PersonEntry) -> Person:
    rest = body.hr_rest
    return Person(
        name=body.name,
        alias=body.alias,
        contact=body.contact,
        off_board=body.off_board,
        body=Body(
            birth_year=body.birth_year,
            hr_max_bpm=None if body.hr_max is None else body.hr_max.bpm,
            hr_max_source=HeartSource.FORMULA if body.hr_max is None else HeartSource(body.hr_max.source),
            hr_rest_bpm=None if rest is None else rest.bpm,
            hr_rest_source=None if rest is None else HeartSource(rest.source),
            beta_blocker=body.beta_blocker,
        ),
    )


def _past(judged: "Judged", hearts: "Mapping[str, Hearts]") -> a.PastSession:
    record = judged.record
    if record.session in hearts:
        mean_bpm, peak_bpm = hearts[record.session]
        record = replace(record, hr_mean_bpm=mean_bpm, hr_peak_bpm=peak_bpm)
    told = {name: getattr(record, name) for name in a.PastSession.model_fields if hasattr(record, name)}
    return a.PastSession(
        **told,
        speed_max_kmh=kmh_from_ckmh(record.speed_max_ckmh),
        grade_max_pct=pct_from_dpct(record.grade_max_dpct),
        unclean=judged.unclean,
    )
