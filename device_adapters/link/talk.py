"""What is said in the conversation with a Fitness Machine Control Point: state, events and effects. Pure values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Procedure:
    """One write to the control point; `retries` counts what was already tried after a refusal. `until_ms`: what is
    not sent by then is not sent at all. `urgent`: it waits for little.
    """

    op: int
    data: bytes
    retries: int = 0
    until_ms: int | None = None
    urgent: bool = False


@dataclass(frozen=True, kw_only=True)
class ControlPointState:
    """The initial value holds no control and has nothing in flight. `silent_since_ms`: the first write of those that
    the control point has not answered, whatever it was (None: it answered last); `mute` counts them. `overtaken`: what
    is in flight is waited for no longer than it takes to send what is more urgent. `halts_refused` in a row. `bare`:
    the last link ended at a request for control; on this one a halt goes without.
    """

    held: bool = False
    flying: Procedure | None = None
    deadline_ms: int = 0
    resend_ms: int | None = None
    queue: tuple[Procedure, ...] = ()
    silent_since_ms: int | None = None
    mute: int = 0
    overtaken: bool = False
    halts_refused: int = 0
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Want:
    """Something is to be written: `data` starts with its opcode. `first`: ahead of all (a halt). `lower`: a speed that
    waits for no answer; `soon`: one that waits for little. `until_ms`: until when it is worth anything.
    """

    data: bytes
    first: bool = False
    lower: bool = False
    soon: bool = False
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class LeaseRenewed:
    """The lease was renewed: what waits under it is worth something until `until_ms`."""

    until_ms: int


@dataclass(frozen=True, slots=True)
class Purge:
    """A stop began: what waits or would be sent again is of the time before it."""


@dataclass(frozen=True, slots=True)
class Advance:
    """What failed was heard: go on with what waits."""


@dataclass(frozen=True, slots=True)
class Obeyed:
    """The belt does what it was told: the control point's silence means nothing."""


@dataclass(frozen=True, slots=True)
class Responded:
    """A response indication (or notification): the opcode it answers and the result code."""

    op: int
    result: int


@dataclass(frozen=True, slots=True)
class WriteFailed:
    """The write itself failed; `att_error` is the ATT error code, or None if there was none."""

    op: int
    att_error: int | None


@dataclass(frozen=True, slots=True)
class ControlTaken:
    """Machine Status FF: control permission lost."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The link is gone; so are control and all that was in flight."""


@dataclass(frozen=True, slots=True)
class ControlPointTick:
    """Time passed: deadlines and waits are looked at."""


Event = (
    Want
    | LeaseRenewed
    | Purge
    | Advance
    | Obeyed
    | Responded
    | WriteFailed
    | ControlTaken
    | Dropped
    | ControlPointTick
)


@dataclass(frozen=True, slots=True)
class Send:
    """Write these bytes to 0x2AD9, with response."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """A procedure came to nothing. `why`: a result code's name, "no_answer", "too_late" or "write_failed";
    `answered`: the machine itself said no.
    """

    op: int
    why: str
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Resubscribe:
    """The machine says that it cannot answer, since its indications are off."""


@dataclass(frozen=True, slots=True)
class Relink:
    """Nothing more can come of this link: drop it and make it anew."""

    why: str


Effect = Send | Failed | Resubscribe | Relink
Steps = tuple[ControlPointState, tuple[Effect, ...]]
