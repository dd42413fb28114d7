"""Every name that the members store has, so that none leaves the site in a log."""

from sqlalchemy import select

from services.members.store import Members
from services.members.tables import MemberRow, PersonRow


def names(store: Members) -> set[str]:
    """Of members: names, aliases, contacts; of those who sign in: names."""
    from services.console.auth.accounts import AccountStore

    with store.transaction() as db:
        people = {text for row in db.execute(select(PersonRow.name, PersonRow.contact)) for text in row}
        people |= set(db.scalars(select(MemberRow.alias)))
    return {text for text in people if text} | {account.name for account in AccountStore(store).all()}
