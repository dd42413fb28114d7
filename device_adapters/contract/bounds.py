"""Bounds of what people enter, each known once: messages, bodies of requests, the members store and the command line
import them. Pairs are the least and the most that fit. Pure."""

ID_PATTERN = "^[a-z0-9][a-z0-9-]{0,39}$"
"""A device, unit or member id: lower-case letters, digits and hyphens, at most 40 characters."""

RELEASE_PATTERN = r"^[0-9][0-9A-Za-z.+!-]{0,39}$"
"""The version of a release."""

MEMBER_PATTERN = "^m-[0-9a-f]{1,38}$"
"""A member's id, as their store makes it."""

UNITS_MAX = 1_000
"""Of one site."""

TREADMILLS_KEPT_MAX = 500
"""So many treadmills have something kept of them by a console."""

REQUEST_ID_MAX = 60
SESSION_ID_MAX = 60
TEXT_MAX = 200
BY_MAX = 100
"""Who does something: a name and a role."""

ALIAS_MAX = 24
LABEL_MAX = 24
"""The name of a treadmill, and its place."""


HR_MAX_BPM = (100, 230)
HR_REST_BPM = (30, 110)
RPE = (6, 20)
"""Borg's rating of perceived exertion."""

PAIN = (0, 10)
"""Numeric rating scale."""

COUNTDOWN_S = (0, 60)
"""Before each start of the belt."""

PRESENCE_S = (120, 300)
"""How often staff are asked whether they are with the member."""

SPEED_KMH = (0, 30)
ASKED_S_AGO_MAX = 600
"""How long ago somebody may have begun to look for a strap: what was heard since counts as new."""

RAISE_MINUTES = (0, 60)
"""For how long a raised limit may hold."""

WALK_CS = (50, 6_000)
"""The timed 3 m backward walk, 0.01 s."""

BIRTH_YEAR = (1900, 2100)
SERVICE_EVERY_H_MAX = 100_000
"""Hours of movement between two services of a treadmill."""

LANGUAGE_PATTERN = r"^([a-z]{2})?$(?!\n)"
"""A language by its two letters, or none."""
