"""How routes document what they answer besides a body of ours: refusals and files; and a refusal with its word."""

from collections.abc import Iterable
from typing import Any

from fastapi import HTTPException

from services.console.api.answers import Problem
from services.console.session_answers import AskCause

Responses = dict[int | str, dict[str, Any]]
BYTES = {"type": "string", "format": "binary"}
FILES = {"application/json": {"type": "object"}}
"""How the document tells what is in a file; of all others, that it is bytes."""

REASONS = {
    401: "No valid token",
    403: "The token's role may not",
    404: "Not known here",
    409: "A rule or the session service refuses",
    422: "A field does not fit",
    429: "Too many failed tokens",
    503: "The broker or the members store is away",
    504: "The session service does not answer",
}


def problems(*statuses: int) -> Responses:
    """How a route documents its refusals."""
    return {status: {"model": Problem, "description": REASONS[status]} for status in sorted(statuses)}


def files(media_types: Iterable[str], *statuses: int) -> Responses:
    """How a route documents that it answers with a file of one of these types, or a refusal."""
    content = {media_type: {"schema": FILES.get(media_type, BYTES)} for media_type in media_types}
    return {200: {"content": content}, **problems(*statuses)}


class RefusedHere(HTTPException):
    """What the console itself refuses, as against the session service."""

    def __init__(self, status: int, cause: AskCause, text: str) -> None:
        super().__init__(status, text)
        self.cause = cause
