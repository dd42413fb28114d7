"""Every route of the console's pages, how it is asked in a test, and who may: the table of roles a second time."""

from services.console.accounts.table import ANYONE, OPERATORS, STAFF, TRAINERS

KEY = "0" * 43
TOKEN = "0" * 26
T = "/api/treadmills/tm-01"
OPEN_ROUTES = {
    ("POST", "/api/stop"): "/api/stop",
    ("POST", "/api/treadmills/{treadmill}/stop"): f"{T}/stop",
    ("GET", "/static/{build}/{name}"): "/static/x/y",
    ("GET", "/healthz"): "/healthz",
    ("GET", "/signin"): "/signin",
    ("POST", "/signin"): "",  # guesses: tried below
    ("POST", "/signin/pin"): "",
    ("GET", "/enter/{key}"): f"/enter/{KEY}",
    ("POST", "/enter/{key}"): "",
    ("GET", "/setup/{key}"): f"/setup/{KEY}",
    ("POST", "/setup/{key}"): "",
    ("POST", "/signout"): "",
    ("GET", "/m/{token}"): f"/m/{TOKEN}",
    ("GET", "/m/{token}/session.{form}"): f"/m/{TOKEN}/session.fit",
    ("GET", "/m/{token}/progress"): f"/m/{TOKEN}/progress",
    ("POST", "/m/{token}/stop"): f"/m/{TOKEN}/stop",
    ("POST", "/m/{token}/slower"): f"/m/{TOKEN}/slower",
    ("POST", "/m/{token}/answer"): f"/m/{TOKEN}/answer",
    ("GET", "/board"): "/board",
    ("WS", "/live/board"): "/live/board",
    ("WS", "/live/member/{token}"): "",  # closed for a made-up token: test_member_pages
}
SHUT_ROUTES = {
    ("GET", "/account"): ("/account", ANYONE),
    ("POST", "/account/pin"): ("/account/pin", ANYONE),
    ("POST", "/account/password"): ("/account/password", ANYONE),
    ("GET", "/accounts"): ("/accounts", OPERATORS),
    ("POST", "/accounts"): ("/accounts", OPERATORS),
    **{
        ("POST", f"/accounts/{{account}}/{act}"): (f"/accounts/u-00000000/{act}", OPERATORS)
        for act in ("role", "lock", "no-pin", "link")
    },
    ("GET", "/operator"): ("/operator", ANYONE),
    ("WS", "/live/operator"): ("/live/operator", ANYONE),
    ("GET", "/"): ("/", TRAINERS),
    ("WS", "/live/floor"): ("/live/floor", TRAINERS),
    ("GET", "/sessions"): ("/sessions", TRAINERS),
    ("GET", "/sessions/{session}"): ("/sessions/s-1", TRAINERS),
    ("GET", "/sessions/{session}/record.{form}"): ("/sessions/s-1/record.fit", TRAINERS),
    ("POST", "/sessions/{session}/next-day"): ("/sessions/s-1/next-day", TRAINERS),
    ("GET", "/history/{member}"): ("/history/m-1", TRAINERS),
    ("GET", "/api/members"): ("/api/members", TRAINERS),
    ("POST", "/api/members"): ("/api/members", STAFF),
    ("GET", "/api/members/{member}/starts"): ("/api/members/m-1/starts", TRAINERS),
    ("GET", "/api/members/{member}/levels/{goal}"): ("/api/members/m-1/levels/mobility", TRAINERS),
    ("POST", "/api/members/{member}/sign-offs"): ("/api/members/m-1/sign-offs", TRAINERS),
    ("GET", "/api/treadmills/{treadmill}/member-page"): (f"{T}/member-page", TRAINERS),
    ("GET", "/api/treadmills/{treadmill}/straps"): (f"{T}/straps", TRAINERS),
    ("POST", "/api/sessions"): ("/api/sessions", TRAINERS),
    **{
        ("POST", f"/api/treadmills/{{treadmill}}/{verb}"): (f"{T}/{verb}", TRAINERS)
        for verb in (
            "pause", "resume", "end", "clear", "skip", "repeat", "done", "slower", "present", "adjust", "note",
            "near-miss", "rpe",
        )
    },
}  # fmt: skip
"""Written out here a second time, so that nobody widens a role without meaning to."""
