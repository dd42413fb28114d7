"""An example for each request that has a body: in the API's document, and run as tests in this order, a booking
system's day. What comes in place of {member}, {treadmill} and {session} is in `PLACES`."""

from typing import Any

from services.console.auth.permissions import Row

PLACES = {
    "treadmill": "tm-01",
    "member": "m-1f2e3d4c5b6a",
    "session": "s-20260331-0915-a1b2",
    "purpose": "session_records",
    "form": "fit",
}

PERSON: dict[str, Any] = {
    "name": "Wanda Rennick",
    "alias": "Wren",
    "birth_year": 1980,
    "contact": "wren@example.org",
    "by": "Anna",
}
_SESSION = "/treadmills/{treadmill}/session"

REQUESTS: dict[Row, dict[str, Any]] = {
    ("PUT", "/treadmills/{treadmill}/label"): {"name": "Window", "place": "Ground floor"},
    ("POST", "/members"): PERSON,
    ("PUT", "/members/{member}"): {**PERSON, "hr_max": {"bpm": 176, "source": "measured"}},
    ("POST", "/members/{member}/screenings"): {"fall_12_months": False, "backward_walk_s": 4.1, "by": "Anna"},
    ("PUT", "/members/{member}/consents/{purpose}"): {"text_version": "2026-03", "by": "Anna"},
    ("POST", "/members/{member}/sign-offs"): {"goal": "mobility", "level": "novice", "by": "Anna"},
    ("POST", "/members/{member}/may-start"): {"goal": "mobility", "level": "novice"},
    ("POST", _SESSION): {
        "id": "booking-4711",
        "goal": "mobility",
        "level": "novice",
        "member": PLACES["member"],
        "by": "Anna",
        "waiver": "no strap fits",
        "screened": True,
        "spotter": True,
    },
    ("POST", f"{_SESSION}/present"): {"by": "Anna"},
    ("POST", f"{_SESSION}/rpe"): {"rpe": 11},
    ("POST", f"{_SESSION}/adjust"): {"speed_max_kmh": 1.2, "by": "Anna"},
    ("POST", f"{_SESSION}/note"): {"text": "Left hand on the rail", "by": "Anna"},
    ("POST", f"{_SESSION}/near-miss"): {"text": "Heel on the frame", "by": "Anna"},
    ("POST", f"{_SESSION}/slower"): {"by": "Anna"},
    ("POST", f"{_SESSION}/pause"): {"by": "Anna"},
    ("POST", f"{_SESSION}/repeat"): {"by": "Anna"},
    ("POST", f"{_SESSION}/skip"): {"by": "Anna"},
    ("POST", f"{_SESSION}/done"): {"by": "Anna"},
    ("POST", f"{_SESSION}/resume"): {"by": "Anna"},
    ("POST", f"{_SESSION}/end"): {"id": "booking-4711-end", "by": "Anna"},
    ("POST", f"{_SESSION}/feedback"): {"rpe": 12, "pain": 1, "text": "Good"},
    ("POST", "/class/open"): {"goal": "mobility", "level": "novice", "by": "Anna"},
    ("POST", "/class/go"): {"by": "Anna"},
    ("POST", "/class/end"): {"by": "Anna"},
    ("POST", "/class/stop"): {"by": "Anna"},
    ("POST", "/sessions/{session}/answers"): {"pain_next_day": 0, "by": "Anna"},
    ("POST", "/treadmills/{treadmill}/clear"): {"latch": "stop_pressed", "by": "Anna"},
    ("POST", "/releases/roll-out"): {
        "version": "0.2.0",
        "canary": "unit-01",
        "begin": "02:00",
        "end": "05:00",
    },
    ("PUT", "/treadmills/{treadmill}/out-of-use"): {"why": "The belt slips", "by": "Anna"},
}
