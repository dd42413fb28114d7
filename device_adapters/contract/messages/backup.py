"""Whether a hub's backups leave it."""

from msgspec import Struct

from device_adapters.contract.messages.vocabulary import AtMs, Count, Told, Word


class BackupStatus(Struct, frozen=True, kw_only=True):
    """The newest backup that left the hub, and the newest trial of one. Times are 0 where there was none.

    `to`: by which way they go (folder, sftp, s3, ...), never the address. `since_ms`: when the first was tried to be
    sent. `fault`, `trial_fault`: why the last attempt at each failed; empty: it did not.
    """

    at_ms: AtMs
    to: Word
    since_ms: AtMs
    sent_at_ms: AtMs = 0
    bytes: Count = 0
    fault: Told = ""
    tried_at_ms: AtMs = 0
    trial_fault: Told = ""
