"""What speaks to InfluxDB is an extra of the package: installed where settings ask for InfluxDB, and nowhere else."""

from importlib.util import find_spec

from device_adapters.errors import ConfigError

MODULES = ("aiohttp", "influxdb_client", "urllib3")


def missing() -> str:
    """Why settings that ask for InfluxDB cannot be followed here, and the fix; '' if they can."""
    lacking = [name for name in MODULES if find_spec(name) is None]
    if not lacking:
        return ""
    return (
        f"InfluxDB is asked for, and {', '.join(lacking)} is not installed: run deploy/hub/install.sh of the bundle "
        "again (it reads site.toml), or pip install 'backstride[influx]'; or take the url out to use the embedded store"
    )


def required() -> None:
    """Raises ConfigError where it is missing."""
    if why := missing():
        raise ConfigError(why)
