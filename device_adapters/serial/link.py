"""A treadmill on a serial line, as the fitness machine that the gate knows.

The gate speaks to every treadmill in the verbs of a Fitness Machine Control Point, and hears Treadmill Data
(serial/words.py); `serial/conversation.py` alone decides what goes out on the line.
"""

import asyncio
from collections.abc import Callable

from device_adapters.clock import Clock
from device_adapters.codecs import uuids
from device_adapters.errors import LinkError
from device_adapters.safety.hazards import Cause
from device_adapters.serial import conversation, words
from device_adapters.serial import events as talk
from device_adapters.serial.makes import Make
from device_adapters.serial.port import Line, OpenLine
from device_adapters.serial.state import LineState

BITS_PER_S = 4800

HEARD = (uuids.TREADMILL_DATA, uuids.FITNESS_MACHINE_STATUS, uuids.FITNESS_MACHINE_CONTROL_POINT)


class SerialLink:
    """A live line. `gone` is set when it ends. `feared` hears at once what the belt must be stopped for. Whoever judged
    the belt calls `judged`: nothing else keeps the machine's own timer from stopping it.
    """

    rssi: int | None = None
    backward: bool | None = None
    fault: Exception | None = None

    def __init__(self, make: Make, clock: Clock, feared: Callable[[Cause, str], None]) -> None:
        self.gone = asyncio.Event()
        self.name = make.model
        self._constants = {
            **words.CONSTANTS,
            uuids.MANUFACTURER_NAME: make.maker.encode(),
            uuids.MODEL_NUMBER: make.model.encode(),
        }
        self._clock = clock
        self._feared = feared
        self._state = LineState(tongue=make.tongue)
        self._handlers: dict[str, Callable[[bytes], None]] = {}
        self._revision: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._timer: asyncio.Task[None] | None = None
        self.why = ""
        self.radio: str
        self._line: Line

    async def open(self, path: str, open_line: OpenLine) -> None:
        """Open its line, once, before anything else. LinkError if that fails."""
        self._line = await open_line(path, BITS_PER_S, self._heard, self._ended)
        self.radio = self._line.kind

    def close(self) -> None:
        """Let go of the line; nothing is written."""
        self.give_up()
        self._line.close()
        if self._timer is not None:
            self._timer.cancel()

    def give_up(self) -> None:
        """End this line; another is opened."""
        self.gone.set()

    def has(self, characteristic: str) -> bool:
        """Is there such a characteristic?"""
        return (
            characteristic in self._constants
            or characteristic in HEARD
            or characteristic == uuids.FIRMWARE_REVISION
        )

    def count(self, characteristic: str) -> int:
        """How often is it there?"""
        return int(self.has(characteristic))

    def need(self, characteristic: str) -> None:
        """LinkError if this is nothing that is told."""
        if characteristic not in HEARD:
            raise LinkError(f"{characteristic[4:8]} is not told over a serial line")

    async def read(self, characteristic: str) -> bytes | None:
        """Its value; None without one. The firmware revision is asked of the machine. LinkError if the line is gone."""
        if characteristic != uuids.FIRMWARE_REVISION:
            return self._constants.get(characteristic)
        if not self._revision.done():
            self._do(talk.Introduce())
        gone = asyncio.ensure_future(self.gone.wait())
        try:
            await asyncio.wait((gone, self._revision), return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
        if not self._revision.done():
            raise LinkError(f"asking who it is: {self.why or 'the line is gone'}")
        return self._revision.result().encode() or None

    async def subscribe(self, characteristic: str, handler: Callable[[bytes], None]) -> None:
        """Call `handler(data)` for each frame of it. LinkError if it is nothing that is told."""
        self.need(characteristic)
        self._handlers[characteristic] = handler

    async def resubscribe(self, characteristic: str, **_how: bool) -> None:
        """Nothing to do: a line forgets nobody."""

    async def write(self, characteristic: str, data: bytes) -> None:
        """Take a request of the gate. LinkError for anything else."""
        if characteristic != uuids.FITNESS_MACHINE_CONTROL_POINT:
            raise LinkError(f"{characteristic[4:8]} is not written")
        asked = words.asked(data)
        if isinstance(asked, bytes):
            self._tell(uuids.FITNESS_MACHINE_CONTROL_POINT, asked)
        else:
            self._do(asked)

    def judged(self) -> None:
        """The belt was judged just now."""
        self._do(talk.BeltJudged())

    def _heard(self, data: bytes) -> None:
        self._do(talk.BytesHeard(data))

    def _ended(self, why: str) -> None:
        self.why = why
        self.give_up()

    def _do(self, event: talk.Event) -> None:
        if self.gone.is_set():
            return
        self._state, effects = conversation.step(self._state, event, self._clock.now_ms())
        for effect in effects:
            self._carry_out(effect)
        if self._state.flying is not None and self._timer is None:
            self._timer = asyncio.create_task(self._wait(), name="serial.answer")

    def _carry_out(self, effect: talk.Effect) -> None:
        match effect:
            case talk.SendBytes(data):
                self._line.write(data)
            case talk.Taken():
                self._tell(uuids.FITNESS_MACHINE_CONTROL_POINT, words.taken(effect))
            case talk.Told():
                self.backward = effect.backward
                self._tell(uuids.TREADMILL_DATA, words.told(effect))
            case talk.Known(revision):
                if not self._revision.done():
                    self._revision.set_result(revision)
            case talk.Feared(cause, why):
                self._feared(cause, why)
            case talk.Gone(why):
                self._ended(why)

    async def _wait(self) -> None:
        """Until what is in flight is answered or late, again and again: a stop may have to be said once more."""
        try:
            while self._state.flying is not None and not self.gone.is_set():
                await self._clock.sleep((self._state.deadline_ms - self._clock.now_ms()) / 1000)
                self._do(talk.LineTick())
        finally:
            self._timer = None

    def _tell(self, characteristic: str, data: bytes) -> None:
        handler = self._handlers.get(characteristic)
        if handler is None:
            return
        try:
            handler(data)
        except Exception as e:  # noqa: BLE001 — whatever it is, it is this device's, and is told with its end
            self.fault = self.fault or e
            self.give_up()
