"""A panel or a rule as Grafana asks it: variables and macros filled, InfluxQL answered by a real InfluxDB."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from influx_world import InfluxWorld

Value = float | str | bool | None


@dataclass(frozen=True, slots=True)
class Range:
    """What is looked at, ms since 1970, both ends included as Grafana's `$timeFilter` has them."""

    from_ms: int
    to_ms: int
    interval: str = "10m"


def filled(query: str, within: Range, values: Mapping[str, str]) -> str:
    """As Grafana's InfluxDB data source fills it."""
    during = f"time >= {within.from_ms}ms and time <= {within.to_ms}ms"
    query = query.replace("$timeFilter", during).replace("$__interval", within.interval)
    query = query.replace("${__to}", str(within.to_ms)).replace("${__from}", str(within.from_ms))
    for name, value in values.items():
        query = query.replace(f"${name}", value)
    assert not re.search(r"\$[\w{]", query), query
    return query


async def rows(
    world: InfluxWorld, query: str, within: Range, values: Mapping[str, str] | None = None
) -> list[dict[str, Value]]:
    """All rows of all series, tags and columns by name, times in ns."""
    return await world.query(filled(query, within, values or {}))


async def panel_rows(
    world: InfluxWorld, panel: Mapping[str, Any], within: Range, values: Mapping[str, str] | None = None
) -> list[dict[str, Value]]:
    """Of all queries of a panel; where they are joined by a field, as Grafana's outer join makes them one."""
    told = [await rows(world, target["query"], within, values) for target in panel["targets"]]
    joins = [t["options"]["byField"] for t in panel.get("transformations", []) if t["id"] == "joinByField"]
    if not joins:
        return [row for each in told for row in each]
    (by,) = joins
    joined: dict[Value, dict[str, Value]] = {}
    for each in told:
        for row in each:
            joined.setdefault(row[by], {}).update(row)
    return [*joined.values()]


def tells(row: Mapping[str, Value]) -> bool:
    """Has it a value at all?"""
    return any(value not in (None, "") for name, value in row.items() if name != "time")
