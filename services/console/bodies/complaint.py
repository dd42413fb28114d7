"""What is said of a body or path that does not fit, to pages."""

from collections.abc import Sequence
from typing import Any

from services.console import field_words


def complaint(errors: Sequence[Any]) -> tuple[str, str]:
    """The first problem of a refused body or path: field, and words that name it, the limit and the fix."""
    first = errors[0]
    place = [str(part) for part in first["loc"][1:]]
    problem = str(first["msg"]).removeprefix("Input should be ").removeprefix("String should ")
    if not place or first["type"] == "json_invalid":
        return "body", field_words.bad_body(problem)
    given = "" if first["type"] == "missing" else repr(first.get("input"))[:60]
    return place[-1], field_words.bad_field(place[-1], given, problem)
