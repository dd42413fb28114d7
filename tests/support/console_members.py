"""Members in the store that a console under test reads."""

import time
from dataclasses import replace
from pathlib import Path

from members_rig import BEGIN_MS, WREN, screening, session

from device_adapters.units import DAY_MS
from services.members.model import Purpose
from services.members.store import Members


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def enter_members(folder: Path) -> tuple[str, str]:
    """Wren, screened and consenting, and Finch, of whom nothing but the name is known; their ids."""
    store = Members(f"sqlite:///{folder / 'members.db'}", wall_ms)
    try:
        wren = store.create(WREN, by="Anna")
        finch = store.create(replace(WREN, name="Fiona Inch", alias="Finch"), by="Anna")
        store.screen(wren, screening(at_ms=wall_ms()))
        store.consent(wren, Purpose.SESSION_RECORDS, text_version="1", by="Anna")
    finally:
        store.close()
    return wren, finch


def enter_ready(folder: Path) -> str:
    """A member whose clean sessions suffice for the next level in knee strength; their id."""
    store = Members(f"sqlite:///{folder / 'members.db'}", wall_ms)
    try:
        ready = store.create(replace(WREN, name="Robin Eady", alias="Robin"), by="Anna")
        store.screen(ready, screening(at_ms=wall_ms()))
        store.consent(ready, Purpose.SESSION_RECORDS, text_version="1", by="Anna")
        for number in range(6):
            day = (wall_ms() - BEGIN_MS) / DAY_MS - 18 + 3 * number
            store.record(ready, replace(session(day), session=f"s-ready-{number}"))
    finally:
        store.close()
    return ready
