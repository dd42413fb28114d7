"""The few kinds of panels and the frame that all dashboards share."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar, cast

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.common import (
    GraphDrawStyle,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TableAutoCellOptions,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    Panel,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from services.provisioning.data_source import KIND
from services.provisioning.influxql import DATASOURCE, Annotations, InfluxQL
from services.provisioning.names import DEFAULT_SITE, Names

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.table import Options as TableOptions

NAMES = Names(DEFAULT_SITE)
"""Dashboards are made for this site; `shipped.sited` makes them another's."""

HEIGHT = 8
P = TypeVar("P", timeseries.Panel, stat.Panel, table.Panel)
Query = tuple[str, str]
"""InfluxQL and the name of its series."""


def _targets(queries: Iterable[Query]) -> list[InfluxQL]:
    return [InfluxQL(query, alias, ref=chr(ord("A") + nth)) for nth, (query, alias) in enumerate(queries)]


def lines(title: str, about: str, unit: str, *queries: Query, wide: int = 12) -> timeseries.Panel:
    """Values over time."""
    panel = _over_time().show_points(VisibilityMode.NEVER).span_nulls(False)
    return _shared(panel, title, about, unit, wide).targets([*_targets(queries)])


def _over_time() -> timeseries.Panel:
    """With the names of its series beneath, and all of them at the mouse."""
    legend = common_builders.VizLegendOptions().display_mode(LegendDisplayMode.LIST).show_legend(True)
    tooltip = common_builders.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
    return timeseries.Panel().legend(legend.placement(LegendPlacement.BOTTOM).calcs([])).tooltip(tooltip)


def bars(title: str, about: str, unit: str, *queries: Query, wide: int = 12) -> timeseries.Panel:
    """Counts per stretch of time."""
    panel = _over_time().draw_style(GraphDrawStyle.BARS).fill_opacity(60)
    return _shared(panel, title, about, unit, wide).targets([*_targets(queries)]).min(0)


def number(
    title: str, about: str, unit: str, query: str, *, reduce: str = "lastNotNull", wide: int = 6
) -> stat.Panel:
    """One number of the whole time range."""
    panel = stat.Panel().reduce_options(common_builders.ReduceDataOptions().calcs([reduce]).fields(""))
    return _shared(panel, title, about, unit, wide).targets([*_targets([(query, "")])])


def rows(title: str, about: str, unit: str, query: str, *, wide: int = 24) -> table.Panel:
    """Rows as the database has them."""
    panel = table.Panel().cell_options(TableAutoCellOptions())
    cast("TableOptions", panel.build().options).footer = None  # Grafana's schema has none any more
    return _shared(panel, title, about, unit, wide).targets([InfluxQL(query, table=True)])


def _shared(panel: P, title: str, about: str, unit: str, wide: int) -> P:
    return panel.title(title).description(about).unit(unit).datasource(DATASOURCE).span(wide).height(HEIGHT)


def choice(name: str, label: str, query: str) -> builders.QueryVariable:
    """A variable that is filled by a query."""
    variable = builders.QueryVariable(name).label(label).datasource(DATASOURCE)
    made = variable.build()
    made.auto = made.auto_min = made.auto_count = None  # they belong to another kind of variable
    return (
        variable.query(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )


def board(
    what: str, title: str, about: str, panels: Iterable[Builder[Panel]], *, since: str, refresh: str = ""
) -> builders.Dashboard:
    """A dashboard with the links to the others and the incidents as annotations."""
    link = builders.DashboardLink(NAMES.title).type(DashboardLinkType.DASHBOARDS).tags([NAMES.tag])
    made = (
        builders.Dashboard(title)
        .uid(NAMES.uid(what))
        .description(about)
        .tags([NAMES.tag])
        .time(since, "now")
        .timezone("browser")
    )
    made = made.refresh(refresh).tooltip(DashboardCursorSync.CROSSHAIR).readonly()
    made = made.link(link.as_dropdown(True).keep_time(True)).with_variable(_site())
    for nth, panel in enumerate(panels, 1):
        panel.build().id_val = nth
        made = made.with_panel(panel)
    return made


def _site() -> builders.DatasourceVariable:
    """Which site's measurements are shown: the one of the dashboard's name unless another is chosen."""
    chosen = VariableOption(selected=True, text=NAMES.title, value=NAMES.uid("data"))
    variable = builders.DatasourceVariable("site").label("Site").type(KIND).regex("/^Backstride /")
    made = variable.build()
    made.auto = made.auto_min = made.auto_count = None  # they belong to another kind of variable
    return variable.current(chosen).multi(False).include_all(False)


def incidents(name: str, where: str, color: str) -> builders.AnnotationQuery:
    """Events as annotations: the text of each where `where` holds."""
    query = f'SELECT "text" FROM "event" WHERE $timeFilter AND {where}'
    asked = builders.AnnotationQuery().name(name).datasource(DATASOURCE).enable(True).icon_color(color)
    return asked.target(Annotations(query))
