"""The frame that all dashboards share: the choice of the site, links to each other, incidents as annotations."""

from collections.abc import Iterable

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    Panel,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from services.provisioning.data_source import KIND
from services.provisioning.influxql import DATASOURCE, Annotations
from services.provisioning.names import MADE_FOR as NAMES


def board(
    what: str, title: str, about: str, panels: Iterable[Builder[Panel]], *, since: str, refresh: str = ""
) -> builders.Dashboard:
    """A dashboard; `what` is its part of the uid."""
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


def choice(name: str, label: str, query: str) -> builders.QueryVariable:
    """A variable that is filled by a query."""
    variable = builders.QueryVariable(name).label(label).datasource(DATASOURCE)
    made = variable.build()
    made.auto = made.auto_min = made.auto_count = None  # they belong to another kind of variable
    return (
        variable.query(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_DESC)
    )


def incidents(name: str, where: str, colour: str) -> builders.AnnotationQuery:
    """Events as annotations: the text of each where `where` holds."""
    query = f'SELECT "text" FROM "event" WHERE $timeFilter AND {where}'
    asked = builders.AnnotationQuery().name(name).datasource(DATASOURCE).enable(True).icon_color(colour)
    return asked.target(Annotations(query))


def session_address(to: str) -> str:
    """The session's review, with the time range of the row that leads there; `to`: its end."""
    begin = "${__data.fields.began_ms.numeric}"
    which = "var-site=${site}&var-session=${__data.fields.session}"
    return f"/d/{NAMES.uid('session')}?{which}&from={begin}&to={to}"


def _site() -> builders.DatasourceVariable:
    """Which site's measurements are shown: the one of the dashboard's name unless another is chosen."""
    chosen = VariableOption(selected=True, text=NAMES.title, value=NAMES.uid("data"))
    variable = builders.DatasourceVariable("site").label("Site").type(KIND).regex("/^Backstride /")
    made = variable.build()
    made.auto = made.auto_min = made.auto_count = None  # they belong to another kind of variable
    return variable.current(chosen).multi(False).include_all(False)
