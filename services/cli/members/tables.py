"""Members in words and tables, or as JSON."""

import json
from collections.abc import Iterable

from rich.console import Console
from rich.table import Column, Table

from device_adapters.contract.phrase import Refusal, english
from device_adapters.safety.limits import Goal, Level, limits_for
from services.cli.times import when
from services.members.admission import StartWish, hr_max_bpm, may_start
from services.members.clean import unclean_because
from services.members.growth import Demand
from services.members.people import Card
from services.members.portrait import Portrait, as_plain
from services.members.progression import LevelStanding, Progress, standing, to_next

LAST = 10


def out(text: object) -> None:
    """One line, or a table, wrapped by the terminal only."""
    Console(soft_wrap=True, highlight=False).print(text)


def added(id_: str, alias: str, *, as_json: bool) -> None:
    """Print a new member's id, and the alias."""
    if as_json:
        _json({"id": id_})
        return
    out(f"{id_}  {alias}")
    out(f"Next: backstride member screen {id_} ..., backstride member consent {id_} session_records")


def cards(found: Iterable[Card], *, as_json: bool) -> None:
    """A list of members."""
    if as_json:
        _json([{"id": c.id, "name": c.name, "alias": c.alias, "visited": when(c.visited_ms)} for c in found])
        return
    table = Table("id", "name", "alias", "last here")
    for card in found:
        table.add_row(card.id, card.name, card.alias, when(card.visited_ms))
    out(table if table.row_count else "Nobody found.")


def portrait(found: Portrait, now_ms: int, *, as_json: bool) -> None:
    """Everything of one member."""
    if as_json:
        goals = {goal.value: _goal(found, goal, now_ms) for goal in Goal}
        _json({**as_plain(found), "goals": goals})
        return
    body, person = found.person.body, found.person
    out(
        f"{person.name} ({person.alias}), {found.id}, born {body.birth_year}, last here {when(found.visited_ms)}"
    )
    hr_max = hr_max_bpm(body, now_ms)
    out(
        "Heart: RPE counts (beta blocker)"
        if hr_max is None
        else f"Heart: at most {hr_max} bpm ({body.hr_max_source}), at rest {body.hr_rest_bpm or 'not known'}"
    )
    consents(found)
    gates(found, now_ms)
    table = Table(
        Column("session", no_wrap=True),
        "when",
        "goal",
        "level",
        "min",
        "km/h",
        "RPE",
        "pain",
        "counts?",
        title=f"Last {LAST}",
    )
    for record in found.history[-LAST:]:
        said = record.answers
        table.add_row(
            record.session,
            when(record.began_ms),
            record.goal,
            record.level,
            "?" if record.actual_s is None else f"{record.actual_s / 60:.1f}",
            f"{record.speed_max_ckmh / 100:g}",
            "" if said.rpe is None else str(said.rpe),
            "" if said.pain is None else str(said.pain),
            english(unclean_because(record, body)) or "yes",
        )
    if table.row_count:
        out(table)


def gates(found: Portrait, now_ms: int) -> None:
    """Per goal: the level, what is missing for the next, and whether a session may begin now."""
    table = Table("goal", "level", "for the next level", "may start now")
    for goal in Goal:
        told = _goal(found, goal, now_ms)
        may = "yes" if not told["refused"] else f"no ({told['refused']}): {told['text']}"
        table.add_row(goal, told["level"], told["missing"], may)
    out(table)


def progress(told: Progress) -> None:
    """Print one goal: its level and what the next one needs."""
    out(f"{told.at.goal}: {told.at.level}. {_next(told.at)}")


def consents(found: Portrait) -> None:
    """The consents that stand."""
    standing_now = [f"{c.purpose} (text {c.text_version})" for c in found.consents if c.withdrawn_ms is None]
    out(f"Consents: {', '.join(standing_now) or 'none'}")


def _goal(found: Portrait, goal: Goal, now_ms: int) -> dict[str, str]:
    at = standing(found.dossier, goal, now_ms)
    row = limits_for(goal, at.level)
    demand = Demand(session_s=row.session_max_s, speed_ckmh=row.speed_max_ckmh, grade_dpct=row.grade_max_dpct)
    answer = may_start(found.dossier, StartWish(goal=goal, level=at.level, demand=demand), now_ms)
    return {
        "level": at.level.value,
        "missing": _next(at),
        "refused": answer.cause if isinstance(answer, Refusal) else "",
        "text": answer.text if isinstance(answer, Refusal) else "; ".join(map(str, answer.caps.held)),
    }


def _next(at: LevelStanding) -> str:
    if at.level is Level.ADVANCED:
        return "The highest level."
    return ", ".join(map(str, to_next(at))) or "Ready: staff may sign the next level off."


def _json(what: object) -> None:
    print(json.dumps(what))  # noqa: T201
