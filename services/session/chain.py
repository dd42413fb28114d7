"""A chain over the journal: each record's digest, and its link with all that came before. Below the journal.

Who changes, drops or slips in a record later breaks it. What may be forgotten (a member's wish, age) is marked as let
go: its digest stays, and the chain holds.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FIRST = bytes(32)
SCHEMA = """
CREATE TABLE IF NOT EXISTS chain (
    seq INTEGER PRIMARY KEY,
    digest BLOB NOT NULL,
    link BLOB NOT NULL,
    let_go TEXT NOT NULL DEFAULT ''
) STRICT;
"""
_FIELDS = "seq, at_ms, session, treadmill, kind, body"
Row = tuple[int, int, str, str, str, bytes]


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One record of the chain; `row` is what the journal has at its place now, None if nothing."""

    seq: int
    digest: bytes
    link: bytes
    let_go: str
    row: Row | None


def digest(row: Row) -> bytes:
    """Of all that a record says, its place included."""
    *told, body = row
    return hashlib.sha256(json.dumps([*told, bytes(body).hex()]).encode()).digest()


def linked(before: bytes, of: bytes) -> bytes:
    """The link of a record of this digest, behind the link before it."""
    return hashlib.sha256(before + of).digest()


def lengthen(db: sqlite3.Connection) -> None:
    """Take every record that is not in the chain yet into it, as it is now. In the caller's transaction."""
    last = db.execute("SELECT seq, link FROM chain ORDER BY seq DESC LIMIT 1").fetchone()
    seq, link = last or (0, FIRST)
    fresh = db.execute(f"SELECT {_FIELDS} FROM entry WHERE seq > ? ORDER BY seq", (seq,))  # noqa: S608
    made = []
    for row in fresh:
        of = digest(row)
        link = linked(link, of)
        made.append((row[0], of, link))
    db.executemany("INSERT INTO chain (seq, digest, link) VALUES (?, ?, ?)", made)


def let_go(db: sqlite3.Connection, records: Sequence[int], why: str) -> None:
    """These may be changed or dropped from now on. In the caller's transaction."""
    db.executemany("UPDATE chain SET let_go = ? WHERE seq = ?", [(why, seq) for seq in records])


def links(db: sqlite3.Connection, from_seq: int, to_seq: int | None = None) -> Iterator[ChainLink]:
    """The chain from one record to another, or to its end, beside what the journal has there now."""
    sql = f"""
        SELECT chain.seq, digest, link, let_go, {", ".join(f"entry.{name}" for name in _FIELDS.split(", "))}
        FROM chain LEFT JOIN entry ON entry.seq = chain.seq WHERE chain.seq BETWEEN ? AND ? ORDER BY chain.seq
    """  # noqa: S608
    for seq, of, link, gone, *row in db.execute(sql, (from_seq, 2**62 if to_seq is None else to_seq)):
        yield ChainLink(seq, of, link, gone, None if row[0] is None else tuple(row))


def link_before(db: sqlite3.Connection, seq: int) -> bytes:
    """The link that the chain had before this record."""
    found = db.execute("SELECT link FROM chain WHERE seq < ? ORDER BY seq DESC LIMIT 1", (seq,)).fetchone()
    return found[0] if found else FIRST


def broken(before: bytes, chain: Sequence[ChainLink]) -> list[str]:
    """What of these was changed, in words; empty if nothing was."""
    found = []
    for each in chain:
        if each.link != linked(before, each.digest):
            found.append(f"record {each.seq}: its link does not follow from the one before")
        before = each.link
        if each.let_go:
            continue
        if each.row is None:
            found.append(f"record {each.seq} is gone")
        elif digest(each.row) != each.digest:
            found.append(f"record {each.seq} was changed")
    return found
