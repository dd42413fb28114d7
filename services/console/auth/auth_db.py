"""What is kept beside the members, in their store: tokens, accounts and sign-ins."""

from typing import TYPE_CHECKING

from services.members.opening import MembersDb

if TYPE_CHECKING:
    from services.console.auth.accounts import AccountStore
    from services.console.auth.calendar_links import CalendarLinks
    from services.console.auth.homes import Homes
    from services.console.auth.model import TimeOuts
    from services.console.auth.roles import Token
    from services.console.auth.sign_ins import SignIns


class AuthDb(MembersDb):
    """The one members store of a console. Everything blocks, and may raise StorageError or ConfigError.

    The database's library is imported by whoever opens the store and by nobody beside them: two threads that import it
    at once find it half there.
    """

    def token(self, secret: str) -> "Token | None":
        """The token of this secret, if it may be used now."""
        store = self.members()
        from services.console.auth.tokens import Tokens

        return Tokens(store).of(secret)

    def accounts(self) -> "AccountStore":
        """Who may sign in."""
        store = self.members()
        from services.console.auth.accounts import AccountStore

        return AccountStore(store)

    def sign_ins(self, time_outs: "TimeOuts") -> "SignIns":
        """Who is signed in, for as long as `time_outs` say."""
        store = self.members()
        from services.console.auth.sign_ins import SignIns

        return SignIns(store, time_outs)

    def homes(self, open_for: "TimeOuts") -> "Homes":
        """Members' own pages; one that was opened stays so for as long as `open_for` says."""
        store = self.members()
        from services.console.auth.homes import Homes

        return Homes(store, open_for)

    def sweep(self, time_outs: "TimeOuts") -> None:
        """End for good what has run out."""
        store = self.members()
        from services.console.auth.sweep import sweep

        sweep(store, time_outs)

    def calendar_links(self) -> "CalendarLinks":
        """Secret addresses of staff's calendars."""
        store = self.members()
        from services.console.auth.calendar_links import CalendarLinks

        return CalendarLinks(store)
