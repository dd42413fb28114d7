"""What reads and forgets the past, over the store that a hub's settings name."""

from pathlib import Path

from device_adapters.config import HubConfig
from device_adapters.errors import ConfigError
from services.history.reader import History
from services.metrics.forget_sqlite import EmbeddedMeasured
from services.metrics.history_sqlite import SqliteSource
from services.metrics.measured import Measured

READER_FILE = "influx-reader.token"


def history_of(config: HubConfig) -> History:
    """Raises ConfigError for a token that cannot be read; whether the store answers shows at the first question."""
    if not config.influx.url:
        return History(SqliteSource(Path(config.data) / "metrics.db"))
    from services.metrics.history_influx import InfluxSource
    from services.metrics.influxql import InfluxQL

    return History(InfluxSource(InfluxQL(config.influx, _token(config))))


def measured_of(config: HubConfig) -> Measured:
    """Heart rates and pseudonyms in that store, to be given out and forgotten. Raises ConfigError."""
    if not config.influx.url:
        return EmbeddedMeasured(Path(config.data) / "metrics.db")
    from services.metrics.forget_influx import InfluxMeasured
    from services.metrics.influx import token_of

    return InfluxMeasured(config.influx, token_of(config.influx))


def _token(config: HubConfig) -> str:
    """The token that `provision influx` made for readers; without one that of the settings, which may do both."""
    from services.metrics.influx import token_of

    reader = Path(config.data) / READER_FILE
    try:
        return reader.read_text(encoding="utf-8").strip() if reader.exists() else token_of(config.influx)
    except OSError as e:
        raise ConfigError(f"{reader}: {e.strerror}; let the hub's services read it") from e
