"""Grafana's evaluation of alert rules, done again: range, InfluxQL on a real InfluxDB, reduce, threshold, `for`, no
data and errors, at whichever moment is asked for.

As of Grafana 9.4: a rule is a condition for each set of labels; one that is met is pending until it has been met for
`for`; a set of labels that is told no more is over after two evaluations; no series at all and a query that fails are
what `noDataState` and `execErrState` say.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grafana_reads import Range, filled
from influx_world import InfluxWorld

Labels = tuple[tuple[str, str], ...]
STALE_EVALUATIONS = 2
UNITS_S = {"s": 1, "m": 60, "h": 3600}


@dataclass(slots=True)
class _State:
    met_ms: int | None = None
    seen_ms: int = 0


@dataclass(slots=True)
class Evaluator:
    """Of one group of rules over one database; evaluate it at rising times."""

    world: InfluxWorld
    rules: list[dict[str, Any]]
    database: str = "backstride"
    every_ms: int = 60_000
    _states: dict[tuple[str, Labels], _State] = field(default_factory=dict)

    async def at(self, now_ms: int) -> dict[str, set[Labels]]:
        """The rules that fire at that moment: uid → the sets of labels for which they do."""
        firing: dict[str, set[Labels]] = {}
        for rule in self.rules:
            for labels, met in (await self._condition(rule, now_ms)).items():
                state = self._states.setdefault((rule["uid"], labels), _State())
                state.seen_ms = now_ms
                if not met:
                    state.met_ms = None
                elif state.met_ms is None:
                    state.met_ms = now_ms
            for (uid, labels), state in self._states.items():
                if uid == rule["uid"] and now_ms - state.seen_ms >= STALE_EVALUATIONS * self.every_ms:
                    state.met_ms = None
                if (
                    uid == rule["uid"]
                    and state.met_ms is not None
                    and now_ms - state.met_ms >= _ms(rule["for"])
                ):
                    firing.setdefault(uid, set()).add(labels)
        return firing

    async def _condition(self, rule: Mapping[str, Any], now_ms: int) -> dict[Labels, bool]:
        asked, reduced, threshold = rule["data"]
        assert rule["condition"] == threshold["refId"]
        looked = asked["relativeTimeRange"]
        within = Range(now_ms - looked["from"] * 1000, now_ms - looked["to"] * 1000, "1m")
        try:
            series = await self.world.series(
                filled(asked["model"]["query"], within, {}), database=self.database
            )
        except AssertionError:
            return {(): rule["execErrState"] == "Alerting"}
        values = {
            tuple(sorted(one.get("tags", {}).items())): reduce(
                reduced["model"]["reducer"], [row[column] for row in one["values"]]
            )
            for one in series
            for column in range(1, len(one["columns"]))
        }
        known = {labels: value for labels, value in values.items() if value is not None}
        if not known:
            return {(): rule["noDataState"] == "Alerting"}
        (condition,) = threshold["model"]["conditions"]
        evaluator = condition["evaluator"]
        return {
            labels: beyond(evaluator["type"], value, evaluator["params"][0])
            for labels, value in known.items()
        }


def reduce(reducer: str, values: list[float | None]) -> float | None:
    """One number of a series; None for one that has no values. A null counts as no number."""
    if not values:
        return None
    numbers = [math.nan if value is None else float(value) for value in values]
    match reducer:
        case "last":
            return numbers[-1]
        case "max":
            return math.nan if any(map(math.isnan, numbers)) else max(numbers)
        case "min":
            return math.nan if any(map(math.isnan, numbers)) else min(numbers)
        case "sum":
            return sum(numbers)
    raise AssertionError(f"a reducer that is not known here: {reducer}")


def beyond(kind: str, value: float, bound: float) -> bool:
    """Is the threshold met? Nothing is beyond anything that is no number."""
    return {"gt": value > bound, "lt": value < bound}[kind]


def _ms(duration: str) -> int:
    found = re.fullmatch(r"(\d+)([smh])", duration)
    assert found, duration
    return int(found[1]) * UNITS_S[found[2]] * 1000
