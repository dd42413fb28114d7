"""What a hand stops belts with, at the unit itself: its own button, a button per treadmill, a clicker; and what a hand
holds, so that letting go stops (hold-to-run).

None of them needs network or broker. One that cannot be read is said loudly, and the unit goes on without it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import Protocol

import structlog

from device_adapters.config import Treadmill, UnitConfig
from device_adapters.contract.boundary import worded
from device_adapters.contract.keys import units
from device_adapters.errors import ConfigError
from device_adapters.safety.envelope_state import Phase
from device_adapters.safety.events import Note
from device_adapters.safety.hazards import Cause
from device_adapters.unit.clicker import Clicker
from device_adapters.unit.stop_button import LOOK_AGAIN_S, HoldButton, StopButton, slower_presses

log = structlog.get_logger()
Work = Callable[[], Awaitable[None]]


class BeltAtHand(Protocol):
    """A treadmill, as far as a hand has to do with it."""

    @property
    def phase(self) -> Phase:
        """Where its gate is."""

    def stop(self, cause: Cause, who: str) -> None:
        """Stop its belt for this cause; `who` pressed."""

    def slower(self, who: str) -> None:
        """Slow its belt down a little; `who` pressed."""


class HandStops:
    """Those of one unit. `told` records a note, of one treadmill or ("") of none; `pass_on` tells the rest of the
    site.
    """

    def __init__(
        self,
        config: UnitConfig,
        belts: Mapping[str, BeltAtHand],
        told: Callable[[Note, str], None],
        pass_on: Callable[[str], Awaitable[None]],
    ) -> None:
        self._config = config
        self._belts = belts
        self._told = told
        self._pass_on = pass_on
        self._working: dict[str, list[Callable[[], bool]]] = {belt: [] for belt in belts}
        self._holding: dict[str, list[Callable[[], bool | None]]] = {belt: [] for belt in belts}

    def works(self, treadmill: str) -> bool:
        """Can a hand stop this belt without the network now?"""
        return any(works() for works in self._working[treadmill])

    def held(self, treadmill: str) -> bool | None:
        """Does a hand hold what this treadmill has to be held? None: it has nothing, or nothing that can be read."""
        told = [hand for held in self._holding[treadmill] if (hand := held()) is not None]
        return any(told) if told else None

    def parts(self) -> Iterator[tuple[str, Work]]:
        """What is to be kept at work, by name."""
        if self._config.stop_button_gpio is not None:
            yield "stop_button", partial(self._unit_button, self._config.stop_button_gpio)
        for treadmill in self._config.treadmill:
            name = treadmill.id
            if treadmill.stop_button_gpio is not None:
                yield f"stop_button[{name}]", partial(self._button, name, treadmill.stop_button_gpio)
            if treadmill.slower_button_gpio is not None:
                yield f"slower_button[{name}]", partial(self._slower, name, treadmill.slower_button_gpio)
            if treadmill.hold_button_gpio is not None:
                yield f"hold_button[{name}]", partial(self._hold, name, treadmill.hold_button_gpio)
            if treadmill.clicker:
                yield f"clicker[{name}]", partial(self._clicker, treadmill)

    async def _unit_button(self, gpio: int) -> None:
        who = f"button on {self._config.unit}"
        button = self._contact(gpio, "this unit's stop button", "")
        if button is None:
            return

        async def opened() -> None:
            self._stop(self._belts, who)
            await self._pass_on(who)

        await self._heed(button, list(self._belts), who, opened)

    async def _button(self, treadmill: str, gpio: int) -> None:
        who = f"button of {treadmill}"
        button = self._contact(gpio, f"the stop button of {treadmill}", treadmill)
        if button is None:
            return

        async def opened() -> None:
            self._stop((treadmill,), who)

        await self._heed(button, [treadmill], who, opened)

    def _contact(self, gpio: int, what: str, treadmill: str) -> StopButton | None:
        try:
            return StopButton(gpio, what)
        except ConfigError as e:
            self._unreadable(e, treadmill)
            return None

    def _unreadable(self, error: ConfigError, treadmill: str) -> None:
        log.error("button", code=error.code, why=str(error))
        self._told(
            Note(kind="stop_button", cause="not_readable", text=str(error), severity="alarm"), treadmill
        )

    async def _heed(
        self, button: StopButton, treadmills: list[str], who: str, opened: Callable[[], Awaitable[None]]
    ) -> None:
        def closed() -> bool:
            return not button.is_open

        def still_open() -> None:
            """Nothing moves while the contact is open, whatever was cleared meanwhile."""
            moves = [t for t in treadmills if self._belts[t].phase in (Phase.READY, Phase.MOVING)]
            self._stop(moves, who)

        for treadmill in treadmills:
            self._working[treadmill].append(closed)
        try:
            await button.run(opened, still_open)
        finally:
            for treadmill in treadmills:
                self._working[treadmill].remove(closed)

    async def _slower(self, treadmill: str, gpio: int) -> None:
        try:
            async for _ in slower_presses(gpio, f"the slower button of {treadmill}"):
                self._belts[treadmill].slower(f"button of {treadmill}")
        except ConfigError as e:
            self._unreadable(e, treadmill)

    async def _hold(self, treadmill: str, gpio: int) -> None:
        try:
            button = HoldButton(gpio, f"the hold button of {treadmill}")
        except ConfigError as e:
            self._unreadable(e, treadmill)
            return

        def held() -> bool | None:
            return button.held

        self._holding[treadmill].append(held)
        try:
            readable = True
            while True:
                if readable and held() is None:
                    self._unreadable(
                        ConfigError(f"the hold button of {treadmill} cannot be read now"), treadmill
                    )
                readable = held() is not None
                await asyncio.sleep(LOOK_AGAIN_S)
        finally:
            self._holding[treadmill].remove(held)
            button.close()

    async def _clicker(self, treadmill: Treadmill) -> None:
        keys = treadmill.clicker_slower_keys, treadmill.clicker_hold_keys
        clicker, name = Clicker(treadmill.clicker, *keys), treadmill.id
        who = f"clicker of {name}"

        def told(there: bool) -> None:
            if there:
                note = Note(kind="stop_button_back", cause="clicker", severity="info")
            else:
                gone = units.clicker_gone(treadmill.clicker, clicker.why)
                note = worded(Note(kind="stop_button", cause="clicker_gone", severity="alarm"), gone)
            self._told(note, name)

        def works() -> bool:
            return clicker.works

        def held() -> bool:
            return clicker.held

        def low(left_pct: int) -> None:
            note = Note(kind="clicker_battery", cause="low", severity="warning")
            self._told(worded(note, units.clicker_battery(treadmill.clicker, left_pct)), name)

        self._working[name].append(works)
        if treadmill.clicker_hold_keys:
            self._holding[name].append(held)
        battery = asyncio.create_task(clicker.watch_battery(low))
        try:
            await clicker.run(lambda: self._stop((name,), who), lambda: self._belts[name].slower(who), told)
        finally:
            battery.cancel()
            self._working[name].remove(works)
            if treadmill.clicker_hold_keys:
                self._holding[name].remove(held)

    def _stop(self, treadmills: Mapping[str, BeltAtHand] | list[str] | tuple[str, ...], who: str) -> None:
        for treadmill in treadmills:
            self._belts[treadmill].stop(Cause.STOP_PRESSED, who)
