"""What has run out is over for good: a clock that is set back later brings none of it back. Blocking."""

from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, update

from services.console.auth.model import TimeOuts
from services.members.tables import DoorLinkRow, HomeLinkRow, SignInRow, TokenRow

if TYPE_CHECKING:
    from services.members.store import Members


def sweep(store: "Members", time_outs: TimeOuts) -> None:
    """Links and sign-ins go; a token keeps its place, since its name is never used twice, and is revoked. StorageError.

    What holds for months (tablets, members' phones) stays: an hour of it more is not worth losing all of it to a clock
    that was wrong for a minute.
    """
    now = store.now_ms()
    idle = SignInRow.seen_ms <= now - time_outs.idle_ms
    with store.transaction() as db:
        db.execute(delete(DoorLinkRow).where(DoorLinkRow.expires_ms <= now))
        db.execute(delete(HomeLinkRow).where(HomeLinkRow.expires_ms <= now))
        db.execute(delete(SignInRow).where(or_(SignInRow.began_ms <= now - time_outs.absolute_ms, idle)))
        over = TokenRow.revoked_ms.is_(None), TokenRow.expires_ms <= now
        db.execute(update(TokenRow).where(*over).values(revoked_ms=TokenRow.expires_ms))
