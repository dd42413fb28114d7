"""`backstride provision`: set a database and a Grafana up for the site; twice is once."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.hub_settings import NeededHubFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from device_adapters.config import Alerts
    from services.provisioning.contacts import Contact
    from services.provisioning.plan import Change

provision_app = typer.Typer(
    no_args_is_help=True,
    help="Set a database and a Grafana up for this site. Doing it twice changes nothing.",
    epilog="Exit codes: 0 all is as it should be, 1 with --dry-run: something would change, 2 it cannot be done.",
)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be made or changed.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")]
WRITER_DELETES = (
    "InfluxDB counts deleting as writing: the writer's token can delete what is in its bucket. Keep it on the hub, and "
    "back the database up."
)
SIGNS = {"same": "=", "make": "+", "change": "~"}


@provision_app.command()
def influx(
    config: NeededHubFile,
    admin_token_file: Annotated[
        Path | None,
        typer.Option(
            help="File with an all-access token (InfluxDB 2) or user:password (InfluxDB 1 with users)."
        ),
    ] = None,
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Shorter retention may delete what is older.")] = False,
    as_json: Json = False,
) -> None:
    """Make bucket, retention (90 days, minute means 2 years), InfluxQL names and tokens of the hub's settings."""
    from device_adapters.config import HubConfig, load
    from device_adapters.errors import ConfigError
    from services.metrics.history import KEEPER_FILE, MINUTES_FILE, READER_FILE
    from services.metrics.influx_extra import required
    from services.store_folder import store_folder

    required()
    from services.provisioning import influx_v1, influx_v2
    from services.provisioning.influx_api import InfluxApi
    from services.provisioning.influx_tokens import TokenFiles
    from services.provisioning.plan import Plan

    settings = load(config, HubConfig)
    if not settings.influx.url:
        raise ConfigError(f'{config}: influx.url is not set; add [influx] with url = "http://HOST:8086"')
    data = store_folder(Path(settings.data))
    files = TokenFiles(
        writer=Path(settings.influx.token_file or data / "influx-writer.token"),
        reader=data / READER_FILE,
        keeper=data / KEEPER_FILE,
        minutes=data / MINUTES_FILE,
    )
    plan = Plan(dry_run=dry_run, may_delete=yes)
    with InfluxApi(settings.influx.url, read_secret(admin_token_file, "--admin-token-file")) as api:
        if api.major() == 1:
            influx_v1.provision(api, settings.influx.bucket, plan)
            next_ = ""
        else:
            influx_v2.provision(api, settings.influx.org, settings.influx.bucket, files, plan)
            next_ = WRITER_DELETES
            if not settings.influx.token_file:
                next_ += f'\nNext: put token_file = "{files.writer}" under [influx] of {config}.'
    tell(plan.changes, dry_run=dry_run, as_json=as_json, next_=next_)
    raise typer.Exit(1 if dry_run and plan.needed else 0)


@provision_app.command()
def grafana(
    config: NeededHubFile,
    url: Annotated[str, typer.Option(help="Grafana's address, such as http://HOST:3000.")] = "",
    token_file: Annotated[
        Path | None, typer.Option(help="File with a service account's token (role Admin), or user:password.")
    ] = None,
    reader_token_file: Annotated[
        Path | None,
        typer.Option(
            help="Token by which Grafana reads InfluxDB; default: influx-reader.token in `data`, if there."
        ),
    ] = None,
    influx_url: Annotated[
        str, typer.Option(help="InfluxDB's address as Grafana sees it; default: that of --config.")
    ] = "",
    contact_points: Annotated[
        Path | None,
        typer.Option(
            help="TOML with [[contact]] tables: whom this site's alerts reach; default: those of backstride alerts."
        ),
    ] = None,
    files: Annotated[
        Path | None,
        typer.Option(
            help="Write a `provisioning` folder for a Grafana of its own there, in the place of --url."
        ),
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put data source, folders, dashboards, alert rules and the playlists of televisions into a Grafana."""
    from device_adapters.config import HubConfig, load
    from device_adapters.errors import ConfigError
    from services.metrics.history import READER_FILE
    from services.provisioning import contacts
    from services.provisioning.names import Names
    from services.provisioning.plan import Plan
    from services.store_folder import store_folder

    settings = load(config, HubConfig)
    names = Names(settings.site)
    whom = contacts.read(contact_points) if contact_points else _whom_alerts_reach(settings.alerts, config)
    plan = Plan(dry_run=dry_run)
    bucket = settings.influx.bucket.partition("/")[0]
    if files is not None:
        from services.provisioning.grafana_files import write

        write(files, names, bucket, whom, plan)
        next_ = f"Next: copy {files} over Grafana's provisioning folder; see docs/operators.md, Grafana."
        tell(plan.changes, dry_run=dry_run, as_json=as_json, next_=next_)
        raise typer.Exit(1 if dry_run and plan.needed else 0)
    if not url:
        raise ConfigError(
            "say which Grafana: --url http://HOST:3000, or --files DIR for one that is set up by files"
        )
    try:
        from services.provisioning import grafana as provisioning
        from services.provisioning.grafana_api import Grafana
    except ImportError as e:
        raise ConfigError(f"{e.name} is not installed: pip install 'backstride[grafana]'") from e

    address = influx_url or settings.influx.url
    if not address:
        raise ConfigError(f"{config}: influx.url is not set; Grafana reads InfluxDB, not the embedded store")
    made_by_influx = store_folder(Path(settings.data)) / READER_FILE
    reader = reader_token_file or (made_by_influx if made_by_influx.exists() else None)
    server = Grafana(url, read_secret(token_file, "--token-file"))
    database = provisioning.Database(address, bucket, read_secret(reader, "--reader-token-file"))
    provisioning.provision(server, names, database, plan, whom)
    shown = provisioning.tv_addresses(server, names)
    next_ = "".join(f"{name}: {where}\n" for name, where in shown.items())
    next_ += f"Staff: add them to the team {provisioning.team_of(names)}."
    tell(plan.changes, dry_run=dry_run, as_json=as_json, next_=next_)
    if not dry_run and (why := provisioning.reads(server, names)):
        raise ConfigError(
            f"Grafana cannot read {address}: {why}; see --influx-url and --reader-token-file, and that InfluxDB runs"
        )
    raise typer.Exit(1 if dry_run and plan.needed else 0)


def read_secret(file: Path | None, option: str) -> str:
    """The secret in `file`, '' without one. Raises ConfigError."""
    from device_adapters.errors import ConfigError

    if file is None:
        return ""
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as e:
        raise ConfigError(
            f"{option} {file}: {e.strerror}; write the secret there, readable by you alone"
        ) from e


def tell(changes: "Sequence[Change]", *, dry_run: bool, as_json: bool, next_: str) -> None:
    """What is so, what was made and what was changed."""
    if as_json:
        told = [{"how": c.how, "what": c.what, "was": c.was} for c in changes]
        typer.echo(json.dumps({"dry_run": dry_run, "changes": told}))
        return
    for change in changes:
        typer.echo(f"{SIGNS[change.how]} {change.what}" + (f" (was: {change.was})" if change.was else ""))
    needed = sum(change.how != "same" for change in changes)
    done = "would be made (+) or changed (~); nothing was done" if dry_run else "made (+) or changed (~)"
    typer.echo(f"{needed} of {len(changes)} {done}." if needed else "All is as it should be.")
    if next_ and not dry_run:
        typer.echo(next_)


def _whom_alerts_reach(alerts: "Alerts", config: Path) -> "tuple[Contact, ...] | None":
    """Whom the hub's own alerts go to, as far as Grafana reaches them; None if nobody was ever named."""
    from services.alerts.targets import addresses
    from services.provisioning import alert_contacts

    path = Path(alerts.targets_file) if alerts.targets_file else config.parent / "alerts.urls"
    if not path.exists():
        return None
    made, left = alert_contacts.of(addresses(path))
    for each in left:
        typer.echo(
            f"{each} of {path}: Grafana has no contact point for it; name one by --contact-points", err=True
        )
    return made
