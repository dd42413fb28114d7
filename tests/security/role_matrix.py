"""The whole matrix, roles × pages × REST × topics × requests, as the code has it, in the words of role_matrix.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from device_adapters.contract.discovery import FOREIGN, ForeignChannel
from device_adapters.contract.permissions import MAY, MEMBER, START_FIELDS, VERBS
from device_adapters.contract.registry import CHANNELS, Channel
from services.console.auth.permissions import API, DEEDS, HOME_ROWS, OPEN, ROWS
from services.hub.clients import ROLES

PAGE = Path(__file__).with_name("role_matrix.md")
PEOPLE = ("staff", "coach", "operator")
PROGRAMS = ROLES
COLUMNS = ("nobody", MEMBER, *PEOPLE, *PROGRAMS)
HEAD = """\
# Who may what
Written out here a second time, so that nobody widens a role without meaning to: `test_role_matrix.py` holds the code to
it, cell by cell. Doors: pages (`test_console_security.py`), REST (`test_rest_api.py`), topics (`test_acl.py`) and
requests of a session (`test_roles.py`) are tried in each role. A unit stands for itself and its devices, a booking
program and a member for themselves.

"""


def rows() -> Iterator[tuple[str, str, frozenset[str]]]:
    """(what, deed, roles; "nobody" among them: no sign-in or certificate needed)."""
    for (method, path), deed in DEEDS.items():
        kind = "rest" if path.startswith(API) else "page"
        roles = MAY[deed] if (method, path) in HOME_ROWS else _people(ROWS[method, path])
        yield f"{kind} {method} {path}", deed.name, roles
    topics: tuple[Channel[Any] | ForeignChannel, ...] = (*CHANNELS, *FOREIGN)
    for channel in topics:
        yield f"publish {channel.path}", channel.does.name, frozenset(channel.publishers)
        yield f"read {channel.path}", channel.shows.name, frozenset(channel.readers)
    for verb, deed in VERBS.items():
        yield f"ask {verb}", deed.name, MAY[deed]
    for field, deed in START_FIELDS.items():
        yield f"ask start with {field}", deed.name, MAY[deed]


def _people(roles: frozenset[str]) -> frozenset[str]:
    return frozenset({"nobody", MEMBER, *PEOPLE}) if roles is OPEN else roles


def page() -> str:
    """The table as Markdown."""
    lines = [f"| what | deed | {' | '.join(COLUMNS)} |", f"|---|---|{'---|' * len(COLUMNS)}"]
    for what, deed, roles in rows():
        assert roles <= set(COLUMNS), what
        lines.append(f"| {what} | {deed} | {' | '.join('x' if c in roles else '' for c in COLUMNS)} |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
