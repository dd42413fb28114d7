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
