"""Whose own page a request is for: by the keys that only the member's phone has, sent to that page's address alone."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response

from device_adapters.errors import BackstrideError
from services.console.accounts import home_words, words
from services.console.auth.auth_db import AuthDb
from services.console.auth.model import Home, TimeOuts
from services.console.auth.signed_in import cookie

PHONE_COOKIE = "backstride-me"
OPEN_COOKIE = "backstride-me-open"
LAST_COOKIE = "backstride-me-last"
"""The address of the page that was used last on this phone; it opens nothing."""

KEPT = "Backstride-Kept"
"""The header that tells a page's worker what to do with what is kept on the phone (`static/worker.js`)."""

COPY, STAY, WIPE = "copy", "stay", "wipe"

ID_FORM = "^[0-9a-f]{16}$"


class HomeAccess:
    """Looks up whose page is open. No sign-in of staff opens one, and no member's key opens anything of staff's."""

    def __init__(self, members_db: AuthDb, open_for: TimeOuts) -> None:
        self._members_db = members_db
        self._open_for = open_for

    async def let_in(self, connection: HTTPConnection) -> Response | None:
        """None: from here on `home` is known of the request. Else what to answer."""
        id_ = connection.path_params["home"]
        try:
            home = await run_in_threadpool(
                lambda: self._members_db.homes(self._open_for).of(
                    id_, cookie(connection.headers, OPEN_COOKIE)
                )
            )
        except BackstrideError:
            return JSONResponse({"ok": False, "text": words.away()}, 503)
        if home is None:
            return _shut(connection, id_)
        connection.state.home = home
        return None


def _shut(connection: HTTPConnection, id: str) -> Response:
    if connection.scope["method"] in ("GET", "HEAD"):
        return RedirectResponse(f"/me/{quote(id, safe='')}/pin", 303)
    return JSONResponse({"ok": False, "text": home_words.shut()}, 401)


async def _own(connection: HTTPConnection) -> Home:
    home: Home = connection.state.home
    return home


OwnHome = Annotated[Home, Depends(_own)]
"""Whose page it is; of rows that are a member's own."""
