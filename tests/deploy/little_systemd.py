"""As much of systemd as our units use, for a chroot, where there is no systemd: runs their ExecStart lines.

Server (no arguments): keeps services, as their unit files say: user, readiness, restarts, watchdog, watched paths.
Client (linked as `systemctl`): one command to the server. Standard library of Debian 12's Python only.
"""

import contextlib
import grp
import json
import os
import pwd
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

SOCKET = "/run/little-systemd.sock"
FOLDERS = (Path("/etc/systemd/system"), Path("/lib/systemd/system"))
ENABLED = Path("/etc/little-systemd")
LOGS = Path("/var/log/little-systemd")
STOP_S = 60.0


def settings(name: str) -> dict[str, list[str]]:
    """Section-free key → values of a unit and its drop-ins; an empty value clears what was there."""
    found: dict[str, list[str]] = {}
    for folder in reversed(FOLDERS):
        base = folder / name
        if base.exists():
            found = {}
        for file in (base, *sorted(folder.glob(f"{name}.d/*.conf"))):
            if not file.exists():
                continue
            for line in file.read_text().splitlines():
                key, equals, value = line.partition("=")
                if equals and not line.startswith(("#", ";")):
                    found[key] = [*found.get(key, []), value] if value else []
    return found


def seconds(text: str) -> float:
    return (
        float("inf")
        if text == "infinity"
        else float(text.removesuffix("min")) * (60 if text.endswith("min") else 1)
    )


class LittleService:
    """One service: its process, and a thread that keeps it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self.restarts = 0
        self.ready = threading.Event()
        self.wanted = False
        self.keeper: threading.Thread | None = None

    @property
    def active(self) -> bool:
        return self.process is not None and self.process.poll() is None and self.ready.is_set()

    def start(self, *, wait: bool) -> int:
        unit = settings(self.name)
        if not unit.get("ExecStart"):
            return 5
        conditions = unit.get("ConditionPathExists", [])
        either = [path.removeprefix("|") for path in conditions if path.startswith("|")]
        if any(not Path(path).exists() for path in conditions if not path.startswith("|")) or (
            either and not any(Path(path).exists() for path in either)
        ):
            return 0
        if unit.get("Type", ["simple"])[-1] == "oneshot":
            commands = [*unit["ExecStart"], *unit.get("ExecStartPost", [])]
            return max(subprocess.run(shlex.split(c), check=False).returncode for c in commands)
        if self.keeper is None or not self.keeper.is_alive():
            self.wanted, self.restarts = True, 0
            self.keeper = threading.Thread(target=self._keep, args=(unit,), daemon=True)
            self.keeper.start()
        while wait and self.wanted and not self.ready.is_set():
            time.sleep(0.05)
        return 0

    def stop(self) -> None:
        self.wanted = False
        if self.keeper is None:
            return
        limit = seconds(settings(self.name).get("TimeoutStopSec", ["60"])[-1])
        if self.process is not None:
            self.process.terminate()
        self.keeper.join(min(limit, STOP_S))
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        self.keeper.join()

    def reload(self) -> int:
        if self.process is None or not self.active:
            return 1
        self.process.send_signal(signal.SIGHUP)
        return 0

    def _keep(self, unit: dict[str, list[str]]) -> None:
        while True:
            self._once(unit)
            if not self.wanted or unit.get("Restart", ["no"])[-1] == "no":
                break
            self.restarts += 1
            time.sleep(seconds(unit.get("RestartSec", ["0.1"])[-1]))
        self.wanted = False

    def _once(self, unit: dict[str, list[str]]) -> None:
        user, group = unit.get("User", ["root"])[-1], unit.get("Group", [""])[-1]
        who = pwd.getpwnam(user)
        if state := unit.get("StateDirectory"):
            folder = Path("/var/lib") / state[-1]
            folder.mkdir(parents=True, exist_ok=True)
            os.chown(folder, who.pw_uid, grp.getgrnam(group or user).gr_gid)
        for command in unit.get("ExecStartPre", []):
            subprocess.run(shlex.split(command.lstrip("-+!")), check=False)
        ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = f"/run/notify-{self.name}.sock"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(address)
        ear.bind(address)
        os.chmod(address, 0o777)  # noqa: S103 — services of several users speak to it
        ear.settimeout(0.2)
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "LANG": "C.UTF-8",
            "NOTIFY_SOCKET": address,
        }
        watchdog = seconds(unit["WatchdogSec"][-1]) if unit.get("WatchdogSec") else 0.0
        if watchdog:
            environment["WATCHDOG_USEC"] = str(int(watchdog * 1e6))
        umask = int(unit.get("UMask", ["0022"])[-1], 8)
        with ear, (LOGS / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                shlex.split(unit["ExecStart"][-1]), env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                user=None if user == "root" else user, group=group or None, extra_groups=os.getgrouplist(user, who.pw_gid), umask=umask, cwd="/",
                start_new_session=True,
            )  # fmt: skip
            if unit.get("Type", ["simple"])[-1] == "simple":
                self.ready.set()
            fed = time.monotonic()
            while self.process.poll() is None:
                with contextlib.suppress(TimeoutError):
                    said = ear.recv(4096)
                    fed = time.monotonic()
                    if b"READY=1" in said:
                        self.ready.set()
                if watchdog and self.ready.is_set() and time.monotonic() - fed > watchdog:
                    log.write(b"little-systemd: watchdog: killed\n")
                    self.process.kill()
            self.ready.clear()
            log.write(f"little-systemd: ended with {self.process.returncode}\n".encode())


class Manager:
    """All units."""

    def __init__(self) -> None:
        self.services: dict[str, LittleService] = {}
        self.paths: dict[str, float] = {}
        for folder in (ENABLED, LOGS):
            folder.mkdir(parents=True, exist_ok=True)
        threading.Thread(target=self._watch_paths, daemon=True).start()

    def service(self, name: str) -> LittleService:
        return self.services.setdefault(name, LittleService(name))

    def command(self, words: list[str]) -> tuple[int, str]:
        options = {word for word in words if word.startswith("-")}
        verb, *names = [word for word in words if not word.startswith("-") and word != "NRestarts"]
        names = [name if "." in name else f"{name}.service" for name in names]
        code = 0
        for name in names:
            code = max(code, self._one(verb, name, options))
        if verb == "show":
            return 0, "\n".join(str(self.service(name).restarts) for name in names)
        return code, ""

    def _one(self, verb: str, name: str, options: set[str]) -> int:
        wait = "--no-block" not in options
        if verb in ("enable", "disable"):
            mark = ENABLED / name
            mark.touch() if verb == "enable" else mark.unlink(missing_ok=True)
            if "--now" not in options:
                return 0
            verb = "start" if verb == "enable" else "stop"
        if verb == "is-enabled":
            return 0 if (ENABLED / name).exists() else 1
        if name.endswith((".path", ".timer")):
            if verb in ("start", "restart") and name.endswith(".path"):
                self.paths[name] = self._changed(name)
            if verb == "stop":
                self.paths.pop(name, None)
            return 0
        service = self.service(name)
        match verb:
            case "is-active":
                return 0 if service.active else 3
            case "start":
                return service.start(wait=wait)
            case "stop":
                service.stop()
            case "restart" | "try-restart":
                if verb == "restart" or service.wanted:
                    service.stop()
                    return service.start(wait=wait)
            case "reload":
                return service.reload()
        return 0

    def _changed(self, name: str) -> float:
        path = Path(settings(name)["PathChanged"][-1])
        return path.stat().st_mtime if path.exists() else 0.0

    def _watch_paths(self) -> None:
        while True:
            for name, before in list(self.paths.items()):
                now = self._changed(name)
                if now != before:
                    self.paths[name] = now
                    self.service(name.replace(".path", ".service")).start(wait=True)
            time.sleep(0.1)


def serve() -> None:
    manager = Manager()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(SOCKET)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(SOCKET)
    listener.listen(16)

    def answer(line: socket.socket) -> None:
        with line, line.makefile("rw") as stream:
            code, text = manager.command(json.loads(stream.readline()))
            stream.write(json.dumps([code, text]))

    while True:
        line, _ = listener.accept()
        threading.Thread(target=answer, args=(line,), daemon=True).start()


def ask(words: list[str]) -> int:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(SOCKET)
        with line.makefile("rw") as stream:
            stream.write(json.dumps(words) + "\n")
            stream.flush()
            code, text = json.loads(stream.readline())
    if text:
        print(text)
    return int(code)


if __name__ == "__main__":
    if not sys.argv[1:]:
        serve()
    sys.exit(ask(sys.argv[1:]))
