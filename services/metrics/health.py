"""What a writer knows of its own work: frames that never came, and how long the others took. Time is an argument."""

from collections.abc import Mapping

from device_adapters.contract.messages.vocabulary import COUNT_MAX
from services.metrics import schema
from services.metrics.points import Point, Value

DEVICES_MAX = 10_000
LATENCIES_MAX = 20_000


class Health:
    """Counts from the start; latencies since the last report. `whole`: every frame of the site comes here."""

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self._next: dict[str, tuple[Value | None, int]] = {}
        self._latencies_ms: list[int] = []
        self.missing = 0
        self.spooled = 0
        self.quarantined = 0
        self.failing = False

    def received(self, point: Point, wall_ms: int) -> None:
        """A message arrived."""
        if point.measurement not in (schema.TREADMILL, schema.STRAP):
            return
        if len(self._latencies_ms) < LATENCIES_MAX:
            self._latencies_ms.append(wall_ms - point.at_ms)
        if self._whole:
            self._count(point)

    def _count(self, point: Point) -> None:
        device = next(iter(point.tags.values()))
        boot, seq = point.fields.get("boot", ""), int(point.fields.get("seq", 0))
        known_boot, expected = self._next.get(device, (None, seq))
        if boot != known_boot:
            expected = seq
        # Numbers of frames may lie as far apart as a sender likes, and a store holds 64 bits.
        self.missing = min(COUNT_MAX, self.missing + max(0, seq - expected))
        if device in self._next or len(self._next) < DEVICES_MAX:
            self._next[device] = (boot, max(expected, seq + 1))

    def point(self, writer: str, counts: Mapping[str, Value], at_ms: int) -> Point:
        """A row of the writer's own; latencies begin anew."""
        told = sorted(self._latencies_ms)
        self._latencies_ms = []
        fields: dict[str, Value] = {
            **counts,
            "spooled": self.spooled,
            "quarantined": self.quarantined,
            "failing": self.failing,
        }
        if self._whole:
            fields["missing"] = self.missing
        if told:
            fields["latency_p50_ms"] = float(told[len(told) // 2])
            fields["latency_p99_ms"] = float(told[len(told) * 99 // 100])
        return Point(schema.PIPELINE, {"writer": writer}, fields, at_ms * 1_000_000)
