"""What is in an outbox's file, all kinds in the order of writing."""

from device_adapters.outbox.store import OutboxStore, Row


def rows(store: OutboxStore, limit: int = 10_000) -> list[Row]:
    """The first `limit` rows."""
    found = [*store.after("telemetry", 0, limit), *store.after("event", 0, limit)]
    return sorted(found, key=lambda row: row.id)[:limit]
