"""Exports for the console: each in a process of its own, one at a time, bounded, asked for twice made once, and ended
when nobody waits for it any more.

The console's process serves Stop: no file, however long, is made in it.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from device_adapters.errors import BusyError, RecordError, StorageError

WAITING_MAX = 4
"""Files that are made or wait for it; who asks for another is asked to come back."""

MADE_MAX_S = 60.0
NICE = 10


def command_of(config: Path) -> Sequence[str]:
    """What makes a file: this program's own command, whose standard output is the file."""
    return (
        sys.executable,
        "-m",
        "services.cli",
        "session",
        "export",
        "--config",
        str(config),
        "--output",
        "-",
    )


@dataclass(slots=True)
class _Making:
    task: asyncio.Task[bytes]
    wanted_by: int = 0


class Exports:
    """`await exports(session, form)` on one event loop; cancel it to want the file no more. `command` takes
    `--format FORM -- SESSION`."""

    def __init__(self, command: Sequence[str], made_max_s: float = MADE_MAX_S) -> None:
        self._command = tuple(command)
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
                raise BusyError("Other records are being written; try again in a minute.")
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
            maker = await asyncio.create_subprocess_exec(
                *self._command, "--format", form, "--", session,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            try:
                with contextlib.suppress(ProcessLookupError):
                    os.setpriority(os.PRIO_PROCESS, maker.pid, NICE)
                async with asyncio.timeout(self._made_max_s):
                    content, complaint = await maker.communicate()
            except TimeoutError:
                raise BusyError(
                    f"The record took more than {self._made_max_s:g} s; make it on the hub: backstride session export "
                    f"{session}"
                ) from None
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
