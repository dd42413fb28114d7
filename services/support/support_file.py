"""The file itself: parts, each without secrets and people, and a page that says what it holds. What cannot be had is
said there, and the rest comes all the same.
"""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from device_adapters.errors import BackstrideError
from services.support.left_out import LeftOut

PAGE = "contents.txt"
HEAD = (
    "What this file holds. Not in it: members, heart rates, notes, secrets, keys. Look through it first.\n\n"
)


@dataclass(frozen=True, slots=True)
class SupportPart:
    """A file in it: its name, what it holds in a line, and what makes it (text, or what becomes JSON)."""

    name: str
    about: str
    make: Callable[[], object]


def contents(parts: Sequence[SupportPart]) -> str:
    """What it will hold, for who is about to make it."""
    return "".join(f"  {part.name:<22} {part.about}\n" for part in parts)


def support_file(parts: Sequence[SupportPart], left_out: LeftOut) -> bytes:
    """A zip archive of the parts, with a page of what is left out."""
    made = io.BytesIO()
    page = [HEAD]
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            try:
                archive.writestr(part.name, left_out.of(_text(part.make())))
                page.append(f"{part.name:<22} {part.about}\n")
            except (BackstrideError, OSError, TimeoutError) as e:
                page.append(left_out.of(f"{part.name:<22} not there: {str(e) or type(e).__name__}\n"))
        archive.writestr(PAGE, "".join(page))
    return made.getvalue()


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n"
