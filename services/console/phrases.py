"""Words by key, in English: whoever shows one translates it with `say`. Pure."""

from typing import Final

from device_adapters.safety.limits import Goal, Level
from services.members.model import Contraindication, Purpose

STATES: Final = {
    "ready": "Ready",
    "starting": "Starting",
    "running": "Running",
    "pausing": "Pausing",
    "paused": "Paused",
    "stopping": "Stopping",
    "stopped": "Stopped",
    "moving": "Moving",
    "waiting": "Waiting for data",
    "silent": "No data",
    "lost": "Link lost",
    "offline": "Unit offline",
    "absent": "Not found",
    "connecting": "Connecting",
}

GOALS: Final = {
    Goal.KNEE_STRENGTH: ("Knee strength", "Under your professional's plan"),
    Goal.CONDITIONING: ("Conditioning", "Short sets, rests between"),
    Goal.ATHLETIC: ("Athletic", "Faster, for trained people"),
    Goal.MOBILITY: ("Mobility", "Slow and short, rails in reach"),
}

LEVELS: Final = {
    Level.NOVICE: "Novice",
    Level.INTERMEDIATE: "Intermediate",
    Level.ADVANCED: "Advanced",
}

ZONES: Final = {"easy": "Easy", "working": "Working", "near": "Near limit", "over": "Over limit", "none": ""}

OUTCOMES: Final = {
    "completed": "Last session completed.",
    "stopped": "Last session was stopped.",
    "interrupted": "Last session was interrupted.",
    "refused": "The session was refused.",
}

STEP_KINDS: Final = {
    "warmup": "Warm-up",
    "active": "Walk",
    "interval": "Interval",
    "recovery": "Recovery",
    "rest": "Rest",
    "cooldown": "Cool-down",
}

FACING: Final = {"retro": "backward", "forward": "forward"}

WAITS: Final = {
    "countdown": "Counting down to the start",
    "resume": "The belt stands: somebody has to press Resume",
    "turn": "The member turns round; then press Resume",
    "done": "A step beside the belt: press Step done when it is over",
    "class": "Ready: the belt waits for the class to begin",
    "hold": "Hold to run: the member holds the button; then press Resume",
}
"""What a still belt waits for, by the session view's `waits_for`."""

CLASS_PHASES: Final = {"open": "Gathering", "starting": "Starting", "running": "Under way", "ended": "Over"}

LANES: Final = {
    "waits": "Waits: look at the member, then press Resume at the tile",
    "ready": "Ready",
    "starts": "Starts",
    "walks_in": "Walks in",
    "with": "Goes with the class",
    "alone": "Goes alone",
    "ended": "Has ended",
}
"""Where each lane of a class stands."""

NOTES: Final = (
    "Felt well",
    "Held on to the rails",
    "Looked over the shoulder",
    "Tired early",
    "Pain: programme made easier",
)
NEAR_MISSES: Final = (
    "Stumbled, caught the rails",
    "Drifted to the edge of the belt",
    "Stepped off sideways",
    "Cord pulled by mistake",
    "Somebody walked behind the belt",
)
EXERTIONS: Final = ("very light", "light", "somewhat hard", "hard", "very hard")
"""The answers to how hard it is that fit a finger: 9, 11, 13, 15 and 17 of Borg's 6 to 20."""

RAISE_REASONS: Final = ("Plan of the member's professional", "Well trained, watched throughout")
WAIVER_REASONS: Final = (
    "The member's strap has no battery",
    "The strap hurts or slips",
    "The member does not want one",
)
"""Frequent words, so that a record takes two taps; others can be typed."""

CONTRAINDICATIONS: Final = {
    Contraindication.CARDIAC_EVENT: "Recent heart event",
    Contraindication.UNSTABLE_ANGINA: "Unstable angina",
    Contraindication.UNCONTROLLED_RHYTHM: "Heart rhythm out of control",
    Contraindication.UNCONTROLLED_PRESSURE: "Blood pressure out of control",
    Contraindication.FEVER: "Fever",
    Contraindication.VERTIGO: "Vertigo",
    Contraindication.POOR_VISION: "Poor vision",
    Contraindication.NEUROPATHY: "Nerves of the feet damaged",
    Contraindication.STROKE: "Stroke",
    Contraindication.PARKINSON: "Parkinson's disease",
    Contraindication.COGNITIVE: "Cannot follow instructions",
    Contraindication.RECENT_SURGERY: "Recent surgery of leg or back",
    Contraindication.KNEE_EFFUSION: "Knee swollen now",
    Contraindication.LATE_PREGNANCY: "Late pregnancy",
    Contraindication.SEDATED: "Alcohol or sedatives",
    Contraindication.CHEST_PAIN: "Chest pain, at rest or in exercise",
    Contraindication.LOSS_OF_CONSCIOUSNESS: "Fainted or lost balance by dizziness in 12 months",
    Contraindication.OTHER_CHRONIC: "Another chronic illness",
    Contraindication.MEDICINES: "Takes medicines for a chronic illness",
    Contraindication.SUPERVISED_ONLY: "A doctor allows exercise under medical supervision only",
}

CONSENTS: Final = {
    Purpose.SESSION_RECORDS: "Session records may be kept: levels and rests are judged by them",
    Purpose.HEART_RATE: "Heart rates may be kept for 90 days",
    Purpose.WALL_BOARD: "Alias and heart zone may be on the class board",
    Purpose.OWN_STRAP: "Their own strap may be recognised",
}

CHECKLIST: Final = (
    "Screened: well today, no new pain",
    "Shoes closed and tied",
    "Cord clipped on",
    "Hands know the rails",
    "2 m clear behind the belt",
)
"""What staff look at before each start (SAFETY.md); the strap is looked for by the page."""
