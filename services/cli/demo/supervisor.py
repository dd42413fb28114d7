"""Starting, watching, restarting and ending the demo's processes. A gym uses systemd for the same."""

import asyncio
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from device_adapters.errors import BackstrideError

RESTART_FIRST_S = 0.5
RESTART_LONGEST_S = 5.0
READY_S = 20.0
STOP_S = 15.0
PR_SET_PDEATHSIG = 1


class ProcessError(BackstrideError):
    """A process of the demo did not start or ended too soon; its log says why."""

    code = "RUN-001"


@dataclass
class ChildRole:
    """One process: what runs, whether it announces readiness, and what became of it."""

    name: str
    argv: tuple[str, ...]
    announces: bool = True
    process: asyncio.subprocess.Process | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    restarts: int = 0
    stopping: bool = False

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self.process.pid if self.process and self.process.returncode is None else None


class Supervisor:
    """Runs roles as child processes that end with this one. A role that dies is started again, with backoff."""

    def __init__(self, data: Path, on_start: Callable[[str, int], None]) -> None:
        self._logs = data / "logs"
        self._logs.mkdir(parents=True, exist_ok=True)
        self._on_start = on_start
        self.roles: dict[str, ChildRole] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, argv: tuple[str, ...], *, announces: bool = True) -> ChildRole:
        """Start a role and keep it running until `stop`."""
        role = self.roles[name] = ChildRole(name, argv, announces)
        self._watchers[name] = asyncio.create_task(self._keep(role), name=f"role[{name}]")
        return role

    async def wait_ready(self, name: str) -> None:
        """Return when the role has said READY=1. Raises ProcessError if it does not in time or cannot start."""
        role, watcher = self.roles[name], self._watchers[name]
        ready = asyncio.create_task(role.ready.wait())
        done, _ = await asyncio.wait((ready, watcher), timeout=READY_S, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if watcher in done:
            watcher.result()
        if ready not in done:
            raise ProcessError(f"{name} was not ready after {READY_S:.0f} s\n{self.tail(name)}")

    def tail(self, name: str, lines: int = 8) -> str:
        """The last lines of a role's log."""
        path = self._log_path(name)
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    async def stop(self, name: str) -> None:
        """SIGTERM, a bounded wait, SIGKILL."""
        role = self.roles[name]
        role.stopping = True
        process = role.process
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(STOP_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        watcher = self._watchers.pop(name)
        watcher.cancel()
        with suppress(asyncio.CancelledError, ProcessError):
            await watcher

    def _log_path(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    async def _keep(self, role: ChildRole) -> None:
        wait_s = RESTART_FIRST_S
        while True:
            await self._run_once(role)
            if role.stopping:
                return
            if not role.ready.is_set() and role.announces:
                raise ProcessError(f"{role.name} ended before it was ready\n{self.tail(role.name)}")
            role.restarts += 1
            await asyncio.sleep(wait_s)
            wait_s = min(RESTART_LONGEST_S, wait_s * 2)

    async def _run_once(self, role: ChildRole) -> None:
        """Run the role to its end, listening for its READY=1 meanwhile."""
        loop = asyncio.get_running_loop()
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear,
            self._log_path(role.name).open("ab") as log,
        ):
            ear.setblocking(False)
            ear.bind("")  # Linux picks a free abstract address
            address = ear.getsockname()
            environment = {**os.environ, "NOTIFY_SOCKET": "@" + address[1:].decode(), "PYTHONUNBUFFERED": "1"}
            role.process = await asyncio.create_subprocess_exec(
                *role.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                preexec_fn=_die_with_parent,
            )
            self._on_start(role.name, role.restarts)
            hearing = asyncio.create_task(_hear(loop, ear, role.ready))
            try:
                await role.process.wait()
            finally:
                hearing.cancel()
                with suppress(asyncio.CancelledError):
                    await hearing


async def _hear(loop: asyncio.AbstractEventLoop, ear: socket.socket, ready: asyncio.Event) -> None:
    while True:
        if b"READY=1" in await loop.sock_recv(ear, 1024):
            ready.set()


def _die_with_parent() -> None:
    """In the child: no process of the demo outlives it, and Ctrl-C reaches the demo only."""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def backstride(*arguments: str) -> tuple[str, ...]:
    """The command line of this installation's `backstride` with arguments."""
    return (sys.executable, "-m", "services.cli", *arguments)
