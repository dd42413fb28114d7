"""The unit's own voice: real processes that stand for espeak-ng and aplay and write down what they were given."""

import asyncio
import shutil
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
from unit_world import world
from waiting import until

from device_adapters.clock import ManualClock, SystemClock
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.unit.voice import LATE_MS, UnitVoice, chime
from services.texts.languages import LANGUAGES

SAYS = """#!/bin/sh
text=$(cat); echo "made $* [$text]" >>"{log}"; printf 'RIFF %s' "$text"
"""
PLAYS = """#!/bin/sh
text=$(cat | head -c 60 | tr -d '\\000'); echo "began $* $text" >>"{log}"; sleep {plays_s}; echo "ended $text" >>"{log}"
"""


class Speaker:
    """What was spoken."""

    def __init__(self, log: Path) -> None:
        self._log = log

    @property
    def lines(self) -> list[str]:
        return self._log.read_text(errors="replace").splitlines() if self._log.exists() else []

    def heard(self, word: str) -> list[str]:
        return [line.rsplit("RIFF ", 1)[-1] for line in self.lines if line.startswith(word)]

    async def until(self, word: str, *texts: str) -> None:
        await until(lambda: self.heard(word) == list(texts), lambda: str(self.lines))


def programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, espeak: bool = True, plays_s: float = 0.0
) -> Speaker:
    folder, log = tmp_path / "bin", tmp_path / "spoken"
    folder.mkdir()
    for name, text in (("espeak-ng", SAYS), ("aplay", PLAYS)):
        if name == "espeak-ng" and not espeak:
            continue
        (folder / name).write_text(text.format(log=log, plays_s=plays_s))
        (folder / name).chmod(0o755)
    for name in ("sh", "cat", "head", "tr", "sleep"):
        (folder / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setenv("PATH", str(folder))
    return Speaker(log)


def cue(text: str, tone: Literal["info", "warning"] = "info", language: str = "") -> m.Cue:
    return m.Cue(
        id=text, treadmill="tm-01", session="s", at_ms=0, key="k", tone=tone, language=language,
        text={"en": text, "de": f"de {text}"},
    )  # fmt: skip


@asynccontextmanager
async def speaking(voice: UnitVoice) -> AsyncIterator[None]:
    task = asyncio.create_task(voice.run())
    yield
    task.cancel()
    await asyncio.wait([task])


async def test_a_cue_is_spoken_in_the_units_language_as_loud_as_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker = programs(tmp_path, monkeypatch)
    voice = UnitVoice("hw:1", "de", 40, SystemClock(), print)
    async with speaking(voice):
        voice.say(cue("Slower"))
        await speaker.until("ended", "de Slower")
    assert "made -v de -a 80 --stdin --stdout [de Slower]" in speaker.lines
    assert speaker.lines[1].startswith("began -q -D hw:1 -")


@pytest.mark.parametrize(("named", "spoken"), [("en", "Slower"), ("de", "de Slower"), ("zz", "de Slower")])
async def test_the_language_that_the_start_named_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, spoken: str
) -> None:
    speaker = programs(tmp_path, monkeypatch)
    voice = UnitVoice("hw:1", "de", 40, SystemClock(), print)
    async with speaking(voice):
        voice.say(cue("Slower", language=named))
        await speaker.until("ended", spoken)


async def test_a_language_that_no_cue_has_is_spoken_in_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words and voice both: a cue is understood, whatever the settings say."""
    speaker = programs(tmp_path, monkeypatch)
    voice = UnitVoice("hw:1", "zz", 40, SystemClock(), print)
    async with speaking(voice):
        voice.say(cue("Slower"))
        await speaker.until("ended", "Slower")
    assert "made -v en -a 80 --stdin --stdout [Slower]" in speaker.lines


async def test_what_is_urgent_cuts_off_what_is_not_and_is_cut_off_by_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker, voice = (
        programs(tmp_path, monkeypatch, plays_s=4),
        UnitVoice("d", "en", 80, ManualClock(1_000), print),  # nothing is late
    )
    async with speaking(voice):
        voice.say(cue("long"))
        await speaker.until("began", "long")
        voice.say(cue("danger", "warning"))
        voice.say(cue("chatter"))
        await speaker.until("began", "long", "danger")
        voice.say(cue("later"))
        await speaker.until("began", "long", "danger", "later")
    assert "ended RIFF danger" in speaker.lines
    assert "ended RIFF long" not in speaker.lines


async def test_what_could_be_said_only_late_is_not_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock(1_000)
    speaker, voice = programs(tmp_path, monkeypatch, plays_s=2), UnitVoice("d", "en", 80, clock, print)
    async with speaking(voice):
        voice.say(cue("first"))
        await speaker.until("began", "first")
        voice.say(cue("waits"))
        await clock.advance(LATE_MS + 1)
        await speaker.until("ended", "first")
        await asyncio.sleep(1)
        voice.say(cue("now"))
        await speaker.until("began", "first", "now")


async def test_without_a_voice_there_is_a_chime_and_it_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker, told = programs(tmp_path, monkeypatch, espeak=False), list[str]()
    voice = UnitVoice("d", "en", 80, SystemClock(), told.append)
    async with speaking(voice):
        for n in range(2):
            voice.say(cue(f"cue {n}"))
            async with asyncio.timeout(60):
                while len(speaker.heard("ended")) <= n:
                    await asyncio.sleep(0.02)
    assert told == ["espeak-ng: No such file or directory"]
    assert "WAVE" in speaker.lines[0]


@pytest.mark.parametrize("tone", ["info", "count", "change", "warning"])
def test_a_chime_is_a_sound_no_louder_than_set(tmp_path: Path, tone: str) -> None:
    (tmp_path / "c.wav").write_bytes(chime(tone, 50))
    with wave.open(str(tmp_path / "c.wav")) as file:
        frames = memoryview(file.readframes(file.getnframes())).cast("h")
    assert 10_000 < max(frames) <= 16_384


@pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="NO espeak-ng ON THIS MACHINE: apt install espeak-ng"
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_real_espeak_makes_a_sound_of_a_cue(language: str) -> None:
    voice = UnitVoice("null", language, 80, SystemClock(), print)
    sound = await voice.sound_of("The belt stops. Hold the rails.", language)
    assert sound[:4] == b"RIFF"
    assert len(sound) > 20_000


async def test_a_unit_speaks_the_cues_of_the_treadmill_that_has_a_speaker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker = programs(tmp_path, monkeypatch)
    at_hand: dict[str, dict[str, object]] = {"tm-01": {"audio": "hw:0"}}
    async with world(tmp_path / "unit", treadmills=2, straps=0, at_hand=at_hand) as w:
        await w.ready()
        await w.bus.publish(registry.CUE, cue("of another"), "tm-02")
        await w.bus.publish(registry.CUE, cue("Hello"), "tm-01")
        await speaker.until("ended", "Hello")
