"""`backstride token`: who may use the REST API."""

import sys
from typing import Annotated

import typer

from services.cli.hub_settings import HubFile
from services.cli.members.commands import By, Json, opened
from services.cli.person import user
from services.cli.times import day

token_app = typer.Typer(no_args_is_help=True, help="Tokens of the REST API: who may use it, in which role.")

Name = Annotated[
    str, typer.Argument(help="Whose it is, such as booking or anna-tablet; the audit goes by it.")
]


@token_app.command()
def create(
    name: Name,
    role: Annotated[str, typer.Option(help="staff, coach or operator.")],
    days: Annotated[int, typer.Option(help="How long it holds, 1 to 730.")] = 90,
    config: HubFile = None,
    by: By = "",
) -> None:
    """Make a token and print it, this once: only a hash of it is kept."""
    from services.console.auth.roles import Role
    from services.console.auth.tokens import Tokens

    if role not in tuple(Role):
        raise typer.BadParameter(f"{role!r} is no role; give one of {', '.join(Role)}", param_hint="--role")
    with opened(config) as store:
        secret = Tokens(store).create(name, Role(role), days=days, by=user(by))
    typer.echo(f"{name}: {role}, {days} days. Keep it now, it is not shown again:", file=sys.stderr)
    typer.echo(secret)


@token_app.command(name="list")
def list_(config: HubFile = None, json: Json = False) -> None:
    """Every token, with its role and whether it may be used."""
    from dataclasses import asdict

    import msgspec

    from services.console.auth.tokens import Tokens

    with opened(config) as store:
        tokens, now_ms = Tokens(store).all(), store.now_ms()
    if json:
        told = [{**asdict(token), "valid": token.valid(now_ms)} for token in tokens]
        typer.echo(msgspec.json.encode({"tokens": told}).decode())
        return
    for token in tokens:
        until = day(token.expires_ms)
        state = (
            "revoked"
            if token.revoked_ms is not None and token.revoked_ms < token.expires_ms
            else f"until {until}"
            if token.valid(now_ms)
            else "expired"
        )
        typer.echo(f"{token.name}  {token.role}  {state}  by {token.created_by}")
    if not tokens:
        typer.echo("no tokens; make one with backstride token create NAME --role staff")


@token_app.command()
def revoke(name: Name, config: HubFile = None) -> None:
    """End a token at once."""
    from services.console.auth.tokens import Tokens

    with opened(config) as store:
        Tokens(store).revoke(name)
    typer.echo(f"{name}: revoked")
