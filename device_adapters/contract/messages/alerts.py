"""Whether what needs somebody reaches their phones."""

from typing import Annotated

from msgspec import Meta, Struct

from device_adapters.contract.messages.vocabulary import AtMs, Count, Word


class AlertsTest(Struct, frozen=True, kw_only=True):
    """Send every phone a test; `id` comes back in the status."""

    id: Word


class AlertsStatus(Struct, frozen=True, kw_only=True):
    """How the alert service is. The broker publishes `online: false` for one that vanishes.

    `targets`: whom it tells; `failing`: those of them that did not take the newest message, by number and kind.
    `open`: incidents that are there now. `test`: the newest test that every target has answered, `test_taken`: how many
    took it.
    """

    online: bool
    at_ms: AtMs
    targets: Count = 0
    failing: Annotated[tuple[Word, ...], Meta(max_length=100)] = ()
    waiting: Count = 0
    open: Count = 0
    test: Word = ""
    test_at_ms: AtMs = 0
    test_taken: Count = 0
