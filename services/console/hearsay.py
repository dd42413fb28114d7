"""What others say in English, told in the language being spoken: session service, units, members' rules, programmes.

Their texts have names and numbers in them, so `heard.po` has patterns: `Paused by {by}.` What stands in a place is
told in its turn. What no pattern fits is told as it was said.
"""

import re
from functools import cache, lru_cache

from services.console.languages import SOURCE, catalogue, speaking, spoken
from services.programme.translation import translated

REMEMBERED = 1000
PLACE = re.compile(r"\\\{(\w+)\\\}")
SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z])")


def tell(text: str) -> str:
    """`text` in the language being spoken, as far as it is known."""
    language = spoken()
    return text if language == SOURCE else _told(language, text)


def tell_in(language: str, text: str) -> str:
    """The same in a language that is named."""
    with speaking(language):
        return tell(text)


@lru_cache(maxsize=REMEMBERED)
def _told(language: str, text: str) -> str:
    bare = text.strip()
    if not bare:
        return text
    if bare != text:
        return text.replace(bare, _told(language, bare))
    for known in (translated(language), catalogue(language, "heard"), catalogue(language)):
        if text in known:
            return known[text]
    for pattern, template in _patterns(language):
        if found := pattern.fullmatch(text):
            return template.format(
                **{name: _told(language, said) for name, said in found.groupdict().items()}
            )
    sentences = SENTENCES.split(text)
    return " ".join(_told(language, one) for one in sentences) if len(sentences) > 1 else text


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What has places, the most of its own words first."""
    templates = [(said, told) for said, told in catalogue(language, "heard").items() if "{" in said]
    templates.sort(key=lambda each: -len(re.sub(r"\{\w+\}", "", each[0])))
    return tuple(
        (re.compile(PLACE.sub(r"(?P<\1>.*?)", re.escape(said)), re.DOTALL), told) for said, told in templates
    )
