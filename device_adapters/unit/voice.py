"""The unit's own voice: the cues of a treadmill, spoken where its member walks, without a network but the gym's.

espeak-ng makes the sound and aplay plays it; without a voice there is a chime by the cue's tone. What is urgent cuts
off what is not; what could be said only late is not said.
"""

import array
import asyncio
import contextlib
import io
import math
import os
import signal
import wave
from collections.abc import Callable

import structlog

from device_adapters.clock import Clock
from device_adapters.contract.messages import Cue

LATE_MS = 2_000
"""What has waited longer for another cue's end is not said any more."""

TEXT_MAX = 400
MAKE_S = 5.0
PLAY_S = 30.0
ENDS_S = 1.0
RATE_HZ = 22_050
TONES_HZ: dict[str, tuple[int, ...]] = {
    "info": (660,), "count": (880,), "change": (660, 880), "warning": (880, 440, 880, 440),
}  # fmt: skip
NOTE_S = 0.18
FULL = 32_767
ESPEAK_FULL = 200

log = structlog.get_logger()


class UnitVoice:
    """That of one treadmill. `volume` in percent. `told` hears once of each thing that is missing."""

    def __init__(
        self, device: str, language: str, volume: int, clock: Clock, told: Callable[[str], None]
    ) -> None:
        self._device = device
        self._language = language
        self._volume = volume
        self._clock = clock
        self._told = told
        self._missing: set[str] = set()
        self._next: tuple[Cue, int] | None = None
        self._due = asyncio.Event()
        self._saying: Cue | None = None
        self._playing: asyncio.Task[None] | None = None

    def say(self, cue: Cue) -> None:
        """Say it next, in the place of what waits; at once, if it is urgent and what is being said is not."""
        if self._next is not None and _urgent(self._next[0]) and not _urgent(cue):
            return
        self._next = (cue, self._clock.now_ms())
        self._due.set()
        if _urgent(cue) and self._playing is not None and self._saying and not _urgent(self._saying):
            self._playing.cancel()

    async def run(self) -> None:
        """Speak until cancelled."""
        while True:
            await self._due.wait()
            self._due.clear()
            if self._next is None:
                continue
            (cue, since_ms), self._next = self._next, None
            if self._clock.now_ms() - since_ms > LATE_MS:
                continue
            self._saying = cue
            self._playing = asyncio.create_task(self._speak(cue))
            try:
                await asyncio.wait([self._playing])
            finally:
                self._playing.cancel()
                await asyncio.wait([self._playing], timeout=ENDS_S)
                self._saying = self._playing = None

    async def _speak(self, cue: Cue) -> None:
        language = next((each for each in (cue.language, self._language) if cue.text.get(each)), "en")
        text = cue.text.get(language, "")
        sound = await self.sound_of(text[:TEXT_MAX], language) if text else b""
        await self._run(
            "aplay",
            "-q",
            "-D",
            self._device,
            "-",
            given=sound or chime(cue.tone, self._volume),
            longest_s=PLAY_S,
        )

    async def sound_of(self, text: str, language: str) -> bytes:
        """The words as a WAV; nothing where espeak-ng is missing or fails."""
        amplitude = str(ESPEAK_FULL * self._volume // 100)
        words = ("-v", language, "-a", amplitude, "--stdin", "--stdout")
        return await self._run("espeak-ng", *words, given=text.encode(), longest_s=MAKE_S)

    async def _run(self, program: str, *words: str, given: bytes, longest_s: float) -> bytes:
        """What it writes; nothing if it is missing or fails, which is told once. It ends with whoever waits for it."""
        try:
            process = await asyncio.create_subprocess_exec(
                program, *words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        except OSError as e:
            self._lacks(f"{program}: {e.strerror}")
            return b""
        try:
            async with asyncio.timeout(longest_s):
                out, _ = await process.communicate(given)
        except TimeoutError:
            out = b""
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.communicate()
        if process.returncode:
            self._lacks(f"{program} failed on {self._device}")
            return b""
        return out

    def _lacks(self, what: str) -> None:
        if what not in self._missing:
            self._missing.add(what)
            log.warning("voice", why=what)
            self._told(what)


def _urgent(cue: Cue) -> bool:
    return cue.tone == "warning"


def chime(tone: str, volume: int) -> bytes:
    """A sound of this tone as a WAV file; `volume` in percent."""
    samples = array.array("h")
    for pitch_hz in TONES_HZ[tone]:
        count = round(RATE_HZ * NOTE_S)
        for n in range(count):
            fades = min(1.0, 8 * n / count, 8 * (count - n) / count)
            samples.append(
                round(FULL * volume / 100 * fades * math.sin(2 * math.pi * pitch_hz * n / RATE_HZ))
            )
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())
    return out.getvalue()
