"""`backstride member report`: the report to hand over, as a PDF."""

from importlib.metadata import version
from pathlib import Path

from device_adapters.clock import SystemClock
from device_adapters.errors import ConfigError
from services.cli.hub_settings import named_hub
from services.console.past.archive import Past
from services.console.past.report_pdf import is_installed, pdf
from services.hub.files import write_for_owner
from services.members.opening import MembersDb, open_members
from services.metrics.history import history_of
from services.texts.languages import speaking


def write(member: str, to: Path, language: str, *, config: Path | None, by: str) -> None:
    """Write it, and into the audit that `by` made it. UnknownMemberError; ConfigError: no Typst, or no such place."""
    if not is_installed():
        raise ConfigError("PDF files need typst; install it with: pip install 'backstride[report]'")
    hub, clock = named_hub(config), SystemClock()
    members_db = MembersDb(lambda: open_members(hub, clock.wall_ms))
    try:
        with speaking(language):
            report = Past(history_of(hub), members_db, clock).report(member, by, version("backstride"))
            content = pdf(report, hub.site)
    finally:
        members_db.close()
    try:
        write_for_owner(to, content)
    except OSError as e:
        raise ConfigError(f"{to}: {e.strerror}; choose another file") from e
    print(  # noqa: T201
        f"{to}: {len(content) / 1000:.0f} kB. It holds health data under {member}: for who is to have it only."
    )
