"""The link of one treadmill: made, served and made anew, until the unit ends.

It connects and observes. What the gate wants written goes out here; nothing else is written. A lost link ends
whatever ran; nothing is resumed when it returns.
"""

import asyncio
from typing import Protocol

import structlog

from device_adapters.ble.keep import keep_connected, until_gone
from device_adapters.ble.radio import Air
from device_adapters.clock import Clock
from device_adapters.codecs import uuids
from device_adapters.codecs.ftms import machine_status
from device_adapters.contract import messages
from device_adapters.contract.oddities import Odd
from device_adapters.errors import LinkError
from device_adapters.gate import Gate
from device_adapters.link import silence
from device_adapters.machine_link import MachineLink
from device_adapters.safety.envelope_state import Machine, Phase
from device_adapters.unit.acquaintance import Acquaintance
from device_adapters.unit.cable import Cable
from device_adapters.unit.control_writes import ControlWrites
from device_adapters.unit.oddities import Oddities
from device_adapters.unit.treadmill_frames import TreadmillFrames
from device_adapters.unit.treadmill_voice import TreadmillVoice

SILENCE_LOOK_S = 5.0

log = structlog.get_logger()


class LinkedBelt(Protocol):
    """The belt at this end: its `gate` of now, which another may follow, and what is said of it."""

    id: str
    gate: Gate

    @property
    def voice(self) -> TreadmillVoice:
        """What is said of it."""

    def changed(self) -> None:
        """Its gate was told something."""


class TreadmillLink:
    """Of one treadmill, over the air or on its `cable`. `losses`: how often a link that stood was lost."""

    def __init__(
        self,
        belt: LinkedBelt,
        frames: TreadmillFrames,
        acquaintance: Acquaintance,
        writes: ControlWrites,
        odd: Oddities,
        clock: Clock,
    ) -> None:
        self._belt = belt
        self._frames = frames
        self._acquaintance = acquaintance
        self._writes = writes
        self._odd = odd
        self._clock = clock
        self._link: MachineLink | None = None
        self._deaf = asyncio.Event()
        self._silence = silence.Silence(since_ms=clock.now_ms())
        self._cable: Cable | None = None
        self.losses = 0

    @property
    def is_there(self) -> bool:
        """Is there one now, whatever is known of the machine at its other end?"""
        return self._link is not None

    @property
    def stands(self) -> bool:
        """Is it made, and is it known who is at its other end?"""
        return self._belt.voice.state.link == "connected"

    async def keep(self, air: Air, address: str, cable: Cable | None) -> None:
        """Serve one link after the other until cancelled."""
        self._cable = cable
        if cable is not None:
            await cable.keep(self._serve, self._moving)
        else:
            await keep_connected(air, address, self._serve, treadmill=True, moving=self._moving)

    def give_up(self) -> None:
        """End the link of now; another is made."""
        if self._link is not None:
            self._link.give_up()

    def deaf(self) -> None:
        """The machine says that its indications are off: ask for them once more."""
        self._deaf.set()

    def _moving(self) -> bool:
        return self._belt.gate.envelope.phase >= Phase.MOVING

    async def _serve(self, link: MachineLink) -> None:
        self._belt.voice.changed(radio=link.radio, rssi_dbm=link.rssi)
        self._linked_as("connecting")
        self._link = link
        try:
            await until_gone(link, self._writes.write_out(link), self._resubscribe(link), self._speak(link))
        finally:
            self._link = None
            self._frames.forget()
            self._writes.clear()
            self._belt.gate.unlinked()
            self.losses += self.stands
            self._linked_as("lost")

    async def _speak(self, link: MachineLink) -> None:
        """Before all else make it possible to stop it; then hear it, then ask who it is; then go on hearing it."""
        controlled = await self._acquaintance.reach(link, self._indicated)
        if controlled:
            self._belt.gate.reachable()
        await until_gone(link, self._frames.read(link, self._heard), self._know(link, controlled=controlled))

    async def _know(self, link: MachineLink, *, controlled: bool) -> None:
        await self._acquaintance.hear(link, self._frames.push, self._status)
        self._silence = silence.linked(self._silence, self._clock.now_ms())
        machine = await self._introduce(link, controlled=controlled)
        if machine is not None:
            self._belt.gate.linked(machine)
        self._linked_as("connected")
        await self._heed_silence(link)

    async def _introduce(self, link: MachineLink, *, controlled: bool) -> Machine | None:
        """Ask who it is. None: it can be read, and stopped if it has a control point, but not started."""
        known = await self._acquaintance.who(link)
        firmware = self._acquaintance.firmware
        self._belt.voice.changed(model=known.model, firmware=firmware, profile=known.profile.model)
        self._frames.known(known.profile)
        machine, incline = await self._acquaintance.machine(link, known) if controlled else (None, None)
        self._frames.tilts(incline)
        return machine

    async def _heed_silence(self, link: MachineLink) -> None:
        """Data that end while the link stands. A link of a belt that is ours is the gate's to give up."""
        while True:
            await self._clock.sleep(SILENCE_LOOK_S)
            self._silence, todo = silence.step(self._silence, silence.TREADMILL, self._clock.now_ms())
            if todo:
                self._odd.seen(Odd.SILENT)
            if todo == "resubscribe":
                await link.resubscribe(uuids.TREADMILL_DATA, other=True)
            elif todo == "relink" and self._belt.gate.envelope.phase is Phase.OBSERVING:
                link.give_up()

    async def _resubscribe(self, link: MachineLink) -> None:
        """Ask for the control point's indications once more, whenever it says that it cannot answer."""
        while True:
            await self._deaf.wait()
            self._deaf.clear()
            try:
                await link.resubscribe(uuids.FITNESS_MACHINE_CONTROL_POINT)
            except LinkError as e:
                log.warning("control point", treadmill=self._belt.id, code=e.code, why=str(e))

    def _heard(self) -> None:
        self._silence = silence.heard(self._clock.now_ms())
        self._odd.over(Odd.SILENT)
        if self._cable is not None:
            self._cable.heard()

    def _status(self, data: bytes) -> None:
        self._belt.gate.status(machine_status.decode(data))
        self._belt.changed()

    def _indicated(self, data: bytes) -> None:
        self._belt.gate.indicated(data)
        self._belt.changed()

    def _linked_as(self, link: messages.Link) -> None:
        self._belt.voice.changed(link=link)
        self._belt.voice.say_soon()
