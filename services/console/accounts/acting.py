"""Who the request being answered comes from, for whatever records it."""

from contextvars import ContextVar

from services.console.accounts.model import Person

_ACTING: ContextVar[Person | None] = ContextVar("acting", default=None)
NOBODY = "unknown person"


def acts(person: Person | None) -> None:
    """From here on in this request."""
    _ACTING.set(person)


def acting() -> Person | None:
    """Who is signed in; None on routes that need no sign-in, unless a stop's page was signed in lately."""
    return _ACTING.get()


def signature() -> str:
    """Role and pseudonym of who did it, for the bus, the journal and the audit."""
    person = acting()
    return NOBODY if person is None else person.signature
