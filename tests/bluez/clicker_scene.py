"""The clicker that a member holds, as the kernel makes it: heard, grabbed, held, let go and gone."""

import errno
import os

from bus_holder import Holder
from input_key import InputKey
from proving import require, seen

from device_adapters.sim.belt import Belt
from device_adapters.unit import input_events

CLICKER = "Check Clicker"
HELD, OTHER = 115, 28


async def show_clicker(belt: Belt, holder: Holder) -> None:
    """The kernel's own input devices: a key that is held runs a belt, and whatever ends that stops it."""
    clicker = InputKey(CLICKER, HELD, OTHER)
    await seen("clicker: it is grabbed", lambda: grabbed(CLICKER))
    await walk_by_hand(holder, clicker, belt)
    clicker.goes(HELD, down=False)
    await seen(
        "clicker: letting go stops the belt", lambda: holder.treadmill("tm-02").latched == "hold_released"
    )
    await cleared(belt, holder)
    await walk_by_hand(holder, clicker, belt)
    clicker.pull()
    await seen(
        "clicker: one that is gone is let go", lambda: holder.treadmill("tm-02").latched == "hold_released"
    )
    await cleared(belt, holder)
    clicker = InputKey(CLICKER, HELD, OTHER)
    await seen("clicker: it is heard again", lambda: grabbed(CLICKER))
    await walk_by_hand(holder, clicker, belt)
    clicker.goes(OTHER, down=True)
    await seen("clicker: any other key stops", lambda: holder.treadmill("tm-02").latched == "stop_pressed")
    await cleared(belt, holder)
    clicker.pull()


async def walk_by_hand(holder: Holder, clicker: InputKey, belt: Belt) -> None:
    """Hold-to-run: leased, held, started."""
    await holder.hold("tm-02", hand=True)
    await seen("clicker: the lease is held", lambda: holder.treadmill("tm-02").lease_holder == holder.name)
    require(await holder.command("tm-02", "start") == "refused", "nothing starts that nobody holds")
    clicker.goes(HELD, down=True)
    await seen("clicker: the key is held", lambda: holder.treadmill("tm-02").hold == "held")
    require(await holder.command("tm-02", "start") == "accepted", "who holds it may start")
    await seen("clicker: the belt moves", lambda: belt.speed_ckmh > 0)


async def cleared(belt: Belt, holder: Holder) -> None:
    """At rest, and free again."""
    await seen(
        "clicker: the belt is at rest",
        lambda: belt.speed_ckmh == 0 and holder.treadmill("tm-02").belt == "still",
    )
    await holder.let_go()
    require(await holder.command("tm-02", "clear") == "accepted", "a person clears a belt that stands")
    await seen("clicker: cleared", lambda: not holder.treadmill("tm-02").latched)


def grabbed(name: str) -> bool:
    """Is it listed, and heard by the unit alone?"""
    for device in input_events.all_of(input_events.listed(), name):
        try:
            os.close(input_events.opened(input_events.NODES / device.node))
        except OSError as e:
            return e.errno == errno.EBUSY
    return False
