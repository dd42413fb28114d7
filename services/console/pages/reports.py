"""The report to hand over, as a page to print, a PDF, and FHIR observations. Who makes one is in the audit."""

from importlib.metadata import version

import msgspec
from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from services.console.auth.page_access import Signature, User
from services.console.context import Console
from services.console.languages import say
from services.console.pages.store_pages import MemberId, asked, not_there
from services.console.past import report_pdf
from services.console.past.fhir import MEDIA_TYPE

VERSION = version("backstride")


def reports(console: Console) -> APIRouter:
    """Routes of reports."""
    router = APIRouter()

    @router.get("/history/{member}/report", response_class=HTMLResponse)
    async def page(member: MemberId, user: User, by: Signature) -> HTMLResponse:
        found = await asked(lambda: console.past.report(member, by, VERSION))
        shown = console.assets.page(
            "report.html",
            site=console.floor.site,
            person=user,
            report=found,
            with_pdf=report_pdf.is_installed(),
        )
        return HTMLResponse(shown)

    @router.get("/history/{member}/report.pdf")
    async def paper(member: MemberId, user: User, by: Signature) -> Response:
        if not report_pdf.is_installed():
            return not_there(
                console, user, 404, say("This hub makes no PDF. Print the report, or save it as a PDF.")
            )
        found = await asked(lambda: console.past.report(member, by, VERSION))
        content = await asked(lambda: report_pdf.pdf(found, console.floor.site))
        named = {"Content-Disposition": f'attachment; filename="backstride-{member}.pdf"'}
        return Response(content, media_type="application/pdf", headers=named)

    @router.get("/history/{member}/report.fhir.json")
    async def fhir(member: MemberId, by: Signature) -> Response:
        found = await asked(lambda: console.past.fhir(member, by, VERSION))
        named = {"Content-Disposition": f'attachment; filename="backstride-{member}.fhir.json"'}
        return Response(msgspec.json.encode(found), media_type=MEDIA_TYPE, headers=named)

    return router
