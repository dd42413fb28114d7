"""Backups off the machine, by restic (Debian's package): encrypted, only what changed, to a folder, SFTP or S3.

Each snapshot holds one file, what `backstride backup` writes; a trial fetches the newest and looks through all of it.
"""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from device_adapters.errors import ConfigError, StorageError
from services.hub.backup import BackedUp, backup, look_through
from services.hub.site import Places

FILE = "backstride.tar"
TAG = "backstride"
HOUR_S = 3_600
FAULT_MAX = 300
SCRATCH = "scratch-"
NO_REPOSITORY = "unable to open config file"
"""So restic says that a place can be reached, and holds none."""


class Offsite:
    """The repository that `[backup]` of a site's settings names. Everything blocks."""

    def __init__(self, places: Places) -> None:
        site = places.site()
        wanted = site.backup
        if not wanted.to:
            raise ConfigError(
                f'{places.settings}: nowhere to send backups: to = "..." under [backup], then sudo backstride hub init'
            )
        self._places = places
        self._data = Path(site.data)
        self._site = site.site
        self._work = Path(wanted.work)
        self._keep = ("--keep-daily", str(wanted.keep_days), "--keep-weekly", str(wanted.keep_weeks))
        self._environment = {
            **os.environ,
            **_variables(wanted.environment_file),
            "RESTIC_REPOSITORY": wanted.to,
            "RESTIC_PASSWORD_FILE": wanted.password_file or str(places.backup_password),
            "RESTIC_CACHE_DIR": str(self._work / "cache"),
            "HOME": os.environ.get("HOME") or "/root",  # where ssh looks for its key
        }
        self.way = wanted.to.partition(":")[0] if ":" in wanted.to else "folder"

    def send(self, *, first: bool) -> BackedUp:
        """Make a backup and send it; what is older than is to be kept goes. Raises StorageError, ConfigError.

        The `first` makes the repository; for any other a place without one is a disk that is not there. One with a
        malformed store is sent too, and is a fault.
        """
        self._open(make=first)
        with self._scratch() as scratch:
            file = Path(scratch) / FILE
            kept = backup(self._places.folder, self._data, file)
            with file.open("rb") as stream:
                self._restic(
                    "backup", "--quiet", "--stdin", "--stdin-filename", FILE, "--host", self._site, "--tag", TAG,
                    within_s=12 * HOUR_S, given=stream,
                )  # fmt: skip
        ours = ("--host", self._site, "--tag", TAG)
        self._restic(
            "forget", "--quiet", "--prune", "--group-by", "host,tags", *ours, *self._keep, within_s=6 * HOUR_S
        )
        kept.require_whole()
        return kept

    def try_out(self) -> BackedUp:
        """Fetch the newest, unpack it in a scratch folder, and look at every file and store. Raises StorageError."""
        self._open()
        self._restic("check", "--quiet", within_s=6 * HOUR_S)
        with self._scratch() as scratch:
            file = Path(scratch) / FILE
            self._fetch(file)
            return look_through(file, Path(scratch))

    def fetch(self, output: Path) -> None:
        """Write the newest to `output`, for its owner alone. Raises StorageError."""
        self._open()
        self._fetch(output)

    def _fetch(self, output: Path) -> None:
        part = output.with_name(f".{output.name}.part")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                self._restic("dump", "--quiet", "--host", self._site, "--tag", TAG, "latest", f"/{FILE}",
                             within_s=12 * HOUR_S, taken=out)  # fmt: skip
            part.replace(output)
        except OSError as e:
            raise StorageError(f"{output}: {e.strerror}") from e
        finally:
            part.unlink(missing_ok=True)

    def _open(self, *, make: bool = False) -> None:
        """Take away what a killed restic locked there, and nobody else's lock; `make` one where there is none."""
        try:
            self._restic("unlock", "--quiet", within_s=HOUR_S)
        except StorageError as e:
            if NO_REPOSITORY not in str(e):
                raise
            if not make:
                raise StorageError(
                    f"to under [backup]: no backups are there ({e}); is its disk mounted? If it is a new disk or "
                    "place: sudo backstride offsite send --new"
                ) from e
            self._restic("init", "--quiet", within_s=HOUR_S)

    @contextlib.contextmanager
    def _scratch(self) -> Iterator[str]:
        """A folder that its owner alone reads: what stands in it is not encrypted. What a killed one left goes."""
        with contextlib.ExitStack() as using:
            try:
                self._work.mkdir(mode=0o700, parents=True, exist_ok=True)
                with _locked(self._work):
                    _clear(self._work)
                    folder = using.enter_context(tempfile.TemporaryDirectory(dir=self._work, prefix=SCRATCH))
                    using.enter_context(_locked(Path(folder)))
            except OSError as e:
                raise StorageError(
                    f"{self._work}: {e.strerror}; name another place: work under [backup]"
                ) from e
            yield folder

    def _restic(
        self, *words: str, within_s: int, given: IO[bytes] | None = None, taken: IO[bytes] | None = None
    ) -> None:
        command = shutil.which("restic")
        if command is None:
            raise ConfigError("restic is not installed: sudo apt install restic")
        try:
            done = subprocess.run(  # noqa: S603
                [command, *words], env=self._environment, stdin=given or subprocess.DEVNULL,
                stdout=taken or subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=within_s, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise StorageError(f"restic {words[0]}: not done within {within_s // HOUR_S} h") from None
        if done.returncode:
            raise StorageError(f"restic {words[0]}: {_why(done.stderr) or f'exit code {done.returncode}'}")


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Whoever uses a folder holds its lock; that of a process that was killed is free. OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _clear(work: Path) -> None:
    """Remove the scratch folders that nobody uses any more. OSError."""
    for left in work.glob(f"{SCRATCH}*"):
        handle = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left)
        except BlockingIOError:
            continue
        finally:
            os.close(handle)


def _why(said: bytes) -> str:
    """Its line that names the fault, the first where none is marked so, without a password in an address."""
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    told = next((line for line in lines if "Fatal" in line or "rror" in line), lines[0] if lines else "")
    return re.sub(r"(://|:)[^:/@\s]+:[^@/\s]+@", r"\1(secret)@", told)[:FAULT_MAX]


def _variables(file: str) -> dict[str, str]:
    """KEY=VALUE lines, such as AWS_ACCESS_KEY_ID. Raises ConfigError."""
    if not file:
        return {}
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError as e:
        raise ConfigError(f"{file}: {e.strerror}; environment_file under [backup] names it") from e
    pairs = (line.partition("=") for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}
