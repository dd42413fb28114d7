"""What people say of an incident. Pure; members by pseudonym, witnesses without their names."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Words = Annotated[str, Meta(max_length=2_000)]


"""In the console's folder: what was noted there, by session."""

Injury = Literal["none", "suspected", "yes"]
What = Annotated[str, Meta(min_length=3, max_length=2_000)]
Witnesses = Annotated[tuple[Annotated[str, Meta(max_length=200)], ...], Meta(max_length=20)]


class IncidentNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What staff said of an incident in the console, `noted_ms` by the wall clock. `by`: a signature, never a name."""

    session: Annotated[str, Meta(min_length=1, max_length=100)]
    by: Annotated[str, Meta(min_length=1, max_length=60)]
    noted_ms: int
    what: What
    injury: Injury
    measures: Words = ""
    witnesses: Witnesses = ()


class Incident(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`at_ms`: when it happened (wall clock), `recorded_ms`: when this was written. `member`: a pseudonym, empty for a
    guest; `witnesses`: by role or initials. `by` answers for it.
    """

    schema: Literal["incident/1"] = "incident/1"
    session: Annotated[str, Meta(min_length=1, max_length=100)]
    treadmill: str
    member: str
    at_ms: int
    recorded_ms: int
    by: Annotated[str, Meta(min_length=1, max_length=60)]
    what: What
    injury: Injury
    measures: Words = ""
    witnesses: Witnesses = ()
