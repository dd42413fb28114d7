"""The report as a PDF, set by Typst where that is installed (`backstride[report]`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.util import find_spec

import msgspec

from device_adapters.errors import ConfigError
from services.console.languages import say, say_many
from services.console.past.report import Report
from services.texts.languages import spoken

TEMPLATE = "templates/report.typ"
NOTHING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPart:
    """A section: names with values, paragraphs, a table, a list; in this order, each as far as there is one."""

    title: str
    pairs: Sequence[tuple[str, str]] = ()
    lines: Sequence[str] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    items: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSheet:
    """What the template is given."""

    language: str
    title: str
    about: str
    by_hand: str
    foot: str
    parts: Sequence[ReportPart] = field(default_factory=tuple)


def is_installed() -> bool:
    """Can this hub set a PDF?"""
    return find_spec("typst") is not None


def pdf(report: Report, site: str) -> bytes:
    """The file, in the language being spoken. Takes a second. ConfigError: Typst is not installed."""
    try:
        import typst
    except ImportError as e:
        raise ConfigError("PDF files need typst; install it with: pip install 'backstride[report]'") from e
    told = msgspec.json.encode(_sheet(report, site)).decode()
    template = files("services.console").joinpath(TEMPLATE).read_bytes()
    # Its own letters alone: the same file on every hub.
    return bytes(typst.compile(template, format="pdf", sys_inputs={"report": told}, ignore_system_fonts=True))


def _sheet(report: Report, site: str) -> ReportSheet:
    return ReportSheet(
        language=spoken(),
        title=say("Training backward: report"),
        about=", ".join((f"{report.alias} ({report.member})", report.since, report.made, site)),
        by_hand=say("Name, date of birth:"),
        foot=f"Backstride {report.version}",
        parts=tuple(_parts(report)),
    )


def _parts(report: Report) -> list[ReportPart]:
    shown, none_recorded = report.progress, say("None was recorded.")
    prescribed = [say("Nothing is prescribed: the rules of goal and level hold alone.")]
    incidents = [f"{one.day}: {one.text}" for one in report.incidents]
    return [
        ReportPart(title=say("Dose"), pairs=report.tally),
        ReportPart(
            title=say("Prescription"),
            pairs=shown.prescribed,
            lines=() if shown.prescribed else prescribed,
        ),
        ReportPart(title=say("Progression"), lines=_roads(report), pairs=report.answers),
        _tests(report),
        _sessions(report),
        ReportPart(title=say("Incidents"), items=incidents, lines=() if incidents else (none_recorded,)),
        ReportPart(
            title=say("Limits in force"),
            items=(*(f"{one.name} {one.text}" for one in report.limits), report.heart),
        ),
        ReportPart(title=say("Methods, and their bounds"), items=report.methods),
    ]


def _roads(report: Report) -> list[str]:
    return [
        f"{road.goal}: {level}. {say('For the next level:')} {road.missing} {road.lost}".strip()
        for road in report.progress.roads
        for level, state in road.levels
        if state == "here"
    ]


def _tests(report: Report) -> ReportPart:
    rows = [
        (
            one.name,
            one.last,
            f"{one.since}: {one.says}" if one.since else NOTHING,
            one.smallest or NOTHING,
        )
        for one in report.progress.tests
    ]
    head = (say("Test"), say("Last"), say("Difference"), say("Smallest change that counts"))
    return ReportPart(
        title=say("Tests"), head=head, rows=rows, lines=() if rows else (say("None was done."),)
    )


def _sessions(report: Report) -> ReportPart:
    head = (
        say("Day"), say("Moving"), say("Heart rate"), say("Exertion"), say("Pain, next day"), say("How it ended")
    )  # fmt: skip
    rows = [
        (one.day, one.minutes, one.heart, one.rpe, one.pain, f"{one.outcome_word} {one.why}".strip())
        for one in report.sessions
    ]
    more = (
        [say_many("And {count} earlier one.", "And {count} earlier ones.", report.more)]
        if report.more
        else []
    )
    return ReportPart(title=say("Sessions"), head=head, rows=rows, lines=more)
