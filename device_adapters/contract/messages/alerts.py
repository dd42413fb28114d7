"""Whether what needs somebody reaches their phones."""

from typing import Annotated

from msgspec import Meta, Struct

from device_adapters.contract.messages.vocabulary import AtMs, Count, Word

TESTS_KNOWN = 16


class AlertsTest(Struct, frozen=True, kw_only=True):
    """Send every phone a test; `id` comes back in the status."""

    id: Word


class AlertsTested(Struct, frozen=True, kw_only=True):
    """A test that every target has answered: how many took it, and who did not, by number and kind."""

    id: Word
    taken: Count
    failing: Annotated[tuple[Word, ...], Meta(max_length=100)] = ()


class AlertsStatus(Struct, frozen=True, kw_only=True):
    """How the alert service is. The broker publishes `online: false` for one that vanishes.

    `targets`: whom it tells; `failing`: those of them that did not take the newest message, by number and kind.
    `open`: incidents that are there now. `tests`: the last few that all have answered, since two may ask at once.
    """

    online: bool
    at_ms: AtMs
    targets: Count = 0
    failing: Annotated[tuple[Word, ...], Meta(max_length=100)] = ()
    waiting: Count = 0
    open: Count = 0
    tests: Annotated[tuple[AlertsTested, ...], Meta(max_length=TESTS_KNOWN)] = ()
    test_at_ms: AtMs = 0
