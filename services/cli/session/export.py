"""`backstride session export`: one session as a file."""

import sys
from pathlib import Path

from device_adapters.errors import ConfigError
from services.cli.hub_settings import hub_with
from services.hub.files import write_for_owner
from services.metrics.history import history_of
from services.records.export import export
from services.records.form import Format
from services.records.stores import read


def write(session: str, form: Format, output: Path | None, config: Path | None, data: Path | None) -> None:
    """Write it to `output`; '-' is standard output, none a file named after the session."""
    hub = hub_with(config, data)
    record = read(Path(hub.data), session, history_of(hub))
    content = export(record, form)
    if output == Path("-"):
        sys.stdout.buffer.write(content)
        return
    path = output or Path(f"{session}.{form}")
    try:
        write_for_owner(path, content)
    except OSError as e:
        raise ConfigError(f"{path}: {e.strerror}; choose another file") from e
    print(  # noqa: T201
        f"{path}: {len(record.laps)} steps, {record.moving_s / 60:.1f} min, {record.distance_m:.0f} m, "
        f"{record.retro_m:.0f} m of them retro; {record.outcome or 'still running'}"
    )
