"""What each route of the console's pages is: one that has no row here cannot be made.

The REST API has rows and a door of its own (`services/console/api/access.py`); who may do what of both, and of the bus,
is in one place, `device_adapters/contract/permissions.py`.
"""

from device_adapters.contract.permissions import MAY, Deed
from services.console.roles import Role

Row = tuple[str, str]
"""GET, POST or WS, and the path as the route declares it."""

OPEN: frozenset[Role] = frozenset()
"""No sign-in needed."""


def roles_of(deed: Deed) -> frozenset[Role]:
    """The people who may; OPEN where everybody may, signed in or not."""
    return OPEN if deed is Deed.OPEN else frozenset(role for role in Role if role in MAY[deed])


ANYONE = roles_of(Deed.OWN_ACCOUNT)
TRAINERS = roles_of(Deed.TRAIN)
STAFF = roles_of(Deed.KEEP_MEMBERS)
OPERATORS = roles_of(Deed.KEEP_ACCOUNTS)

VERBS = (
    "pause", "resume", "end", "clear", "skip", "repeat", "done", "slower", "present", "rpe", "adjust", "note",
    "near-miss",
)  # fmt: skip
"""What trainers do with a session, by the last word of its path."""

DEEDS: dict[Row, Deed] = {
    # A stop is always taken: these two never wait for a sign-in, a database or a body.
    ("POST", "/api/stop"): Deed.OPEN,
    ("POST", "/api/treadmills/{treadmill}/stop"): Deed.OPEN,
    ("GET", "/static/{build}/{name}"): Deed.OPEN,
    ("GET", "/healthz"): Deed.OPEN,
    ("GET", "/signin"): Deed.OPEN,
    ("POST", "/signin"): Deed.OPEN,
    ("POST", "/signin/pin"): Deed.OPEN,
    ("GET", "/enter/{key}"): Deed.OPEN,
    ("POST", "/enter/{key}"): Deed.OPEN,
    ("GET", "/setup/{key}"): Deed.OPEN,
    ("POST", "/setup/{key}"): Deed.OPEN,
    ("POST", "/signout"): Deed.OPEN,
    # A member's page is opened by its token, the board by anybody who stands before it.
    ("GET", "/m/{token}"): Deed.OPEN,
    ("GET", "/m/{token}/session.{form}"): Deed.OPEN,
    ("GET", "/m/{token}/progress"): Deed.OPEN,
    ("POST", "/m/{token}/stop"): Deed.OPEN,
    ("POST", "/m/{token}/slower"): Deed.OPEN,
    ("POST", "/m/{token}/answer"): Deed.OPEN,
    ("WS", "/live/member/{token}"): Deed.OPEN,
    ("GET", "/board"): Deed.OPEN,
    ("WS", "/live/board"): Deed.OPEN,
    ("GET", "/account"): Deed.OWN_ACCOUNT,
    ("POST", "/account/pin"): Deed.OWN_ACCOUNT,
    ("POST", "/account/password"): Deed.OWN_ACCOUNT,
    ("GET", "/accounts"): Deed.KEEP_ACCOUNTS,
    ("POST", "/accounts"): Deed.KEEP_ACCOUNTS,
    ("POST", "/accounts/{account}/role"): Deed.KEEP_ACCOUNTS,
    ("POST", "/accounts/{account}/lock"): Deed.KEEP_ACCOUNTS,
    ("POST", "/accounts/{account}/no-pin"): Deed.KEEP_ACCOUNTS,
    ("POST", "/accounts/{account}/link"): Deed.KEEP_ACCOUNTS,
    ("GET", "/operator"): Deed.SEE_MACHINES,
    ("WS", "/live/operator"): Deed.SEE_MACHINES,
    ("GET", "/"): Deed.HEAR_HEARTS,
    ("WS", "/live/floor"): Deed.HEAR_HEARTS,
    ("GET", "/api/members"): Deed.KNOW_MEMBERS,
    ("GET", "/api/members/{member}/starts"): Deed.KNOW_MEMBERS,
    ("GET", "/api/treadmills/{treadmill}/member-page"): Deed.KNOW_MEMBERS,
    ("GET", "/api/treadmills/{treadmill}/straps"): Deed.HEAR_HEARTS,
    ("POST", "/api/sessions"): Deed.RAISE,
    ("GET", "/sessions"): Deed.KNOW_MEMBERS,
    ("GET", "/sessions/{session}"): Deed.KNOW_MEMBERS,
    ("GET", "/sessions/{session}/record.{form}"): Deed.KNOW_MEMBERS,
    ("POST", "/sessions/{session}/next-day"): Deed.TRAIN,
    ("GET", "/history/{member}"): Deed.KNOW_MEMBERS,
    ("POST", "/api/members"): Deed.KEEP_MEMBERS,
    ("GET", "/api/members/{member}/levels/{goal}"): Deed.KNOW_MEMBERS,
    ("POST", "/api/members/{member}/sign-offs"): Deed.RAISE,
    **{("POST", f"/api/treadmills/{{treadmill}}/{verb}"): Deed.TRAIN for verb in VERBS},
    ("POST", "/api/treadmills/{treadmill}/adjust"): Deed.RAISE,
    ("POST", "/api/treadmills/{treadmill}/clear"): Deed.CLEAR,
}
"""What each route of the pages is; who may that is in `permissions.MAY`."""

ROWS: dict[Row, frozenset[Role]] = {row: roles_of(deed) for row, deed in DEEDS.items()}

BOARD: tuple[Row, ...] = (("GET", "/board"), ("WS", "/live/board"))


def rows_of_site(*, clinic: bool) -> dict[Row, frozenset[Role]]:
    """The table in force: a clinic has no public board."""
    return {**ROWS, **dict.fromkeys(BOARD, roles_of(Deed.HEAR_HEARTS))} if clinic else ROWS


ASKED_BY_PAGES: frozenset[str] = frozenset({"/api/treadmills/{treadmill}/straps"})
"""Paths that an open page asks for by itself: they do not put off the idle time-out."""
