"""Numbers and days as the readers of a language write them: 1.8, in German 1,8; 28 November, in German 28. November."""

from datetime import date
from functools import cache, lru_cache

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, get_decimal_symbol

from services.texts.languages import SOURCE, spoken

_DAY = "EEEE, d MMMM y"
_SHORT_DAY = "d MMM"
"""English as in Britain; other languages have the forms that Unicode's data give them."""


@lru_cache(maxsize=4_096)
def number(language: str, value: float) -> str:
    """As many places as it has, three at most: 1.8, 12, 1,200."""
    return format_decimal(value, locale=language, format="#,##0.###")


def fixed(value: float, places: int = 1, *, signed: bool = False) -> str:
    """With so many places, in the language being spoken."""
    return f"{value:{'+' if signed else ''}.{places}f}".replace(".", _point(spoken()))


def plain(value: float) -> str:
    """With as many places as it has, in the language being spoken."""
    return number(spoken(), value)


def day(when: date) -> str:
    """Tuesday, 24 November 2026."""
    return format_date(when, _DAY if spoken() == SOURCE else "full", locale=spoken())


def short_day(when: date) -> str:
    """The day in short, such as 24 Nov, in the language spoken."""
    if spoken() == SOURCE:
        return format_date(when, _SHORT_DAY, locale=SOURCE)
    return format_skeleton("MMMd", when, locale=spoken())


@cache
def _point(language: str) -> str:
    return get_decimal_symbol(language)
