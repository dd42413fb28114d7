"""`backstride member`: the members store from a terminal. Whoever looks is written into its audit."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from device_adapters.safety.limits import Goal, Level
from services.cli.hub_settings import HubFile, named_hub
from services.cli.person import user
from services.members.model import Contraindication, HeartSource, Purpose
from services.members.opening import opened_members
from services.rules.consent import TEXT_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.members.store import Members

member_app = typer.Typer(no_args_is_help=True, help="Members: who they are, what they may do next, and why.")

By = Annotated[str, typer.Option(help="Who does it; default: the user of this terminal.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")]
Id = Annotated[str, typer.Argument(help="The member's id, such as m-1f2e3d4c5b6a.")]


@contextmanager
def opened(config: Path | None) -> "Iterator[Members]":
    """The store of these settings."""
    from device_adapters.clock import SystemClock

    with opened_members(named_hub(config), SystemClock().wall_ms) as store:
        yield store


@member_app.command()
def add(
    name: Annotated[str, typer.Argument(help="Kept in the members store and nowhere else.")],
    born: Annotated[int, typer.Option(help="Year of birth; members are 18 or older.")],
    alias: Annotated[str, typer.Option(help="What screens show; never the name.")],
    contact: Annotated[str, typer.Option(help="Telephone or mail.")] = "",
    hr_max: Annotated[int | None, typer.Option(help="Highest heart rate, bpm, if measured.")] = None,
    hr_max_by: Annotated[HeartSource, typer.Option(help="Where it comes from.")] = HeartSource.MEASURED,
    hr_rest: Annotated[int | None, typer.Option(help="Resting heart rate, bpm, if measured.")] = None,
    beta_blocker: Annotated[
        bool, typer.Option("--beta-blocker", help="RPE then counts instead of heart rate.")
    ] = False,
    adult: Annotated[
        bool, typer.Option("--adult", help="Turns 18 this year: you saw that the birthday is past.")
    ] = False,
    config: HubFile = None,
    by: By = "",
    json: Json = False,
) -> None:
    """Take in a member and print the new id."""
    from services.cli.members import tables
    from services.members.model import Body
    from services.members.people import MemberDetails

    body = Body(
        birth_year=born,
        hr_max_bpm=hr_max,
        hr_max_source=HeartSource.FORMULA if hr_max is None else hr_max_by,
        hr_rest_bpm=hr_rest,
        hr_rest_source=None if hr_rest is None else HeartSource.MEASURED,
        beta_blocker=beta_blocker,
    )
    with opened(config) as store:
        id_ = store.create(
            MemberDetails(name=name, alias=alias, contact=contact, body=body), by=user(by), adult=adult
        )
    tables.added(id_, alias, as_json=json)


@member_app.command(name="list")
def list_(
    text: Annotated[str, typer.Argument(help="Part of a name, alias or id; default: everybody.")] = "",
    config: HubFile = None,
    json: Json = False,
) -> None:
    """Find members, who was here last first."""
    from services.cli.members import tables

    with opened(config) as store:
        tables.cards(store.search(text), as_json=json)


@member_app.command()
def show(member: Id, config: HubFile = None, by: By = "", json: Json = False) -> None:
    """Everything that staff need: gates, levels, what is missing, the last sessions and whether they counted."""
    from services.cli.members import tables

    with opened(config) as store:
        tables.portrait(store.portrait(member, by=user(by)), store.now_ms(), as_json=json)


@member_app.command()
def screen(
    member: Id,
    fall: Annotated[bool, typer.Option("--fall/--no-fall", help="A fall in the last 12 months?")],
    walk: Annotated[float | None, typer.Option(help="Time of the 3 m backward walk, seconds.")] = None,
    has: Annotated[list[Contraindication] | None, typer.Option(help="May be given several times.")] = None,
    clinician_ok: Annotated[str, typer.Option(help="Who said that retro training is right.")] = "",
    config: HubFile = None,
    by: By = "",
) -> None:
    """Keep the answers of a screening; it counts for 12 months."""
    from services.cli.members import tables
    from services.members.model import Screening

    with opened(config) as store:
        screening = Screening(
            at_ms=store.now_ms(),
            by=user(by),
            backward_walk_cs=None if walk is None else round(walk * 100),
            fall_12_months=fall,
            contraindications=frozenset(has or ()),
            clinician_ok_by=clinician_ok,
        )
        store.screen(member, screening)
        tables.gates(store.portrait(member, by=user(by)), store.now_ms())


@member_app.command()
def level(
    member: Id,
    goal: Goal,
    level: Annotated[Level | None, typer.Argument(help="Sign this level off; default: only tell.")] = None,
    config: HubFile = None,
    by: By = "",
) -> None:
    """Tell where a member stands in a goal, or sign a level off."""
    from services.cli.members import tables

    with opened(config) as store:
        if level is not None:
            store.sign_off(member, goal, level, by=user(by))
        tables.progress(store.progress(member, goal, by=user(by)))


@member_app.command()
def consent(
    member: Id,
    purpose: Purpose,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="End the consent.")] = False,
    text_version: Annotated[str, typer.Option(help="Which text was shown.")] = TEXT_VERSION,
    config: HubFile = None,
    by: By = "",
) -> None:
    """Keep a member's consent to one purpose, or end it."""
    from services.cli.members import tables

    with opened(config) as store:
        if withdraw:
            store.withdraw(member, purpose, by=user(by))
        else:
            store.consent(member, purpose, text_version=text_version, by=user(by))
        tables.consents(store.portrait(member, by=user(by)))


@member_app.command()
def answer(
    session: Annotated[str, typer.Argument(help="The session's id, such as s-1f2e3d4c5b6a.")],
    rpe: Annotated[int | None, typer.Option(help="How hard it felt, Borg 6 to 20.")] = None,
    pain: Annotated[int | None, typer.Option(help="Pain at its end, 0 to 10.")] = None,
    pain_next_day: Annotated[int | None, typer.Option(help="Pain on the next day, 0 to 10.")] = None,
    balance_lost: Annotated[bool, typer.Option("--balance-lost", help="Balance was lost.")] = False,
    config: HubFile = None,
    by: By = "",
) -> None:
    """Keep what a member said after a session; without RPE and pain it does not count for progress."""
    from services.cli.members.tables import out
    from services.members.model import Answers

    answers = Answers(rpe=rpe, pain=pain, pain_next_day=pain_next_day, balance_lost=balance_lost)
    with opened(config) as store:
        store.answer(session, answers, by=user(by))
    out(f"{session}: kept")


@member_app.command()
def export(
    member: Id,
    to: Annotated[
        Path | None, typer.Option(help="The zip to write; '-' is standard output; default: ID.zip here.")
    ] = None,
    config: HubFile = None,
    by: By = "",
) -> None:
    """Everything that the hub has of a member, in one zip."""
    from services.cli.members import privacy

    privacy.export(member, to, config=config, by=user(by))


@member_app.command()
def erase(
    member: Id,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: HubFile = None,
    by: By = "",
) -> None:
    """Forget a member for good; the sessions stay as a safety record of nobody."""
    from services.cli.members import privacy

    if not yes:
        typer.confirm(f"Erase {member} for good? It cannot be undone.", abort=True)
    privacy.erase(member, config=config, by=user(by))


@member_app.command()
def report(
    member: Id,
    pdf: Annotated[Path, typer.Option(help="The file to write.")],
    language: Annotated[str, typer.Option(help="en, de or fr.")] = "en",
    config: HubFile = None,
    by: By = "",
) -> None:
    """The report to hand over, as a PDF: dose, progression, tests, pain, incidents, limits, methods."""
    from services.cli.members import report as member_report
    from services.texts.languages import LANGUAGES

    if language not in LANGUAGES:
        raise typer.BadParameter(f"{language}: one of {', '.join(LANGUAGES)}", param_hint="--language")
    member_report.write(member, pdf, language, config=config, by=user(by))
