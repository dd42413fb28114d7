"""`backstride user`: who may sign in to the console. `backstride console setup-link`: the first account."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.hub_settings import HubFile, named_hub
from services.cli.members.commands import By, Json, opened
from services.cli.person import user
from services.cli.times import day

if TYPE_CHECKING:
    from services.console.auth.roles import Role

user_app = typer.Typer(no_args_is_help=True, help="Who may sign in to the console, in which role.")
console_app = typer.Typer(no_args_is_help=True, help="The web console.")

Name = Annotated[str, typer.Argument(help="The account's name, as its person types it; or its id.")]
RoleWord = Annotated[str, typer.Option("--role", help="staff, coach or operator.")]
Stdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input; default: ask for it.")
]


def _role(word: str) -> "Role":
    from services.console.auth.roles import Role

    if word not in tuple(Role):
        raise typer.BadParameter(f"{word!r} is no role; give one of {', '.join(Role)}", param_hint="--role")
    return Role(word)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    given: str = typer.prompt(
        "Password, 10 characters or more", hide_input=True, confirmation_prompt=True, err=True
    )
    return given


@user_app.command()
def add(
    name: Name, role: RoleWord, password_stdin: Stdin = False, config: HubFile = None, by: By = ""
) -> None:
    """Make an account and print its id, which is what records say of who did something."""
    from services.console.auth.accounts import AccountStore

    wanted = _role(role)
    password = _password(password_stdin)
    with opened(config) as store:
        typer.echo(AccountStore(store).add(name, wanted, password=password, by=user(by)))


@user_app.command(name="list")
def list_(config: HubFile = None, json: Json = False) -> None:
    """Every account, with its role and whether it may be used."""
    from dataclasses import asdict

    import msgspec

    from services.console.auth.accounts import AccountStore

    with opened(config) as store:
        accounts = AccountStore(store).all()
    if json:
        typer.echo(msgspec.json.encode({"accounts": [asdict(account) for account in accounts]}).decode())
        return
    for account in accounts:
        since = day(account.created_ms)
        state = f"since {since}" if account.disabled_ms is None else "disabled"
        pin = "  PIN" if account.has_pin else ""
        typer.echo(f"{account.id}  {account.name}  {account.role}  {state}{pin}")
    if not accounts:
        typer.echo(
            "no accounts; make the first one with backstride console setup-link, or backstride user add"
        )


@user_app.command()
def disable(name: Name, config: HubFile = None, by: By = "") -> None:
    """End an account's sign-ins at once and let nobody in by it; a new password lets it in again."""
    from services.console.auth.accounts import AccountStore

    with opened(config) as store:
        AccountStore(store).disable(name, by=user(by))
    typer.echo(f"{name}: disabled")


@user_app.command()
def role(
    name: Name,
    role: Annotated[str, typer.Argument(help="staff, coach or operator.")],
    config: HubFile = None,
    by: By = "",
) -> None:
    """Give an account another role; it holds from the next request."""
    from services.console.auth.accounts import AccountStore

    wanted = _role(role)
    with opened(config) as store:
        AccountStore(store).set_role(name, wanted, by=user(by))
    typer.echo(f"{name}: {role}")


@user_app.command()
def password(name: Name, password_stdin: Stdin = False, config: HubFile = None, by: By = "") -> None:
    """Set an account's password: its PIN and its sign-ins end with the old one."""
    from services.console.auth.accounts import AccountStore

    given = _password(password_stdin)
    with opened(config) as store:
        AccountStore(store).set_password(name, given, by=user(by))
    typer.echo(f"{name}: the new password holds")


@console_app.command(name="setup-link")
def setup_link(
    url: Annotated[str, typer.Option(help="Where browsers reach the console; default: from --config.")] = "",
    config: HubFile = None,
) -> None:
    """Print a link that makes the first account, once, within an hour."""
    from device_adapters.config import console_url
    from services.console.auth.model import GYM
    from services.console.auth.sign_ins import SignIns
    from services.members.errors import MembersError

    hub = named_hub(config)
    with opened(config) as store:
        link = SignIns(store, GYM).set_up_link()
    if link is None:
        raise MembersError(
            "there are accounts already; make another with backstride user add, by an operator"
        )
    where = url.rstrip("/") or console_url(hub, hub.http_port)
    typer.echo(f"{where}/setup/{link}")
