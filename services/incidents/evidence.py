"""The journal's part of an incident: the session's records whole, of all others between them the chain alone."""

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device_adapters.errors import RecordError, StorageError
from services.session import chain
from services.session.chain import ChainLink


@dataclass(frozen=True, slots=True)
class JournalPart:
    """The chain from the session's first record to its last word."""

    before: bytes
    links: tuple[ChainLink, ...]


def part_of(journal: Path, session: str) -> JournalPart:
    """RecordError for a session that the chain does not hold; StorageError for a journal that cannot be read."""
    with contextlib.closing(_opened(journal)) as db:
        try:
            found = db.execute(
                "SELECT min(seq), max(seq) FROM entry WHERE session = ?", (session,)
            ).fetchone()
            if found[0] is None:
                raise RecordError(
                    f"the journal {journal} has no session {session!r}; `backstride sessions` lists them"
                )
            before = chain.link_before(db, found[0])
            links = tuple(chain.links(db, found[0], found[1]))
        except sqlite3.Error as e:
            raise StorageError(
                f"journal {journal}: {e}; start the session service of this release once"
            ) from e
    own = tuple(each if _is_of(each, session) else _digest_only(each) for each in links)
    return JournalPart(before, own)


def changed(part: JournalPart) -> list[str]:
    """What of a kept part does not hold together; of others' records only their links can be seen."""
    found, before = [], part.before
    for each in part.links:
        kept = each if each.row is not None else ChainLink(each.seq, each.digest, each.link, "other", None)
        found += chain.broken(before, [kept])
        before = each.link
    return found


def slipped_in(journal: Path, session: str) -> list[str]:
    """Records of the session that the chain does not know: nobody who keeps the journal wrote them."""
    with contextlib.closing(_opened(journal)) as db:
        try:
            found = db.execute(
                "SELECT seq FROM entry WHERE session = ? AND seq NOT IN (SELECT seq FROM chain)", (session,)
            ).fetchall()
        except sqlite3.Error as e:
            raise StorageError(f"journal {journal}: {e}") from e
    return [f"record {seq} of the journal is in no chain" for (seq,) in found]


def let_go_since(part: JournalPart, journal: Path) -> list[str]:
    """Records of the session that stood when this was kept and may be changed or dropped by now, as a member's wish or
    age has it: of these the chain tells no more than that they were.
    """
    now = _now(part, journal) if part.links else {}
    own = [each.seq for each in part.links if each.row is not None and not each.let_go]
    gone = [now[seq] for seq in own if seq in now and now[seq].let_go]
    return [f"record {each.seq} was let go since ({each.let_go})" for each in gone]


def _now(part: JournalPart, journal: Path) -> dict[int, ChainLink]:
    with contextlib.closing(_opened(journal)) as db:
        try:
            return {each.seq: each for each in chain.links(db, part.links[0].seq, part.links[-1].seq)}
        except sqlite3.Error as e:
            raise StorageError(f"journal {journal}: {e}") from e


def differs(part: JournalPart, journal: Path) -> list[str]:
    """What the journal says otherwise now than when this was kept."""
    if not part.links:
        return []
    now = _now(part, journal)
    found = []
    for kept in part.links:
        there = now.get(kept.seq)
        if there is None or there.link != kept.link:
            found.append(f"record {kept.seq}: the journal's chain is another one")
        elif there.let_go:
            continue
        elif there.row is None:
            found.append(f"record {kept.seq} is gone from the journal")
        elif chain.digest(there.row) != kept.digest:
            found.append(f"record {kept.seq} was changed in the journal")
    return found


def told(part: JournalPart) -> dict[str, Any]:
    """A part of the journal as JSON, its chain in hexadecimal."""
    return {
        "before": part.before.hex(),
        "records": [
            {
                "seq": each.seq, "digest": each.digest.hex(), "link": each.link.hex(), "let_go": each.let_go,
                "row": None if each.row is None else [*each.row[:5], bytes(each.row[5]).hex()],
            }
            for each in part.links
        ],
    }  # fmt: skip


def read(raw: dict[str, Any]) -> JournalPart:
    """... and back. RecordError for what is none."""
    try:
        return JournalPart(
            bytes.fromhex(raw["before"]),
            tuple(
                ChainLink(
                    each["seq"], bytes.fromhex(each["digest"]), bytes.fromhex(each["link"]), each["let_go"],
                    None if each["row"] is None else (*each["row"][:5], bytes.fromhex(each["row"][5])),
                )
                for each in raw["records"]
            ),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, IndexError) as e:
        raise RecordError(f"its journal cannot be read: {e}") from e


def _is_of(link: ChainLink, session: str) -> bool:
    return link.row is not None and link.row[2] == session


def _digest_only(link: ChainLink) -> ChainLink:
    return ChainLink(link.seq, link.digest, link.link, link.let_go, None)


def _opened(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise StorageError(f"no journal at {path}; name the hub's settings (--config)")
    try:
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as e:
        raise StorageError(f"journal {path}: {e}") from e
