"""Who may ask what of the console: every route of its pages has a row here, and one that has none cannot be made.

The REST API has a table and a door of its own (`services/console/api/access.py`).
"""

from services.console.roles import Role

Row = tuple[str, str]
"""GET, POST or WS, and the path as the route declares it."""

OPEN: frozenset[Role] = frozenset()
"""No sign-in needed."""

ANYONE = frozenset(Role)
TRAINERS = frozenset({Role.STAFF, Role.COACH})
STAFF = frozenset({Role.STAFF})
OPERATORS = frozenset({Role.OPERATOR})

VERBS = (
    "pause", "resume", "end", "clear", "skip", "repeat", "done", "slower", "present", "adjust", "note", "near-miss",
)  # fmt: skip
"""What trainers do with a session, by the last word of its path."""

ROWS: dict[Row, frozenset[Role]] = {
    # A stop is always taken: these two never wait for a sign-in, a database or a body.
    ("POST", "/api/stop"): OPEN,
    ("POST", "/api/treadmills/{treadmill}/stop"): OPEN,
    ("GET", "/static/{build}/{name}"): OPEN,
    ("GET", "/healthz"): OPEN,
    ("GET", "/signin"): OPEN,
    ("POST", "/signin"): OPEN,
    ("POST", "/signin/pin"): OPEN,
    ("GET", "/enter/{key}"): OPEN,
    ("POST", "/enter/{key}"): OPEN,
    ("GET", "/setup/{key}"): OPEN,
    ("POST", "/setup/{key}"): OPEN,
    ("POST", "/signout"): OPEN,
    # A member's page is opened by its token, the board by anybody who stands before it.
    ("GET", "/m/{token}"): OPEN,
    ("GET", "/m/{token}/session.{form}"): OPEN,
    ("GET", "/m/{token}/progress"): OPEN,
    ("POST", "/m/{token}/stop"): OPEN,
    ("POST", "/m/{token}/slower"): OPEN,
    ("POST", "/m/{token}/answer"): OPEN,
    ("WS", "/live/member/{token}"): OPEN,
    ("GET", "/board"): OPEN,
    ("WS", "/live/board"): OPEN,
    ("GET", "/account"): ANYONE,
    ("POST", "/account/pin"): ANYONE,
    ("POST", "/account/password"): ANYONE,
    ("GET", "/accounts"): OPERATORS,
    ("POST", "/accounts"): OPERATORS,
    ("POST", "/accounts/{account}/role"): OPERATORS,
    ("POST", "/accounts/{account}/lock"): OPERATORS,
    ("POST", "/accounts/{account}/no-pin"): OPERATORS,
    ("POST", "/accounts/{account}/link"): OPERATORS,
    ("GET", "/operator"): ANYONE,
    ("WS", "/live/operator"): ANYONE,
    ("GET", "/"): TRAINERS,
    ("WS", "/live/floor"): TRAINERS,
    ("GET", "/api/members"): TRAINERS,
    ("GET", "/api/members/{member}/starts"): TRAINERS,
    ("GET", "/api/treadmills/{treadmill}/member-page"): TRAINERS,
    ("GET", "/api/treadmills/{treadmill}/straps"): TRAINERS,
    ("POST", "/api/sessions"): TRAINERS,
    ("GET", "/sessions"): TRAINERS,
    ("GET", "/sessions/{session}"): TRAINERS,
    ("GET", "/sessions/{session}/record.{form}"): TRAINERS,
    ("POST", "/sessions/{session}/next-day"): TRAINERS,
    ("GET", "/history/{member}"): TRAINERS,
    ("POST", "/api/members"): STAFF,
    ("GET", "/api/members/{member}/levels/{goal}"): TRAINERS,
    ("POST", "/api/members/{member}/sign-offs"): TRAINERS,
    **{("POST", f"/api/treadmills/{{treadmill}}/{verb}"): TRAINERS for verb in VERBS},
}

BOARD: tuple[Row, ...] = (("GET", "/board"), ("WS", "/live/board"))


def rows_of_site(*, clinic: bool) -> dict[Row, frozenset[Role]]:
    """The table in force: a clinic has no public board."""
    return {**ROWS, **dict.fromkeys(BOARD, TRAINERS)} if clinic else ROWS


ASKED_BY_PAGES: frozenset[str] = frozenset({"/api/treadmills/{treadmill}/straps"})
"""Paths that an open page asks for by itself: they do not put off the idle time-out."""
