"""Who sits at this terminal. Names are in the members store and nowhere else: the bus hears where a word came from."""

from pathlib import Path
from typing import TYPE_CHECKING

from device_adapters.errors import BackstrideError
from services.store_folder import MEMBERS

if TYPE_CHECKING:
    from device_adapters.config import HubConfig

ON_THE_BUS = "command line"


def user(by: str) -> str:
    """The name given, or the user of this terminal."""
    if by.strip():
        return by.strip()
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ON_THE_BUS


def note_name(by: str, hub: "HubConfig | None", about: str, what: str) -> str:
    """Keep in the hub's audit that the person named `by` did this about a treadmill; why it could not be, or ''.

    Nothing is kept of who was not named.
    """
    if not by.strip():
        return ""
    if hub is None:
        return f"{by}: the name is kept nowhere, for no hub is named: --config FILE"
    path = Path(hub.data) / MEMBERS
    if not hub.members and not path.exists():
        return f"{by}: the name is kept nowhere, for this hub has no members store yet"
    from device_adapters.clock import SystemClock
    from services.members.opening import opened_members

    try:
        with opened_members(hub, SystemClock().wall_ms) as store:
            store.note(about, by=by, what=what)
    except BackstrideError as e:
        return f"{by}: the name is kept nowhere: {e}"
    return ""
