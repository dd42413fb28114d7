"""The one table of who may do and learn what: pages, REST API, topics of the bus and requests of a session all name a
deed of it, and nobody gets a route or a topic whose deed their role has not. Pure.

A route or topic is for every role that has its deed, or for fewer: a program reads only what it needs.
"""

from enum import StrEnum

STAFF, COACH, OPERATOR = "staff", "coach", "operator"
"""People who sign in, and tokens of the REST API. An operator keeps machines running, without names and health."""

MEMBER = "member"
"""Somebody who trains, on their own phone: learns of themselves, and of nobody else."""

UNIT, SESSION, METRICS, CONSOLE, CLI = "unit", "session", "metrics", "console", "cli"
"""A Pi and its devices; the services of the hub; staff at a terminal of the hub."""

ALERTS = "alerts"
"""The service of the hub that tells phones what needs somebody: it hears machines, and no heart."""

ENROL = "enrol"
"""The enrolment desk of the hub: it holds releases for the units, and hears no machine and no heart."""

BOOKING, VIEWER, BRIDGE, SIM = "booking", "viewer", "bridge", "sim"
"""Other programs: one that asks for sessions; one that shows machines, never hearts; a chain's broker; the virtual
gym."""

HOME_ASSISTANT, HOME_ASSISTANT_HEARTS, TELEGRAF = "home-assistant", "home-assistant-hearts", "telegraf"
"""Programs that look on: Home Assistant, with heart rates only where the site wants them there; one that stores what
machines do in a database of its own, where nobody can be forgotten, and so no hearts."""

WATCHERS = frozenset({VIEWER, HOME_ASSISTANT, HOME_ASSISTANT_HEARTS, TELEGRAF})

TRAINERS = frozenset({STAFF, COACH})
PEOPLE = TRAINERS | {OPERATOR}
SERVICES = frozenset({SESSION, METRICS, CONSOLE})
ROLES = PEOPLE | SERVICES | WATCHERS | {MEMBER, UNIT, ALERTS, ENROL, CLI, BOOKING, BRIDGE, SIM}
AT_THE_HUB = frozenset({CONSOLE, CLI})
"""Those who speak for a person of the gym."""

NOBODY: frozenset[str] = frozenset()


class Deed(StrEnum):
    """What may be done, or learned."""

    OPEN = "what is open to all: stops, the way in, a member's own page by its link, the public board"
    OWN_ACCOUNT = "see to one's own account"
    OWN_HOME = "see one's own weeks, answer, and see to one's own data"
    HAND_OUT = "hand out a member's way to their own page, and end it"
    KEEP_ACCOUNTS = "make, lock and change accounts"
    SEE_MACHINES = "see units, treadmills and what they measure, without any heart"
    TEND = "name treadmills, take them out of use and back, say that one was checked"
    KEEP_MACHINES = "say when a treadmill is to be serviced, and that it was"
    SEE_STRAPS = "see straps, their batteries and where they are worn"
    SEE_SERVICES = "see whether measurements are stored"
    SAY_BACKUPS = "say whether backups leave the hub"
    SEE_ALERTS = "see whether alerts reach their phones"
    SAY_ALERTS = "say whether alerts reach their phones"
    TEST_ALERTS = "have a test sent to every phone"
    TAKE_TESTS = "send a test when asked"
    KEEP_RELEASES = "let a release go to the units, and stop it"
    SAY_RELEASES = "say which releases are held for the units"
    TAKE_RELEASES = "take orders about releases"
    TAKE_SUPPORT = "take out what whoever helps needs to know of the machines"
    HEAR_HEARTS = "hear heart rates, live or in words"
    BOOK = "ask for a session, and slow or stop it"
    SEE_BOOKED = "see how sessions go, without member, limits or heart"
    TRAIN = "steer a session: resume, skip, repeat, answer, note"
    RAISE = "set a limit, raise it, waive a strap, overrule a refusal"
    PRACTISE = "practise on a treadmill that is not there"
    CLEAR = "clear the stop of a belt that stands"
    KNOW_MEMBERS = "see members, what they did and their health"
    KEEP_MEMBERS = "take members in, change them and keep their consents"
    STOP = "stop belts on the bus"
    SPEAK_FOR_UNITS = "say what a unit and its devices are"
    MEASURE = "say what was measured"
    SPEAK_FOR_STORES = "say whether measurements are stored"
    MOVE = "lease and command belts"
    OBEY = "take leases, commands and stops, and answer them"
    LEAD = "take requests, and say how sessions go"
    REPORT = "record decisions and incidents"
    ANNOUNCE = "announce devices to Home Assistant"
    FIND = "find the devices that are announced"
    GREET = "say that Home Assistant is there"
    BE_GREETED = "hear that Home Assistant is there"
    PRETEND = "play the virtual gym"
    TEASE = "break something in the virtual gym, and see its true belts"


MAY: dict[Deed, frozenset[str]] = {
    Deed.OPEN: ROLES,
    Deed.OWN_ACCOUNT: PEOPLE,
    Deed.OWN_HOME: frozenset({MEMBER}),
    Deed.HAND_OUT: TRAINERS,
    Deed.KEEP_ACCOUNTS: frozenset({OPERATOR}),
    Deed.SEE_MACHINES: PEOPLE | SERVICES | WATCHERS | {ALERTS, CLI, BRIDGE},
    Deed.TEND: PEOPLE | {CONSOLE},
    Deed.KEEP_MACHINES: frozenset({OPERATOR}),
    Deed.SEE_STRAPS: PEOPLE | SERVICES | (WATCHERS - {VIEWER}) | {ALERTS, CLI, BRIDGE},
    Deed.SEE_SERVICES: PEOPLE | AT_THE_HUB | WATCHERS | {UNIT, ALERTS},
    Deed.SAY_BACKUPS: frozenset({CLI}),
    Deed.SEE_ALERTS: PEOPLE | AT_THE_HUB,
    Deed.SAY_ALERTS: frozenset({ALERTS}),
    Deed.TEST_ALERTS: AT_THE_HUB | {OPERATOR},
    Deed.TAKE_TESTS: frozenset({ALERTS}),
    Deed.KEEP_RELEASES: frozenset({OPERATOR, CONSOLE}),
    Deed.SAY_RELEASES: frozenset({ENROL}),
    Deed.TAKE_RELEASES: frozenset({ENROL}),
    Deed.TAKE_SUPPORT: frozenset({OPERATOR}),
    Deed.HEAR_HEARTS: TRAINERS | SERVICES | {UNIT, CLI, BRIDGE, HOME_ASSISTANT_HEARTS},
    Deed.BOOK: TRAINERS | AT_THE_HUB | {BOOKING},
    Deed.SEE_BOOKED: TRAINERS | AT_THE_HUB | {BOOKING},
    Deed.TRAIN: TRAINERS | AT_THE_HUB,
    Deed.RAISE: TRAINERS | AT_THE_HUB,
    Deed.PRACTISE: TRAINERS,
    Deed.CLEAR: TRAINERS | AT_THE_HUB,
    Deed.KNOW_MEMBERS: TRAINERS,
    Deed.KEEP_MEMBERS: frozenset({STAFF}),
    Deed.STOP: AT_THE_HUB | {SESSION, UNIT},
    Deed.SPEAK_FOR_UNITS: frozenset({UNIT, CLI}),
    Deed.MEASURE: frozenset({UNIT}),
    Deed.SPEAK_FOR_STORES: frozenset({METRICS, CLI}),
    Deed.MOVE: frozenset({SESSION}),
    Deed.OBEY: frozenset({UNIT, SESSION}),
    Deed.LEAD: frozenset({SESSION, CLI}),
    Deed.REPORT: SERVICES | {UNIT},
    Deed.ANNOUNCE: frozenset({UNIT}),
    Deed.FIND: WATCHERS | {UNIT},
    Deed.GREET: frozenset({HOME_ASSISTANT, HOME_ASSISTANT_HEARTS}),
    Deed.BE_GREETED: frozenset({UNIT}),
    Deed.PRETEND: frozenset({SIM}),
    Deed.TEASE: frozenset({CLI}),
}


VERBS: dict[str, Deed] = {
    **dict.fromkeys(("start", "pause", "slower", "stop"), Deed.BOOK),
    **dict.fromkeys(
        ("resume", "skip", "repeat", "done", "rpe", "present", "note", "near_miss", "feedback"), Deed.TRAIN
    ),
    "adjust": Deed.RAISE,
    "clear": Deed.CLEAR,
}
"""Request of a session → deed."""

START_FIELDS: dict[str, Deed] = dict.fromkeys(
    ("waiver", "why", "spotter", "harness", "hr_max_bpm", "class_id"), Deed.RAISE
)
"""What a start may say only in the name of somebody who may raise: each lets a belt run further than without, or
start later than now."""


def require(deed: Deed, roles: frozenset[str] | tuple[str, ...], what: str) -> None:
    """ValueError if one of `roles` has not the deed that `what` is."""
    beyond = sorted(set(roles) - MAY[deed])
    if beyond:
        raise ValueError(f"{what}: {', '.join(beyond)} may not {deed}")
