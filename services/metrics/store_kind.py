"""What kind of database answers at [influx] url, and whether heart rates may be kept there.

Whoever keeps a heart rate must be able to forget it. InfluxDB 1 and 2 can; InfluxDB 3 (Core) and all that only takes
InfluxDB's writes (VictoriaMetrics and others) cannot, as far as this project knows.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from device_adapters.config import Influx

PING_S = 5.0
_VERSION = re.compile(r"v?(\d+)\.")


@dataclass(frozen=True, slots=True)
class StoreKind:
    """`major`: of InfluxDB; 0 for anything else. `words`: what it calls itself."""

    major: int
    words: str

    @property
    def forgets(self) -> bool:
        """Can it delete what it has taken, by means that this project knows?"""
        return self.major in (1, 2)


def told_by(headers: Mapping[str, str]) -> StoreKind:
    """The kind that the headers of an answer to /ping tell."""
    version = next((value for name, value in headers.items() if name.lower() == "x-influxdb-version"), "")
    found = _VERSION.match(version)
    if found is None:
        return StoreKind(0, "a database that does not say which InfluxDB it is")
    return StoreKind(int(found[1]), f"InfluxDB {version.removeprefix('v')}")


def ask(url: str) -> StoreKind | None:
    """What answers at `url`; None if nothing does. Blocking, a few seconds at most."""
    import urllib3

    try:
        with urllib3.PoolManager(timeout=urllib3.Timeout(PING_S), retries=False) as pool:
            return told_by(pool.request("GET", f"{url.rstrip('/')}/ping", redirect=False).headers)
    except (urllib3.exceptions.HTTPError, OSError, ValueError):
        return None


def refusal(kind: StoreKind, settings: Influx) -> str:
    """Why nothing is stored there, with the fix; '' if it may be."""
    if kind.forgets or settings.cannot_forget:
        return ""
    return (
        f"influx.url {settings.url}: {kind.words} cannot forget heart rates and members (`member erase`, `retention`), "
        "so nothing is stored there; use InfluxDB 1.8 or 2, or the embedded store (no [influx] url), or take it on "
        "yourself to forget by its own means: cannot_forget = true under [influx]"
    )
