"""Structured logs on standard error, one line each. Never names or heart rates."""

import logging
import sys
from typing import Any, TextIO

import structlog


class Forgiving:
    """A stream on which a line that finds no room is lost: no belt, stop or sign-in may end for want of a log."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """All of it, or nothing."""
        try:
            return self._stream.write(text)
        except (OSError, ValueError):  # no room; closed
            return len(text)

    def flush(self) -> None:
        """As far as it goes."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            return


def configure(level: str = "info") -> None:
    """Set up logging for this process; `level` is debug, info, warning or error."""
    number = logging.getLevelNamesMapping()[level.upper()]
    stream: Any = Forgiving(sys.stderr)
    logging.basicConfig(level=max(number, logging.WARNING), stream=stream, format="%(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], bool_as_flag=False
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
