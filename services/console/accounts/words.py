"""What is said about signing in, in the reader's language."""

from collections.abc import Collection

from services.console.auth.roles import Role
from services.console.languages import say


def wrong() -> str:
    """Which of both it was is not told."""
    return say("Name or password is not right.")


def wrong_pin() -> str:
    """Nor is it said whether the account has a PIN."""
    return say("The PIN is not right.")


def no_tablet() -> str:
    """A PIN from a browser that is no shared tablet."""
    return say("This tablet is not enrolled: sign in with name and password, and tick Shared tablet.")


def link_over() -> str:
    """To who opens a link a second time."""
    return say("This link was used before, or is too old. Sign in, or ask for a new one.")


def pin_set() -> str:
    """A PIN was chosen."""
    return say("The PIN holds on every shared tablet.")


def password_for_pin() -> str:
    """To who would set a PIN without the password."""
    return say("Give your password too: a PIN opens your account on every shared tablet.")


def password_first() -> str:
    """To who has none yet."""
    return say("Choose a password first, then a PIN.")


def pin_gone() -> str:
    """A PIN was taken away."""
    return say("No PIN any more.")


def away() -> str:
    """The database does not answer."""
    return say("The members store is away: nobody can sign in now. Stop works as ever.")


def signed_out() -> str:
    """To a page whose sign-in is over."""
    return say("Signed out: sign in again for this. Stop works without.")


def origin_missing() -> str:
    """To a write that does not say which page it comes from."""
    return say("Refused: it does not say which page it comes from. Programs use /api/v1 with a token.")


def wait(seconds: int) -> str:
    """To who guessed too often."""
    return say("Too many wrong tries. Wait {s} s, then try again. Stop works meanwhile.", s=seconds)


def own_account() -> str:
    """To an operator who would lock themselves out."""
    return say("This is your own account: another operator has to do this.")


def role_missing() -> str:
    """A form without a role."""
    return say("Choose a role: staff, coach or operator.")


def added(name: str) -> str:
    """To who made an account, above its link."""
    return say("{name} has an account. Give the link below to nobody else.", name=name)


def linked(name: str) -> str:
    """An account that begins anew."""
    return say("Password and PIN of {name} are gone. Give the link below to nobody else.", name=name)


def role_changed(name: str, role: Role) -> str:
    """To who gave an account another role."""
    return say("{name} is now: {role}.", name=name, role=role_name(role))


def locked(name: str) -> str:
    """An account that lets nobody in."""
    return say("{name} is locked and signed out everywhere. A new link lets them in again.", name=name)


def pin_taken(name: str) -> str:
    """An account without a PIN."""
    return say("{name} has no PIN any more; the password holds.", name=name)


def not_allowed(role: Role, roles: Collection[Role]) -> str:
    """To somebody whose role does not suffice."""
    return say(
        "{role} may not do this; it takes: {roles}.",
        role=role_name(role),
        roles=", ".join(role_name(each) for each in Role if each in roles),
    )


def role_name(role: Role) -> str:
    """A role, as its person reads it."""
    match role:
        case Role.STAFF:
            return say("Staff")
        case Role.COACH:
            return say("Coach")
        case Role.OPERATOR:
            return say("Operator")
