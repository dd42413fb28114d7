"""Appointments over a running console: in Today and on the member's page; and staff's own calendar by a secret link."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from console_rig import Rig, rig
from icalendar import Calendar
from members_rig import WREN
from month_rig import enter_member, enter_month, open_members
from sign_in import NAMES, headers, sign_in

from device_adapters.safety.limits import Goal
from device_adapters.units import DAY_MS
from services.console.auth.accounts import AccountStore
from services.console.auth.home_access import OPEN_COOKIE, PHONE_COOKIE
from services.console.auth.homes import Homes
from services.console.auth.model import HOME_OPEN
from services.console.auth.roles import Role
from services.members.model import Prescription

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@dataclass(frozen=True)
class BookedSite:
    """A console that read a booking system's file; Wren has an appointment, Finch a prescription of the coach's."""

    rig: Rig
    wren: str
    finch: str
    at: datetime


def booked_file(folder: Path, at: datetime) -> None:
    """Wren today and in two days, and somebody today; a second source is not there."""
    booked = (("Wanda Ren 30 min", 0), ("Somebody Unknown", 0), ("Wanda Ren again", 2))
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{words}\r\nDTSTART:{(at + timedelta(days=days)).strftime('%Y%m%dT%H%M%S')}\r\n"
        f"SUMMARY:{words}\r\nEND:VEVENT\r\n"
        for words, days in booked
    )
    (folder / "gym.ics").write_text(
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n"
    )
    (folder / "bookings.txt").write_text(f"{folder / 'gym.ics'}\n{folder / 'gone.ics'}\n")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BookedSite]:
    folder = tmp_path_factory.mktemp("diary")
    # At noon: a test at midnight would have its appointment on another day.
    at = datetime.now().replace(hour=12, minute=0, second=0, microsecond=0)  # noqa: DTZ005  as the hub's own clock
    booked_file(folder, at)
    wren = enter_member(folder, replace(WREN, name="Wanda Ren"))
    finch = enter_member(folder, replace(WREN, name="Fiona Inch", alias="Finch"))
    for member in (wren, finch):
        enter_month(folder, member)
    async with rig(folder) as running:
        yield BookedSite(running, wren, finch, at)


async def as_who(site: BookedSite, role: Role) -> httpx.AsyncClient:
    url = site.rig.console.url
    return httpx.AsyncClient(base_url=url, headers=headers(url, await sign_in(url, NAMES[role])), timeout=60)


def account(site: BookedSite, role: Role) -> str:
    store = open_members(site.rig.folder)
    try:
        return AccountStore(store).find(NAMES[role]).id
    finally:
        store.close()


async def linked(http: httpx.AsyncClient, scope: str) -> str:
    shown = await http.post("/today/calendar", data={scope: ""})
    assert shown.status_code == 200
    return shown.text.partition('readonly value="')[2].partition('"')[0]


async def test_today_shows_who_is_booked_and_names_nobody_who_is_no_member(site: BookedSite) -> None:
    async with await as_who(site, Role.STAFF) as http:
        page = (await http.get("/today")).text
    part = page.partition('aria-label="Appointments"')[2].partition("</section>")[0]
    assert f'<a href="/history/{site.wren}">Wren</a> <span>12:00' in part
    assert "Nobody known here <span>12:00" in part
    assert "Booking system 2" in part
    for name in ("Wanda", "Somebody"):
        assert name not in page


async def test_the_members_own_page_has_the_next_and_nobody_elses(site: BookedSite) -> None:
    store = open_members(site.rig.folder)
    homes = Homes(store, HOME_OPEN)
    keys = [homes.move_in(homes.link(member, by="Anna"), "2846") for member in (site.wren, site.finch)]
    store.close()
    pages = []
    for one in keys:
        assert one is not None
        cookies = {"Cookie": f"{PHONE_COOKIE}={one.phone}; {OPEN_COOKIE}={one.open}"}
        async with httpx.AsyncClient(base_url=site.rig.console.url, headers=cookies, timeout=60) as http:
            pages.append((await http.get(f"/me/{one.id}")).text)
    assert "Your appointment:" in pages[0]
    assert "12:00." in pages[0].partition("Your appointment:")[2][:80]
    assert "Your appointment:" not in pages[1]


async def test_a_calendar_tells_aliases_and_times_until_it_is_taken_back(site: BookedSite) -> None:
    coach, now_ms = account(site, Role.COACH), open_members_now(site)
    store = open_members(site.rig.folder)
    given = Prescription(
        goal=Goal.MOBILITY, speed_ckmh=100, minutes=5, sessions_week=2, pain_stop=4, at_ms=now_ms - DAY_MS,
        until_ms=now_ms + 14 * DAY_MS, by=f"coach {coach}", why="slow steps",
    )  # fmt: skip
    store.prescribe(site.finch, given)
    store.close()
    async with await as_who(site, Role.COACH) as http, httpx.AsyncClient(timeout=60) as stranger:
        everybody, mine = await linked(http, "site"), await linked(http, "mine")
        told = {scope: await stranger.get(url) for scope, url in (("site", everybody), ("mine", mine))}
        for answer in told.values():
            assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
            for secret in ("Wanda", "Fiona", "Unknown", site.wren, site.finch, "slow steps"):
                assert secret not in answer.text
        whole = [str(event["SUMMARY"]) for event in Calendar.from_ical(told["site"].text).walk("VEVENT")]
        own = [str(event["SUMMARY"]) for event in Calendar.from_ical(told["mine"].text).walk("VEVENT")]
        assert sorted(whole) == ["Finch: the next session may begin", "Wren", "Wren"]
        assert own == ["Finch: the next session may begin"]
        begin = {
            event.decoded("DTSTART").timestamp()
            for event in Calendar.from_ical(told["site"].text).walk("VEVENT")
            if event["SUMMARY"] == "Wren"
        }
        assert begin == {(site.at + timedelta(days=days)).timestamp() for days in (0, 2)}

        again = await linked(http, "site")
        assert (await stranger.get(everybody)).status_code == 404, "a new one ends the one before"
        assert "Take my links back (2)" in (await http.get("/today")).text
        assert (await http.post("/today/calendar/end")).status_code == 303
        for url in (again, mine):
            assert (await stranger.get(url)).status_code == 404
        assert "Take my links back" not in (await http.get("/today")).text
        kept = await linked(http, "mine")
    store = open_members(site.rig.folder)
    AccountStore(store).disable(NAMES[Role.COACH], by="test")
    lines = [line.what for line in store.audit(coach)]
    store.close()
    async with httpx.AsyncClient(timeout=60) as stranger:
        assert (await stranger.get(kept)).status_code == 404, "it ends with its account"
    assert {"calendar link made, site", "calendar link made, mine", "calendar links ended"} <= set(lines)


def open_members_now(site: BookedSite) -> int:
    store = open_members(site.rig.folder)
    try:
        return store.now_ms()
    finally:
        store.close()


async def test_a_clinics_calendar_has_pseudonyms(tmp_path: Path) -> None:
    from services.console.diary.feed import feed
    from services.console.diary.matching import Appointment

    wren = enter_member(tmp_path, WREN)
    store = open_members(tmp_path)
    known, now_ms = store.portrait(wren, by="test"), store.now_ms()
    store.close()
    found = [Appointment(begin_ms=now_ms, whole_day=False, member=wren, alias="Wren")]
    told = feed("clinic", [known], found, now_ms, clinic=True).decode()
    assert "Wren" not in told
    assert f"SUMMARY:{wren}" in told
