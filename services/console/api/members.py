"""Members: who they are, their gates, and what they may begin. Whoever reads or changes is in the store's audit.

Plain functions: the web server runs them in threads, for the store blocks.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Query
from fastapi.routing import APIRouter

from device_adapters.contract import bounds
from device_adapters.contract.phrase import Refusal
from device_adapters.units import kmh_from_ckmh, pct_from_dpct
from services.console.api import answers as a
from services.console.api.responses import problems
from services.console.auth.bearer import TokenUser, signed
from services.console.bodies import members as b
from services.console.context import Console
from services.members.admission import StartWish, training_on
from services.members.growth import Demand
from services.members.model import Body, HeartSource, Purpose
from services.members.opening import MembersDb
from services.members.people import MemberDetails
from services.programme import library, plan
from services.texts.telling import tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.console.past.archive import Hearts
    from services.members.clean import Judged

MemberPath = Annotated[str, Path(pattern=bounds.MEMBER_PATTERN)]


def members(console: Console) -> APIRouter:
    """Routes of members."""
    router, members_db = APIRouter(tags=["members"]), console.members_db
    _who(members_db, router)
    _gates(members_db, router)
    _may_start(console, router)
    _health(console, router)
    return router


def _who(members_db: MembersDb, router: APIRouter) -> None:
    @router.get("/members", responses=problems(422))
    def find(text: Annotated[str, Query(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = "") -> a.Cards:
        """Members whose name, alias or id holds `text`, who was here last first, 50 at most."""
        return a.Cards(members=[a.CardAnswer.model_validate(c) for c in members_db.members().search(text)])

    @router.post("/members", status_code=201, responses=problems(409, 422))
    def create(body: b.PersonEntry, token: TokenUser) -> a.MemberId:
        """Take in a member."""
        by = signed(token, body.by)
        return a.MemberId(id=members_db.members().create(_person(body), by=by, adult=body.adult))

    @router.get("/members/{member}", responses=problems(404, 422))
    def read(member: MemberPath, token: TokenUser) -> a.Member:
        """Who a member is and what they agreed to."""
        found = members_db.members().portrait(member, by=signed(token))
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
            consents=[a.ConsentAnswer.model_validate(c) for c in found.consents],
            sign_offs=[a.SignOffAnswer.model_validate(s) for s in found.sign_offs],
        )

    @router.put("/members/{member}", responses=problems(404, 409, 422))
    def update(member: MemberPath, body: b.PersonEntry, token: TokenUser) -> a.MemberId:
        """Replace all that was entered of a member."""
        members_db.members().update(member, _person(body), by=signed(token, body.by))
        return a.MemberId(id=member)


def _gates(members_db: MembersDb, router: APIRouter) -> None:
    @router.post("/members/{member}/screenings", status_code=201, responses=problems(404, 422))
    def screen(member: MemberPath, body: b.ScreeningEntry, token: TokenUser) -> a.MemberId:
        """Keep the answers of a screening; the newest one counts."""
        store = members_db.members()
        store.screen(member, body.screening(store.now_ms(), signed(token, body.by)))
        return a.MemberId(id=member)

    @router.put("/members/{member}/consents/{purpose}", responses=problems(404, 422))
    def consent(member: MemberPath, purpose: Purpose, body: b.ConsentEntry, token: TokenUser) -> a.MemberId:
        """Keep that the member consented to this purpose."""
        by = signed(token, body.by)
        members_db.members().consent(member, purpose, text_version=body.text_version, by=by)
        return a.MemberId(id=member)

    @router.delete("/members/{member}/consents/{purpose}", responses=problems(404, 422))
    def withdraw(member: MemberPath, purpose: Purpose, token: TokenUser) -> a.MemberId:
        """End a consent; one that does not stand stays as it is."""
        members_db.members().withdraw(member, purpose, by=signed(token))
        return a.MemberId(id=member)

    @router.post("/members/{member}/sign-offs", status_code=201, responses=problems(404, 409, 422))
    def sign_off(member: MemberPath, body: b.SignOffEntry, token: TokenUser) -> a.MemberId:
        """Set the level of a goal; refused while the clean sessions for it are not there."""
        members_db.members().sign_off(member, body.goal, body.level, by=signed(token, body.by))
        return a.MemberId(id=member)


def _may_start(console: Console, router: APIRouter) -> None:
    @router.post("/members/{member}/may-start", responses=problems(404, 409, 422))
    def may_start(member: MemberPath, body: b.WishEntry, token: TokenUser) -> a.MayStart:
        """May this session begin now, and how far may it go? Starts nothing."""
        programme = library.find(body.goal, body.level, body.programme, console.own_programmes())
        wish = StartWish(
            goal=body.goal,
            level=body.level,
            demand=Demand(**plan.retro_demand(programme)),
            by=signed(token, body.by),
            why=body.why,
            arms_reach=body.arms_reach,
        )
        found = console.members_db.members().may_start(member, wish)
        if treadmill := console.floor.training(member):
            found = training_on(treadmill)
        if isinstance(found, Refusal):
            return a.MayStart(may=False, cause=found.cause, text=tell(found.said))
        return a.MayStart(
            may=True,
            level=found.level,
            session_s=found.caps.session_s,
            speed_max_kmh=kmh_from_ckmh(found.caps.speed_ckmh),
            grade_max_pct=pct_from_dpct(found.caps.grade_dpct),
            held=[tell(each) for each in found.caps.held],
            overridden=found.overridden,
        )


def _health(console: Console, router: APIRouter) -> None:
    members_db = console.members_db

    @router.get("/members/{member}/health", responses=problems(404, 422))
    def health(member: MemberPath, token: TokenUser) -> a.HealthAnswer:
        """What the rules know of a member's health, under the pseudonym."""
        found = members_db.members().portrait(member, by=signed(token), what="viewed health")
        body = found.person.body
        return a.HealthAnswer(
            id=member,
            hr_max_bpm=body.hr_max_bpm,
            hr_max_source=body.hr_max_source,
            hr_rest_bpm=body.hr_rest_bpm,
            hr_rest_source=body.hr_rest_source,
            beta_blocker=body.beta_blocker,
            screenings=[a.ScreeningAnswer.model_validate(s) for s in found.screenings],
        )

    @router.get("/members/{member}/history", responses=problems(404, 422))
    def history(member: MemberPath, token: TokenUser) -> a.HistoryAnswer:
        """The member's sessions, under the pseudonym. Heart rates where the member consents to their being kept."""
        store = members_db.members()
        found = store.history(member, by=signed(token))
        consents = store.consents_to(member, Purpose.HEART_RATE)
        hearts = console.past.hearts(member, (judged.record for judged in found)) if consents else {}
        return a.HistoryAnswer(id=member, sessions=[_past(judged, hearts) for judged in found])


def _person(body: b.PersonEntry) -> MemberDetails:
    rest = body.hr_rest
    return MemberDetails(
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
        unclean=tell(judged.unclean),
    )
