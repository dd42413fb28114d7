"""What a session can be written as. By itself, so that a command's help need not load the writers. Pure."""

from enum import StrEnum


class Format(StrEnum):
    """The forms, by their file endings."""

    FIT = "fit"
    TCX = "tcx"
    CSV = "csv"
    JSON = "json"
