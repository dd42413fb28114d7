"""Exports for the console: each in a process of its own, one at a time, bounded, and asked for twice made once.

The console's process serves Stop: no file, however long, is made in it.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from device_adapters.errors import RecordError, StorageError

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


class Exports:
    """Called from any thread; blocks until the file is there. `command` takes `--format FORM -- SESSION`."""

    def __init__(self, command: Sequence[str], made_max_s: float = MADE_MAX_S) -> None:
        self._command = tuple(command)
        self._made_max_s = made_max_s
        self._lock = threading.Lock()
        self._one_at_a_time = threading.Lock()
        self._under_way: dict[tuple[str, str], Future[bytes]] = {}

    def __call__(self, session: str, form: str) -> bytes:
        """The file. RecordError: there is none, or too many are asked for; StorageError: it could not be made."""
        wanted = (session, form)
        with self._lock:
            there = self._under_way.get(wanted)
            if there is None:
                if len(self._under_way) >= WAITING_MAX:
                    raise RecordError("other records are being written; try again in a minute")
                mine = self._under_way[wanted] = Future()
        if there is not None:
            return there.result()
        try:
            with self._one_at_a_time:
                mine.set_result(self._made(session, form))
        except BaseException as e:
            mine.set_exception(e)
            raise
        finally:
            with self._lock:
                del self._under_way[wanted]
        return mine.result()

    def _made(self, session: str, form: str) -> bytes:
        with subprocess.Popen(  # noqa: S603  our own command; the session is an argument after --
            [*self._command, "--format", form, "--", session],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as maker:  # fmt: skip
            try:
                os.setpriority(os.PRIO_PROCESS, maker.pid, NICE)
                content, complaint = maker.communicate(timeout=self._made_max_s)
            except subprocess.TimeoutExpired:
                raise StorageError(
                    f"the record of {session} took more than {self._made_max_s:g} s; make it on the hub: backstride "
                    f"session export {session}"
                ) from None
            finally:
                maker.kill()
        if maker.returncode == 0:
            return content
        told = complaint.decode("utf-8", "replace").strip().splitlines()
        why = told[-1] if told else f"exit code {maker.returncode}"
        code, _, text = why.removeprefix("error ").partition(": ")
        raise RecordError(text) if code == RecordError.code else StorageError(why)
