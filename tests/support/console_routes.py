"""Every route of the console's pages, how it is asked in a test, and who may: the table of roles a second time."""

from services.console.auth.roles import Role

ANYONE = frozenset(Role)
TRAINERS = frozenset({Role.STAFF, Role.COACH})
STAFF = frozenset({Role.STAFF})
OPERATORS = frozenset({Role.OPERATOR})

KEY = "0" * 43
TOKEN = "0" * 26
HOME = "0" * 16
T = "/api/treadmills/tm-01"
OPEN_ROUTES = {
    ("POST", "/api/stop"): "/api/stop",
    ("POST", "/api/treadmills/{treadmill}/stop"): f"{T}/stop",
    ("GET", "/static/{build}/{name}"): "/static/x/y",
    ("GET", "/healthz"): "/healthz",
    ("GET", "/.well-known/security.txt"): "/.well-known/security.txt",
    ("GET", "/trust"): "/trust",
    ("GET", "/trust/root.crt"): "/trust/root.crt",
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
    ("POST", "/m/{token}/next-day"): f"/m/{TOKEN}/next-day",
    ("GET", "/calendar/{key}.ics"): f"/calendar/{KEY}.ics",
    ("GET", "/me"): "/me",
    ("GET", "/me/enter/{key}"): f"/me/enter/{KEY}",
    ("POST", "/me/enter/{key}"): f"/me/enter/{KEY}",
    ("GET", "/me/{home}/pin"): f"/me/{HOME}/pin",
    ("POST", "/me/{home}/pin"): f"/me/{HOME}/pin",
    ("POST", "/me/{home}/lock"): "",  # leads to the PIN
    ("POST", "/me/{home}/passkey/question"): f"/me/{HOME}/passkey/question",
    ("POST", "/me/{home}/passkey/open"): f"/me/{HOME}/passkey/open",
    ("GET", "/me/{home}/manifest.webmanifest"): f"/me/{HOME}/manifest.webmanifest",
    ("GET", "/me/{home}/worker.js"): f"/me/{HOME}/worker.js",
    ("GET", "/me/{home}/offline"): f"/me/{HOME}/offline",
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
    ("GET", "/drill"): ("/drill", TRAINERS),
    **{("POST", f"/drill/{act}"): (f"/drill/{act}", TRAINERS) for act in ("begin", "fault", "end")},
    ("GET", "/"): ("/", TRAINERS),
    ("WS", "/live/floor"): ("/live/floor", TRAINERS),
    ("GET", "/class"): ("/class", TRAINERS),
    **{
        ("POST", f"/api/class/{verb}"): (f"/api/class/{verb}", TRAINERS)
        for verb in ("open", "go", "end", "stop")
    },
    ("GET", "/sessions"): ("/sessions", TRAINERS),
    ("GET", "/sessions/{session}"): ("/sessions/s-1", TRAINERS),
    ("GET", "/sessions/{session}/record.{form}"): ("/sessions/s-1/record.fit", TRAINERS),
    ("POST", "/sessions/{session}/next-day"): ("/sessions/s-1/next-day", TRAINERS),
    ("POST", "/sessions/{session}/incident"): ("/sessions/s-1/incident", TRAINERS),
    ("GET", "/history/{member}"): ("/history/m-1", TRAINERS),
    ("GET", "/history/{member}/prescription"): ("/history/m-1/prescription", TRAINERS),
    ("POST", "/history/{member}/prescription"): ("/history/m-1/prescription", TRAINERS),
    ("POST", "/history/{member}/prescription/end"): ("/history/m-1/prescription/end", TRAINERS),
    ("GET", "/history/{member}/consents"): ("/history/m-1/consents", TRAINERS),
    ("POST", "/history/{member}/consents/{purpose}"): ("/history/m-1/consents/wall_board", STAFF),
    ("GET", "/history/{member}/outcomes"): ("/history/m-1/outcomes", TRAINERS),
    ("POST", "/history/{member}/outcomes"): ("/history/m-1/outcomes", TRAINERS),
    ("POST", "/history/{member}/outcomes/take-back"): ("/history/m-1/outcomes/take-back", TRAINERS),
    ("GET", "/history/{member}/report"): ("/history/m-1/report", TRAINERS),
    ("GET", "/history/{member}/report.pdf"): ("/history/m-1/report.pdf", TRAINERS),
    ("GET", "/history/{member}/report.fhir.json"): ("/history/m-1/report.fhir.json", TRAINERS),
    ("GET", "/today"): ("/today", TRAINERS),
    ("POST", "/today/calendar"): ("/today/calendar", TRAINERS),
    ("POST", "/today/calendar/end"): ("/today/calendar/end", TRAINERS),
    ("POST", "/history/{member}/sign-off"): ("/history/m-1/sign-off", TRAINERS),
    ("POST", "/history/{member}/home"): ("/history/m-1/home", TRAINERS),
    ("POST", "/history/{member}/home/end"): ("/history/m-1/home/end", TRAINERS),
    ("GET", "/api/members"): ("/api/members", TRAINERS),
    ("POST", "/api/members"): ("/api/members", STAFF),
    ("GET", "/api/members/{member}/starts"): ("/api/members/m-1/starts", TRAINERS),
    ("POST", "/api/members/{member}/screenings"): ("/api/members/m-1/screenings", STAFF),
    ("GET", "/api/members/{member}/levels/{goal}"): ("/api/members/m-1/levels/mobility", TRAINERS),
    ("POST", "/api/members/{member}/sign-offs/take-back"): ("/api/members/m-1/sign-offs/take-back", TRAINERS),
    ("POST", "/api/members/{member}/sign-offs"): ("/api/members/m-1/sign-offs", TRAINERS),
    ("GET", "/api/treadmills/{treadmill}/member-page"): (f"{T}/member-page", TRAINERS),
    ("GET", "/api/treadmills/{treadmill}/straps"): (f"{T}/straps", TRAINERS),
    ("POST", "/api/treadmills/{treadmill}/own-strap"): (f"{T}/own-strap", STAFF),
    ("POST", "/api/sessions"): ("/api/sessions", TRAINERS),
    **{
        ("POST", f"/api/treadmills/{{treadmill}}/{verb}"): (f"{T}/{verb}", TRAINERS)
        for verb in (
            "pause", "resume", "end", "clear", "skip", "repeat", "done", "slower", "present", "adjust", "note",
            "near-miss", "rpe", "feedback",
        )
    },
    **{
        ("POST", f"/api/treadmills/{{treadmill}}/{act}"): (f"{T}/{act}", ANYONE)
        for act in ("out-of-use", "in-use")
    },
    ("GET", "/treadmills/{treadmill}"): ("/treadmills/tm-01", ANYONE),
    **{
        ("POST", f"/treadmills/{{treadmill}}/{act}"): (f"/treadmills/tm-01/{act}", ANYONE)
        for act in ("label", "out-of-use", "in-use", "checked")
    },
    ("GET", "/operator/support.zip"): ("/operator/support.zip", OPERATORS),
    ("POST", "/operator/alerts/test"): ("/operator/alerts/test", OPERATORS),
    ("GET", "/operator/releases"): ("/operator/releases", ANYONE),
    ("POST", "/operator/releases/roll-out"): ("/operator/releases/roll-out", OPERATORS),
    ("POST", "/operator/releases/stop"): ("/operator/releases/stop", OPERATORS),
    ("GET", "/operator/machines"): ("/operator/machines", ANYONE),
    ("POST", "/operator/machines/{treadmill}/service"): ("/operator/machines/tm-01/service", OPERATORS),
}  # fmt: skip
"""Written out here a second time, so that nobody widens a role without meaning to."""

HOME_ROUTES = {
    ("GET", "/me/{home}"): "",
    ("GET", "/me/{home}/sessions/{session}"): "/sessions/{session}",
    ("GET", "/me/{home}/sessions/{session}/record.{form}"): "/sessions/{session}/record.csv",
    ("POST", "/me/{home}/sessions/{session}/answers"): "/sessions/{session}/answers",
    ("GET", "/me/{home}/data"): "/data",
    ("GET", "/me/{home}/everything.zip"): "/everything.zip",
    ("POST", "/me/{home}/consents/{purpose}"): "/consents/wall_board",
    ("POST", "/me/{home}/keep"): "/keep",
    ("POST", "/me/{home}/passkey/wanted"): "/passkey/wanted",
    ("POST", "/me/{home}/passkey"): "/passkey",
    ("POST", "/me/{home}/passkey/end"): "/passkey/end",
    ("POST", "/me/{home}/erase"): "/erase",
    ("POST", "/me/{home}/end"): "/end",
}
"""Below a member's own page: for that member alone (`test_home_roles.py`). The last ends it."""
