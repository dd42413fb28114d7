"""What is said at the door of a member's own page, in the reader's language."""

from services.console.languages import say


def shut() -> str:
    """To a page that was open and is not any more."""
    return say("Your page is closed: open it again with your PIN.")


def link_over() -> str:
    """To who opens a link a second time, or too late."""
    return say("This code was used before, or is too old. Ask the staff for a new one.")


def no_phone() -> str:
    """To a phone that is nobody's, or no more."""
    return say("This phone does not open this page, or does so no more. Ask the staff for a new code.")


def wrong_pin() -> str:
    """A wrong PIN, or one that was the last."""
    return say("The PIN is not right. After ten wrong ones this phone is signed out for good.")


def no_passkey_here() -> str:
    """A phone's lock, at a page without TLS or by an address without a name."""
    return say("The phone's lock opens this page only where it comes by https, under a name.")


def no_passkey() -> str:
    """A phone's lock that proved nothing."""
    return say("The phone's lock did not open this page. Your PIN does.")


def pin_refused() -> str:
    """A PIN that is none, or that everybody tries first."""
    return say("Choose 4 to 8 digits that nobody guesses first: no row, no repetition, no year.")


def pins_differ() -> str:
    """Two PINs that should be one."""
    return say("The two PINs are not the same. Type them again.")


def away() -> str:
    """A store of the hub does not answer."""
    return say("The hub cannot answer now. Please try again later.")


def not_kept() -> str:
    """An answer that is none, or too late for its session."""
    return say("This was not noted: choose a number, for a session of the last seven days.")


def noted() -> str:
    """An answer that is kept."""
    return say("Noted. Thank you.")


def consent_changed() -> str:
    """A consent that was given or taken back."""
    return say("It is noted, and holds from now on.")


def not_erased() -> str:
    """A store was away while a member was to be erased."""
    return say("Not everything could be erased now. Try again, or tell the staff.")


def erase_training() -> str:
    """An erasure while the member trains: what is told meanwhile would stay."""
    return say("Nothing was erased: a session of yours runs. Try again when it has ended.")


def erase_unsure() -> str:
    """An erasure without its tick or with a wrong PIN."""
    return say("Nothing was erased: tick the box and give your PIN.")
