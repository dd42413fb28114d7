"""`backstride incident`: one signed file of what happened and what shows it; and whether such a file still holds."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from device_adapters.errors import ConfigError, RecordError
from services.cli.hub_settings import HubFile, NeededHubFile
from services.store_folder import INCIDENT_NOTES, JOURNAL

incident_app = typer.Typer(no_args_is_help=True, help="Incidents: one signed file with its evidence.")
AROUND_MS = 300_000
"""So much before and after it of what the treadmill told."""

Folder = Annotated[Path, typer.Option(help="Where the site's authority is; its key signs.")]
FOLDER = Path("/etc/backstride")


@incident_app.command()
def record(
    session: Annotated[str, typer.Argument(help="`backstride sessions` lists them.")],
    config: NeededHubFile,
    what: Annotated[str, typer.Option(help="What happened, without names.")] = "",
    injury: Annotated[
        Literal["none", "suspected", "yes"] | None, typer.Option(help="Was anybody hurt?")
    ] = None,
    by: Annotated[str, typer.Option(help="Who writes this, and answers for it.")] = "",
    noted: Annotated[
        bool,
        typer.Option(
            "--noted", help="As it was noted last in the console, where nothing else is given here."
        ),
    ] = False,
    measures: Annotated[str, typer.Option(help="What was done.")] = "",
    witness: Annotated[list[str] | None, typer.Option(help="By role or initials; may be repeated.")] = None,
    at: Annotated[str, typer.Option(help="When, as 2026-11-29T14:05; default: the session's end.")] = "",
    also: Annotated[
        list[Path] | None,
        typer.Option(help="Also this file: a commissioning record, the proof's report, a photo."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Default: incident-SESSION.zip.")
    ] = None,
    folder: Folder = FOLDER,
) -> None:
    """Write the file: what is said here, the session's journal with its chain, what the treadmill told 5 minutes before
    and after, versions and settings without secrets; signed by the site's authority. No heart rates.
    """
    import msgspec

    from device_adapters.clock import SystemClock
    from device_adapters.config import HubConfig, load
    from services.hub.files import write_for_owner
    from services.hub.office import Office
    from services.hub.settings_check import effective
    from services.hub.site import Places
    from services.incidents import evidence
    from services.incidents.incident import Incident
    from services.incidents.sealed import sealed
    from services.metrics.history import history_of
    from services.session.archive import Archive
    from services.support import machine

    settings, clock = load(config, HubConfig), SystemClock()
    journal = Path(settings.data) / JOURNAL
    archive = Archive(journal)
    try:
        recorded = archive.session(session)
    finally:
        archive.close()
    if recorded is None:
        raise RecordError(
            f"the journal {journal} has no session {session!r}; `backstride sessions` lists them"
        )
    at_ms = _at_ms(at) or recorded.ended_ms or recorded.began_ms
    told_so: dict[str, object] = {
        "by": by.strip(), "what": what.strip(), "injury": injury, "measures": measures, "witnesses": witness,
    }  # fmt: skip
    told_so = (_noted(Path(settings.data), session) if noted else {}) | {
        k: v for k, v in told_so.items() if v
    }
    try:
        told = msgspec.convert(
            {
                "session": session, "treadmill": recorded.treadmill, "member": recorded.start.member,
                "at_ms": at_ms, "recorded_ms": clock.wall_ms(), **told_so,
            },
            Incident,
        )  # fmt: skip
    except msgspec.ValidationError as e:
        raise ConfigError(f"not written: {e}") from e
    part = evidence.part_of(journal, session)
    history, around = history_of(settings), (at_ms - AROUND_MS, at_ms + AROUND_MS)
    happened = [h for h in history.happened(*around) if h.treadmill == recorded.treadmill]
    parts = {
        "incident.json": _json(told),
        "journal.json": _json(evidence.told(part)),
        "telemetry.json": _json(history.frames(recorded.treadmill, *around)),
        "events.json": _json(happened),
        "about.json": _json(dict(machine.about(clock.wall_ms()))),
        "settings.json": _json(effective(config, "hub")),
        **{f"also/{path.name}": _bytes(path) for path in also or []},
    }
    made = sealed(parts, Office(Places(folder), clock).root)
    path = output or Path(f"incident-{session}.zip")
    try:
        write_for_owner(path, made)
    except OSError as e:
        raise ConfigError(f"{path}: {e.strerror}; name another file with --output") from e
    typer.echo(f"{path}: {len(made) / 1000:.0f} kB. Keep a copy where nobody of this site can change it.")
    for fault in (*evidence.changed(part), *evidence.slipped_in(journal, session)):
        typer.echo(f"CHANGED already: {fault}", err=True)


def _noted(data: Path, session: str) -> dict[str, object]:
    """What was noted last of a session in the console. RecordError if nothing was, or it cannot be read."""
    import msgspec

    from services.incidents.incident import IncidentNote

    path = data / INCIDENT_NOTES
    try:
        notes = msgspec.json.decode(path.read_bytes(), type=dict[str, tuple[IncidentNote, ...]])
    except FileNotFoundError:
        notes = {}
    except (OSError, ValueError) as e:
        raise RecordError(f"{path}: {e}; give --what, --injury and --by instead of --noted") from e
    if not notes.get(session):
        raise RecordError(f"{path}: nothing was noted of {session!r}; give --what, --injury and --by")
    last = notes[session][-1]
    return {
        "by": last.by, "what": last.what, "injury": last.injury, "measures": last.measures,
        "witnesses": list(last.witnesses),
    }  # fmt: skip


@incident_app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="What `backstride incident record` wrote.")],
    config: HubFile = None,
    folder: Folder = FOLDER,
    signer: Annotated[
        str,
        typer.Option(
            help="SHA-256 of the site's authority, as the site told it; default: of this machine's."
        ),
    ] = "",
    let_go: Annotated[
        bool, typer.Option("--let-go", help="Records that were let go since (a wish, age) are no fault.")
    ] = False,
) -> None:
    """Does it hold: every part, the signature of who is named, its chain; with --config also: is the journal still what
    it was? Exit code 1 if not.
    """
    from device_adapters.config import HubConfig, load
    from services.hub.authority import fingerprint
    from services.incidents import evidence
    from services.incidents.sealed import opened

    try:
        found = opened(_bytes(file))
        part = evidence.read(_told(found.parts, "journal.json"))
    except RecordError as e:
        raise RecordError(f"{file}: this is no incident's file, or is damaged: {e}") from e
    faults = [*found.faults, *evidence.changed(part)]
    root = folder / "office" / "authority.crt"
    try:
        ours = fingerprint(root.read_bytes()).hex() if root.is_file() else ""
    except (OSError, ValueError) as e:
        raise ConfigError(f"{root}: {e}; run it as root, or on another machine without --folder") from e
    expected = signer.replace(":", "").lower() or ours
    if not expected:
        faults.append("nobody here knows who should have signed it: give --signer, as the site told it")
    elif found.signer != expected:
        faults.append("it is signed by another authority than the site's")
    if config is not None:
        journal = Path(load(config, HubConfig).data) / JOURNAL
        since = evidence.let_go_since(part, journal)
        faults += [*evidence.differs(part, journal), *([] if let_go else since)]
        faults += evidence.slipped_in(journal, str(_told(found.parts, "incident.json").get("session", "")))
    gone = sum(bool(each.let_go) for each in part.links)
    typer.echo(f"{len(found.parts)} parts, {len(part.links)} records in the chain, {gone} let go")
    typer.echo(
        f"signed by {found.signer or 'nobody'}" + (" (this site)" if ours == found.signer != "" else "")
    )
    for fault in faults:
        typer.echo(f"CHANGED: {fault}")
    if faults:
        raise typer.Exit(1)
    typer.echo(
        "nothing was changed" + ("" if config else " in this file; --config compares the journal as well")
    )


def _told(parts: Mapping[str, bytes], name: str) -> dict[str, Any]:
    """What a part says; nothing, where it is missing or no object: that it was changed is told beside it."""
    try:
        told = json.loads(parts.get(name, b""))
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _at_ms(at: str) -> int | None:
    if not at:
        return None
    try:
        return round(datetime.fromisoformat(at).astimezone().timestamp() * 1000)
    except ValueError as e:
        raise ConfigError(f"--at {at}: give it as 2026-11-29T14:05") from e


def _json(value: object) -> bytes:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise ConfigError(f"{path}: {e.strerror}") from e
