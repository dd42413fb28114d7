"""Exports for the console: each in a process of its own, one at a time, bounded, asked for twice made once, and ended
when nobody waits for it any more.

The console's process serves Stop: no file, however long, is made in it.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from device_adapters.contract.keys import requests
from device_adapters.errors import RecordError, StorageError
from services.records.busy import BusyError

_OURS = (sys.executable, "-m", "services.cli")
WAITING_MAX = 4
"""Files that are made or wait for it; who asks for another is asked to come back."""

MADE_MAX_S = 60.0
NICE = 10


def command_of(config: Path) -> Sequence[str]:
    """What makes a file: this program's own command, whose standard output is the file."""
    return (*_OURS, "session", "export", "--config", str(config), "--output", "-")


def everything_of(config: Path) -> Sequence[str]:
    """The same for all that there is of a member."""
    return (*_OURS, "member", "export", "--config", str(config), "--by", "member", "--to", "-")


def erasing(config: Path, member: str) -> Sequence[str]:
    """The command that forgets a member, as they wished."""
    return (*_OURS, "member", "erase", "--config", str(config), "--by", "member", "--yes", "--", member)


Arguments = Callable[[str, str], Sequence[str]]


def of_session(session: str, form: str) -> Sequence[str]:
    """What of a session `command_of` is asked for."""
    return ("--format", form, "--", session)


def of_member(member: str, _form: str) -> Sequence[str]:
    """Whose everything `everything_of` is asked for."""
    return ("--", member)


@dataclass(slots=True)
class _Making:
    task: asyncio.Task[bytes]
    wanted_by: int = 0


class Exports:
    """`await exports(session, form)` on one event loop; cancel it to want the file no more. `command` takes
    what `arguments` make of both."""

    def __init__(
        self, command: Sequence[str], made_max_s: float = MADE_MAX_S, arguments: Arguments = of_session
    ) -> None:
        self._command = tuple(command)
        self._arguments = arguments
        self._made_max_s = made_max_s
        self._turn = asyncio.Lock()
        self._making: dict[tuple[str, str], _Making] = {}

    async def __call__(self, session: str, form: str) -> bytes:
        """The file. RecordError: there is none; BusyError: too many are asked for, or it takes too long; StorageError:
        it could not be made."""
        wanted = (session, form)
        making = self._making.get(wanted)
        if making is None:
            if len(self._making) >= WAITING_MAX:
                raise BusyError(requests.records_busy())
            task = asyncio.create_task(self._made(session, form), name="export")
            making = self._making[wanted] = _Making(task)
        making.wanted_by += 1
        try:
            return await asyncio.shield(making.task)
        finally:
            making.wanted_by -= 1
            if not making.wanted_by:
                making.task.cancel()
                if self._making.get(wanted) is making:
                    del self._making[wanted]

    async def _made(self, session: str, form: str) -> bytes:
        async with self._turn:
            try:
                return await output_of((*self._command, *self._arguments(session, form)), self._made_max_s)
            except TimeoutError:
                raise BusyError(requests.record_slow(self._made_max_s, session)) from None


async def output_of(command: Sequence[str], max_s: float) -> bytes:
    """What a command of ours writes, in a process that is ended with the wait for it. RecordError, StorageError: as it
    says; TimeoutError."""
    maker = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        with contextlib.suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, maker.pid, NICE)
        async with asyncio.timeout(max_s):
            content, complaint = await maker.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            maker.kill()
        await maker.wait()
    if maker.returncode == 0:
        return content
    told = complaint.decode("utf-8", "replace").strip().splitlines()
    why = told[-1] if told else f"exit code {maker.returncode}"
    code, _, text = why.removeprefix("error ").partition(": ")
    raise RecordError(text) if code == RecordError.code else StorageError(why)
