"""InfluxQL for Grafana: the query type that the foundation SDK lacks, and the one data source."""

from typing import Any

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import DataSourceRef

DATASOURCE_UID = "backstride-influxql"
DATASOURCE = DataSourceRef("influxdb", DATASOURCE_UID)


class InfluxQL(Dataquery, Builder[Dataquery]):
    """A raw InfluxQL query; `alias` names its series, such as `$tag_goal`. `table`: rows as they are."""

    def __init__(self, query: str, alias: str = "", *, table: bool = False, ref: str = "A") -> None:
        self.query, self.alias, self.table, self.ref = query, alias, table, ref

    def build(self) -> Dataquery:
        """Itself."""
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


class Annotations(InfluxQL):
    """A query whose column `text` are the words of annotations."""

    def __init__(self, query: str) -> None:
        super().__init__(query, table=True, ref="Anno")

    def to_json(self) -> dict[str, object]:
        """As for a panel; the InfluxDB data source makes annotations of it only if it is told that they are."""
        return {**super().to_json(), "fromAnnotations": True, "textColumn": "text"}


def data_source(url: str, database: str, *, token: bool) -> dict[str, Any]:
    """The data source: InfluxQL to `database` at `url`; with `token`, one goes along as `httpHeaderValue1`."""
    header = {"httpHeaderName1": "Authorization"} if token else {}
    return {
        "name": "Backstride",
        "uid": DATASOURCE_UID,
        "type": DATASOURCE.type_val,
        "access": "proxy",
        "url": url,
        "jsonData": {"version": "InfluxQL", "dbName": database, "httpMode": "GET", **header},
    }
