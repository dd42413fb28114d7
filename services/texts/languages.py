"""Which languages there are, and which one is being spoken."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.resources import files

SOURCE = "en"


def _catalogued() -> list[str]:
    """The folders of `locale/`: a language is there when its catalogue is."""
    return sorted(each.name for each in files("services.texts").joinpath("locale").iterdir() if each.is_dir())


LANGUAGES = (SOURCE, *_catalogued())

_spoken: ContextVar[str] = ContextVar("language", default=SOURCE)


def spoken() -> str:
    """The language of the request or frame that is being answered."""
    return _spoken.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything said inside is in `language`."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)
