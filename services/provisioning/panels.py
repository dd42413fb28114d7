"""The few kinds of panels that all dashboards share."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from grafana_foundation_sdk.builders import bargauge, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import common as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as models

from device_adapters.units import HOUR_MS
from services.provisioning.columns import Column, Steps
from services.provisioning.influxql import DATASOURCE, InfluxQLQuery

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.table import Options as TableOptions

HEIGHT = 8
GAP_MS = HOUR_MS
"""Where nothing was told for so long no line is drawn."""

STRETCH = "30s"
"""A state is told each 10 s; one that is not told for longer is not drawn on."""

Query = tuple[str, str]
"""InfluxQL and the name of its series."""

P = TypeVar("P", timeseries.Panel, stat.Panel, table.Panel, bargauge.Panel, statetimeline.Panel)


class _Given(Builder[Any]):
    """What is built already."""

    def __init__(self, made: Any) -> None:
        self._made = made

    def build(self) -> Any:
        return self._made


def lines(
    title: str, about: str, unit: str, *queries: Query, wide: int = 12, high: int = HEIGHT
) -> timeseries.Panel:
    """Values over time, with gaps where there are none."""
    panel = _over_time().show_points(common.VisibilityMode.AUTO).span_nulls(GAP_MS)
    return _shared(panel, title, about, unit, wide, high).targets([*targets(queries)])


def points(
    title: str, about: str, unit: str, *queries: Query, limit: Steps, wide: int = 12
) -> timeseries.Panel:
    """Single values over time, which no line joins, beside a limit."""
    panel = _over_time().draw_style(common.GraphDrawStyle.POINTS).point_size(8)
    style = builders.GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED)
    made = _shared(panel, title, about, unit, wide, HEIGHT).thresholds_style(style).min(0)
    return made.thresholds(_Given(_steps(limit))).targets([*targets(queries)])


def bars(
    title: str,
    about: str,
    unit: str,
    *queries: Query,
    wide: int = 12,
    stacked: str = "",
    rename: bool = False,
) -> timeseries.Panel:
    """Counts per stretch of time; `stacked`: "normal" or "percent". `rename`: words in the place of keys with `_`."""
    panel = (
        _over_time().draw_style(common.GraphDrawStyle.BARS).fill_opacity(80).line_width(0).no_value("None")
    )
    made = _shared(panel, title, about, unit, wide, HEIGHT).targets([*targets(queries)]).min(0)
    if stacked:
        made = made.stacking(builders.StackingConfig().mode(common.StackingMode(stacked)).group("A"))
    if rename:
        options = {"regex": "/_/g", "renamePattern": " "}
        made = made.with_transformation(models.DataTransformerConfig("renameByRegex", options=options))
    return made


def number(
    title: str, about: str, unit: str, query: str, *, steps: Steps, wide: int = 6, high: int = 4
) -> stat.Panel:
    """One number of the whole time range; nothing there is 0."""
    panel = stat.Panel().reduce_options(_last()).graph_mode(common.BigValueGraphMode.NONE).no_value("0")
    made = panel.color_mode(common.BigValueColorMode.VALUE).thresholds(_Given(_steps(steps)))
    return _shared(made, title, about, unit, wide, high).targets([*targets([(query, "")])])


def tiles(
    title: str, about: str, query: Query, words: dict[str, tuple[str, str]], *, wide: int = 24, high: int = 8
) -> stat.Panel:
    """One tile for each series, in the colour of its word; as many as there are fit in."""
    panel = stat.Panel().reduce_options(_last()).graph_mode(common.BigValueGraphMode.NONE)
    panel = panel.color_mode(common.BigValueColorMode.BACKGROUND).text_mode(
        common.BigValueTextMode.VALUE_AND_NAME
    )
    panel = panel.mappings([models.ValueMap(options=_results(words))]).no_value("Nothing is heard")
    return _shared(panel, title, about, "none", wide, high).targets([*targets([query])])


def gauges(
    title: str,
    about: str,
    unit: str,
    query: Query,
    *,
    steps: Steps,
    most: float,
    wide: int = 12,
    high: int = HEIGHT,
) -> bargauge.Panel:
    """One bar for each series, side by side, against a limit: sixty fit into the width of a television."""
    panel = bargauge.Panel().reduce_options(_last()).orientation(common.VizOrientation.VERTICAL)
    panel = (
        panel.display_mode(common.BarGaugeDisplayMode.BASIC)
        .min(0)
        .max(most)
        .decimals(0)
        .no_value("Nobody moves")
    )
    panel = panel.thresholds(_Given(_steps(steps)))
    return _shared(panel, title, about, unit, wide, high).targets([*targets([query])])


def stretches(
    title: str,
    about: str,
    query: Query,
    words: dict[str, tuple[str, str]],
    *,
    wide: int = 24,
    high: int = HEIGHT,
) -> statetimeline.Panel:
    """What each series was in, over time."""
    panel = statetimeline.Panel().mappings([models.ValueMap(options=_results(words))]).show_value(
        common.VisibilityMode.AUTO
    )  # fmt: skip
    panel = panel.merge_values(True).interval(STRETCH).fill_opacity(80).row_height(0.9)
    legend = builders.VizLegendOptions().display_mode(common.LegendDisplayMode.LIST).show_legend(True)
    panel = panel.legend(legend.placement(common.LegendPlacement.BOTTOM).calcs([]))
    return _shared(panel, title, about, "none", wide, high).targets([*targets([query])])


def rows(
    title: str,
    about: str,
    columns: Iterable[Column],
    *queries: str,
    wide: int = 24,
    high: int = HEIGHT,
    join: str = "",
    sort: str = "",
    empty: str = "None",
) -> table.Panel:
    """Rows of the queries, joined by the field `join`; the highest of the column called `sort` first."""
    panel = table.Panel().cell_options(common.TableAutoCellOptions()).no_value(empty)
    cast("TableOptions", panel.build().options).footer = None  # Grafana's schema has none any more
    asked = [InfluxQLQuery(query, table=True, ref=chr(ord("A") + nth)) for nth, query in enumerate(queries)]
    panel = _shared(panel, title, about, "", wide, high).targets([*asked])
    for column in columns:
        panel = panel.override_by_name(column.name, column.properties())
    if join:
        options = {"byField": join, "mode": "outer"}
        panel = panel.with_transformation(models.DataTransformerConfig("joinByField", options=options))
        for nth in range(1, len(queries) + 1):
            panel = panel.override_by_name(f"Time {nth}", Column("Time", hidden=True).properties())
    if sort:
        panel = panel.sort_by([_Given(common.TableSortByFieldState(display_name=sort, desc=True))])
    return panel


def targets(queries: Iterable[Query]) -> list[InfluxQLQuery]:
    """Queries as targets of a panel, each a time series."""
    return [
        InfluxQLQuery(query, alias, ref=chr(ord("A") + nth)) for nth, (query, alias) in enumerate(queries)
    ]


def series_colour(colour: str) -> list[models.DynamicConfigValue]:
    """For an override of one series."""
    return [models.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})]


def as_limit(colour: str) -> list[models.DynamicConfigValue]:
    """A series that is a limit: a dashed line over bars or lines."""
    return [
        *series_colour(colour),
        models.DynamicConfigValue("custom.drawStyle", "line"),
        models.DynamicConfigValue("custom.lineInterpolation", "stepAfter"),
        models.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [10, 10]}),
        models.DynamicConfigValue("custom.lineWidth", 2),
        models.DynamicConfigValue("custom.fillOpacity", 0),
        models.DynamicConfigValue("custom.spanNulls", True),
        models.DynamicConfigValue("custom.stacking", {"mode": "none", "group": "B"}),
    ]


def _over_time() -> timeseries.Panel:
    """With the names of its series beneath, and all of them at the mouse."""
    legend = builders.VizLegendOptions().display_mode(common.LegendDisplayMode.LIST).show_legend(True)
    tooltip = (
        builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
    )
    return (
        timeseries.Panel().legend(legend.placement(common.LegendPlacement.BOTTOM).calcs([])).tooltip(tooltip)
    )


def _last() -> builders.ReduceDataOptions:
    return builders.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False)


def _steps(steps: Steps) -> models.ThresholdsConfig:
    made = [models.Threshold(value=value, color=colour) for value, colour in steps]
    return models.ThresholdsConfig(mode=models.ThresholdsMode.ABSOLUTE, steps=made)


def _results(words: dict[str, tuple[str, str]]) -> dict[str, models.ValueMappingResult]:
    return {
        value: models.ValueMappingResult(text=text, color=colour or None, index=nth)
        for nth, (value, (text, colour)) in enumerate(words.items())
    }


def _shared(panel: P, title: str, about: str, unit: str, wide: int, high: int) -> P:
    panel = panel.title(title).description(about).datasource(DATASOURCE).span(wide).height(high)
    return panel.unit(unit) if unit else panel
