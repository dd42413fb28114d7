"""What reads and forgets the past, over the store that a hub's settings name."""

from pathlib import Path

from device_adapters.config import HubConfig
from device_adapters.errors import ConfigError
from services.history.reader import History
from services.metrics.forget_sqlite import EmbeddedMeasured
from services.metrics.history_sqlite import SqliteSource
from services.metrics.influx_extra import required
from services.metrics.measured import MeasuredStore
from services.metrics.minute_maker import Minutes
from services.renamed import names
from services.store_folder import measured_store, store_folder

READER_FILE = "influx-reader.token"
KEEPER_FILE = "influx-keeper.token"
MINUTES_FILE = "influx-minutes.token"


def history_of(config: HubConfig) -> History:
    """Raises ConfigError for a token that cannot be read; whether the store answers shows at the first question."""
    data = Path(config.data)
    if not config.influx.url:
        return History(SqliteSource(measured_store(data)), lambda: names(data))
    required()
    from services.metrics.history_influx import InfluxSource
    from services.metrics.influxql import InfluxQL

    return History(
        InfluxSource(InfluxQL(config.influx, token_made_for(config, READER_FILE))), lambda: names(data)
    )


def measured_of(config: HubConfig) -> MeasuredStore:
    """Heart rates and pseudonyms in that store, to be given out and forgotten. Raises ConfigError."""
    if not config.influx.url:
        return EmbeddedMeasured(measured_store(Path(config.data)))
    required()
    from services.metrics.forget_influx import InfluxMeasured

    return InfluxMeasured(config.influx, token_made_for(config, KEEPER_FILE))


def minutes_of(config: HubConfig) -> Minutes:
    """What makes the minutes of the settings' database. Raises ConfigError."""
    required()
    from services.metrics.influxql import InfluxQL

    return Minutes(InfluxQL(config.influx, token_made_for(config, MINUTES_FILE)))


def token_made_for(config: HubConfig, name: str) -> str:
    """The token that `provision influx` made for this; without one that of the settings, which then may do it all."""
    from services.metrics.influx import token_of

    made = store_folder(Path(config.data)) / name
    try:
        return made.read_text(encoding="utf-8").strip() if made.exists() else token_of(config.influx)
    except OSError as e:
        raise ConfigError(f"{made}: {e.strerror}; let the user of this command read it") from e
