"""Points as InfluxDB line protocol (v2 reference, "Line protocol"): one line each, nanoseconds; many, packed. Pure.

`measurement,tag=a field=1.5,other=2i 1700000000000000000`. What is not known, NaN and infinity have no place in it and
are left out; a point without any field has no line.
"""

import gzip
from collections.abc import Sequence
from functools import lru_cache
from math import isfinite

from services.metrics.points import Point

_KEY_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ ", "\n": r"\ ", "\r": r"\ ", "\t": r"\ "})
_TEXT_ESCAPES = str.maketrans({'"': r"\"", "\\": r"\\", "\n": " ", "\r": " "})
_GZIP_LEVEL = 1
"""Lines shrink to a ninth. Level 3 makes no less of them and takes three times as long."""

_SERIES_REMEMBERED = 10_000
_TEXTS_REMEMBERED = 1000


def line(point: Point) -> str:
    """The line of a point, without a newline; '' if it has nothing to say."""
    known = []
    for name, value in point.fields.items():  # in place: a call for each field took half of the writer's time
        kind = type(value)
        if kind is int:
            known.append(f"{name}={value}i")
        elif kind is float:
            if isfinite(value):  # type: ignore[arg-type]
                known.append(f"{name}={value!r}")
        elif kind is bool:
            known.append(f"{name}={'true' if value else 'false'}")
        else:
            known.append(f"{name}={_text(str(value))}")
    if not known:
        return ""
    return f"{_series(point.measurement.name, tuple(point.tags.items()))} {','.join(known)} {point.at_ns}"


def packed(lines: Sequence[str]) -> bytes:
    """Lines as they are kept and as they travel: gzipped, one under the other."""
    return gzip.compress("\n".join(lines).encode(), _GZIP_LEVEL)


def unpacked(body: bytes) -> list[str]:
    """The lines in `body`."""
    return gzip.decompress(body).decode().split("\n")


@lru_cache(_SERIES_REMEMBERED)
def _series(measurement: str, tags: tuple[tuple[str, str], ...]) -> str:
    """Measurement and tags, which most lines share. Tags are sorted, as the database stores them."""
    parts = (f"{name}={_tag(value)}" for name, value in sorted(tags) if value)
    return ",".join((measurement, *parts))


def _tag(value: str) -> str:
    """A trailing backslash would escape what comes after it."""
    return value.translate(_KEY_ESCAPES) + ("_" if value.endswith("\\") else "")


@lru_cache(_TEXTS_REMEMBERED)
def _text(value: str) -> str:
    """Boots, sessions and phases come again and again."""
    return f'"{value.translate(_TEXT_ESCAPES)}"'
