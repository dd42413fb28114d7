"""What a member may ask: everything in one file, or to be forgotten."""

import json
import zipfile
from dataclasses import asdict
from pathlib import Path

import msgspec

from device_adapters.contract.keys import fields
from device_adapters.errors import RecordError
from device_adapters.units import HOUR_MS
from services.members import forgetting, own_straps
from services.members.errors import MembersError
from services.members.portrait import as_plain
from services.metrics.measured import Window
from services.privacy.hub import HubStores
from services.records.fit import fit
from services.records.stores import read

RUNS_AT_MOST_MS = 12 * HOUR_MS
"""No session lasts longer."""

README = """Everything that Backstride has of this member.
member.json: who, screenings, levels, consents, sessions. audit.json: who saw or changed it.
own-strap.json: since when a strap is kept as theirs, as a salted hash.
sessions/ID.json: what was recorded of a session. sessions/ID-heart.csv: its heart rates, if they were kept.
sessions/ID.fit: the same for training apps, if the belt's speeds were kept.
Times are milliseconds since 1970 (UTC), speeds 0.01 km/h, grades 0.1 %, heart rates beats per minute.
"""


def export(hub: HubStores, member: str, to: Path, *, by: str) -> int:
    """Write the zip for its reader alone; the number of sessions in it. MembersError: unknown, or `to` exists."""
    portrait = hub.members.portrait(member, by=by, what="exported")
    try:
        to.touch(mode=0o600, exist_ok=False)
    except OSError as e:
        raise MembersError(f"{to}: {e.strerror}; name another file with --to") from e
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("README.txt", README)
        file.writestr("member.json", json.dumps(as_plain(portrait), indent=2))
        file.writestr(
            "audit.json", json.dumps([asdict(line) for line in hub.members.audit(member)], indent=2)
        )
        if (since_ms := own_straps.since_ms(hub.members, member)) is not None:
            file.writestr("own-strap.json", json.dumps({"since_ms": since_ms}))
        for record in portrait.history:
            entries = [
                {
                    "at_ms": e.at_ms,
                    "kind": e.kind,
                    "treadmill": e.treadmill,
                    "body": msgspec.json.decode(e.body),
                }
                for e in hub.journal.entries(record.session)
            ]
            file.writestr(f"sessions/{record.session}.json", json.dumps(entries, indent=2))
            beats = hub.measured.heart_rates(Window(record.strap, record.began_ms, record.ended_ms))
            if beats:
                lines = "".join(f"{at_ms},{bpm}\n" for at_ms, bpm in beats)
                file.writestr(f"sessions/{record.session}-heart.csv", f"at_ms,hr_bpm\n{lines}")
            activity = _fit(hub, record.session)
            if activity is not None:
                file.writestr(f"sessions/{record.session}.fit", activity)
    return len(portrait.history)


def training(hub: HubStores, member: str) -> str:
    """The treadmill of their session that has begun and not ended; one that was broken off long ago is none."""
    since_ms = hub.members.now_ms() - RUNS_AT_MOST_MS
    begun = (entry for entry in hub.journal.unfinished() if entry.at_ms > since_ms)
    return next((entry.treadmill for entry in begun if member.encode() in entry.body), "")


def _fit(hub: HubStores, session: str) -> bytes | None:
    """None where nothing of it would fit into a FIT file, or there is no writer of them."""
    try:
        return fit(read(hub.data, session, hub.history))
    except RecordError:
        return None


def erase(hub: HubStores, member: str, *, by: str) -> None:
    """Forget a member everywhere; a safety record of nobody stays. Heart rates go first, names last: an erasure that
    fails half-way can be asked for again. MembersError: unknown, or a session of theirs runs, which is still written.
    """
    if treadmill := training(hub, member):
        raise MembersError(fields.erased_while_training(member, treadmill))
    for kept in forgetting.sessions(hub.members):
        if kept.member == member:
            record = kept.record
            window = Window(record.strap, record.began_ms, record.ended_ms)
            hub.measured.forget_heart_rates(window, record.treadmill, dry_run=False)
    hub.measured.forget_member(member)
    hub.journal.forget_member(member)
    forgetting.erase(hub.members, member, by=by)
