"""InfluxQL for Grafana: the query type that the foundation SDK lacks."""

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import DataSourceRef

from services.provisioning.data_source import KIND

DATASOURCE = DataSourceRef(KIND, "${site}")
"""That of the site which is chosen at the top of the dashboard."""


class InfluxQLQuery(Dataquery, Builder[Dataquery]):
    """A raw InfluxQL query; `alias` names its series, such as `$tag_goal`. `table`: rows as they are."""

    def __init__(self, query: str, alias: str = "", *, table: bool = False, ref: str = "A") -> None:
        self.query, self.alias, self.table, self.ref = query, alias, table, ref

    def build(self) -> Dataquery:
        """This query; Grafana's builder asks for it so."""
        return self

    def to_json(self) -> dict[str, object]:
        """As Grafana's InfluxDB data source keeps it."""
        return {
            "refId": self.ref,
            "datasource": DATASOURCE,
            "query": self.query,
            "rawQuery": True,
            "resultFormat": "table" if self.table else "time_series",
            "alias": self.alias,
        }


class Annotations(InfluxQLQuery):
    """A query whose column `text` are the words of annotations."""

    def __init__(self, query: str) -> None:
        super().__init__(query, table=True, ref="Anno")

    def to_json(self) -> dict[str, object]:
        """As for a panel; the InfluxDB data source makes annotations of it only if it is told that they are."""
        return {**super().to_json(), "fromAnnotations": True, "textColumn": "text"}
