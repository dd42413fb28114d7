"""On the path of a demo whose surroundings are to fail: errors that nobody foresaw, a disk that hangs, a clock that is
set, when asked for by a file in the folder BACKSTRIDE_BREAK.

`strap`, `treadmill`, `outbox`: it is taken away and the part's next call raises. `disk`: while it is there, no file of
the unit's is opened or synced. `clock_s`: the hub's wall clock is ahead by the seconds that it holds. `roaming`, when
the demo begins: its last strap has no place of its own. The belts of such a demo go on when their link drops, as some
real ones do: else a dead unit would be no danger.
"""

import functools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
BREAK = os.environ.get("BACKSTRIDE_BREAK", "")
LOOK_S = 0.1
HUB = {"session", "metrics", "console"}


class BrokenError(Exception):
    """What no code knows of."""


def breaking(part: str, work: Callable[P, R]) -> Callable[P, R]:
    """`work`, which raises once for each time that the part is asked to break."""
    asked = Path(BREAK, part)

    def broken(*args: P.args, **kwargs: P.kwargs) -> R:
        if asked.exists():
            asked.unlink()
            raise BrokenError(part)
        return work(*args, **kwargs)

    return broken


def hanging(work: Callable[P, R]) -> Callable[P, R]:
    """`work` on a disk that does not answer while it is asked to hang."""
    asked = Path(BREAK, "disk")

    def hung(*args: P.args, **kwargs: P.kwargs) -> R:
        of_the_unit = isinstance(args[0], int) or "/moving/" in str(args[0])
        while of_the_unit and asked.exists():
            time.sleep(LOOK_S)
        return work(*args, **kwargs)

    return hung


def step_s() -> int:
    """By how much the clock was set."""
    try:
        return int(Path(BREAK, "clock_s").read_text())
    except (OSError, ValueError):
        return 0


def in_unit() -> None:
    """The reader of a strap's frames, that of a treadmill's, a commit of the outbox; and the disk."""
    from device_adapters.codecs import heart_rate
    from device_adapters.codecs.ftms import treadmill_data
    from device_adapters.outbox.disk import OutboxDisk

    heart_rate.decode = breaking("strap", heart_rate.decode)
    treadmill_data.decode = breaking("treadmill", treadmill_data.decode)
    OutboxDisk.commit = breaking("outbox", OutboxDisk.commit)  # type: ignore[method-assign]
    os.open = hanging(os.open)
    os.fsync = hanging(os.fsync)


def in_hub() -> None:
    """What all of the hub's services take for the time of day."""
    now_s, now_ns = time.time, time.time_ns
    time.time = lambda: now_s() + step_s()
    time.time_ns = lambda: now_ns() + step_s() * 1_000_000_000


def in_demo() -> None:
    """What the demo writes for its gym, and by which port its unit reaches the broker."""
    from device_adapters.config import Broker, Strap, UnitConfig
    from device_adapters.sim.layout import GymConfig
    from services.cli.demo import settings_files

    line = Broker(url=f"mqtt://127.0.0.1:{os.environ['BACKSTRIDE_UNIT_PORT']}", username=settings_files.UNIT)

    roaming = Path(BREAK, "roaming").exists()

    def unit_config(*, strap: tuple[Strap, ...], **values: object) -> UnitConfig:
        own = strap[:-1] if roaming else strap
        return UnitConfig(**{**values, "strap": own, "broker": line})  # type: ignore[arg-type]

    replaced = {
        "GymConfig": functools.partial(GymConfig, stops_on_link_loss=False),
        "UnitConfig": unit_config,
    }
    vars(settings_files).update(replaced)


if BREAK:
    if "unit" in sys.orig_argv:
        in_unit()
    if HUB & set(sys.orig_argv):
        in_hub()
    if "demo" in sys.orig_argv:
        in_demo()
