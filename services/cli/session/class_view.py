"""`backstride class show`: the class as the session service told it last."""

import asyncio
import contextlib
import sys

import msgspec

from device_adapters.bus.site import SiteBus
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import BusError
from services import logs
from services.cli.hub_line import Hub, line

TOLD_S = 4.0
"""A view is kept by the broker and comes at once."""


def show(hub: Hub, *, as_json: bool) -> int:
    """Print it; the exit code: 0, or 3 if the broker or its word of a class is not there."""
    logs.configure("error")
    view = asyncio.run(_view(hub))
    if view is None:
        sys.stderr.write("nobody told of a class: the broker or the session service is not there\n")
        return 3
    sys.stdout.write(f"{msgspec.json.encode(view).decode() if as_json else words(view)}\n")
    return 0


def words(view: m.ClassView) -> str:
    """In words, a line for each lane."""
    if not view.class_id or view.phase == "ended":
        return "no class"
    clock = "" if view.clock_s is None else f" at {view.clock_s:.0f} of {view.total_s:.0f} s"
    head = f"{view.class_id}: {view.phase}, {view.programme}, step {view.step} of {view.steps}{clock}"
    lanes = (f"  {each.treadmill}: {each.phase}, {each.sets_done} sets done" for each in view.lanes)
    return "\n".join((head, *lanes))


async def _view(hub: Hub) -> m.ClassView | None:
    told: asyncio.Queue[m.ClassView] = asyncio.Queue()

    def listen(site: SiteBus, _client: str) -> None:
        site.subscribe(registry.CLASS_VIEW, lambda _, said: told.put_nowait(said))

    with contextlib.suppress(TimeoutError, BusError):
        async with line(hub, listen):
            async with asyncio.timeout(TOLD_S):
                return await told.get()
    return None
